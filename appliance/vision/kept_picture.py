"""A picture as it is kept for people to look at: smaller, and nothing of its file but the pixels."""

from typing import Final

import cv2
import numpy as np

from appliance.domain.capture import Pixels

LONGEST: Final = 1600
"""Pixels of the longer side, at most: an A7 page at 300 dots per inch."""
QUALITY: Final = 85


def kept_jpeg(pixels: Pixels, longest: int = LONGEST) -> bytes:
    """Encode as JPEG of at most `longest` pixels, without metadata. Blocks for 5 to 20 ms.

    Args:
        pixels: H x W x 3, RGB.
        longest: of the longer side.
    """
    scale = longest / max(pixels.shape[:2])
    if scale < 1.0:
        smaller = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pixels = np.asarray(smaller, np.uint8)
    _, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    return encoded.tobytes()
