"""Geometry of text boxes: corners in reading order, crops, joining.

A quad is 4 x 2 float32, picture pixels, corners in reading order: top left, top right, bottom right, bottom
left of the text, whichever way the text lies in the picture.
"""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels

Quad: TypeAlias = NDArray[np.float32]
Vector: TypeAlias = NDArray[np.float64]


def reading_order(corners: Quad) -> Quad:
    """Order the corners of a text box by the likeliest reading direction: along its long side.

    Lying boxes read to the right, standing ones (higher than 1.5 times their width) downwards. Whether the
    text is upside down does not show here: `turned(quad, 2)` is the other way.
    """
    centre = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0])
    ring = corners[np.argsort(angles)]  # clockwise on the screen, y grows downwards
    first = int(np.argmin(ring.sum(axis=1)))
    lying = np.roll(ring, -first, axis=0)
    width, height = size(lying)
    long_first = lying if width * 1.5 >= height else np.roll(lying, -1, axis=0)
    if width >= height and long_first[1, 0] < long_first[0, 0]:
        long_first = np.roll(long_first, 2, axis=0)
    return np.ascontiguousarray(long_first, np.float32)


def turned(quad: Quad, quarters: int) -> Quad:
    """The same box read from another corner, `quarters` corners further clockwise."""
    return np.roll(quad, -quarters, axis=0)


def size(quad: Quad) -> tuple[float, float]:
    """Width along the text and height across it, pixels: the longer of both opposite sides."""
    width = max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3]))
    height = max(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1]))
    return float(width), float(height)


def direction(quad: Quad) -> Vector:
    """Unit vector along the text."""
    along = (quad[1] + quad[2] - quad[0] - quad[3]).astype(np.float64)
    unit: Vector = along / max(float(np.linalg.norm(along)), 1e-9)
    return unit


def quarter_turns(along: Vector) -> int:
    """How many counter-clockwise quarter turns (`numpy.rot90`) bring such text nearest to upright."""
    return round(float(np.degrees(np.arctan2(along[1], along[0]))) / 90) % 4


def crop(pixels: Pixels, quad: Quad) -> Pixels:
    """Cut a box out of the picture, text lying upright; at least 4 x 4 pixels."""
    width, height = (max(int(side), 4) for side in size(quad))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.asarray(quad, np.float32), corners)
    cut = cv2.warpPerspective(
        pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cut, np.uint8)


def joined(first: Quad, second: Quad) -> Quad:
    """The smallest box around two that lie on one line of text; reads as the first one."""
    points = np.vstack([first, second]).astype(np.float32)
    corners = np.asarray(cv2.boxPoints(cv2.minAreaRect(points)), np.float32)
    ordered = reading_order(corners)
    return ordered if direction(ordered) @ direction(first) > 0 else turned(ordered, 2)
