"""One document's silhouette in the network's mask: outlines of it, and how well others agree with it."""

import itertools
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.vision.documents import quad as quads
from appliance.vision.documents.quad import Quad
from appliance.vision.documents.segment import Mask, Spot, in_picture

_EDGES: Final = 7
"""Most sides of the silhouette's simplified hull."""
_AT_FRAME: Final = 0.012
"""Share of the picture's side within which the silhouette touches the frame; a cell of the mask is 0.016."""
_BEYOND: Final = 0.35
"""How far a corner may lie out of the picture, in parts of its longer side."""
_OUT: Final = 0.3
"""What an outline loses for its share out of the picture: one of similar fit on the frame is likelier."""
_NEAR_SIDE: Final = 0.03
"""Contour points belong to a side up to this distance, in parts of the silhouette's mean side."""
_FITS: Final = 0.9
"""Share of an outline that its silhouette fills from which no other one is looked for."""


@dataclass(frozen=True, eq=False, slots=True)
class Silhouette:
    """What the network sees of one document.

    Attributes:
        contour: N x 2 float32 in picture pixels.
        hull: M x 2 float32, convex, clockwise.
        frame: 4 x 2, the picture's own corners.
        sure: mean probability inside.
    """

    contour: NDArray[np.float32]
    hull: NDArray[np.float32]
    frame: Quad
    sure: float

    def agreement(self, found: NDArray[np.floating]) -> NDArray[np.float64]:
        """N values 0..1: overlap of each of N x 4 x 2 outlines, as far as in the picture, with the hull."""
        own = quads.area(self.hull)
        result = np.zeros(len(found))
        for k, quad in enumerate(found.astype(np.float32)):
            seen, part = cv2.intersectConvexConvex(quad, self.frame)
            if seen <= 0 or part is None:
                continue
            shared, _ = cv2.intersectConvexConvex(np.asarray(part, np.float32), self.hull)
            result[k] = shared / max(seen + own - shared, 1.0)
        return result

    def at_frame(self, found: NDArray[np.floating]) -> NDArray[np.bool_]:
        """N x 4: whether each side runs along the picture's frame."""
        width, height = self.frame[2]
        starts, ends = found, np.roll(found, -1, axis=1)
        near = []
        for axis, far in ((0, width), (1, height)):
            for line in (0.0, float(far)):
                gap = 0.0035 * min(width, height)
                near.append((np.abs(starts[..., axis] - line) < gap) & (np.abs(ends[..., axis] - line) < gap))
        return np.asarray(np.any(near, axis=0))


def silhouette(mask: Mask, spot: Spot) -> Silhouette:
    """The silhouette of one spot."""
    width, height = mask.size
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    contour = in_picture(spot.contour[:, 0], mask)
    # Cells at the rim reach half a cell further than their middles: to the frame itself.
    rim = mask.scale * np.float32(1.5)
    contour = np.where(contour < rim, 0, np.where(contour > mask.size - rim, mask.size, contour))
    contour = contour.astype(np.float32)
    hull = np.asarray(cv2.convexHull(contour)[:, 0], np.float32)
    return Silhouette(contour, hull, frame, float(mask.document[spot.cells].mean()))


def outlines(of: Silhouette) -> list[Quad]:
    """Four-cornered outlines of a silhouette, in picture pixels, likely ones first."""
    simple = _simplified(of.hull)
    found: list[tuple[float, Quad]] = []
    own = quads.area(of.hull)
    width, height = of.frame[2]
    beyond = _BEYOND * max(width, height)
    for chosen in itertools.combinations(range(len(simple)), 4):
        lines = [(simple[k], simple[(k + 1) % len(simple)] - simple[k]) for k in chosen]
        met = quads.from_lines(lines)
        if met is None or not _convex(met):
            continue
        if met.min() < -beyond or (met.max(0) > (width + beyond, height + beyond)).any():
            continue
        seen, _ = cv2.intersectConvexConvex(met.astype(np.float32), of.frame)
        if seen > 0:
            out = 1 - float(seen) / quads.area(met)
            found.append((own / float(seen) - _OUT * out, quads.clockwise(met)))
    found.sort(key=lambda one: -one[0])
    best = [_on_contour(of, quad) for _, quad in found[:1]]
    if best and found[0][0] > _FITS:
        return best
    rectangle = np.asarray(cv2.boxPoints(cv2.minAreaRect(of.contour)), np.float32)
    return [*best, quads.clockwise(rectangle)]


