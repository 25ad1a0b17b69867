"""How many barcodes are read from pictures of cards: by condition, by angle, and beside one plain call.

The plain call is zxing-cpp on the whole picture with its own settings, which is what a program that only
calls the library does. Both see the same pictures.
"""

import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from appliance.store.issuer_keys import read_certificate
from appliance.vision.barcodes.evidence import evidence
from appliance.vision.barcodes.reader import read_barcodes
from appliance.vision.documents.rectify import page_of
from tests.bench.test_faces_accuracy import wilson
from tests.golden.test_barcodes import LICENCE, card, drawn, taken
from tests.specimen import aadhaar_back, secure_qr
from tests.specimen.sets import specimen

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
FORMATS = zxingcpp.BarcodeFormats((zxingcpp.BarcodeFormat.PDF417, zxingcpp.BarcodeFormat.QRCode))
TURNS = (0.0, 1.0, -3.0, 6.0, -12.0, 45.0, 90.0)


def plain(pixels: NDArray[np.uint8]) -> list[bytes]:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return [bytes(one.bytes) for one in zxingcpp.read_barcodes(grey, formats=FORMATS) if one.valid]


def shots(turn: float) -> Iterator[NDArray[np.uint8]]:
    code = drawn(LICENCE, "PDF417", columns=13)
    for width in (500, 600, 700, 900, 1200):
        for blur in (0.5, 1.0, 1.5):
            for seed in range(100, 103):
                yield taken(card(code, width), turn, blur, seed * 10_000 + width)


def test_licences_by_angle():
    print("\nPDF417 of a licence (290 modules), 500 to 1200 pixels, blur 0.5 to 1.5, noise, JPEG 75")
    total = [0, 0]
    for turn in TURNS:
        ours = theirs = count = 0
        seconds = [0.0, 0.0]
        for pixels in shots(turn):
            count += 1
            start = time.perf_counter()
            ours += any(one.data == LICENCE for one in read_barcodes(pixels))
            middle = time.perf_counter()
            theirs += LICENCE in plain(pixels)
            seconds = [
                seconds[0] + middle - start,
                seconds[1] + time.perf_counter() - middle,
            ]
        total = [total[0] + ours, total[1] + theirs]
        ratio = seconds[0] / seconds[1]
        counts = f"box {wilson(ours, count)}  plain {wilson(theirs, count)}"
        print(f"  turned {turn:5.0f}  {counts}  time x{ratio:.1f}")
    assert total[0] > 2 * total[1]


def test_photographed_backs():
    key = read_certificate(secure_qr.certificate(aadhaar_back.ISSUER))
    print("\nDrawn backs as photographed, on their true page")
    for kind in ("AADHAAR-back", "DL-US-back"):
        for condition in ("clean", "dark", "jpeg", "glare", "blur"):
            ours = theirs = 0
            seeds = range(7000, 7012)
            for seed in seeds:
                shot = specimen(kind, seed, condition=condition).photograph
                quad, pixels = np.asarray(shot.quad, np.float32), shot.pixels()
                page = page_of(pixels, quad, quad[1] - quad[0])
                told = evidence(read_barcodes(pixels, page), [key])
                ours += any(one.verified or (one.kind == "aamva" and one.fields) for one in told)
                theirs += bool(plain(pixels))
            counts = f"box {wilson(ours, len(seeds))}  plain {wilson(theirs, len(seeds))}"
            print(f"  {kind:13} {condition:6} {counts}")
            assert ours >= theirs
