"""What barcodes prove: signed, changed, unsigned, of other kinds."""

import datetime as dt
import random
import zlib

import numpy as np
import pytest
from PIL import Image

from appliance.domain.document import Evidence, EvidenceKind
from appliance.domain.issuer_key import IssuerKey
from appliance.store.issuer_keys import read_certificate
from appliance.vision.barcodes import aadhaar_qr
from appliance.vision.barcodes.evidence import evidence
from appliance.vision.barcodes.reader import Barcode
from tests.specimen import secure_qr

HOLDER = secure_qr.Resident(
    last_digits="2697",
    name="Sumit Kumar",
    birth=dt.date(1984, 1, 1),
    sex="M",
    care_of="S/O Ishwar Chand",
    district="East Delhi",
    landmark="",
    house="B-31, 3rd Floor",
    locality="Gandhi Nagar",
    pin="110051",
    post_office="Krishna Nagar",
    state="Delhi",
    street="Radhey Shyam Park",
    sub_district="Gandhi Nagar",
    town="Krishna Nagar",
    mobile_digits="1234",
)
ISSUED = dt.datetime(2022, 3, 8, 11, 44, 7, tzinfo=dt.UTC)
FIELDS = {
    "full_name": "Sumit Kumar",
    "date_of_birth": "1984-01-01",
    "sex": "M",
    "document_number": "XXXXXXXX2697",
    "address": (
        "S/O Ishwar Chand, B-31, 3rd Floor, Radhey Shyam Park, Gandhi Nagar, Krishna Nagar, "
        "East Delhi, Delhi, 110051"
    ),
    "issuing_country": "IND",
    "father_name": "Ishwar Chand",
}


@pytest.fixture(scope="module")
def key() -> IssuerKey:
    return read_certificate(secure_qr.certificate())


@pytest.fixture(scope="module")
def signed() -> bytes:
    return secure_qr.data(HOLDER, Image.effect_noise((60, 60), 60), ISSUED)


def of(data: bytes | str, *keys: IssuerKey) -> Evidence:
    content = data.encode() if isinstance(data, str) else data
    quad = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.float32)
    (found,) = evidence([Barcode("QRCode", content, quad)], keys)
    assert found.form == "QRCode"
    assert found.quad is quad
    return found


def version_1(signed: bytes) -> bytes:
    """The same holder in the first layout, which has no version and no digits of the mobile number."""
    texts = signed.split(b"\xff", 18)
    body = b"\xff".join([*texts[1:17], texts[18]])[:-256]
    return body + secure_qr.key().sign(body, aadhaar_qr.padding.PKCS1v15(), aadhaar_qr.hashes.SHA256())


def test_a_signed_code_is_verified_by_an_expired_certificate_and_names_it(key: IssuerKey, signed: bytes):
    assert key.not_after < dt.datetime.now(dt.UTC).date()
    found = of(secure_qr.digits(signed), key)
    assert (found.kind, found.verified, found.key) == (
        EvidenceKind.AADHAAR_SECURE_QR,
        True,
        "DS Specimen Issuer issuer",
    )
    assert found.reason == ""
    assert found.fields == FIELDS
    assert found.issued_at == "2022-03-08T11:44:07.000+05:30"
    assert found.photo.startswith(b"\xff\x4f\xff\x51")
    assert found.photo.endswith(b"\xff\xd9")


def test_the_first_layout_says_the_same(key: IssuerKey, signed: bytes):
    found = of(secure_qr.digits(version_1(signed)), key)
    assert found.verified is True
    assert found.fields == FIELDS
    assert found.photo == of(secure_qr.digits(signed), key).photo


def test_parts_that_are_not_evidence(signed: bytes):
    code = aadhaar_qr.decode(secure_qr.digits(signed))
    assert code.version == 2
    assert [len(one) for one in code.hashes] == [32, 32]
    assert code.values["mobile_end"] == "1234"
    assert repr(code) == "SecureQr(version=2)"
    assert "Sumit" not in repr(of(secure_qr.digits(signed)))


def test_without_certificates_nothing_is_verified_and_the_remedy_is_told(signed: bytes):
    found = of(secure_qr.digits(signed))
    assert found.verified is False
    assert "kycbox issuer add" in found.reason
    assert found.fields == FIELDS


