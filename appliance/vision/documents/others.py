"""Whether a picture shows a second document beside the one that was found."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.vision.documents import quad as quads
from appliance.vision.documents.locate import locate
from appliance.vision.documents.quad import Quad

_LEAST_LINES: Final = 3
"""Lines of print outside of the first document that make a second one worth a look."""
_LEAST_SHARE: Final = 0.35
"""Of the first one's area: smaller things are labels, stamps, screens' parts."""


def another(pixels: Pixels, first: Quad, lines: Sequence[NDArray[np.float32]]) -> int:
    """Count further documents: 0 or 1. Blocks for as long as one location where there is print outside.

    Args:
        pixels: the picture.
        first: outline of the document found.
        lines: outlines of the print outside of it.
    """
    if len(lines) < _LEAST_LINES:
        return 0
    covered = np.array(pixels, copy=True)
    grown = first.mean(0) + (first - first.mean(0)) * np.float32(1.04)
    around = tuple(int(level) for level in np.median(pixels[::16, ::16].reshape(-1, 3), axis=0))
    cv2.fillConvexPoly(covered, np.rint(grown).astype(np.int32), around)
    second = locate(covered, lines)
    if second is None or quads.area(second.quad) < _LEAST_SHARE * quads.area(first):
        return 0
    inside = quads.inside(np.array([line.mean(0) for line in lines], np.float32), second.quad[None])[0]
    return int(inside.sum() >= _LEAST_LINES and quads.overlap(first, second.quad) < 0.1)
