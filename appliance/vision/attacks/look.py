"""The look of a picture in 256 bits, which saving it anew changes little."""

import cv2
import numpy as np

from appliance.domain.capture import Pixels

_SIDE = 16


def look(pixels: Pixels) -> bytes:
    """Difference hash: for a grid of 16 x 16, whether each place is brighter than its right neighbour.

    Returns:
        32 bytes; Hamming distance is distance of looks. Under 2 ms.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = np.asarray(cv2.resize(grey, (_SIDE + 1, _SIDE), interpolation=cv2.INTER_AREA), np.int16)
    return np.packbits(small[:, 1:] > small[:, :-1]).tobytes()
