"""Whether something covers nose or mouth: mask, scarf, hand, cup.

The face is brought to a small square by an affine map of its mesh, so that the mouth of every person, however
turned, lies in the same cells. What edges and colours those cells hold, against the person's own upper face,
goes into one linear rule whose weights the project has learnt from public-domain portraits with things drawn
over them; see models/face-occlusion/card.md and docs/face-validation.md.
"""

from functools import cache
from pathlib import Path
from typing import Final

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.config import PROJECT
from appliance.domain.capture import Pixels
from appliance.domain.face import Face
from appliance.errors import ModelCorrupt, ModelMissing
from appliance.vision.faces.warp import resized

WEIGHTS: Final = PROJECT / "models" / "face-occlusion" / "weights.json"
SIDE, CELL = 64, 8
CELLS: Final = SIDE // CELL
ANGLES: Final = 9
LOWER: Final = 3
"""First row of cells that holds nothing of the eyes."""
PLACES: Final = {
    33: (13.0, 19.0),
    133: (25.0, 20.0),
    362: (39.0, 20.0),
    263: (51.0, 19.0),
    168: (32.0, 18.0),
    234: (3.0, 28.0),
    454: (61.0, 28.0),
    152: (32.0, 63.0),
}
"""Where mesh points lie in the square: eye corners, bridge of the nose, sides of the face, chin."""
_REFERENCE: Final = np.s_[22:34, 14:50]
"""Part of the square whose median colour is the person's own: bridge of the nose and skin under the eyes."""


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The linear rule.

    Attributes:
        centre: mean of each measure.
        weights: of each measure less its mean.
        bias: of the sum.
        source: how and from what it was made.
    """

    centre: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    source: str

    @classmethod
    def read(cls, path: Path) -> "Weights":
        """Read the file.

        Raises:
            ModelMissing: it is not there.
            ModelCorrupt: it does not hold what it should.
        """
        remedy = "Take the folder models/face-occlusion again from the release."
        try:
            found = msgspec.json.decode(path.read_bytes(), type=cls)
        except OSError as error:
            raise ModelMissing(f"cannot read {path}: {error.strerror}", remedy=remedy) from None
        except msgspec.DecodeError as error:
            raise ModelCorrupt(f"{path} holds no weights: {error}", remedy=remedy) from None
        if not len(found.centre) == len(found.weights) == LENGTH:
            raise ModelCorrupt(f"{path} is not for {LENGTH} measures", remedy=remedy)
        return found

    def covered(self, features: NDArray[np.float32]) -> float:
        """0..1 of what `measures` gave."""
        centred = features.astype(np.float64) - np.array(self.centre)
        total = float(centred @ np.array(self.weights)) + self.bias
        return float(1 / (1 + np.exp(-np.clip(total, -50, 50))))


LENGTH: Final = (CELLS - LOWER) * CELLS * (ANGLES + 1) + CELLS * CELLS * 5


@cache
def shipped() -> Weights:
    """The weights of the release."""
    return Weights.read(WEIGHTS)


def covered(pixels: Pixels, face: Face) -> float:
    """0..1 that nose or mouth are covered. No calibrated probability: see `FacePolicy.most_covered`."""
    return shipped().covered(measures(square(pixels, face)))


def square(pixels: Pixels, face: Face) -> Pixels:
    """The face brought to `SIDE` pixels square; the picture's edge is repeated outside of it."""
    mesh = face.mesh[list(PLACES), :2].astype(np.float64)
    low = np.clip(np.floor(mesh.min(0) - 0.2 * np.ptp(mesh, axis=0)).astype(int), 0, None)
    high = np.ceil(mesh.max(0) + 0.2 * np.ptp(mesh, axis=0)).astype(int) + 1
    part = pixels[low[1] : max(high[1], low[1] + 1), low[0] : max(high[0], low[0] + 1)]
    if part.size == 0:
        return np.zeros((SIDE, SIDE, 3), np.uint8)
    shrunk = min(1.0, 1.5 * SIDE / max(part.shape[:2]))
    small = resized(part, shrunk)
    ratio = np.array([small.shape[1] / part.shape[1], small.shape[0] / part.shape[0]])
    here = np.column_stack([(mesh - low) * ratio, np.ones(len(mesh))])
    to_square = np.linalg.lstsq(here, np.array(list(PLACES.values())), rcond=None)[0].T
    flags = cv2.INTER_LINEAR
    chip = cv2.warpAffine(small, to_square, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(chip, np.uint8)


def measures(chip: Pixels) -> NDArray[np.float32]:
    """`LENGTH` numbers of a square: edges and roughness of the lower cells, colours of all."""
    lab = np.asarray(cv2.cvtColor(chip.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    own = np.median(lab[_REFERENCE].reshape(-1, 3), axis=0)
    away = (_by_cell(lab) - own) / np.array([25.0, 12.0, 12.0], np.float32)
    chroma = np.minimum(np.hypot(away[..., 1], away[..., 2]), 3.0)
    colours = np.concatenate([away, chroma[..., None], np.minimum(abs(away[..., :1]), 3.0)], axis=-1)
    light = lab[..., :1]
    rough = np.sqrt(np.maximum(_by_cell(light**2) - _by_cell(light) ** 2, 0))[LOWER:] / 10
    return np.concatenate([_edges(lab[..., 0])[LOWER:].ravel(), rough.ravel(), colours.ravel()])


def _by_cell(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of the cells."""
    cells = values.reshape(CELLS, CELL, CELLS, CELL, -1)
    return np.asarray(cells.mean(axis=(1, 3)), np.float32)


def _edges(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Histograms of oriented gradients (Dalal and Triggs 2005), each cell against its neighbourhood."""
    smooth = cv2.GaussianBlur(light, (0, 0), 0.8)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    strength = np.hypot(across, down)
    turn = np.mod(np.arctan2(down, across), np.pi) * (ANGLES / np.pi)
    below = np.floor(turn)
    share = turn - below
    bins = np.zeros((*light.shape, ANGLES), np.float32)
    first = below.astype(int)[..., None] % ANGLES
    np.put_along_axis(bins, first, (strength * (1 - share))[..., None], axis=2)
    np.put_along_axis(bins, (first + 1) % ANGLES, (strength * share)[..., None], axis=2)
    cells = _by_cell(bins)
    energy = cv2.blur(np.sum(cells**2, axis=-1), (3, 3), borderType=cv2.BORDER_REFLECT)
    return np.asarray(cells / np.sqrt(energy + 4.0)[..., None], np.float32)
