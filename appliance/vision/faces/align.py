"""The aligned face: where each template model wants which points of the mesh."""

from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.domain.face import Points
from appliance.errors import ModelCorrupt
from appliance.vision.faces.warp import similarity, warped

EYE_LEFT = (33, 133, 159, 145)
EYE_RIGHT = (263, 362, 386, 374)
NOSE_TIP = (1,)
MOUTH_LEFT = (61,)
MOUTH_RIGHT = (291,)
"""Mesh vertices whose mean is each of the five points of a `Face`; left and right of the picture."""


class Alignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Square input of a template model and the places of a few points in it.

    Attributes:
        side: pixels of the square.
        vertices: for each point, the mesh vertices whose mean it is.
        positions: for each point, x and y in pixels of the square.
        mirror: whether the template is the mean of the face and its mirror image.
        source: where the numbers come from.
    """

    side: int
    vertices: tuple[tuple[int, ...], ...]
    positions: tuple[tuple[float, float], ...]
    mirror: bool
    source: str

    @classmethod
    def decode(cls, text: bytes) -> Self:
        """Read the JSON of an alignment file.

        Raises:
            ModelCorrupt: it is not of this form.
        """
        try:
            alignment = msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            remedy = "Take the alignment file again from the release."
            raise ModelCorrupt(f"not an alignment file: {error}", remedy=remedy) from None
        if len(alignment.vertices) != len(alignment.positions) or len(alignment.positions) < 2:
            reason = "an alignment needs two or more points, each with its vertices and its position"
            raise ModelCorrupt(reason, remedy="Take the alignment file again from the release.")
        return alignment

    def chip(self, pixels: Pixels, mesh: NDArray[np.float32]) -> Pixels:
        """Cut the face out, `side` pixels square, its points brought to their positions; black outside."""
        source = np.stack([mesh[list(group), :2].mean(axis=0) for group in self.vertices])
        target = np.array(self.positions, np.float32)
        return warped(pixels, similarity(source, target), self.side, extend=False)


def five_points(mesh: NDArray[np.float32]) -> Points:
    """Eyes, nose tip and mouth corners of a mesh, 5 x 2."""
    groups = EYE_LEFT, EYE_RIGHT, NOSE_TIP, MOUTH_LEFT, MOUTH_RIGHT
    return np.stack([mesh[list(group), :2].mean(axis=0) for group in groups]).astype(np.float32)
