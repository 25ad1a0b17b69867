"""Measures of a document's picture: colour, sharpness, compression, exposure, glare.

Each is one number; what is too much or too little is decided in `faults`. Sources of the measures: Crete et
al. 2007 (re-blurring), ITU-T T.81 (8 x 8 blocks); separations measured in docs/document-quality.md.
"""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels

_SIDE: Final = 1000
"""Pixels: exposure and glare are looked at on a page of this width."""
_COLOUR_SIZE: Final = (400, 256)
_CLIPPED: Final = 248
"""Level of the darkest channel from which a pixel is blown out."""
_PRINT: Final = 7
"""Pixels of the page at `_SIDE`: strokes and modules in a spot that still show through."""
_SPOT: Final = 11
"""The same, of the narrowest spot looked at."""
_LEAST_SPOT: Final = 0.002
"""Share of the page of the least spot looked at."""
_LARGEST_SPOT: Final = 0.2
"""The same of the largest: what covers more is the card's own white, or too much light on all of it."""
_RINGS: Final = (5, 12, 24, 40)
"""Distances from a spot, in pixels of the page at `_SIDE`, at which light is looked at."""
_FALL: Final = 3.5
"""Levels that light has fallen by at the third of them; 2.8 was the most around white print."""
_WAVES: Final = np.array(
    [
        [math.sqrt((1 + (k > 0)) / 8) * math.cos((2 * n + 1) * k * math.pi / 16) for n in range(8)]
        for k in range(8)
    ],
    np.float32,
)
"""Rows of the 8 x 8 discrete cosine transform (ITU-T T.81, A.3.3)."""
_LOW_WAVES: Final = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1))
"""Those that coarse steps leave something of."""
_LEAST_WAVE: Final = 4.0
"""Amplitude under which rounding to whole levels and colours makes waves of its own."""
_WEAK_WAVE: Final = 18.0
"""Amplitude under which steps of a quality below 30 leave no wave."""
_BLOCKS: Final = 4000
"""Blocks looked at, about; they are taken from all over the document."""
_ENOUGH: Final = 100
"""Waves from which their share is told."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures of one document.

    Attributes:
        colour: leftover chroma over luminance once the lamp's tint is taken off; grey copies 0.03-0.1.
        sharpness: 0..1, how much of the strongest edges a further blur takes away; 0 is already blurred.
        blockiness: steps at the edges of 8 x 8 blocks against those inside them; 1 has none.
        fineness: 0..1, share of weak waves in the picture's own 8 x 8 blocks; coarse steps leave none.
        bright: 95th percentile of luminance, 0..255.
        dark: 5th percentile of luminance, 0..255.
        glare: share of the page under its largest blown-out soft spot, 0..1.
    """

    colour: float
    sharpness: float
    blockiness: float
    fineness: float
    bright: float
    dark: float
    glare: float


