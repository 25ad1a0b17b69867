"""Reads the two-dimensional barcodes of a document.

PDF417 needs its rows to run along those of the picture: at 3 degrees most are lost, and blur and noise of a
phone's picture take many that are straight. The flattened page is read first; where it shows nothing, places
that look like a barcode are cut out of the picture as it came, at its full resolution, turned upright,
sharpened, made black and white, and read again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.vision.barcodes.places import Grey, Place, places, widened
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
_SHARPENED: Final = 2.5
"""Pixels of the sharpening of a whole page: measured on pictures blurred by 1.6 to 2.3 pixels."""
_LEAST_SIDE: Final = 20.0
"""Pixels of the shorter side of a barcode that is seen and not read; smaller ones are chance."""
_MOST_PLACES: Final = 3
_SMALL: Final = 300_000
"""Pixels of a picture that is at last looked through for everything, at any angle: 20 ms."""
_MODULE: Final = 4.5
"""Pixels that the narrowest bar of a cut is given."""
_WIDEST: Final = 2400
_LARGEST: Final = 1_500_000
"""Pixels of a cut's longer side, and of all of it, at most."""
_MOST_PIXELS: Final = 8_000_000
"""Pixels of all cuts of a picture together, about a second of reading."""
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


@dataclass(slots=True)
class _Patience:
    """How many pixels of cuts may still be read: a picture full of barcodes must not hold up the box."""

    pixels: int

    def allows(self, pixels: int) -> bool:
        self.pixels -= pixels
        return self.pixels >= 0


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
    passes = [first, _View(_sharpened(first.grey, _SHARPENED), first.back)]
    if page is not None and page.quad is not None:
        passes.append(whole)
    doubtful: list[Place] = []
    for view in passes:
        found, seen = _symbols(view, _QUICK)
        if found:
            return _distinct(found)
        doubtful += seen
    patience = _Patience(_MOST_PIXELS)
    for group in _groups(first, doubtful, whole if len(passes) == 3 else None):
        found = [one for place in group[:_MOST_PLACES] for one in _read_place(grey, place, patience)]
        if found:
            return _distinct(found)
    return _distinct(_symbols(whole, _ALL, rotate=True)[0]) if grey.size <= _SMALL else []


def _groups(first: _View, doubtful: Sequence[Place], whole: _View | None) -> Iterator[list[Place]]:
    """Places to try, likeliest first; each group is looked for only where those before gave nothing."""
    yield _fields(first)
    yield _apart(doubtful)  # outlines of PDF417 are wrong where it is turned, so these come second
    if whole is not None:
        yield _fields(whole)


def _fields(view: _View) -> list[Place]:
    return [Place(mapped(place.quad, view.back)) for place in places(view.grey)]


def _distinct(found: Sequence[Barcode]) -> list[Barcode]:
    known = {(barcode.form, barcode.data): barcode for barcode in reversed(found)}
    return list(reversed(known.values()))[:MOST]


def _apart(found: Sequence[Place]) -> list[Place]:
    """The places without those whose middle lies in an earlier one."""
    kept: list[Place] = []
    for place in found:
        middle = tuple(float(x) for x in place.quad.mean(0))
        if all(cv2.pointPolygonTest(other.quad, middle, measureDist=False) < 0 for other in kept):
            kept.append(place)
    return kept


def _read_place(grey: Grey, place: Place, patience: "_Patience") -> list[Barcode]:
    """Try a place harder and harder, as long as the decoder sees that a barcode is there."""
    plain = _cut(grey, place.quad, 0.0, 1.0)
    module = _module(plain.grey)
    seen = 0
    for tried, (angle, fineness) in enumerate(_tries(module)):
        cut = _cut(grey, place.quad, angle, fineness)
        sharp = _View(_black_and_white(cut.grey, module * fineness), cut.back)
        for view, binarizer in ((sharp, zxingcpp.Binarizer.FixedThreshold), (cut, _LOCAL)):
            if not patience.allows(view.grey.size):
                return []
            found, doubtful = _symbols(view, _ALL, rotate=True, binarizer=binarizer)
            if found:
                return found
            seen += len(doubtful)
        if tried == 1 and not seen:
            return []
    return []


def _tries(module: float) -> Iterator[tuple[float, float]]:
    """Angles in degrees and enlargements."""
    fine = max(_MODULE / module, 0.5)
    yield 0.0, fine
    yield 0.0, 1.6 * fine
    yield 0.0, 0.7 * fine
    for angle in (-1.0, 1.0):
        yield angle, fine


def _symbols(
    view: _View,
    formats: zxingcpp.BarcodeFormats,
    *,
    rotate: bool = False,
    binarizer: zxingcpp.Binarizer = _LOCAL,
) -> tuple[list[Barcode], list[Place]]:
    """What can be read, and where more is seen that cannot."""
    found, doubtful = [], []
    for seen in zxingcpp.read_barcodes(
        view.grey,
        formats=formats,
        try_rotate=rotate,
        try_invert=False,
        binarizer=binarizer,
        return_errors=True,
    ):
        at = seen.position
        corners = [(p.x, p.y) for p in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]
        quad = mapped(np.array(corners, np.float32), view.back)
        if seen.valid and seen.bytes:
            form = str(seen.format).rsplit(".", 1)[-1].replace(" ", "")
            found.append(Barcode(form, bytes(seen.bytes), quad))
        elif min(size(quad)) >= _LEAST_SIDE:
            doubtful.append(Place(widened(quad)))
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
    scale = min(fineness, _WIDEST / max(width, height, 1.0), (_LARGEST / max(width * height, 1.0)) ** 0.5)
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
    """Pixels of the narrowest bar, from how often rows change between dark and light."""
    parted = _black_and_white(grey, 2.5)
    middle = parted[
        parted.shape[0] // 4 : -parted.shape[0] // 4, parted.shape[1] // 4 : -parted.shape[1] // 4
    ]
    changes = max(float(np.mean(middle[:, 1:] != middle[:, :-1])), 1e-3)
    return float(np.clip(1 / (changes * _BAR), 1.0, 12.0))


def _sharpened(grey: Grey, sigma: float) -> Grey:
    soft = cv2.GaussianBlur(grey, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(grey, 3.5, soft, -2.5, 0), np.uint8)


def _black_and_white(grey: Grey, module: float) -> Grey:
    """Sharpened, then parted half-way between the darkest and the lightest around each pixel.

    The mean of a window would not do: three quarters of a start bar's surroundings are dark.
    """
    sharp = _sharpened(grey, max(0.7 * module, 0.8))
    calm = cv2.GaussianBlur(sharp, (0, 0), 1.0)
    window = 2 * round(_WINDOW * module / 2) + 1
    square = cv2.getStructuringElement(cv2.MORPH_RECT, (window, window))
    middle = cv2.addWeighted(cv2.erode(calm, square), 0.5, cv2.dilate(calm, square), 0.5, 0)
    middle = cv2.boxFilter(middle, -1, (window, window))
    return np.where(sharp > middle, np.uint8(255), np.uint8(0))


def _inverse(homography: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.inv(homography), np.float64)
