"""Reads the two-dimensional barcodes of a document.

PDF417 needs its rows to run along those of the picture: at 3 degrees most are lost. The flattened page is
therefore read first; where it shows nothing, places that look like a barcode are cut out of the picture as it
came, turned, enlarged and read again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.vision.documents.quad import clockwise, mapped, size
from appliance.vision.documents.rectify import Page

Grey: TypeAlias = NDArray[np.uint8]
MOST: Final = 8
"""Barcodes of one picture; licences of Canada have up to three."""

_FORMATS: Final = (
    zxingcpp.BarcodeFormat.PDF417
    | zxingcpp.BarcodeFormat.QRCode
    | zxingcpp.BarcodeFormat.MicroQRCode
    | zxingcpp.BarcodeFormat.DataMatrix
    | zxingcpp.BarcodeFormat.Aztec
)
_LONGEST: Final = 2400
"""Pixels of the longer side of a whole picture that is looked through."""
_COARSE: Final = 480
"""Pixels of the longer side where places are looked for."""
_PLACES: Final = 3
_ANGLES: Final = (0.0, -2.0, 2.0, -4.0, 4.0)
_WIDTHS: Final = (1.0, 2.0, 1.5)
"""Enlargements tried, of a cut whose print is at the picture's own resolution."""
_WIDEST: Final = 2600
_LEAST_FIELD: Final = 60.0
_LEAST_AREA: Final = 0.008
"""Of a place, as a share of the page: a PDF417 symbol covers 10 to 25 % of a card's back."""

_BAR_DEPTH: Final = 8
"""Grey levels that a bar is darker than what is around it."""
_BARS: Final = 24
"""Bars in a row: the narrowest PDF417 of a licence has 60, of which blur may merge half."""
_BARRED_ROWS: Final = 0.85


@dataclass(frozen=True, eq=False, slots=True)
class Barcode:
    """A barcode that was read.

    Attributes:
        form: name of its symbology: `PDF417`, `QRCode`, `MicroQRCode`, `DataMatrix`, `Aztec`.
        data: the bytes it holds. Untrusted.
        quad: 4 x 2 corners in the picture, clockwise from its own top left.
    """

    form: str
    data: bytes
    quad: NDArray[np.float32]

    def __repr__(self) -> str:
        return f"Barcode({self.form}, {len(self.data)} bytes)"


@dataclass(frozen=True, eq=False, slots=True)
class _View:
    """A grey picture to be read, and the way back to the picture as it came."""

    grey: Grey
    back: NDArray[np.float64]


def read_barcodes(pixels: Pixels, page: Page | None = None) -> list[Barcode]:
    """Read the barcodes of a document, at most eight. Blocks.

    Args:
        pixels: H x W x 3, RGB.
        page: the flattened document in it, looked at first.
    """
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    for view in _views(grey, page):
        found: dict[tuple[str, bytes], Barcode] = {}
        for barcode in _read(view):
            found.setdefault((barcode.form, barcode.data), barcode)
        if found:
            return list(found.values())[:MOST]
    return []


