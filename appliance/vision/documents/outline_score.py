"""How much an outline looks like a document's: edges under its sides, shape, print inside, the mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.vision.documents import quad as quads
from appliance.vision.documents.edges import EdgeField, support
from appliance.vision.documents.silhouette import Silhouette

_FRAMED_SIDE: Final = 0.55
"""Support of a side that the picture's frame cuts: an edge close to it has to be clearer than that."""
_FRAMED_SHAPE: Final = 0.6
"""Shape of a document of which a part is not seen."""
_WEIGHTS: Final = {"mean": 0.30, "least": 0.30, "shape": 0.16, "area": 0.10, "print": 0.14}
"""Without a mask."""
_MASKED: Final = {"mean": 0.22, "least": 0.18, "shape": 0.12, "mask": 0.38, "print": 0.10}
"""With one."""
_CUT: Final = 0.35


@dataclass(frozen=True, eq=False, slots=True)
class Scores:
    """Of N outlines: `total` N, `sides` N x 4 support by edges."""

    total: NDArray[np.float64]
    sides: NDArray[np.float64]


def scores(
    field: EdgeField,
    found: NDArray[np.float32],
    lines: NDArray[np.float32],
    seen: Silhouette | None = None,
) -> Scores:
    """Rate outlines.

    Args:
        field: edges of the small picture.
        found: N x 4 x 2 in its pixels.
        lines: M x 4 x 2, print in its pixels.
        seen: the document in the network's mask, in the large picture's pixels.
    """
    sides = support(field, found)
    shape = shapes(found)
    held, cut = text_inside(found, lines)
    if seen is None:
        height, width = field.strength.shape
        x, y = found[..., 0], found[..., 1]
        areas = np.abs((x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)).sum(1)) / (2 * height * width)
        part = _WEIGHTS
        last = part["area"] * np.sqrt(areas.clip(0, 1))
    else:
        large = found / np.float32(field.copy.scale)
        framed = seen.at_frame(large)
        sides = np.where(framed, _FRAMED_SIDE, sides)
        shape = np.where(framed.any(1), np.maximum(shape, _FRAMED_SHAPE), shape)
        part = _MASKED
        last = part["mask"] * ((seen.agreement(large) - 0.6) / 0.4).clip(0, 1)
    total = part["mean"] * sides.mean(1) + part["least"] * sides.min(1) + part["shape"] * shape
    return Scores(np.asarray(total + last + part["print"] * held - _CUT * cut, np.float64), sides)


def common(
    found: NDArray[np.float32], sides: NDArray[np.float64], lines: NDArray[np.float32]
) -> NDArray[np.float64]:
    """N values by which outlines from the mask and guessed ones are compared: what both can have."""
    held, cut = text_inside(found, lines)
    part = _WEIGHTS
    total = part["mean"] * sides.mean(1) + part["least"] * sides.min(1) + part["shape"] * shapes(found)
    return np.asarray(total + part["print"] * held - _CUT * cut, np.float64)


def shapes(found: NDArray[np.float32]) -> NDArray[np.float64]:
    """0..1: how near each outline is to a document seen at a moderate angle."""
    lengths = np.linalg.norm(np.roll(found, -1, axis=1) - found, axis=2).astype(np.float64)
    top, right, bottom, left = np.maximum(lengths, 1.0).T
    aspect = np.abs(np.log((top + bottom) / (right + left)))
    away = np.abs(aspect[:, None] - np.log(quads.ASPECTS)).min(1)
    skew = np.abs(np.log(top / bottom)) + np.abs(np.log(left / right))
    return np.asarray(np.exp(-((away / 0.12) ** 2)) * np.exp(-((skew / 0.5) ** 2)), np.float64)


def text_inside(
    found: NDArray[np.float32], lines: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of the print inside each outline, and share of it that a side cuts through."""
    if not len(lines):
        nothing = np.zeros(len(found))
        return nothing, nothing
    weight = np.sqrt(np.array([max(quads.area(line), 1.0) for line in lines]))
    weight /= weight.sum()
    corners = quads.inside(lines.reshape(-1, 2), found).reshape(len(found), len(lines), 4)
    whole = corners.sum(2)
    middles = quads.inside(lines.mean(1), found)
    held = (middles * weight).sum(1)
    cut = (((whole > 0) & (whole < 4)) * weight).sum(1)
    return held, cut


def direction(lines: Sequence[NDArray[np.float32]] | NDArray[np.float32]) -> float | None:
    """Median direction of the lines of print in degrees; None when there are too few to tell."""
    if len(lines) < 3:
        return None
    print_lines = np.asarray(lines)
    along = print_lines[:, 1] - print_lines[:, 0]
    upright = print_lines[:, 3] - print_lines[:, 0]
    longer = np.linalg.norm(along, axis=1) >= np.linalg.norm(upright, axis=1)
    along = np.where(longer[:, None], along, upright)
    twice = 2 * np.arctan2(along[:, 1], along[:, 0])
    weight = np.linalg.norm(along, axis=1)
    return float(np.degrees(np.arctan2((np.sin(twice) * weight).sum(), (np.cos(twice) * weight).sum()) / 2))