def measure(pixels: Pixels, page: Pixels, outline: NDArray[np.float32] | None) -> Quality:
    """Measure a document. Blocks for 10 to 30 ms.

    Args:
        pixels: the picture; sharpness and blocks are looked at there, at the camera's own scale.
        page: the flattened document.
        outline: of the document in the picture; None takes all of it.
    """
    native = _native(pixels, outline)
    grey = np.asarray(cv2.cvtColor(native, cv2.COLOR_RGB2GRAY), np.uint8)
    height, width = page.shape[:2]
    size = (_SIDE, max(1, _SIDE * height // width))
    small = np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)
    light = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    dark, bright = np.percentile(light, (5, 95))
    return Quality(
        colour=chroma(inner(page)),
        sharpness=_sharpness(grey),
        blockiness=_blockiness(grey),
        fineness=_fineness(pixels, outline),
        bright=float(bright),
        dark=float(dark),
        glare=_glare(small, light),
    )


def inner(page: Pixels) -> Pixels:
    """The page without a rim of a twelfth: an outline that is a little off takes in what lies around."""
    height, width = page.shape[:2]
    return page[height // 12 : height - height // 12, width // 12 : width - width // 12]


def chroma(page: Pixels) -> float:
    """Leftover chroma over luminance.

    The tint of a lamp is a smooth function of luminance and place; what is left after such a function is
    fitted to both chroma channels is the document's own colour. Under 5 ms.
    """
    small = cv2.resize(page, _COLOUR_SIZE, interpolation=cv2.INTER_AREA)
    lab = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float32)
    light = lab[..., 0]
    lit = light > 15
    if lit.sum() < lit.size // 50:
        return 0.0
    rows, columns = np.mgrid[: _COLOUR_SIZE[1], : _COLOUR_SIZE[0]].astype(np.float32) / np.float32(256)
    level = light / 255
    parts = (
        *(np.ones_like(level), level, level**2, columns, rows, columns * rows),
        *(columns**2, rows**2, columns * level, rows * level),
    )
    terms = np.stack(parts, -1)[lit]
    left = []
    for channel in (1, 2):
        seen = np.asarray(cv2.GaussianBlur(lab[..., channel], (0, 0), 2))[lit]
        fitted = terms @ np.linalg.lstsq(terms, seen, rcond=None)[0]
        left.append(float((seen - fitted).std()))
    return float(math.hypot(*left) / max(8.0, float(light[lit].mean()) / 8))


def _native(pixels: Pixels, outline: NDArray[np.float32] | None) -> Pixels:
    if outline is None:
        return pixels
    height, width = pixels.shape[:2]
    left, top = np.floor(outline.min(0)).astype(int).clip(0, (width - 16, height - 16))
    right, bottom = np.ceil(outline.max(0)).astype(int)
    return pixels[top : max(bottom, top + 16), left : max(right, left + 16)]


def _sharpness(grey: NDArray[np.uint8]) -> float:
    plain = grey.astype(np.float32)
    edges, softer = _gradient(plain), _gradient(np.asarray(cv2.GaussianBlur(plain, (0, 0), 1.5)))
    strongest = edges >= np.percentile(edges[::2, ::2], 97)
    return float(1 - softer[strongest].mean() / max(1e-3, float(edges[strongest].mean())))


def _gradient(plain: NDArray[np.float32]) -> NDArray[np.float32]:
    across, down = cv2.Sobel(plain, cv2.CV_32F, 1, 0), cv2.Sobel(plain, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(across, down), np.float32)


def _blockiness(grey: NDArray[np.uint8]) -> float:
    plain = grey.astype(np.float32)
    ratios = []
    for axis in (0, 1):
        steps = np.abs(np.diff(plain, axis=axis)).mean(1 - axis)
        phases = [steps[start::8].mean() for start in range(8)]
        ratios.append(max(phases) / max(float(np.median(phases)), 1e-3))
    return float(np.mean(ratios))


def _fineness(pixels: Pixels, outline: NDArray[np.float32] | None) -> float:
    """How many of the waves that a picture's 8 x 8 blocks hold are weak ones; 1 where too few are seen.

    A compressed picture holds multiples of its quantisation steps only, also once it is stored without loss.
    Blocks that black or white cuts off hold others and are left out. A picture that was moved or resized
    after it was compressed has lost its blocks: then `_blockiness` may still tell.
    """
    height, width = pixels.shape[:2]
    left, top, right, bottom = 0, 0, width, height
    if outline is not None:
        left, top = (int(v) // 8 * 8 for v in outline.min(0).clip(0, (width, height)))
        right, bottom = (int(v) for v in np.ceil(outline.max(0)).clip(0, (width, height)))
    rows, columns = (bottom - top) // 8, (right - left) // 8
    if rows < 1 or columns < 1:
        return 1.0
    part = pixels[top : top + 8 * rows, left : left + 8 * columns]
    grey = np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.uint8)
    blocks = grey.reshape(rows, 8, columns, 8).swapaxes(1, 2).reshape(-1, 8, 8)
    blocks = blocks[:: max(1, len(blocks) // _BLOCKS)]
    whole = blocks[(blocks.min((1, 2)) > 3) & (blocks.max((1, 2)) < 252)].astype(np.float32)
    waves = np.abs(_WAVES @ whole @ _WAVES.T)
    seen = np.stack([waves[:, row, column] for row, column in _LOW_WAVES])
    seen = seen[seen > _LEAST_WAVE]
    return float((seen < _WEAK_WAVE).mean()) if seen.size >= _ENOUGH else 1.0


def _glare(small: Pixels, light: NDArray[np.uint8]) -> float:
    """The largest blown-out spot whose light fades softly into the page.

    A white card is blown out up to its print and its edges; a lamp's mirror image ends nowhere. Light is
    therefore followed away from each spot, print taken off by a closing: it has to fall a little at once and
    further and further on.
    """
    clipped = (small.min(2) >= _CLIPPED).astype(np.uint8)
    whole = cv2.morphologyEx(clipped, cv2.MORPH_CLOSE, np.ones((_PRINT, _PRINT), np.uint8))
    spots = np.asarray(cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((_SPOT, _SPOT), np.uint8)))
    count, label, boxes, _ = cv2.connectedComponentsWithStats(spots)
    areas = boxes[:, cv2.CC_STAT_AREA] / spots.size
    large = [k for k in range(1, count) if _LEAST_SPOT <= areas[k] <= _LARGEST_SPOT]
    if not large:
        return 0.0
    closed = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    paper = np.asarray(cv2.GaussianBlur(closed, (0, 0), 2), np.float32)
    soft = (areas[k] for k in large if _fades(paper, label == k))
    return float(max(soft, default=0.0))


def _fades(paper: NDArray[np.float32], spot: NDArray[np.bool_]) -> bool:
    """Whether the paper around a spot gets darker step by step."""
    away = cv2.distanceTransform((~spot).astype(np.uint8), cv2.DIST_L2, 3)
    inside = float(paper[spot].mean())
    rings = [paper[np.abs(away - radius) < 1.5] for radius in _RINGS]
    if any(ring.size == 0 for ring in rings):
        return False
    first, near, far, last = (inside - float(np.median(ring)) for ring in rings)
    return far >= _FALL and last >= far >= 1.3 * near and first <= 0.5 * far
