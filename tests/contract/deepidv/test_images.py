"""Every way to send a picture gives the same answer, also mixed."""

import base64
import io
import textwrap

import httpx
import pytest
from PIL import Image

from tests.contract.deepidv import shapes
from tests.contract.deepidv.test_uploads import uploaded

PICTURE = "/v1/face/detect"


@pytest.fixture(scope="module")
def expected(client: httpx.Client, selfie):
    return client.post(PICTURE, files={"image": ("x.jpg", selfie, "image/jpeg")}).json()


def forms(data):
    plain = base64.b64encode(data).decode()
    return {
        "base64": plain,
        "base64 without padding": plain.rstrip("="),
        "base64 in lines": textwrap.fill(plain, 76),
        "base64url": base64.urlsafe_b64encode(data).decode(),
        "base64url without padding": base64.urlsafe_b64encode(data).decode().rstrip("="),
        "data URL": f"data:image/jpeg;base64,{plain}",
    }


@pytest.mark.parametrize("form", list(forms(b"x")))
def test_text_in_json_and_in_multipart(client: httpx.Client, selfie, expected, form):
    text = forms(selfie)[form]
    assert client.post(PICTURE, json={"image": text}).json() == expected
    assert client.post(PICTURE, files={"image": (None, text)}).json() == expected


def test_a_png_counts_as_well(client: httpx.Client, selfie):
    out = io.BytesIO()
    Image.open(io.BytesIO(selfie)).save(out, "PNG", compress_level=1)
    png = out.getvalue()
    body = client.post(PICTURE, files={"image": ("x.png", png, "image/png")}).json()
    shapes.detect(body)
    assert body["faceDetected"]


def test_neither_name_nor_declared_type_of_a_part_is_believed(client: httpx.Client, selfie, expected):
    for part in (
        ("../../etc/passwd", selfie, "text/html"),
        ("", selfie, "image/png"),
        ("выписка.pdf", selfie, ""),
    ):
        assert client.post(PICTURE, files={"image": part}).json() == expected


def test_file_part_and_key_in_one_body(client: httpx.Client, passport, selfie):
    key = uploaded(client, passport.photograph.jpeg)
    mixed = {"documentImage": (None, key), "faceImage": ("s.jpg", selfie, "image/jpeg")}
    body = client.post("/v1/identity/verify", files=mixed).json()
    shapes.verify(body)
    assert body["verified"]
    turned = {
        "documentImage": ("d.jpg", passport.photograph.jpeg, "image/jpeg"),
        "faceImage": (None, uploaded(client, selfie)),
    }
    assert client.post("/v1/identity/verify", files=turned).json() == body


def test_keys_in_json(client: httpx.Client, selfie, expected):
    key = uploaded(client, selfie)
    for _ in range(2):  # a client repeats a call after 429 and 5xx with the same key
        assert client.post(PICTURE, json={"image": key}).json() == expected


def test_large_pictures(client: httpx.Client, selfie, expected):
    """15 MB pass in each form; a JPEG may be followed by anything."""
    padded = selfie + b"\0" * (15 * 1024 * 1024 - len(selfie))
    assert client.post(PICTURE, files={"image": ("x.jpg", padded, "image/jpeg")}).json() == expected
    assert client.post(PICTURE, json={"image": base64.b64encode(padded).decode()}).json() == expected


@pytest.mark.parametrize("size", [15 * 1024 * 1024 + 1, 16_000_000])
def test_larger_ones_are_400(client: httpx.Client, selfie, size):
    long = selfie + b"\0" * (size - len(selfie))
    for answer in (
        client.post(PICTURE, files={"image": ("x.jpg", long, "image/jpeg")}),
        client.post(PICTURE, json={"image": base64.b64encode(long).decode()}),
    ):
        assert "15 MB" in shapes.failure(answer, 400)


def test_a_body_over_every_limit_is_400(client: httpx.Client):
    def endless():
        for _ in range(70):
            yield b"A" * (1 << 20)

    shapes.failure(
        client.post(PICTURE, content=b"A" * (60 << 20), headers={"content-type": "application/json"}), 400
    )
    shapes.failure(client.post(PICTURE, content=endless(), headers={"content-type": "application/json"}), 400)