def framed(of: Silhouette, quad: Quad) -> Quad | None:
    """The outline with sides that the frame cuts laid onto the frame; None where there are none."""
    size = of.frame[2]
    lines, moved = [], False
    for k in range(4):
        start, end = quad[k].astype(np.float64), quad[(k + 1) % 4].astype(np.float64)
        for axis, line in itertools.product((0, 1), (0.0, 1.0)):
            at = line * float(size[axis])
            gap = _AT_FRAME * float(size[axis]) * 1.6
            outward = (start[axis] + end[axis]) / 2 - at
            touching = np.abs(of.contour[:, axis] - at) < 1.0
            reach = np.ptp(of.contour[touching][:, 1 - axis]) if touching.any() else 0.0
            along = abs(end[1 - axis] - start[1 - axis])
            if (abs(outward) < gap or outward * (line - 0.5) > 0) and reach > 0.4 * along > abs(
                end[axis] - start[axis]
            ):
                start, end = start.copy(), end.copy()
                start[axis] = end[axis] = at
                moved = True
                break
        lines.append((start, end - start))
    met = quads.from_lines(lines) if moved else None
    return None if met is None or not _convex(met) else met.astype(np.float32)


def _simplified(hull: NDArray[np.float32]) -> NDArray[np.float64]:
    """The hull with few corners."""
    perimeter = cv2.arcLength(hull[:, None], closed=True)
    simple = hull[:, None]
    for tolerance in (0.008, 0.012, 0.018, 0.027, 0.04, 0.06):
        simple = np.asarray(cv2.approxPolyDP(hull[:, None], tolerance * perimeter, closed=True), np.float32)
        if len(simple) <= _EDGES:
            break
    return simple[:, 0].astype(np.float64)


def _on_contour(of: Silhouette, quad: Quad) -> Quad:
    """Each side fitted to the contour's points along it, without those at the frame."""
    side = float(np.sqrt(quads.area(of.hull)))
    size = of.frame[2]
    inner = ((of.contour > 1) & (of.contour < size - 1)).all(1)
    points = of.contour[inner].astype(np.float64)
    lines = []
    for k in range(4):
        start, end = quad[k].astype(np.float64), quad[(k + 1) % 4].astype(np.float64)
        along = end - start
        length = max(float(np.linalg.norm(along)), 1.0)
        along = along / length
        offset = points - start
        step, away = offset @ along, offset @ np.array([-along[1], along[0]])
        near = (np.abs(away) < _NEAR_SIDE * side) & (step > 0.08 * length) & (step < 0.92 * length)
        if near.sum() >= 8 and np.ptp(step[near]) > 0.3 * length:
            slope, level = np.polyfit(step[near], away[near], 1)
            rest = np.abs(away[near] - (slope * step[near] + level))
            kept = rest <= max(float(np.quantile(rest, 0.75)), 1e-6)
            slope, level = np.polyfit(step[near][kept], away[near][kept], 1)
            normal = np.array([-along[1], along[0]])
            start, along = start + normal * level, along + normal * slope
        lines.append((start, along))
    met = quads.from_lines(lines)
    if met is None or not _convex(met) or float(np.abs(met - quad).max()) > 0.25 * side:
        return quad
    return met.astype(np.float32)


def _convex(quad: NDArray[np.floating]) -> bool:
    edge = np.roll(quad, -1, axis=0) - quad
    following = np.roll(edge, -1, axis=0)
    turn = edge[:, 0] * following[:, 1] - edge[:, 1] * following[:, 0]
    return bool((turn > 0).all() or (turn < 0).all())
