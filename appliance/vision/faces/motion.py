"""What is measured of a face in a frame of a row: see `domain.motion`."""

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.domain.face import Face
from appliance.domain.motion import FaceInMotion, Values
from appliance.vision.faces.eyes import LEFT, RIGHT, eye_ratio
from appliance.vision.faces.warp import similarity, warped

VIEW_SIDE = 32
OUTER_EYES = (33, 263)
MOUTH_CORNERS, INNER_CORNERS, LIPS = (61, 291), (78, 308), (13, 14)
FOREHEAD, NOSE_BASE = 10, 2
SKULL = (
    *(
        1,
        2,
        4,
        5,
        6,
        168,
        195,
        197,
        98,
        327,
        33,
        133,
        263,
        362,
        70,
        63,
        105,
        66,
        107,
        336,
        296,
        334,
        293,
        300,
    ),
    *(
        10,
        109,
        338,
        67,
        297,
        103,
        332,
        54,
        284,
        21,
        251,
        127,
        356,
        234,
        454,
        93,
        323,
        50,
        280,
        117,
        346,
        9,
        8,
        151,
    ),
)
"""Mesh points that mimic moves little: nose, eyes' corners, brows, forehead, cheeks, the upper outline."""
PATCH, PATCH_LEFT, PATCH_RIGHT, PATCH_LEVEL = 48, 8, 40, 16
LID_ROWS, LID_COLUMNS, BAND = slice(9, 24), slice(10, 38), 5
"""The corners of an eye are brought to these places of a square of 48; between them lies the eye."""


def view(pixels: Pixels) -> Values:
    """The whole picture as 32 x 32 mean luminances."""
    small = cv2.resize(pixels, (VIEW_SIDE * 8, VIEW_SIDE * 8), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float64)
    return np.asarray(grey.reshape(VIEW_SIDE, 8, VIEW_SIDE, 8).mean(axis=(1, 3)), np.float64)


def in_motion(pixels: Pixels, face: Face) -> FaceInMotion:
    """Measure the face of a frame. About 1 ms; makes no template."""
    height, width = pixels.shape[:2]
    shorter = min(height, width)
    mesh = face.mesh.astype(np.float64)
    seen, across = mesh[:, :2], _apart(mesh, OUTER_EYES)
    across_seen = max(_apart(seen, OUTER_EYES), 1e-6)
    low, high = seen.min(axis=0), seen.max(axis=0)
    outline = seen[list(SKULL)]
    return FaceInMotion(
        yaw=face.pose.yaw,
        pitch=face.pose.pitch,
        roll=face.pose.roll,
        eyes=max(_open(pixels, face, LEFT), _open(pixels, face, RIGHT)),
        mouth=_apart(mesh, LIPS) / max(_apart(mesh, INNER_CORNERS), 1e-6),
        smile=_apart(mesh, MOUTH_CORNERS) / max(across, 1e-6),
        aspect=_apart(seen, (FOREHEAD, NOSE_BASE)) / across_seen,
        size=across / shorter,
        centre=(float(seen[:, 0].mean()) / shorter, float(seen[:, 1].mean()) / shorter),
        extent=(low[0] / width, low[1] / height, high[0] / width, high[1] / height),
        quality=face.quality.score,
        outline=(outline - outline.mean(axis=0)) / across_seen,
    )


def _apart(points: NDArray[np.float64], pair: tuple[int, int]) -> float:
    return float(np.linalg.norm(points[pair[0]] - points[pair[1]]))


def _open(pixels: Pixels, face: Face, eye: tuple[int, ...]) -> float:
    """Openness of one eye: its aspect ratio times the sharpest upright edges between its corners.

    The mesh alone is slow to follow a lid (it falls to about .9 on made closed eyes); the edges between the
    iris and the white go with the lid (.6), and stay when the mouth moves or the head turns by 15 degrees.
    """
    corners = face.mesh[[eye[0], eye[3]], :2].astype(np.float32)
    places = np.array([[PATCH_LEFT, PATCH_LEVEL], [PATCH_RIGHT, PATCH_LEVEL]], np.float32)
    ordered = corners[np.argsort(corners[:, 0])]
    patch = warped(pixels, similarity(ordered, places), PATCH, extend=True)
    grey = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY)[: 2 * PATCH_LEVEL].astype(np.float64)
    skin = max(float(np.percentile(grey, 80)), 20.0)
    soft = cv2.GaussianBlur(grey, (0, 0), 1.0)[LID_ROWS, LID_COLUMNS]
    rows = np.abs(np.diff(soft, axis=1)).mean(axis=1)
    edges = float(np.convolve(rows, np.full(BAND, 1 / BAND), "valid").max()) / skin
    return eye_ratio(face, eye) * edges
