"""Resampling without aliasing: whole pictures, and turned or scaled parts of them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels

Similarity = NDArray[np.float64]
"""2 x 3: [scale * rotation | shift]."""


def resized(pixels: Pixels, scale: float) -> Pixels:
    """The picture at another size, each side at least 1 pixel; shrinking averages areas."""
    height, width = pixels.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # halving even sides takes a path in OpenCV that is five times faster and averages the same pixels
    while pixels.shape[1] >= 2 * size[0] and not (pixels.shape[0] % 2 or pixels.shape[1] % 2):
        half = pixels.shape[1] // 2, pixels.shape[0] // 2
        pixels = np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), np.uint8)
    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)


def warped(pixels: Pixels, to_square: Similarity, side: int, *, extend: bool) -> Pixels:
    """Cut a turned and scaled square out of a picture.

    Only the part of the picture that the square covers is touched, so the cost does not grow with the
    picture. A part that shrinks twice or more is first averaged down by a whole number: bilinear
    sampling alone would skip pixels.

    Args:
        pixels: the picture.
        to_square: takes picture coordinates to coordinates of the square.
        side: of the square, pixels.
        extend: repeat the picture's edge outside of it; otherwise outside is black.
    """
    corners = np.array([[-1, -1], [side, -1], [side, side], [-1, side]], np.float64)
    covered = apply(inverse(to_square), corners)
    bounds = np.array([pixels.shape[1], pixels.shape[0]])
    low = np.clip(np.floor(covered.min(axis=0)).astype(int) - 2, 0, bounds - 1)
    high = np.clip(np.ceil(covered.max(axis=0)).astype(int) + 3, low + 1, bounds)
    part = pixels[low[1] : high[1], low[0] : high[0]]
    placed = to_square.copy()
    placed[:, 2] += to_square[:, :2] @ low
    factor = int(1 / max(np.sqrt(abs(np.linalg.det(to_square[:, :2]))), 1e-6))
    if factor > 1:
        small = resized(part, 1 / factor)
        ratio = np.array([part.shape[1] / small.shape[1], part.shape[0] / small.shape[0]])
        # INTER_AREA keeps areas: pixel centres move by half a pixel of the difference in size
        placed[:, 2] += placed[:, :2] @ ((ratio - 1) / 2)
        placed[:, :2] *= ratio
        part = small
    border = cv2.BORDER_REPLICATE if extend else cv2.BORDER_CONSTANT
    square = cv2.warpAffine(part, placed, (side, side), flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(square, np.uint8)


def similarity(source: NDArray[np.float32], target: NDArray[np.float32]) -> Similarity:
    """Least-squares scale, rotation and shift that takes N x 2 points to N x 2 others (Umeyama 1991)."""
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    away, wanted = source - source_mean, target - target_mean
    # in two dimensions the best rotation and scale is one complex number: sum(conj(a) b) / sum |a|^2
    a, b = away[:, 0] + 1j * away[:, 1], wanted[:, 0] + 1j * wanted[:, 1]
    turn = np.vdot(a, b) / max(float(np.vdot(a, a).real), 1e-12)
    matrix = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return np.column_stack([matrix, target_mean - matrix @ source_mean])


def apply(transform: Similarity, points: NDArray[np.floating]) -> NDArray[np.float64]:
    """N x 2 points through the transform."""
    return np.asarray(points @ transform[:, :2].T + transform[:, 2], np.float64)


def inverse(transform: Similarity) -> Similarity:
    """The transform back."""
    back = np.linalg.inv(transform[:, :2])
    return np.column_stack([back, -back @ transform[:, 2]])
