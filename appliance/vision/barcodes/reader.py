"""Reads the two-dimensional barcodes of a document.

PDF417 needs its rows to run along those of the picture: at 3 degrees most are lost, and blur and noise of a
phone's picture take many that are straight. The flattened page is read first; where it shows nothing, places
that look like a barcode are cut out of the picture as it came, at its full resolution, turned upright,
sharpened, made black and white, and read again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.vision.barcodes.places import Grey, Place, places
from appliance.vision.documents.quad import mapped, size
from appliance.vision.documents.rectify import Page

MOST: Final = 8
"""Barcodes of one picture; licences of Canada have up to three."""

_QUICK: Final = zxingcpp.BarcodeFormats((zxingcpp.BarcodeFormat.PDF417, zxingcpp.BarcodeFormat.QRCode))
"""Looked for on whole pages: together 10 ms; the others, 65 ms there, are looked for in places only."""
_ALL: Final = zxingcpp.BarcodeFormats(
    (
        zxingcpp.BarcodeFormat.PDF417,
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.MicroQRCode,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.Aztec,
    )
)
_LOCAL: Final = zxingcpp.Binarizer.LocalAverage
_LONGEST: Final = 2400
"""Pixels of the longer side of a whole picture that is looked through."""
_SMALL: Final = 300_000
"""Pixels of a picture that is at last looked through for everything, at any angle: 20 ms."""
_MODULE: Final = 4.5
"""Pixels that the narrowest bar of a cut is given."""
_WIDEST: Final = 2600
"""Pixels of a cut's longer side at most."""
_WINDOW: Final = 12
"""Modules of the window in which darkest and lightest are looked for: a PDF417 start bar has eight."""
_BAR: Final = 2.1
"""Modules of a bar or gap on average: PDF417 has eight of them to 17 modules, QR codes about the same."""


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
    whole = _shrunk(grey, _LONGEST)
    first = whole
    if page is not None:
        flat = np.asarray(cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
        first = _View(flat, _inverse(page.homography))
    found = _read(first, _QUICK, rotate=False)
    if not found and page is not None and page.quad is not None:
        found = _read(whole, _QUICK, rotate=False)
    for place in () if found else places(first.grey):
        found += _read_place(grey, Place(mapped(place.quad, first.back)))
    if not found and grey.size <= _SMALL:
        found = _read(whole, _ALL, rotate=True)
    known = {(barcode.form, barcode.data): barcode for barcode in reversed(found)}
    return list(reversed(known.values()))[:MOST]


def _read_place(grey: Grey, place: Place) -> list[Barcode]:
    """Try a place harder and harder, as long as the decoder sees that a barcode is there."""
    plain = _cut(grey, place.quad, 0.0, 1.0)
    module = _module(plain.grey)
    seen = 0
    for tried, (angle, fineness) in enumerate(_tries(module)):
        cut = plain if (angle, fineness) == (0.0, 1.0) else _cut(grey, place.quad, angle, fineness)
        sharp = _View(_black_and_white(cut.grey, module * fineness), cut.back)
        for view, binarizer in ((sharp, zxingcpp.Binarizer.FixedThreshold), (cut, _LOCAL)):
            found, doubtful = _symbols(view, _ALL, rotate=True, binarizer=binarizer)
            if found:
                return found
            seen += doubtful
        if tried == 1 and not seen:
            return []
    return []


def _tries(module: float) -> Iterator[tuple[float, float]]:
    """Angles in degrees and enlargements."""
    fine = max(_MODULE / module, 0.5)
    yield 0.0, fine
    yield 0.0, 1.0
    for angle in (-1.0, 1.0):
        yield angle, fine
    yield 0.0, 1.6 * fine


def _read(view: _View, formats: zxingcpp.BarcodeFormats, *, rotate: bool) -> list[Barcode]:
    return _symbols(view, formats, rotate=rotate, binarizer=_LOCAL)[0]


def _symbols(
    view: _View, formats: zxingcpp.BarcodeFormats, *, rotate: bool, binarizer: zxingcpp.Binarizer
) -> tuple[list[Barcode], int]:
    """What can be read, and how many barcodes more are seen there."""
    found, doubtful = [], 0
    for seen in zxingcpp.read_barcodes(
        view.grey,
        formats=formats,
        try_rotate=rotate,
        try_invert=False,
        binarizer=binarizer,
        return_errors=True,
    ):
        if not seen.valid or not seen.bytes:
            doubtful += 1
            continue
        at = seen.position
        corners = [(p.x, p.y) for p in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]
        form = str(seen.format).rsplit(".", 1)[-1].replace(" ", "")
        found.append(Barcode(form, bytes(seen.bytes), mapped(np.array(corners, np.float32), view.back)))
    return found, doubtful


def _shrunk(grey: Grey, longest: int) -> _View:
    scale = min(1.0, longest / max(grey.shape))
    if scale == 1.0:
        return _View(grey, np.eye(3))
    columns, rows = round(grey.shape[1] * scale), round(grey.shape[0] * scale)
    small = np.asarray(cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
    return _View(small, np.diag([grey.shape[1] / columns, grey.shape[0] / rows, 1.0]))


def _cut(grey: Grey, outline: NDArray[np.float32], angle: float, fineness: float) -> _View:
    """What an outline holds, upright but for an angle in degrees, at `fineness` times its resolution."""
    width, height = size(outline)
    scale = min(fineness, _WIDEST / max(width, height, 1.0))
    columns, rows = max(round(width * scale), 16), max(round(height * scale), 16)
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    flat = np.asarray(cv2.getPerspectiveTransform(outline.astype(np.float32), corners), np.float64)
    turn = np.vstack([cv2.getRotationMatrix2D((columns / 2, rows / 2), angle, 1.0), [0, 0, 1]])
    homography = turn @ flat
    cut = cv2.warpPerspective(
        grey, homography, (columns, rows), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return _View(np.asarray(cut, np.uint8), _inverse(homography))


def _module(grey: Grey) -> float:
    """Pixels of the narrowest bar, from how often the rows, or the columns, change between dark and light."""
    _, dark = cv2.threshold(cv2.GaussianBlur(grey, (3, 3), 0), 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    middle = dark[dark.shape[0] // 4 : -dark.shape[0] // 4, dark.shape[1] // 4 : -dark.shape[1] // 4]
    changes = max(float(np.mean(middle[:, 1:] != middle[:, :-1])), 1e-3)
    return float(np.clip(1 / (changes * _BAR), 1.0, 12.0))


def _black_and_white(grey: Grey, module: float) -> Grey:
    """Sharpened, then parted half-way between the darkest and the lightest around each pixel.

    The mean of a window would not do: three quarters of a start bar's surroundings are dark.
    """
    soft = cv2.GaussianBlur(grey, (0, 0), max(0.5 * module, 0.8))
    sharp = cv2.addWeighted(grey, 2.5, soft, -1.5, 0)
    calm = cv2.GaussianBlur(sharp, (0, 0), 1.0)
    window = 2 * round(_WINDOW * module / 2) + 1
    square = cv2.getStructuringElement(cv2.MORPH_RECT, (window, window))
    middle = cv2.addWeighted(cv2.erode(calm, square), 0.5, cv2.dilate(calm, square), 0.5, 0)
    middle = cv2.boxFilter(middle, -1, (window, window))
    return np.where(sharp > middle, np.uint8(255), np.uint8(0))


def _inverse(homography: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.inv(homography), np.float64)
