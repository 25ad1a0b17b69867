"""Whether something covers the lower half of a face: mask, scarf, hand."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.domain.face import Face

_UPPER: Final = (10, 151, 9, 107, 336, 67, 297, 6, 197, 50, 280, 117, 346)
"""Mesh points on forehead, bridge of the nose and upper cheeks."""
_LOWER: Final = (1, 2, 164, 0, 17, 18, 200, 199, 175, 61, 291, 205, 425, 214, 434, 57, 287)
"""Mesh points on the tip of the nose, lips, chin and lower cheeks."""
_SIDE: Final = 160
_SPREAD: Final = 10.0
"""Chroma distance, CIELAB, that counts as one half."""


def covered(pixels: Pixels, face: Face) -> float:
    """0..1, how unlike the upper half's skin the lower half of a face is. About 1 ms.

    Colours of small patches around mesh points; per half the median, so that lips, nostrils and a moustache
    alone do not decide. 0.5 is a chroma distance of 10 in CIELAB.
    """
    outline = face.mesh[:, :2]
    (left, top), (right, bottom) = outline.min(0), outline.max(0)
    height, width = pixels.shape[:2]
    x0, y0 = int(max(left, 0)), int(max(top, 0))
    x1, y1 = int(min(right + 1, width)), int(min(bottom + 1, height))
    if x1 - x0 < 8 or y1 - y0 < 8:
        return 0.0
    scale = _SIDE / max(x1 - x0, y1 - y0)
    part = cv2.resize(pixels[y0:y1, x0:x1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lab = np.asarray(cv2.cvtColor(cv2.GaussianBlur(part, (0, 0), 2), cv2.COLOR_RGB2LAB), np.float32)
    upper, lower = (_colours(lab, (outline[list(at)] - (x0, y0)) * scale) for at in (_UPPER, _LOWER))
    if len(upper) < 5 or len(lower) < 5:
        return 0.0
    distance = float(np.linalg.norm(np.median(upper, 0)[1:] - np.median(lower, 0)[1:]))
    return distance / (distance + _SPREAD)


def _colours(lab: NDArray[np.float32], points: NDArray[np.float32]) -> NDArray[np.float32]:
    columns, rows = np.rint(points).astype(int).T
    height, width = lab.shape[:2]
    seen = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    colours: NDArray[np.float32] = lab[rows[seen], columns[seen]]
    return colours
