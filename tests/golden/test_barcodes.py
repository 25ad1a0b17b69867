"""Barcodes read from pictures, and UIDAI's own sample of a signed code.

The sample string is the one that UIDAI publishes with its QR code reader; the holder is made up.
"""

import random
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from appliance.domain.document import EvidenceKind
from appliance.store.issuer_keys import read_certificate
from appliance.vision.barcodes import aadhaar_qr
from appliance.vision.barcodes.evidence import evidence
from appliance.vision.barcodes.reader import Barcode, read_barcodes
from appliance.vision.documents.quad import overlap
from tests.specimen.sets import specimen

SAMPLE = (Path(__file__).parent / "uidai_secure_qr.txt").read_text("ascii").strip()
LICENCE = (
    b"@\n\x1e\rANSI 636000100102DL00410278ZV03190008DLDAQT64235789\nDCSSAMPLE\nDDEN\nDACMICHAEL\nDDFN\n"
    b"DADJOHN\nDDGN\nDCUJR\nDCAD\nDCBK\nDCDPH\nDBD06062019\nDBB06061986\nDBA12102034\nDBC1\nDAU068 in\n"
    b"DAYBRO\nDAG2300 WEST BROAD STREET\nDAIRICHMOND\nDAJVA\nDAK232690000  \nDCF2424244747474786102204\n"
    b"DCGUSA\nDCK123456789\nDDAF\nDDB06062018\nDDC06062020\nDDD1\rZVZVA01\r"
)
Pixels = NDArray[np.uint8]


def drawn(content: bytes | str, form: str, **options: int) -> Pixels:
    """A barcode as zxing draws it, one grey plane, 4 pixels to a module."""
    made = zxingcpp.create_barcode(content, getattr(zxingcpp.BarcodeFormat, form), **options)
    return np.array(made.to_image(scale=4))


def card(code: Pixels, width: int) -> Pixels:
    """The back of a card with a barcode `width` pixels wide above six lines of print, on a dark table."""
    scale = width / code.shape[1]
    code = cv2.resize(code, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    columns = round(width / 0.85)
    rows = round(columns / 1.586)
    paper = np.full((rows, columns), 225, np.uint8)
    for line in range(6):
        at = (round(columns * 0.08), round(rows * (0.5 + 0.08 * line)))
        cv2.putText(paper, "RESTRICTIONS: NONE  CLASS D", at, 0, columns / 1200, 60, 1, cv2.LINE_AA)
    top, left = round(rows * 0.08), round(columns * 0.075)
    paper[top : top + code.shape[0], left : left + code.shape[1]] = code
    table = round(columns * 0.15)
    return cv2.copyMakeBorder(paper, table, table, table, table, cv2.BORDER_CONSTANT, value=70)


def taken(flat: Pixels, turn: float, blur: float, seed: int) -> Pixels:
    """A grey picture turned, blurred, with noise of 5 levels, as a JPEG of quality 75 would show it; RGB."""
    rows, columns = flat.shape
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), turn, 1)
    picture = cv2.warpAffine(flat, matrix, (columns, rows), borderValue=70)
    picture = cv2.GaussianBlur(picture, (0, 0), blur)
    noise = np.random.default_rng(seed).standard_normal(picture.shape) * 5
    picture = np.clip(picture * 0.8 + 20 + noise, 0, 255).astype(np.uint8)
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    return np.dstack([cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)] * 3)


# -- UIDAI's own sample -----------------------------------------------------------------------------


def test_the_sample_of_uidai_is_verified_by_its_expired_certificate(datasets: Path):
    folder = datasets / "documents" / "aadhaar-qr"
    keys = [read_certificate(file.read_bytes()) for file in sorted(folder.glob("*.cer"))]
    quad = np.zeros((4, 2), np.float32)
    (found,) = evidence([Barcode("QRCode", SAMPLE.encode(), quad)], keys)
    assert (found.kind, found.verified) == (EvidenceKind.AADHAAR_SECURE_QR, True)
    assert found.key == "DS UNIQUE IDENTIFICATION AUTHORITY OF INDIA 4"
    assert found.issued_at == "2019-03-08T11:44:07.437+05:30"
    assert found.fields["full_name"] == "Sumit Kumar"
    assert found.photo.startswith(b"\xff\x4f\xff\x51")
    (without,) = evidence(
        [Barcode("QRCode", SAMPLE.encode(), quad)], [key for key in keys if key.name != found.key]
    )
    assert without.verified is False


