"""Whether a picture shows further documents beside the one that was found."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.vision.documents import quad as quads
from appliance.vision.documents.locate import locate
from appliance.vision.documents.quad import Quad
from appliance.vision.documents.segment import Mask, spots
from appliance.vision.documents.silhouette import Silhouette, silhouette

_LEAST_LINES: Final = 3
"""Lines of print outside of the first document that make a second one worth a look."""
_LEAST_SHARE: Final = 0.35
"""Of the first one's area: smaller things are labels, stamps, screens' parts."""
_LEAST_MASKED: Final = 0.25
"""The same for what the network takes for a document."""
_LEAST_PRINT: Final = 2
"""Lines of print on it then."""
_SHARED: Final = 0.25
"""Of a spot's area that may lie in the first document's outline."""


def another(
    pixels: Pixels, first: Quad, lines: Sequence[NDArray[np.float32]], mask: Mask | None = None
) -> int:
    """Count further documents; without a mask at most one, for as long as one location takes.

    Args:
        pixels: the picture.
        first: outline of the document found.
        lines: outlines of the print outside of it.
        mask: what the network sees in the picture, where there is one.
    """
    if mask is not None:
        seen = (silhouette(mask, spot) for spot in spots(mask))
        return sum(_is_other(one, first, lines) for one in seen)
    return _relocated(pixels, first, lines)


def _is_other(seen: Silhouette, first: Quad, lines: Sequence[NDArray[np.float32]]) -> bool:
    """Whether a spot of the mask is a document besides the first one."""
    own = quads.area(seen.hull)
    if own < _LEAST_MASKED * quads.area(first):
        return False
    shared, _ = cv2.intersectConvexConvex(seen.hull, first.astype(np.float32))
    held = sum(cv2.pointPolygonTest(seen.hull, _middle(line), measureDist=False) >= 0 for line in lines)
    return bool(shared < _SHARED * own and held >= _LEAST_PRINT)


def _middle(line: NDArray[np.float32]) -> tuple[float, float]:
    x, y = line.mean(0)
    return float(x), float(y)


def _relocated(pixels: Pixels, first: Quad, lines: Sequence[NDArray[np.float32]]) -> int:
    """Look for a second document where the first one is painted over: 0 or 1."""
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