def test_another_key_verifies_nothing(signed: bytes):
    other = read_certificate(secure_qr.certificate("another"))
    found = of(secure_qr.digits(signed), other)
    assert (found.verified, found.key) == (False, "")
    assert "no installed certificate" in found.reason


def test_every_flipped_bit_fails(key: IssuerKey, signed: bytes):
    rng = random.Random(1)
    bits = rng.sample(range(8 * len(signed)), 200)
    for bit in bits:
        changed = bytearray(signed)
        changed[bit // 8] ^= 1 << bit % 8
        found = of(secure_qr.digits(bytes(changed)), key)
        assert found.verified is False
        assert found.reason
        assert found.key == ""


def test_every_changed_digit_fails(key: IssuerKey, signed: bytes):
    digits = secure_qr.digits(signed)
    rng = random.Random(2)
    for at in rng.sample(range(len(digits)), 100):
        changed = digits[:at] + str((int(digits[at]) + rng.randrange(1, 10)) % 10) + digits[at + 1 :]
        assert of(changed, key).verified is False


def test_zlib_and_gzip_are_taken(key: IssuerKey, signed: bytes):
    for made in (zlib.compress(signed, 9), zlib.compress(signed, 1)):
        assert of(str(int.from_bytes(made, "big")), key).verified is True


PLAIN = (
    '<?xml version="1.0" encoding="UTF-8"?> <PrintLetterBarcodeData uid="234567890124" '
    'name="Ravi &amp; Kumar" gender="M" yob="1998" co="S/O: Sanjay" house="12" '
    'street="Main Road" lm="" loc="" vtc="Saharsa" po="Saharsa" dist="Saharsa" '
    'subdist="Kahra" state="Bihar" pc="852201" dob="27/02/1998"/>'
)


@pytest.mark.parametrize("head", ["<?xml", "</?xml", "\ufeff<?xml", ""])
def test_codes_of_cards_before_2018_are_read_and_prove_nothing(head: str):
    text = PLAIN.replace("<?xml", head) if head else PLAIN[PLAIN.index("<Print") :]
    found = of(text)
    assert (found.kind, found.verified, found.key, found.reason) == (
        EvidenceKind.AADHAAR_PLAIN_QR,
        None,
        "",
        "",
    )
    assert found.fields == {
        "full_name": "Ravi & Kumar",
        "date_of_birth": "1998-02-27",
        "sex": "M",
        "document_number": "234567890124",
        "address": "S/O: Sanjay, 12, Main Road, Saharsa, Kahra, Bihar, 852201",
        "issuing_country": "IND",
        "father_name": "Sanjay",
    }


def test_codes_with_a_year_and_a_masked_number():
    text = (
        '<PrintLetterBarcodeData uid="xxxxxxxx0124" name="A" gender="T" yob="1998"></PrintLetterBarcodeData>'
    )
    assert of(text).fields == {
        "full_name": "A",
        "date_of_birth": "1998",
        "sex": "X",
        "document_number": "XXXXXXXX0124",
        "issuing_country": "IND",
    }


def test_licences_are_read_and_prove_nothing():
    found = of("@\n\x1e\rANSI 636000090001DL00310050DLDAQT64235789\nDCSSAMPLE\nDACANN\nDBB06061986\nDBC2\r")
    assert (found.kind, found.verified) == (EvidenceKind.AAMVA, None)
    assert found.fields["full_name"] == "ANN SAMPLE"


@pytest.mark.parametrize("text", ["", "https://example.org/1", "123456789012", "\u0661" * 2000, "\0\xff"])
def test_other_barcodes_are_named_and_their_content_is_not_told(text: str):
    found = of(text)
    assert (found.kind, found.verified, dict(found.fields)) == (EvidenceKind.OTHER_BARCODE, None, {})
    assert found.reason == "the barcode is of no kind that is decoded here"


def test_eight_barcodes_at_most():
    quad = np.zeros((4, 2), np.float32)
    assert len(evidence([Barcode("QRCode", b"x", quad)] * 20, [])) == 8
    assert evidence([], []) == ()
