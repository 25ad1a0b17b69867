"""Barcodes made to do harm: a reason each, in no time, and nothing raised."""

import gzip
import random
import time
import zlib

import numpy as np
import pytest

from appliance.domain.document import Evidence, EvidenceKind
from appliance.domain.issuer_key import IssuerKey
from appliance.store.issuer_keys import read_certificate
from appliance.vision.barcodes.evidence import evidence
from appliance.vision.barcodes.reader import Barcode
from tests.specimen import secure_qr

SECONDS = 0.1
"""Of processor time, so that a busy machine changes nothing."""
QUAD = np.zeros((4, 2), np.float32)


@pytest.fixture(scope="module")
def keys() -> list[IssuerKey]:
    """As many as a box holds at most, none of them the signer."""
    return [read_certificate(secure_qr.certificate())] * 64


def of(data: bytes, keys: list[IssuerKey]) -> Evidence:
    start = time.process_time()
    (found,) = evidence([Barcode("QRCode", data, QUAD)], keys)
    assert time.process_time() - start < SECONDS
    assert found.verified is not True
    return found


def digits(data: bytes) -> bytes:
    """The decimal number of bytes, without Python's own bound on it."""
    value, parts = int.from_bytes(data, "big"), []
    while value:
        value, part = divmod(value, 10**4000)
        parts.append(f"{part:04000d}" if value else str(part))
    return "".join(reversed(parts)).encode()


BOMB = digits(gzip.compress(bytes(2_600_000), 9))
"""Inflates by a thousand; the largest QR code holds no more digits."""
HALF = zlib.compress(random.Random(3).randbytes(1500))[:-700]
SECURE = {
    "decompression bomb": (BOMB, "more data"),
    "zlib bomb": (digits(zlib.compress(bytes(2_600_000), 9)), "more data"),
    "truncated": (digits(HALF), "cut short"),
    "no stream": (b"9" * 3000, "cannot be decompressed"),
    "no stream, long": (b"9" * 7000, "cannot be decompressed"),
    "zeros": (b"0" * 3000, "cut short"),
    "16,000 digits": (b"7" * 16_000, "length"),
    "only a signature": (digits(zlib.compress(random.Random(4).randbytes(256))), "no room"),
    "no parts": (digits(zlib.compress(bytes(300) + random.Random(5).randbytes(400))), "parts"),
    "255 only": (digits(zlib.compress(random.Random(6).randbytes(300) + b"\xff" * 700)), "reference"),
}


@pytest.mark.parametrize("name", SECURE)
def test_secure_codes(name: str, keys: list[IssuerKey]):
    data, reason = SECURE[name]
    found = of(data, keys)
    assert (found.kind, found.verified, dict(found.fields)) == (EvidenceKind.AADHAAR_SECURE_QR, False, {})
    assert reason in found.reason


def test_the_bomb_fits_a_code():
    assert 600 < len(BOMB) < 7089


OTHERS = {
    "1 MB of text": (b"A" * 1_000_000, "more than any"),
    "1 MB of digits": (b"1" * 1_000_000, "more than any"),
    "1 MB of XML": (b"<PrintLetterBarcodeData " + b'a="' * 300_000, "more than any"),
    "1 MB of a licence": (b"@\n\x1e\rANSI 636000090001DL" + b"DAQ1\n" * 200_000, "more than any"),
    "wrong base": (b"1f8b0800" * 300, "no kind"),
    "control characters": (bytes(range(32)) * 50, "no kind"),
    "digits of other scripts": (("\u0967" * 3000).encode(), "no kind"),
    "minus": (b"-" + b"1" * 3000, "no kind"),
    "underscores": (b"1_" * 1500, "no kind"),
    "surrogates": (b"\xed\xa0\x80" * 100, "no kind"),
    "nothing": (b"", "no kind"),
    "XML cut short": (b'<PrintLetterBarcodeData uid="1234', "not XML"),
    "XML with an unknown entity": (b'<PrintLetterBarcodeData name="&lol;"/>', "not XML"),
    "XML twice the same name": (b'<PrintLetterBarcodeData uid="1" uid="2"/>', "not XML"),
    "XML with control characters": (b'<PrintLetterBarcodeData name="\x01\x02"/>', "not XML"),
    "licence without elements": (b"@\n\x1e\rANSI 636000090001DL00310000", "no element"),
    "licence of separators": (b"@\n\x1e\rANSI 636000090001" + b"\n" * 8000, "no element"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_other_codes(name: str, keys: list[IssuerKey]):
    data, reason = OTHERS[name]
    found = of(data, keys)
    assert dict(found.fields) == {}
    assert reason in found.reason


def test_entities_are_not_looked_at(keys: list[IssuerKey]):
    lol = '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    found = of((lol + '<PrintLetterBarcodeData name="&b;"/>').encode(), keys)
    assert dict(found.fields) == {}
    found = of(b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><PrintLetterBarcodeData name="A"/>', keys)
    assert found.fields["full_name"] == "A"


def test_a_licence_of_ten_thousand_elements(keys: list[IssuerKey]):
    body = "\n".join(f"DA{chr(65 + n % 26)}{'x' * 20}" for n in range(650))
    found = of(f"@\n\x1e\rANSI 636000090001DL00310000DL{body}\r".encode(), keys)
    assert found.kind == EvidenceKind.AAMVA
    assert all(len(value) <= 512 for value in found.fields.values())


def test_what_a_name_can_do(keys: list[IssuerKey]):
    name = "\u202eRavi\x1b[2J\x00\u2066<script>" + "\u0301" * 2000
    found = of(f"@\n\x1e\rANSI 636000090001DL00310000DLDAQ1\nDCS{name}\r".encode(), keys)
    shown = found.fields["last_name"]
    assert not {"\u202e", "\x1b", "\x00", "\u2066"} & set(shown)
    assert len(shown) <= 128


def test_random_bytes_and_changed_codes_never_raise(keys: list[IssuerKey]):
    rng = random.Random(7)
    seeds = [
        b"@\n\x1e\rANSI 636000090001DL00310050DLDAQT64235789\nDCSSAMPLE\nDACANN\nDBB06061986\nDBC2\r",
        b'<?xml version="1.0"?><PrintLetterBarcodeData uid="234567890124" name="A" dob="27/02/1998"/>',
        digits(zlib.compress(rng.randbytes(900))),
    ]
    for round_ in range(300):
        data = bytearray(seeds[round_ % 3])
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        of(bytes(data), keys[:2])
        of(rng.randbytes(rng.randrange(4000)), keys[:2])
