"""The 468-point face mesh (MediaPipe), laid on a face that the detector found."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.engine.runtime import Runtime
from appliance.vision.faces.detect import Detection
from appliance.vision.faces.warp import Similarity, apply, inverse, warped

MODEL = "face-mesh"
SIDE = 192
"""Pixels of the network's square input."""
REACH = 1.5
"""Side of the crop over the longer side of the detector's box (MediaPipe's own value)."""
ON_A_FACE = 0.5
"""Score from which the mesh counts as lying on a face."""
ON_A_FACE_IN_A_WINDOW = 0.95
"""The same where the detector saw only a part of the picture. On 143 photographs of documents and desks all
five things that were no faces scored 0.66 to 0.93; of 143 faces 136 score more."""
LOGIT_CAP = 80.0


@dataclass(frozen=True, eq=False, slots=True)
class Mesh:
    """468 points on a face.

    Attributes:
        points: 468 x 3, x and y in pixels of the picture, z in the same scale, smaller nearer the camera.
        score: 0..1 that they lie on a face.
    """

    points: NDArray[np.float32]
    score: float


class FaceMesh:
    """Lays the mesh. Blocking; safe to call from several threads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._manifest = runtime.manifest(MODEL)

    def fit(self, pixels: Pixels, face: Detection) -> Mesh:
        """Cut the face out with the line of its eyes level, and place the points."""
        to_crop = _crop(face)
        crop = warped(pixels, to_crop, SIDE, extend=True)
        answers = self._runtime.infer(MODEL, self._manifest.normalise(crop))
        raw = next(a for a in answers if a.size == 468 * 3).reshape(468, 3)
        logit = float(next(a for a in answers if a.size == 1).reshape(()))
        scale = np.sqrt(np.linalg.det(to_crop[:, :2]))
        points = np.empty((468, 3), np.float32)
        points[:, :2] = apply(inverse(to_crop), raw[:, :2])
        points[:, 2] = raw[:, 2] / scale
        return Mesh(points, float(1 / (1 + np.exp(-np.clip(logit, -LOGIT_CAP, LOGIT_CAP)))))


def _crop(face: Detection) -> Similarity:
    """Picture to crop: centre of the box to the middle, eyes level, `REACH` boxes wide."""
    box, (left_eye, right_eye) = face.box, face.points[:2].astype(np.float64)
    centre = np.array([(box.left + box.right) / 2, (box.top + box.bottom) / 2])
    scale = SIDE / max(REACH * max(box.width, box.height), 1e-6)
    angle = np.arctan2(right_eye[1] - left_eye[1], right_eye[0] - left_eye[0])
    cosine, sine = np.cos(angle) * scale, np.sin(angle) * scale
    matrix = np.array([[cosine, sine], [-sine, cosine]])
    return np.column_stack([matrix, SIDE / 2 - matrix @ centre])