def test_every_flipped_bit_of_the_sample_fails(datasets: Path):
    folder = datasets / "documents" / "aadhaar-qr"
    keys = [read_certificate((folder / "uidai_prod_cdup.cer").read_bytes())]
    code = aadhaar_qr.decode(SAMPLE)
    whole = code.signed + code.signature
    assert aadhaar_qr.signer(code.signed, code.signature, keys) == keys[0]
    rng = random.Random(8)
    for bit in rng.sample(range(8 * len(whole)), 200):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        assert aadhaar_qr.signer(bytes(changed[:-256]), bytes(changed[-256:]), keys) is None


@pytest.mark.parametrize(("side", "blur"), [(350, 0.5), (450, 0.8), (550, 1.0), (700, 1.2), (900, 1.5)])
def test_the_sample_is_read_from_a_picture(side: int, blur: float):
    code = drawn(SAMPLE, "QRCode")
    flat = cv2.resize(code, (side, side), interpolation=cv2.INTER_AREA)
    room = side // 3
    flat = cv2.copyMakeBorder(flat, room, room, room, room, cv2.BORDER_CONSTANT, value=235)
    for seed, turn in enumerate((0, 7, 45, 90, 178)):
        (found,) = read_barcodes(taken(flat, turn, blur, seed))
        assert found.form == "QRCode"
        assert found.data == SAMPLE.encode()


# -- other people's pictures ------------------------------------------------------------------------


def test_pdf417_samples(datasets: Path):
    """Sample pictures of the zxing project: every one of them is read, and as its own text says."""
    files = sorted((datasets / "documents" / "pdf417").glob("pdf417-*/*"))
    pictures = [file for file in files if file.suffix in {".png", ".webp"}]
    assert len(pictures) == 62
    wrong = []
    for file in pictures:
        found = read_barcodes(cv2.imread(str(file))[:, :, ::-1].copy())
        text = file.with_suffix(".txt")
        several = file.name == "12-mixed-ecis.png"  # its parts are in several encodings
        if not found or (text.exists() and not several and not _says(found, text.read_text("utf-8"))):
            wrong.append(file.name)
    assert wrong == []


def _says(found: list[Barcode], text: str) -> bool:
    wanted = "".join(text.split())
    forms: tuple[Callable[[bytes], str], ...] = (
        lambda data: data.decode("utf-8", "replace"),
        lambda data: data.decode("cp1252", "replace"),
        lambda data: data.decode("iso-8859-1"),
    )
    return any("".join(form(one.data).split()) == wanted for one in found for form in forms) or "\\" in wanted


# -- pictures taken of licences ---------------------------------------------------------------------

SHOTS = [(600, 0.5), (600, 1.0), (700, 1.5), (900, 1.0), (1200, 1.5)]


@pytest.mark.parametrize("turn", [0.0, -3.0, 12.0, 90.0])
def test_licences_are_read_at_any_angle(turn: float):
    """Without a page to go by; `make bench` counts more of them."""
    code = drawn(LICENCE, "PDF417", columns=13)
    read = 0
    for seed, (width, blur) in enumerate(SHOTS):
        found = read_barcodes(taken(card(code, width), turn, blur, seed))
        read += [(one.form, one.data) for one in found] == [("PDF417", LICENCE)]
    assert read >= len(SHOTS) - 1, f"{read} of {len(SHOTS)}"


@pytest.mark.parametrize("form", ["QRCode", "DataMatrix", "PDF417"])
def test_kinds_and_where_they_lie(form: str):
    code = cv2.resize(drawn(b"hello world, hello world", form), None, fx=0.8, fy=0.8)
    flat = np.full((500, 800), 235, np.uint8)
    flat[150 : 150 + code.shape[0], 300 : 300 + code.shape[1]] = code
    (found,) = read_barcodes(taken(flat, 0, 0.6, 1))
    assert (found.form, found.data) == (form, b"hello world, hello world")
    assert found.quad.shape == (4, 2)
    box = np.array([[300, 150], [300 + code.shape[1], 150], [0, 0], [0, 0]], np.float32)
    box[2:] = box[1] + [0, code.shape[0]], box[0] + [0, code.shape[0]]
    assert overlap(found.quad, box) > 0.5


def test_nothing_is_read_where_there_is_no_barcode():
    for kind in ("TD3", "DL-EU"):
        assert read_barcodes(specimen(kind, 900).photograph.pixels()) == []
