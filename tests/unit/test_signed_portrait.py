"""The portrait of a signed barcode stands in for one that the print does not show, and only then."""

import datetime as dt
import io
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from appliance.config import Limits
from appliance.domain.document import Document, DocumentType, Evidence, EvidenceKind
from appliance.services.read_document import Reading, with_signed_portrait
from appliance.store.issuer_keys import read_certificate
from appliance.vision.barcodes import aadhaar_qr
from appliance.vision.decode import Decoder
from tests.specimen import secure_qr

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOLDER = secure_qr.Resident(
    *("1234", "Asha Rao", dt.date(1990, 5, 12), "F", "C/O R", "Pune", "", "7", "", "411001"),
    *("Pune", "Maharashtra", "MG Road", "Pune", "Pune", "3210"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def decoder() -> AsyncIterator[Decoder]:
    decoder = Decoder(Limits(), workers=1)
    await decoder.start()
    yield decoder
    await decoder.close()


def signed_code() -> Evidence:
    head = Image.fromarray(np.tile(np.arange(40, 220, 3, np.uint8), (60, 1)))
    made = dt.datetime(2024, 1, 1, 9, 0, tzinfo=dt.UTC)
    digits = secure_qr.digits(secure_qr.data(HOLDER, head, made))
    return aadhaar_qr.evidence(digits, [read_certificate(secure_qr.certificate())])


def reading(*evidence: Evidence, portrait: bytes = b"") -> Reading:
    page = np.zeros((8, 8, 3), np.uint8)
    return Reading(Document(DocumentType.AADHAAR, {}, 0.9, page, evidence=evidence), portrait)


async def test_a_signed_portrait_is_shown(decoder: Decoder):
    code = signed_code()
    assert code.verified
    shown = await with_signed_portrait(decoder, reading(code))
    picture = Image.open(io.BytesIO(shown.portrait))
    assert (picture.format, picture.size) == ("JPEG", (60, 60))
    left, right = (np.asarray(picture.convert("L"))[:, part].mean() for part in (slice(0, 9), slice(51, 60)))
    assert right - left > 100


async def test_the_portrait_of_the_print_comes_first(decoder: Decoder):
    before = reading(signed_code(), portrait=b"print")
    assert await with_signed_portrait(decoder, before) is before


@pytest.mark.parametrize(
    ("verified", "photo"),
    [
        (False, None),
        (None, None),
        (True, b""),
        (True, b"\xff\x4f\xff\x51"),
        (True, b"no picture"),
        (True, bytes(17_000)),
    ],
    ids=["broken signature", "no signature", "no portrait", "cut short", "no picture", "too long"],
)
async def test_what_is_not_signed_or_no_picture_is_left_out(decoder: Decoder, verified, photo):
    held = signed_code().photo if photo is None else photo
    before = reading(Evidence(EvidenceKind.AADHAAR_SECURE_QR, verified=verified, photo=held))
    assert await with_signed_portrait(decoder, before) is before
