"""Finds the page or card in a picture.

The network's mask says which document there is and roughly where its sides run; edges say where exactly.
Without a mask three other proposers guess. One measure decides between outlines. Where none convinces, there
is none: a scan or a close crop is then read as a whole.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.vision.documents import quad as quads
from appliance.vision.documents.edges import EdgeField, Shrunk, coarser, edge_field, refine, shrunk, support
from appliance.vision.documents.outline_score import common, direction, scores, shapes
from appliance.vision.documents.paper import off_paper
from appliance.vision.documents.propose import proposals
from appliance.vision.documents.quad import Quad
from appliance.vision.documents.segment import Mask, inside, spots
from appliance.vision.documents.silhouette import Silhouette, framed, outlines, silhouette

_PROPOSE_AT = 448
_REFINE_AT = 1000
_MASK_REFINE_AT: Final = 640
"""Longest sides in pixels of the pictures that outlines are guessed and refined on."""

_REACHES = (0.09, 0.04, 0.012)
"""How far a side may move, in parts of the mean side: far for coarse guesses, near for good ones."""
_MASK_REACHES: Final = (0.05, 0.025)
"""The same from the mask's outlines, which are right to a few hundredths."""
_LEAST_SHAPE = 0.3
"""Combinations of less likely shape are not looked at."""
_KEPT = 4
"""Different outlines that are refined."""
_POOL = 60
"""Best outlines as guessed that lend their sides too."""
_SIDES = 5
"""Different lines tried for each side."""
_LOOKED_AT: Final = 2
"""Spots of the mask looked at, largest first."""

_SURE: Final = 0.75
"""Score from which the network's outline is taken without asking other proposers; drawn ones reach 0.8."""
_TRUST: Final = 0.2
"""What the network's support of an outline counts for beside edges, shape and print."""
_SUPPORTED: Final = 0.3
"""Mean probability inside an outline that supports it."""
_KIN: Final = 0.6
"""Least overlap of the two outlines for the guessed one to take the other's place."""
_WITHIN: Final = 0.9
_PART: Final = 0.4
_CLEAR: Final = 0.7
"""Or, of a guess scored `_CLEAR`: the share of the smaller one in the other; `_PART`: least overlap then."""
_STRICTER: Final = (0.7, 0.85, 0.95)
"""Probabilities at which a doubtful document is cut out again: what it grew together with is less sure."""
_UNSEEN: Final = 0.12
"""What an outline loses that the network does not support."""

CONVINCING = 0.55
"""Least score of an outline that is believed without a mask; between documents and empty tables."""
CONVINCING_MASKED = 0.52
"""The same with one."""


@dataclass(frozen=True, eq=False, slots=True)
class Outline:
    """Where the document lies.

    Attributes:
        quad: corners in the picture, clockwise, first the one nearest the top left.
        score: 0..1.
        sides: support of each side by edges, 0..1.
        masked: whether the network saw it.
    """

    quad: Quad
    score: float
    sides: tuple[float, ...]
    masked: bool = False

    @property
    def convinces(self) -> bool:
        """Whether the score is one that documents have and empty tables do not."""
        return self.score >= (CONVINCING_MASKED if self.masked else CONVINCING)

    @property
    def sure(self) -> bool:
        """Whether hardly anything but documents has such a score; told only with a mask."""
        return not self.masked or self.score >= _SURE


def locate(
    pixels: Pixels, text: Sequence[NDArray[np.float32]] = (), mask: Mask | None = None
) -> Outline | None:
    """The outline of the document, or None where nothing convinces.

    Args:
        pixels: the picture.
        text: 4 x 2 outlines of the lines of print found in it.
        mask: what the network sees in it, where there is one.
    """
    best = best_outline(pixels, text, mask)
    return best if best and best.convinces else None


def best_outline(
    pixels: Pixels, text: Sequence[NDArray[np.float32]] = (), mask: Mask | None = None
) -> Outline | None:
    """The best outline whatever its score; None where nothing was proposed."""
    near = (mask.closer or mask) if mask else None
    seen = [silhouette(near, spot) for spot in spots(near)[:_LOOKED_AT]] if near else []
    if mask is not None and not seen:
        return None
    fine = shrunk(pixels, _MASK_REFINE_AT)
    field = edge_field(coarser(fine, _PROPOSE_AT))
    lines = np.array([line * field.copy.scale for line in text], np.float32).reshape(-1, 4, 2)
    if mask is None:
        return _best_guess(pixels, field, lines)
    best = _best_of(fine, field, lines, seen)
    if best is None:
        return None
    # where the frame cuts the document, guesses take what is printed on it: they are not asked
    if best.score < _SURE and not seen[0].at_frame(best.quad[None]).any():
        best = max(best, _cut_out(fine, field, lines, mask) or best, key=lambda one: one.score)
        best = _agreed(best, _best_guess(pixels, field, lines), field, lines, mask)
    return replace(best, quad=off_paper(fine, best.quad))


