"""A face found in a picture, and the template made of it."""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from appliance.errors import TemplateMismatch

Points: TypeAlias = NDArray[np.float32]
"""N x 2, pixels of the picture, x then y."""


class Box(NamedTuple):
    """An upright rectangle in pixels; it may leave the picture."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels."""
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """Square pixels."""
        return max(self.width, 0.0) * max(self.height, 0.0)


class Pose(NamedTuple):
    """Rotation of the head in degrees; 0, 0, 0 looks into the camera.

    Yaw is positive when the person's face turns to the right edge of the picture, pitch when it turns up,
    roll when it is turned clockwise in the picture. Yaw saturates near 60 degrees.
    """

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """Measures on the aligned face.

    Attributes:
        eye_distance: pixels between the pupils in the picture.
        sharpness: variance of the Laplacian of the aligned grey face.
        brightness: mean luminance of the aligned face, 0..255.
        clipped: share of the aligned face's pixels at 0..4 or 251..255.
        score: 0..1, one figure of the four for callers that want one.
    """

    eye_distance: float
    sharpness: float
    brightness: float
    clipped: float
    score: float


@dataclass(frozen=True, eq=False, slots=True)
class Face:
    """One face.

    Attributes:
        box: the detector's box.
        score: the detector's confidence, 0..1.
        points: 5 x 2: eye on the left of the picture, eye on its right, nose tip, mouth corner on the
            left, mouth corner on the right.
        mesh: 468 x 3, x and y in pixels of the picture, z in the same scale.
        mesh_score: 0..1 that the mesh lies on a face.
    """

    box: Box
    score: float
    points: Points
    mesh: NDArray[np.float32]
    mesh_score: float
    pose: Pose
    quality: FaceQuality


@dataclass(frozen=True, eq=False, slots=True)
class Template:
    """A face as a unit vector of one model's space.

    Attributes:
        model: id of the model that made it; templates of different models never meet.
        vector: float32, length 1.
    """

    model: str
    vector: NDArray[np.float32]


def cosine(probe: Template, reference: Template) -> float:
    """Similarity of two templates, -1..1.

    Raises:
        TemplateMismatch: they are of different models.
    """
    if probe.model != reference.model:
        reason = f"a template of {probe.model} cannot be compared with one of {reference.model}"
        raise TemplateMismatch(reason, remedy="Enrol the picture again with the model in use.")
    return float(np.clip(np.dot(probe.vector, reference.vector), -1.0, 1.0))
