"""Reading documents: types, confidences, boxes, masking, what is unreadable, what is no document."""

import io
import re

import httpx
import numpy as np
import pytest
from PIL import Image

from appliance.domain.ids import verhoeff
from tests.contract.recspace.shapes import answered, refused
from tests.specimen.sets import specimen

PATH = "/v1/ocr/extract"


def extract(client: httpx.Client, picture: bytes, **fields: str) -> httpx.Response:
    return client.post(PATH, files={"document": ("id.jpg", picture)}, data=fields)


@pytest.fixture(scope="module")
def read(client, aadhaar):
    return answered(extract(client, aadhaar.photograph.jpeg, return_bbox="true"), prefix="ocr_")


def test_an_aadhaar_is_known_by_itself(read, aadhaar):
    assert read["document_type"] == "aadhaar_front"
    assert read["verhoeff_valid"] is True
    assert 0 <= read["confidence"] <= 1
    assert isinstance(read["processing_time_ms"], int)
    truth = aadhaar.drawn.fields
    assert read["fields"]["name"]["value"] == truth["full_name"]
    assert read["fields"]["dob"]["value"] == truth["date_of_birth"]
    assert read["fields"]["gender"]["value"] == truth["sex"]


def test_its_number_shows_four_digits(read, aadhaar):
    number = aadhaar.drawn.fields["document_number"]
    assert read["fields"]["aadhaar_number"]["value"] == f"XXXX XXXX {number[-4:]}"
    assert number not in re.sub(r"\D", "", str(read["fields"]))


def test_the_whole_number_needs_its_scope(new_client, aadhaar):
    raw = new_client("--plan", "enterprise", "--scope", "ocr", "--scope", "pii:raw")
    body = answered(extract(raw, aadhaar.photograph.jpeg))
    assert body["fields"]["aadhaar_number"]["value"] == aadhaar.drawn.fields["document_number"]


def test_boxes_lie_in_the_picture_round_their_text(read, aadhaar):
    width, height = Image.open(io.BytesIO(aadhaar.photograph.jpeg)).size
    boxes = {name: field["bbox"] for name, field in read["fields"].items() if "bbox" in field}
    assert {"name", "dob", "aadhaar_number"} <= set(boxes)
    for left, top, wide, high in boxes.values():
        assert wide > high > 0
        assert 0 <= left < left + wide <= width
        assert 0 <= top < top + high <= height
    outline = np.array(aadhaar.photograph.quad)
    x, y = boxes["name"][:2]
    assert outline[:, 0].min() < x < outline[:, 0].max()
    assert outline[:, 1].min() < y < outline[:, 1].max()


def test_boxes_are_left_out_unless_asked_for(client, aadhaar):
    body = answered(extract(client, aadhaar.photograph.jpeg))
    assert all(set(field) == {"value", "confidence"} for field in body["fields"].values())


def test_masking_leaves_nothing_of_the_person(client, passport):
    body = answered(extract(client, passport.photograph.jpeg, mask_pii="true"))
    truth = passport.drawn.fields
    told = str(body["fields"])
    for name in ("last_name", "first_name", "document_number", "place_of_birth", "date_of_birth"):
        assert truth[name] not in told, name
    assert body["fields"]["dob"]["value"].startswith(truth["date_of_birth"][:4])
    assert body["fields"]["expiry_date"]["value"] == truth["expiry_date"]


def test_a_passport_has_no_verhoeff_and_its_zone(client, passport):
    body = answered(extract(client, passport.photograph.jpeg, type="passport"))
    assert body["document_type"] == "passport"
    assert "verhoeff_valid" not in body
    assert body["fields"]["passport_number"]["value"] == passport.drawn.fields["document_number"]
    assert body["fields"]["mrz"]["value"] == "\n".join(passport.drawn.mrz)


def test_content_outranks_the_hint(client, passport):
    assert answered(extract(client, passport.photograph.jpeg, type="pan"))["document_type"] == "passport"


def test_a_pdf_is_read(client, passport):
    out = io.BytesIO()
    Image.open(io.BytesIO(passport.photograph.jpeg)).save(out, "PDF")
    assert answered(extract(client, out.getvalue()))["document_type"] == "passport"


def test_an_empty_table_is_unreadable(client):
    out = io.BytesIO()
    Image.new("RGB", (800, 600), (120, 90, 60)).save(out, "JPEG")
    refused(extract(client, out.getvalue()), 422, "document_unreadable")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"type": "library_card"}, "type"),
        ({"mask_pii": "maybe"}, "mask_pii"),
        ({"return_bbox": ""}, "return_bbox"),
    ],
)
def test_bad_parameters(client, passport, fields, says):
    error = refused(extract(client, passport.photograph.jpeg, **fields), 400, "bad_request")["error"]
    assert says in error.lower()


def test_no_file_no_picture_no_form(client):
    refused(client.post(PATH, data={"document": "text"}), 400, "bad_request")
    refused(client.post(PATH, files={"selfie": b"x"}), 400, "bad_request")
    refused(extract(client, b"GIF89a not taken"), 400, "bad_request")
    refused(client.post(PATH, content=b"nonsense"), 400, "bad_request")


def test_20_megabytes_is_the_limit(client, passport):
    filler = b"\xff\xfe" + (65000).to_bytes(2, "big") + bytes(64998)  # a comment
    jpeg = passport.photograph.jpeg

    def padded(size: int) -> bytes:
        return jpeg[:2] + filler * ((size - len(jpeg)) // len(filler)) + jpeg[2:]

    refused(extract(client, padded(21_100_000)), 413, "payload_too_large")
    refused(extract(client, padded(45_000_000)), 413, "payload_too_large")
    assert extract(client, padded(19_000_000)).status_code in (200, 400)
    # What the decoder makes of 290 comments is its own affair; the size itself passes.
    assert "MB" not in extract(client, padded(19_000_000)).text


def test_a_number_whose_check_digit_fails_is_told_and_read_all_the_same(client, monkeypatch):
    def wrong(number: str) -> str:
        return str((int(digit(number)) + 1) % 10)

    digit = verhoeff.check_digit
    monkeypatch.setattr(verhoeff, "check_digit", wrong)
    forged = specimen("IN-AADHAAR-FRONT", 43)
    monkeypatch.undo()
    number = forged.drawn.fields["document_number"]
    assert not verhoeff.holds(number)
    body = answered(extract(client, forged.photograph.jpeg))
    assert body["verhoeff_valid"] is False
    assert body["fields"]["aadhaar_number"]["value"] == f"XXXX XXXX {number[-4:]}"