def _views(grey: Grey, page: Page | None) -> Iterator[_View]:
    """The page, the whole picture where it shows more than the page, then places that look like a barcode."""
    whole = _shrunk(grey, _LONGEST)
    first = whole
    if page is not None:
        flat = np.asarray(cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
        first = _View(flat, _inverse(page.homography))
    yield first
    if page is not None and page.quad is not None:
        yield whole
    for place in _places(first.grey):
        if not _is_barred(first.grey, place):
            continue
        outline = mapped(place, first.back)
        for widening in _WIDTHS:
            for angle in _ANGLES:
                yield _cut(grey, outline, angle, widening)


def _shrunk(grey: Grey, longest: int) -> _View:
    scale = min(1.0, longest / max(grey.shape))
    if scale == 1.0:
        return _View(grey, np.eye(3))
    size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _View(small, np.diag([grey.shape[1] / size[0], grey.shape[0] / size[1], 1.0]))


def _read(view: _View) -> Iterator[Barcode]:
    for seen in zxingcpp.read_barcodes(view.grey, formats=_FORMATS, try_invert=False):
        if not seen.valid or not seen.bytes:
            continue
        at = seen.position
        corners = [(p.x, p.y) for p in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]
        form = str(seen.format).rsplit(".", 1)[-1].replace(" ", "")
        yield Barcode(form, bytes(seen.bytes), mapped(np.array(corners, np.float32), view.back))


def _places(grey: Grey) -> list[NDArray[np.float32]]:
    """Outlines of up to three wide, dense fields of bars, the largest first: 4 x 2 each, long side on top.

    Bars have strong changes along one direction and weak ones across it; print and portraits have both.
    """
    small = _shrunk(grey, _COARSE)
    soft = cv2.GaussianBlur(small.grey, (3, 3), 0)
    along = np.abs(cv2.Scharr(soft, cv2.CV_32F, 1, 0))
    across = np.abs(cv2.Scharr(soft, cv2.CV_32F, 0, 1))
    found: list[tuple[float, NDArray[np.float32]]] = []
    for bars in (along - across, across - along):
        field = cv2.boxFilter(bars, cv2.CV_32F, (21, 21))
        mask = (field > max(_LEAST_FIELD, 0.4 * float(field.max()))).astype(np.uint8)
        shapes, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for shape in shapes:
            box = cv2.boxPoints(cv2.minAreaRect(shape)).astype(np.float32)
            area = float(cv2.contourArea(shape))
            if area >= _LEAST_AREA * small.grey.size:
                found.append((area, _long_side_up(mapped(clockwise(box), small.back))))
    found.sort(key=lambda place: -place[0])
    return [outline for _, outline in found[:_PLACES]]


def _is_barred(grey: Grey, outline: NDArray[np.float32]) -> bool:
    """Whether nearly every row along the place crosses many bars.

    Print has as many strokes, but gaps between its lines; portraits and guilloches have neither many nor
    strong ones. Without this each page without a barcode is cut out and read 45 times, half a second.
    """
    flat = _cut(grey, outline, 0.0, 1.0, margin=False).grey
    inner = flat[flat.shape[0] // 8 : -(flat.shape[0] // 8) or None]
    level = cv2.boxFilter(inner, -1, (max(3, inner.shape[1] // 16) | 1, 1))
    dark = inner.astype(np.int16) < level.astype(np.int16) - _BAR_DEPTH
    crossings = np.count_nonzero(dark[:, 1:] & ~dark[:, :-1], axis=1)
    return bool(np.mean(crossings >= _BARS) >= _BARRED_ROWS)


def _long_side_up(outline: NDArray[np.float32]) -> NDArray[np.float32]:
    width, height = size(outline)
    return outline if width >= height else np.roll(outline, 1, axis=0)


def _cut(
    grey: Grey, outline: NDArray[np.float32], angle: float, widening: float, *, margin: bool = True
) -> _View:
    """The place, by default with a margin around it, turned, at `widening` times its own resolution."""
    width, height = size(outline)
    scale = min(widening, _WIDEST / max(width * 1.2, 1.0))
    columns, rows = max(round(width * scale), 8), max(round(height * scale), 8)
    around = round(0.12 * columns) + 8 if margin else 0
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32) + np.float32(around)
    flat = np.asarray(cv2.getPerspectiveTransform(outline.astype(np.float32), corners), np.float64)
    whole = (columns + 2 * around, rows + 2 * around)
    turn = np.vstack([cv2.getRotationMatrix2D((whole[0] / 2, whole[1] / 2), angle, 1.0), [0, 0, 1]])
    homography = turn @ flat
    cut = cv2.warpPerspective(grey, homography, whole, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return _View(np.asarray(cut, np.uint8), _inverse(homography))


def _inverse(homography: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.inv(homography), np.float64)
