"""The faces of a picture: detector, mesh, pose and quality put together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from appliance.domain.capture import Pixels
from appliance.domain.face import Face
from appliance.engine.runtime import Runtime
from appliance.vision.faces.align import Alignment, five_points
from appliance.vision.faces.detect import OVERLAP, Detection, FaceDetector, overlap
from appliance.vision.faces.mesh import ON_A_FACE, ON_A_FACE_IN_A_WINDOW, FaceMesh
from appliance.vision.faces.pose import head_pose
from appliance.vision.faces.quality import face_quality

SAME_FACE = 0.4
"""Intersection over union of two meshes' boxes from which they are one face, found twice."""
MOST = 32
"""Answers of the detector that are looked at, best first: a photograph of a crowd must not stall a stream."""


class FaceFinder:
    """Finds faces. Blocking; safe to call from several threads."""

    def __init__(self, runtime: Runtime, alignment: Alignment) -> None:
        """Take the models; quality is measured on the face as `alignment` cuts it out."""
        self._alignment = alignment
        self._detector = FaceDetector(runtime)
        self._mesh = FaceMesh(runtime)

    def find(self, pixels: Pixels, *, thorough: bool = False) -> list[Face]:
        """Find the faces of a picture, largest first; see `FaceReader.detect`."""
        if pixels.size == 0:
            return []
        found: list[Detection] = []
        for look in self._detector.attempts(pixels):
            found += look
            if not thorough and (faces := self._settled(pixels, look)):
                return faces
        return self._settled(pixels, found) if thorough else []

    def _settled(self, pixels: Pixels, found: Sequence[Detection]) -> list[Face]:
        """Keep the answers on which the mesh settles, each face once, largest first.

        An answer gives way only to a face that is kept: one that the mesh refuses hides nothing.
        """
        kept: list[Face] = []
        for each in sorted(found, key=lambda answer: -answer.score)[:MOST]:
            if _covered(np.array(each.box, np.float32), [face.box for face in kept], OVERLAP):
                continue
            face = self._face(pixels, each)
            sure = face.mesh_score >= (ON_A_FACE_IN_A_WINDOW if each.in_window else ON_A_FACE)
            if sure and not _covered(_extent(face), [_extent(other) for other in kept], SAME_FACE):
                kept.append(face)
        return sorted(kept, key=lambda face: -face.box.area)

    def _face(self, pixels: Pixels, found: Detection) -> Face:
        mesh = self._mesh.fit(pixels, found)
        points = five_points(mesh.points)
        quality = face_quality(self._alignment.chip(pixels, mesh.points), points)
        pose = head_pose(mesh.points)
        return Face(found.box, found.score, points, mesh.points, mesh.score, pose, quality)


def _extent(face: Face) -> NDArray[np.float32]:
    """Left, top, right and bottom of the mesh."""
    return np.concatenate([face.mesh[:, :2].min(axis=0), face.mesh[:, :2].max(axis=0)])


def _covered(box: NDArray[np.float32], others: Sequence[ArrayLike], share: float) -> bool:
    return bool(others) and float(overlap(box, np.array(others, np.float32)).max()) > share
