"""Which parts of a picture are documents, by a small network trained for this box."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.engine.runtime import Runtime
from appliance.vision.documents.shrink import shrink

MODEL: Final = "document-outline"
_SIDE: Final = 192
_MAPS: Final = 48
_FINE: Final = 4
"""The maps are looked at this many times larger: outlines lie between their cells."""
_LEAST_AREA: Final = 0.004
"""Share of what is looked at below which a spot is no document."""
_LOOKS: Final = 3
"""Looks at most."""
_SMALL: Final = 0.3
"""Share of what was looked at below which the largest document is looked at again."""
_AROUND: Final = 0.4
"""What is looked at around it then, to each side, in parts of its own extent."""
_LEAST_WINDOW: Final = 64
"""Pixels; less has nothing more to show."""


@dataclass(frozen=True, eq=False, slots=True)
class Mask:
    """Where the network sees documents.

    Attributes:
        document: 192 x 192 float32, 0..1, of lying inside a document's outline. Whatever the shape of what
            was looked at, the map is square: column `x` stands at `x / 192` of its width.
        band: the same for lying on an outline.
        window: left, top, right, bottom of what was looked at, in picture pixels.
        size: width and height of the picture.
        closer: the last look at a small document and what is around it; None where the first will do.
    """

    document: NDArray[np.float32]
    band: NDArray[np.float32]
    window: tuple[int, int, int, int]
    size: tuple[int, int]
    closer: "Mask | None" = None

    @property
    def scale(self) -> NDArray[np.float32]:
        """Picture pixels per map cell, across and down."""
        cells = self.document.shape[0]
        left, top, right, bottom = self.window
        return np.array([(right - left) / cells, (bottom - top) / cells], np.float32)


class OutlineNet:
    """The network, on a `Runtime`. Thread-safe. Blocks for 5 to 15 ms."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._manifest = runtime.manifest(MODEL)

    def mask(self, pixels: Pixels) -> Mask:
        """What the network sees; where the largest document is small in what it looked at, it looks again."""
        height, width = pixels.shape[:2]
        whole = near = self._seen(pixels, (0, 0, width, height))
        for _ in range(_LOOKS - 1):
            found = spots(near)
            if not found or found[0].share > _SMALL:
                break
            corners = in_picture(found[0].contour[:, 0], near)
            low, high = corners.min(0), corners.max(0)
            room = (high - low) * np.float32(_AROUND)
            left, top = (int(v) for v in np.maximum(low - room, 0))
            right, bottom = (int(v) for v in np.minimum(high + room, (width, height)))
            if min(right - left, bottom - top) < _LEAST_WINDOW:
                break
            near = self._seen(pixels, (left, top, right, bottom))
        return whole if near is whole else replace(whole, closer=near)

    def _seen(self, pixels: Pixels, window: tuple[int, int, int, int]) -> Mask:
        """A part of the picture, squeezed into a square, through the network as it is and mirrored.

        What is seen either way is surer: on surfaces that training never showed the mean of both errs less.
        """
        left, top, right, bottom = window
        square = self._manifest.normalise(shrink(pixels[top:bottom, left:right], (_SIDE, _SIDE)))
        (plain,) = self._runtime.infer(MODEL, square)
        (mirrored,) = self._runtime.infer(MODEL, np.ascontiguousarray(square[..., ::-1]))
        maps = (plain + mirrored[..., ::-1]) / 2
        size = (_MAPS * _FINE, _MAPS * _FINE)
        document, band = (
            np.asarray(cv2.resize(maps[0, k], size, interpolation=cv2.INTER_LINEAR), np.float32)
            for k in range(2)
        )
        return Mask(document, band, window, (pixels.shape[1], pixels.shape[0]))


@dataclass(frozen=True, eq=False, slots=True)
class Spot:
    """One document as the network sees it.

    Attributes:
        cells: bool, on the mask's grid.
        contour: N x 1 x 2 int32 on the mask's grid.
        share: of the area looked at.
    """

    cells: NDArray[np.bool_]
    contour: NDArray[np.int32]
    share: float


def spots(mask: Mask, least: float = 0.5) -> list[Spot]:
    """Documents apart from each other, largest first.

    Cores are what lies inside outlines and on no band; each core takes the part of the mask nearest to it, so
    that two documents which touch are still two.
    """
    inside = (mask.document > least).astype(np.uint8)
    cores = inside & (mask.band < 0.5).astype(np.uint8)
    count, label, stats, _ = cv2.connectedComponentsWithStats(cores, connectivity=4)
    cells = inside.size
    kept = [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] > _LEAST_AREA * cells * 0.4]
    found = []
    nearest = np.zeros(inside.shape, np.int32)
    closest = np.full(inside.shape, np.inf, np.float32)
    for k in kept:
        away = cv2.distanceTransform((label != k).astype(np.uint8), cv2.DIST_L2, 3)
        take = away < closest
        nearest[take], closest[take] = k, away[take]
    for k in kept:
        own = (inside > 0) & (nearest == k) & (closest < 0.12 * inside.shape[0])
        contours, _ = cv2.findContours(own.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if not contours:
            continue
        contour = max(contours, key=cv2.contourArea)
        area = float(cv2.contourArea(contour)) / cells
        if area >= _LEAST_AREA:
            found.append(Spot(own, np.asarray(contour, np.int32), area))
    return sorted(found, key=lambda spot: -spot.share)


def in_picture(points: NDArray[np.number], mask: Mask) -> NDArray[np.float32]:
    """Points of the mask's grid, in the picture's pixels."""
    return np.asarray((points + 0.5) * mask.scale + np.array(mask.window[:2], np.float32), np.float32)


def inside(mask: Mask, outline: NDArray[np.floating]) -> float:
    """Mean probability, 0..1, of what lies inside an outline given in picture pixels."""
    cells = np.zeros(mask.document.shape, np.uint8)
    corners = (outline - np.array(mask.window[:2], np.float32)) / mask.scale - 0.5
    cv2.fillConvexPoly(cells, np.rint(corners * 16).astype(np.int32), 1, shift=4)
    return float(mask.document[cells > 0].mean()) if cells.any() else 0.0
