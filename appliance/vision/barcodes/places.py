"""Where a picture may show a two-dimensional barcode: dense fields of edges along two directions only.

All edges of a barcode of any kind lie along its rows or across them; print and portraits have others too. The
mean of the gradients' fourfold angles tells both how much a field is like that, and how far it is turned.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Grey: TypeAlias = NDArray[np.uint8]
MOST: Final = 3
"""Places of one picture."""

_COARSE: Final = 800
"""Pixels of the longer side where places are looked for."""
_BOX: Final = 21
_DENSE: Final = 0.5
"""Share of the densest spot's edges that a place has everywhere."""
_LEAST_AREA: Final = 0.01
"""Of a place, as a share of the picture: a PDF417 symbol covers 10 to 25 % of a card's back."""
_LEAST_ORDER: Final = 0.22
"""Share of edges along two directions: 0.3 to 0.9 in barcodes sharp and blurred, 0.05 to 0.35 in print."""
_EDGE: Final = 0.12
"""Widening of a place on each side, as a share of its length: start and stop bars have few edges."""
_QUIET: Final = 0.05
"""Widening of what a decoder has outlined: a PDF417 symbol's quiet zone is two of 100 to 300 modules."""


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """A turned rectangle in a picture, its long side from corner 0 to corner 1 (4 x 2, pixels)."""

    quad: NDArray[np.float32]


def places(grey: Grey) -> list[Place]:
    """Places that may be barcodes, at most three, the largest first. Blocks for about 10 ms."""
    scale = min(1.0, _COARSE / max(grey.shape))
    size = (max(round(grey.shape[1] * scale), 1), max(round(grey.shape[0] * scale), 1))
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    right = np.asarray(cv2.Scharr(small, cv2.CV_32F, 1, 0), np.float32)
    down = np.asarray(cv2.Scharr(small, cv2.CV_32F, 0, 1), np.float32)
    strength = cv2.magnitude(right, down)
    dense = cv2.boxFilter(strength, cv2.CV_32F, (_BOX, _BOX))
    mask = (dense > _DENSE * float(dense.max())).astype(np.uint8)
    mask = np.asarray(
        cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((_BOX // 2, _BOX // 2), np.uint8)), np.uint8
    )
    shapes, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    shapes = sorted(shapes, key=lambda shape: -float(cv2.contourArea(shape)))[: 2 * MOST]
    found = []
    for shape in shapes:
        if cv2.contourArea(shape) < _LEAST_AREA * mask.size:
            break
        inside = cv2.drawContours(np.zeros_like(mask), [shape], -1, 1, -1) > 0
        order, angle = _order(right[inside], down[inside])
        if order >= _LEAST_ORDER:
            found.append(Place((_around(shape.reshape(-1, 2), angle) / scale).astype(np.float32)))
    return found[:MOST]


def widened(quad: NDArray[np.float32]) -> NDArray[np.float32]:
    """An outline of a barcode, 4 x 2, with room for its quiet zone."""
    right, down = quad[1] + quad[2] - quad[0] - quad[3], quad[3] + quad[2] - quad[0] - quad[1]
    length = max(float(np.linalg.norm(right)), float(np.linalg.norm(down)), 1.0)
    across = right / max(float(np.linalg.norm(right)), 1.0) * length * _QUIET / 2
    along = down / max(float(np.linalg.norm(down)), 1.0) * length * _QUIET / 2
    room = np.array([-across - along, across - along, across + along, along - across])
    return np.asarray(quad + room, np.float32)


def _order(right: NDArray[np.floating], down: NDArray[np.floating]) -> tuple[float, float]:
    """Share 0..1 of edges along two crossing directions, and how these are turned: radians, -pi/4..pi/4."""
    gradient = right.astype(np.complex64) + 1j * down
    power = np.abs(gradient) ** 2
    fourfold = np.sum(gradient**4 / (power + 1e-3))
    return float(np.abs(fourfold) / (power.sum() + 1e-3)), float(np.angle(fourfold)) / 4


def _around(points: NDArray[np.integer | np.floating], angle: float) -> NDArray[np.float64]:
    """The rectangle around points whose sides are turned by an angle, widened, long side first."""
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    x, y = points @ along, points @ across
    margin = _EDGE * float(max(np.ptp(x), np.ptp(y)))
    left, right, top, bottom = x.min() - margin, x.max() + margin, y.min() - margin, y.max() + margin
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    quad = corners[:, :1] * along + corners[:, 1:] * across
    return np.asarray(quad if right - left >= bottom - top else np.roll(quad, 1, axis=0), np.float64)