def _cut_out(fine: Shrunk, field: EdgeField, lines: NDArray[np.float32], mask: Mask) -> Outline | None:
    """The best outline of what the mask is surer of."""
    near = mask.closer or mask
    stricter = [spot for level in _STRICTER for spot in spots(near, level)[:_LOOKED_AT]]
    return _best_of(fine, field, lines, [silhouette(near, spot) for spot in stricter])


def _agreed(
    seen: Outline, guess: Outline | None, field: EdgeField, lines: NDArray[np.float32], mask: Mask
) -> Outline:
    """Of the network's doubtful outline and the one guessed without it, the better by one measure.

    A guess that the network does not support has to be clearer than others to be believed.
    """
    if guess is None or not _kin(seen, guess):
        return seen
    held = inside(mask, guess.quad)
    both = np.array([seen.quad, guess.quad], np.float32) * np.float32(field.copy.scale)
    rated = common(both, np.array([seen.sides, guess.sides]), lines)
    rated = rated + _TRUST * np.array([inside(mask, seen.quad), held])
    if rated[0] >= rated[1]:
        return seen
    return replace(guess, score=guess.score - (_UNSEEN if held < _SUPPORTED else 0.0))


def _kin(seen: Outline, guess: Outline) -> bool:
    """Whether a guess may be of the document seen; a clear one may be half of it, or it half of the guess."""
    alike = quads.overlap(seen.quad, guess.quad)
    if alike >= _KIN or guess.score < _CLEAR or alike < _PART:
        return alike >= _KIN
    shared, _ = cv2.intersectConvexConvex(seen.quad, guess.quad)
    return bool(shared > _WITHIN * min(quads.area(seen.quad), quads.area(guess.quad)))


def _best_of(
    fine: Shrunk, field: EdgeField, lines: NDArray[np.float32], seen: Sequence[Silhouette]
) -> Outline | None:
    """The best outline of any of the silhouettes."""
    found = [_best_masked(fine, field, lines, one) for one in seen]
    return max((one for one in found if one), key=lambda one: one.score, default=None)


def _best_masked(
    fine: Shrunk, field: EdgeField, lines: NDArray[np.float32], seen: Silhouette
) -> Outline | None:
    """The outline of one document that the network sees."""
    scale = np.float32(field.copy.scale)
    rough = outlines(seen)
    rough += [cut for cut in (framed(seen, quad) for quad in rough) if cut is not None]
    moved = [refine(fine, quad, reach) for quad, reach in itertools.product(rough, _MASK_REACHES)]
    pool = np.array([*rough, *moved], np.float32) * scale
    mixed = np.concatenate([pool, _recombined(field, pool)])
    rated = scores(field, mixed, lines, seen)
    best = mixed[int(rated.total.argmax())] / scale
    last = [best, refine(fine, best, _REACHES[-1])]
    last += [cut for cut in (framed(seen, last[1]),) if cut is not None]
    final = np.array(last, np.float32) * scale
    rated = scores(field, final, lines, seen)
    at = int((rated.total + (0.0, 0.02, 0.0, 0.0)[: len(final)]).argmax())
    return Outline(
        quads.clockwise(last[at]),
        float(rated.total[at]),
        tuple(float(s) for s in rated.sides[at]),
        masked=True,
    )


def _best_guess(pixels: Pixels, field: EdgeField, lines: NDArray[np.float32]) -> Outline | None:
    """The best outline by edges, colours and print alone."""
    scale = np.float32(field.copy.scale)
    found = proposals(field, direction(lines))
    if not len(found):
        return None
    rated = scores(field, found, lines)
    fine = shrunk(pixels, _REFINE_AT)
    rough = [found[k] / scale for k in _distinct(found, rated.total, _KEPT)]
    refined = [refine(fine, quad, reach) for quad, reach in itertools.product(rough, _REACHES)]
    small = np.array([*rough, *refined], np.float32) * scale
    pool = np.concatenate([small, found[np.argsort(-rated.total)[:_POOL]]])
    mixed = np.concatenate([small, _recombined(field, pool)])
    mixed = mixed[shapes(mixed) >= min(_LEAST_SHAPE, float(shapes(small).max()))]
    rated = scores(field, mixed, lines)
    at = int(rated.total.argmax())
    quad = refine(fine, mixed[at] / scale, _REACHES[-1])
    return Outline(quad, float(rated.total[at]), tuple(float(side) for side in rated.sides[at]))


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


def _distinct(found: NDArray[np.float32], rated: NDArray[np.float64], count: int) -> list[int]:
    """Indices of the best `count` outlines that are not all the same one."""
    chosen: list[int] = []
    for k in np.argsort(-rated)[:40]:
        if all(quads.overlap(found[k], found[i]) < 0.93 for i in chosen):
            chosen.append(int(k))
        if len(chosen) == count:
            break
    return chosen
