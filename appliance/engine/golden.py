"""The fixed picture that every network is asked about before a device may run it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_GLYPHS: Final = (
    (0b10001, 0b10010, 0b10100, 0b11000, 0b10100, 0b10010, 0b10001),  # K
    (0b10001, 0b01010, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100),  # Y
    (0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110),  # C
    (0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000),  # 7
    (0b11110, 0b10001, 0b10001, 0b11110, 0b10001, 0b10001, 0b11110),  # B
    (0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110),  # O
    (0b10001, 0b01010, 0b01010, 0b00100, 0b01010, 0b01010, 0b10001),  # X
    (0b00010, 0b00100, 0b01000, 0b10000, 0b01000, 0b00100, 0b00010),  # <
)
"""Five columns by seven rows of ink, one number per row."""


def golden_pixels(height: int, width: int) -> NDArray[np.uint8]:
    """A picture of slopes, stripes, blocks and grain with one line of text: the same on every machine.

    Integer arithmetic only, because the last bit of a sine differs between mathematics libraries.

    Args:
        height: at least 12.
        width: at least 50.

    Returns:
        height x width x 3, RGB; the three channels differ, so that a swap of colours shows.
    """
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    grain = (x * 7919 + y * 104729 + x * y * 31) % 29
    stripes = np.abs((3 * x + 5 * y) % 64 - 32) * 3
    blocks = ((x // 9 + y // 13) % 2) * 70
    red = stripes + blocks + grain
    green = x * 255 // max(width - 1, 1)
    blue = 200 - y * 180 // max(height - 1, 1) - blocks // 2 + grain
    pixels: NDArray[np.uint8] = np.clip(np.stack([red, green, blue], axis=2), 0, 255).astype(np.uint8)
    _write(pixels)
    return pixels


def _write(pixels: NDArray[np.uint8]) -> None:
    """Dark glyphs on a light band across the middle."""
    height, width = pixels.shape[:2]
    scale = min(height // 12, width // 50)
    ink = np.array([[row >> (4 - column) & 1 for column in range(5)] for glyph in _GLYPHS for row in glyph])
    line = np.pad(ink.reshape(len(_GLYPHS), 7, 5), ((0, 0), (0, 0), (0, 1))).transpose(1, 0, 2).reshape(7, -1)
    line = line.repeat(scale, axis=0).repeat(scale, axis=1)
    top, left = (height - line.shape[0]) // 2, (width - line.shape[1]) // 2
    pixels[top - 2 * scale : top + line.shape[0] + 2 * scale] = (222, 214, 226)
    pixels[top : top + line.shape[0], left : left + line.shape[1]][line == 1] = (38, 44, 30)
