"""Finds the page or card in a picture.

Several proposers guess outlines, one measure decides, the winner's sides are moved onto the edges. Where no
outline convinces, there is none: a scan or a close crop is then read as a whole.
"""

import itertools
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

_REACHES = (0.09, 0.04, 0.012)
"""How far a side may move, in parts of the mean side: far for coarse guesses, near for good ones."""
_LEAST_SHAPE = 0.3
"""Combinations of less likely shape are not looked at."""
_KEPT = 4
"""Different outlines that are refined."""
_POOL = 60
"""Best outlines as guessed that lend their sides too."""
_SIDES = 5
"""Different lines tried for each side."""

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
    rough = [found[k] / copy.scale for k in _distinct(found, scores, _KEPT)]
    refined = [refine(fine, quad, reach) for quad, reach in itertools.product(rough, _REACHES)]
    small = np.array([*rough, *refined], np.float32) * np.float32(copy.scale)
    pool = np.concatenate([small, found[np.argsort(-scores)[:_POOL]]])
    mixed = np.concatenate([small, _recombined(field, pool)])
    mixed = mixed[_shapes(mixed) >= min(_LEAST_SHAPE, float(_shapes(small).max()))]
    scores, sides = _scores(field, mixed, lines)
    at = int(scores.argmax())
    quad = refine(fine, mixed[at] / np.float32(copy.scale), _REACHES[-1])
    return Outline(quad, float(scores[at]), tuple(float(side) for side in sides[at]))


def _recombined(field: EdgeField, candidates: NDArray[np.float32]) -> NDArray[np.float32]:
    """Outlines made of the candidates' sides in all combinations, for those right on three sides.

    The best `_SIDES` different lines are taken for each side.
    """
    strength = support(field, candidates)
    chosen: list[list[int]] = []
    for side in range(4):
        kept: list[int] = []
        ends = candidates[:, [side, (side + 1) % 4]]
        for k in np.argsort(-strength[:, side]):
            apart = [float(np.linalg.norm(ends[k] - ends[i], axis=1).max()) for i in kept]
            if min(apart, default=np.inf) > 2.0:
                kept.append(int(k))
            if len(kept) == _SIDES:
                break
        chosen.append(kept)
    picks = np.array(list(itertools.product(*chosen)))
    starts = np.stack([candidates[picks[:, side], side] for side in range(4)], 1)
    ends = np.stack([candidates[picks[:, side], (side + 1) % 4] for side in range(4)], 1)
    along = ends - starts
    before, way = np.roll(starts, 1, axis=1), np.roll(along, 1, axis=1)
    turn = way[..., 0] * along[..., 1] - way[..., 1] * along[..., 0]
    sound = (np.abs(turn) > 1.0).all(1)
    offset = starts - before
    reach = (offset[..., 0] * along[..., 1] - offset[..., 1] * along[..., 0]) / np.where(turn == 0, 1.0, turn)
    return np.asarray((before + way * reach[..., None])[sound], np.float32)


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
    x, y = found[..., 0], found[..., 1]
    areas = np.abs((x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)).sum(1)) / (2 * height * width)
    shape = _shapes(found)
    held, cut = _text_inside(found, lines)
    score = (
        0.30 * sides.mean(1)
        + 0.30 * sides.min(1)
        + 0.16 * shape
        + 0.10 * np.sqrt(areas.clip(0, 1))
        + 0.14 * held
    )
    return score - 0.35 * cut, sides


def _shapes(found: NDArray[np.float32]) -> NDArray[np.float64]:
    """0..1: how near each outline is to a document seen at a moderate angle."""
    lengths = np.linalg.norm(np.roll(found, -1, axis=1) - found, axis=2).astype(np.float64)
    top, right, bottom, left = np.maximum(lengths, 1.0).T
    aspect = np.abs(np.log((top + bottom) / (right + left)))
    away = np.abs(aspect[:, None] - np.log(quads.ASPECTS)).min(1)
    skew = np.abs(np.log(top / bottom)) + np.abs(np.log(left / right))
    return np.asarray(np.exp(-((away / 0.12) ** 2)) * np.exp(-((skew / 0.5) ** 2)), np.float64)


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
