"""The portrait of a document as a picture file."""

import cv2
import numpy as np

from appliance.domain.capture import Pixels
from appliance.domain.face import Box

WIDER, HIGHER = 1.7, 2.0
"""Crop in widths and heights of the face's box: hair, chin and collar of an ICAO portrait."""
LONGEST = 480
"""Pixels of the longer side, at most."""
QUALITY = 90


def portrait_jpeg(page: Pixels, box: Box) -> bytes:
    """Cut a face with its surroundings out of the page and encode it as JPEG. Blocks for 1 to 3 ms.

    Args:
        page: H x W x 3, RGB.
        box: of the face, in pixels of the page; what leaves the page is left out.
    """
    height, width = page.shape[:2]
    centre_x, centre_y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    half_x, half_y = box.width * WIDER / 2, box.height * HIGHER / 2
    left, right = int(max(centre_x - half_x, 0)), int(np.ceil(min(centre_x + half_x, width)))
    top, bottom = int(max(centre_y - half_y, 0)), int(np.ceil(min(centre_y + half_y, height)))
    crop = page[top:bottom, left:right]
    return picture_jpeg(crop) if crop.size else b""


def picture_jpeg(pixels: Pixels) -> bytes:
    """Encode a portrait as it stands, H x W x 3 RGB, shrunk to the longest side, as JPEG."""
    scale = LONGEST / max(pixels.shape[:2])
    if scale < 1.0:
        smaller = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pixels = np.asarray(smaller, np.uint8)
    _, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    return encoded.tobytes()
