"""Makes an outline into an upright page, and places pages by what is printed on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.vision.documents import quad as quads
from appliance.vision.documents.quad import Quad

_LONGEST: Final = 1500
"""Pixels of a page's longer side at most: 12 per millimetre of a passport."""
_SNAP: Final = 0.12
"""An outline this near to a known aspect, as a logarithm, is given that aspect."""
_PITCH_MM: Final = 2.54
_ZONES: Final = {"TD3": (125.0, 88.0, 44), "TD2": (105.0, 74.0, 36), "TD1": (85.6, 54.0, 30)}
"""Width and height in millimetres and characters to a line (Doc 9303 parts 4, 6 and 5)."""
_LINE_MM: Final = 6.35
_FOOT_MM: Final = {"TD3": 8.0, "TD2": 8.0, "TD1": 6.5}
"""From the middle of the last line to the lower edge; the standard allows about 1.5 mm to either side."""


@dataclass(frozen=True, eq=False, slots=True)
class Page:
    """An upright page.

    Attributes:
        pixels: what it looks like.
        homography: 3 x 3, from the picture to the page.
        quad: its corners in the picture, clockwise from the page's top left; None for the whole picture.
    """

    pixels: Pixels
    homography: NDArray[np.float64]
    quad: Quad | None


def page_of(pixels: Pixels, outline: Quad, along: NDArray[np.floating]) -> Page:
    """The page inside an outline, its print upright.

    Args:
        pixels: the picture.
        outline: 4 x 2 corners, clockwise, from any of them on.
        along: direction of reading in the picture.
    """
    top = upright(outline, along)
    width, height = quads.size(top)
    aspect = width / max(height, 1.0)
    known = [*quads.ASPECTS, *(1 / a for a in quads.ASPECTS)]
    nearest = min(known, key=lambda a: abs(np.log(aspect / a)))
    if abs(np.log(aspect / nearest)) < _SNAP:
        aspect = nearest
    longest = min(float(max(quads.sides(top))), _LONGEST)
    columns, rows = (longest, longest / aspect) if aspect >= 1 else (longest * aspect, longest)
    size = (max(round(columns), 16), max(round(rows), 16))
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    homography = np.asarray(cv2.getPerspectiveTransform(top.astype(np.float32), corners), np.float64)
    shrink = max(float(max(quads.sides(top))) / longest, 1.0)
    source = cv2.GaussianBlur(pixels, (0, 0), 0.4 * shrink) if shrink > 1.3 else pixels
    flat = cv2.warpPerspective(
        source, homography, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return Page(np.asarray(flat, np.uint8), homography, top)


def upright(outline: Quad, along: NDArray[np.floating]) -> Quad:
    """The corners of an outline from the top left on, as print that runs along a direction has it.

    Args:
        outline: 4 x 2 corners, clockwise, from any of them on.
        along: direction of reading in the picture.
    """
    turned = [np.roll(outline, -k, axis=0) for k in range(4)]
    top = max(turned, key=lambda q: float((q[1] - q[0] + q[2] - q[3]) @ along))
    return top.astype(np.float32)


def whole_page(pixels: Pixels, quarter_turns: int) -> Page:
    """The whole picture, turned counter-clockwise by quarters."""
    height, width = pixels.shape[:2]
    turns = {
        0: [[1, 0, 0], [0, 1, 0]],
        1: [[0, 1, 0], [-1, 0, width]],
        2: [[-1, 0, width], [0, -1, height]],
        3: [[0, -1, height], [1, 0, 0]],
    }
    homography = np.array([*turns[quarter_turns % 4], [0, 0, 1]], np.float64)
    return Page(np.ascontiguousarray(np.rot90(pixels, quarter_turns)), homography, None)


def outline_by_zone(kind: str, lines: Sequence[Quad], shape: tuple[int, ...]) -> Quad | None:
    """Where the page lies that a machine-readable zone belongs to: the zone's size and place are fixed.

    Args:
        kind: of the zone.
        lines: outline of each of its lines, from the top.
        shape: of the picture.

    Returns:
        Corners clockwise from the page's top left; None for kinds without fixed size, or where the page
        would leave the picture: a crop or scan of it.
    """
    if kind not in _ZONES:
        return None
    width, height, count = _ZONES[kind]
    left = (width - count * _PITCH_MM) / 2
    right = width - left
    foot = height - _FOOT_MM[kind]
    seen, flat = [], []
    for above, line in enumerate(reversed(lines)):
        y = foot - above * _LINE_MM
        ends = (line[0] + line[3]) / 2, (line[1] + line[2]) / 2
        pad = (ends[1] - ends[0]) * (
            0.35 / count
        )  # text boxes stand out over the print by a third of its pitch
        seen += [ends[0] + pad, ends[1] - pad]
        flat += [[left, y], [right, y]]
    affine, _ = cv2.estimateAffinePartial2D(np.array(flat, np.float32), np.array(seen, np.float32))
    if affine is None:
        return None
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    placed = (corners @ affine.T).astype(np.float32)
    slack = 0.03 * max(shape[:2])
    bounds = np.array([shape[1], shape[0]], np.float32)
    inside = bool((placed > -slack).all() and (placed < bounds + slack).all())
    return placed if inside else None
