"""The faces of a picture: detector, mesh, pose and quality put together."""

from collections.abc import Sequence

import numpy as np

from appliance.domain.capture import Pixels
from appliance.domain.face import Face
from appliance.engine.runtime import Runtime
from appliance.vision.faces.align import Alignment, five_points
from appliance.vision.faces.detect import Detection, FaceDetector, overlap
from appliance.vision.faces.mesh import ON_A_FACE, FaceMesh
from appliance.vision.faces.pose import head_pose
from appliance.vision.faces.quality import face_quality

SAME_FACE = 0.4
"""Intersection over union of two meshes' boxes from which they are one face, found twice."""


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
        if thorough:
            return self._settled(pixels, self._detector.windows(pixels))
        for detections in self._detector.attempts(pixels):
            if faces := self._settled(pixels, detections):
                return faces
        return []

    def _settled(self, pixels: Pixels, detections: Sequence[Detection]) -> list[Face]:
        faces = [face for each in detections if (face := self._face(pixels, each)).mesh_score >= ON_A_FACE]
        return sorted(_distinct(faces), key=lambda face: -face.box.area)

    def _face(self, pixels: Pixels, found: Detection) -> Face:
        mesh = self._mesh.fit(pixels, found)
        points = five_points(mesh.points)
        quality = face_quality(self._alignment.chip(pixels, mesh.points), points)
        pose = head_pose(mesh.points)
        return Face(found.box, found.score, points, mesh.points, mesh.score, pose, quality)


def _distinct(faces: Sequence[Face]) -> list[Face]:
    """Of faces whose meshes cover each other keep the surest: windows may see one face as two boxes."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda each: -each.mesh_score * each.score):
        extent = np.concatenate([face.mesh[:, :2].min(axis=0), face.mesh[:, :2].max(axis=0)])
        others = np.array(
            [[*k.mesh[:, :2].min(axis=0), *k.mesh[:, :2].max(axis=0)] for k in kept], np.float32
        )
        if not kept or overlap(extent, others).max() <= SAME_FACE:
            kept.append(face)
    return kept
