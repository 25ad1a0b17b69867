"""Pictures of documents with numbers and barcodes blackened."""

import base64
import io
import re

import cv2
import numpy as np
import pytest
import zxingcpp
from PIL import Image

from tests.contract.recspace.shapes import answered, refused
from tests.specimen.sets import specimen

PATH = "/v1/masking/image"


def mask(client, picture: bytes, accept: str = "*/*", **fields: str):
    return client.post(PATH, files={"document": picture}, data=fields, headers={"Accept": accept})


def opened(body: dict) -> Image.Image:
    picture = Image.open(io.BytesIO(base64.b64decode(body["image"])))
    assert picture.format == "PNG"
    return picture


def read(client, picture: bytes) -> dict:
    """What the box itself reads of it, with whole numbers."""
    return client.post("/v1/ocr/extract", files={"document": picture}).json()


@pytest.fixture(scope="module")
def raw(new_client):
    return new_client(*(word for name in ("ocr", "mask", "pii:raw") for word in ("--scope", name)))


def test_an_aadhaars_first_digits_are_gone_and_the_rest_is_as_it_was(raw, aadhaar):
    body = answered(mask(raw, aadhaar.photograph.jpeg), prefix="msk_")
    number = aadhaar.drawn.fields["document_number"]
    picture = opened(body)
    assert picture.size == Image.open(io.BytesIO(aadhaar.photograph.jpeg)).size
    assert {box["field"] for box in body["boxes"]} >= {"document_number"}
    again = read(raw, base64.b64decode(body["image"]))
    told = re.sub(r"\D", "", str(again))
    assert number not in told
    assert number[:8] not in told
    assert again["fields"]["name"]["value"] == aadhaar.drawn.fields["full_name"]


def test_only_the_boxes_told_are_changed(raw, aadhaar):
    body = answered(mask(raw, aadhaar.photograph.jpeg))
    before = np.asarray(Image.open(io.BytesIO(aadhaar.photograph.jpeg)).convert("RGB"), int)
    changed = (np.abs(np.asarray(opened(body), int) - before) > 0).any(2)
    for box in body["boxes"]:
        left, top, width, height = box["bbox"]
        changed[top : top + height + 1, left : left + width + 1] = False
    assert not changed.any()


def test_a_barcode_is_gone(raw):
    back = specimen("AADHAAR-back", 7)
    body = answered(mask(raw, back.photograph.jpeg))
    picture = np.asarray(opened(body).convert("L"))
    assert not zxingcpp.read_barcodes(picture)
    assert any(box["field"] == "barcodes" for box in body["boxes"])


def test_a_passports_zone_is_gone(raw, passport):
    body = answered(mask(raw, passport.photograph.jpeg))
    again = read(raw, base64.b64decode(body["image"]))
    assert passport.drawn.fields["document_number"] not in str(again)
    assert "mrz" not in again.get("fields", {})


def test_named_fields_are_gone(raw, passport):
    body = answered(
        mask(raw, passport.photograph.jpeg, mask_fields="last_name, first_name, dob, number, mrz")
    )
    again = str(read(raw, base64.b64decode(body["image"])))
    for name in ("last_name", "first_name", "document_number", "date_of_birth"):
        assert passport.drawn.fields[name].upper() not in again.upper(), name


def test_as_a_picture(raw, aadhaar):
    answer = mask(raw, aadhaar.photograph.jpeg, accept="image/png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-request-id"].startswith("msk_")
    assert cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR) is not None


def test_what_cannot_be_masked(raw, aadhaar, blank):
    refused(mask(raw, aadhaar.photograph.jpeg, mask_fields="portrait"), 400, "bad_request")
    refused(mask(raw, blank), 422, "document_unreadable")
