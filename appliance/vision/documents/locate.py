"""Finds the page or card in a picture.

Several proposers guess outlines, one measure decides, the winner's sides are moved onto the edges. Where no
outline convinces, there is none: a scan or a close crop is then read as a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.vision.documents import quad as quads
from appliance.vision.documents.edges import EdgeField, edge_field, refine, shrunk, support
from appliance.vision.documents.propose import proposals
from appliance.vision.documents.quad import Quad

_PROPOSE_AT = 448
_REFINE_AT = 1000
"""Longest sides in pixels of the pictures that outlines are guessed and refined on."""

CONVINCING = 0.55
"""Least score of an outline that is believed; between documents and empty tables, see the bench."""


@dataclass(frozen=True, eq=False, slots=True)
class Outline:
    """Where the document lies.

    Attributes:
        quad: corners in the picture, clockwise, first the one nearest the top left.
        score: 0..1.
        sides: support of each side by edges, 0..1.
    """

    quad: Quad
    score: float
    sides: tuple[float, ...]


def locate(pixels: Pixels, text: Sequence[NDArray[np.float32]] = ()) -> Outline | None:
    """The outline of the document, or None where nothing convinces.

    Args:
        pixels: the picture.
        text: 4 x 2 outlines of the lines of print found in it.
    """
    best = best_outline(pixels, text)
    return best if best and best.score >= CONVINCING else None


def best_outline(pixels: Pixels, text: Sequence[NDArray[np.float32]] = ()) -> Outline | None:
    """The best outline whatever its score; None where nothing was proposed."""
    copy = shrunk(pixels, _PROPOSE_AT)
    field = edge_field(copy)
    lines = np.array([line * copy.scale for line in text], np.float32).reshape(-1, 4, 2)
    found = proposals(field, _direction(lines))
    if not len(found):
        return None
    scores, _ = _scores(field, found, lines)
    fine = shrunk(pixels, _REFINE_AT)
    candidates = []
    for k in _distinct(found, scores, 3):
        refined = refine(fine, found[k] / copy.scale)
        again, parts = _scores(field, refined[None] * copy.scale, lines)
        candidates.append(Outline(refined, float(again[0]), tuple(float(p) for p in parts[0])))
    return max(candidates, key=lambda outline: outline.score)


def _direction(lines: NDArray[np.float32]) -> float | None:
    """Median direction of the lines of print in degrees; None when there are too few to tell."""
    if len(lines) < 3:
        return None
    along = lines[:, 1] - lines[:, 0]
    upright = lines[:, 3] - lines[:, 0]
    longer = np.linalg.norm(along, axis=1) >= np.linalg.norm(upright, axis=1)
    along = np.where(longer[:, None], along, upright)
    twice = 2 * np.arctan2(along[:, 1], along[:, 0])
    weight = np.linalg.norm(along, axis=1)
    return float(np.degrees(np.arctan2((np.sin(twice) * weight).sum(), (np.cos(twice) * weight).sum()) / 2))


def _distinct(found: NDArray[np.float32], scores: NDArray[np.float64], count: int) -> list[int]:
    """Indices of the best `count` outlines that are not all the same one."""
    chosen: list[int] = []
    for k in np.argsort(-scores)[:40]:
        if all(quads.overlap(found[k], found[i]) < 0.93 for i in chosen):
            chosen.append(int(k))
        if len(chosen) == count:
            break
    return chosen


def _scores(
    field: EdgeField, found: NDArray[np.float32], lines: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score of each outline, and the support of its sides."""
    sides = support(field, found)
    height, width = field.strength.shape
    areas = np.array([quads.area(q) for q in found]) / (height * width)
    shape = np.array([_shape(q) for q in found])
    held, cut = _text_inside(found, lines)
    score = (
        0.30 * sides.mean(1)
        + 0.30 * sides.min(1)
        + 0.16 * shape
        + 0.10 * np.sqrt(areas.clip(0, 1))
        + 0.14 * held
    )
    return score - 0.35 * cut, sides


def _shape(quad: Quad) -> float:
    """0..1: how near the outline is to a document seen at a moderate angle."""
    width, height = quads.size(quad)
    if min(width, height) < 8:
        return 0.0
    aspect = max(width, height) / min(width, height)
    away = min(abs(np.log(aspect / known)) for known in quads.ASPECTS)
    top, right, bottom, left = quads.sides(quad)
    skew = abs(np.log(top / max(bottom, 1.0))) + abs(np.log(left / max(right, 1.0)))
    return float(np.exp(-((away / 0.12) ** 2)) * np.exp(-((skew / 0.5) ** 2)))


def _text_inside(
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
