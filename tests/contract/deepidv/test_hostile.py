"""Hostile input: each gets a 4xx of the vendor's shape in under a second, and the box serves on."""

import base64
import io
import json
import struct
import time
import zlib

import httpx
import pytest
from PIL import Image

from tests.contract.deepidv import shapes

DETECT, SCAN, VERIFY, PRESIGN = (
    "/v1/face/detect",
    "/v1/document/scan",
    "/v1/identity/verify",
    "/v1/upload/presign",
)
SECONDS = 1.0
JSON = "application/json"
FORM = "multipart/form-data; boundary=xx"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, *chunks, depth=8, colour=2):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def jpeg_of(width, height):
    """A JPEG whose header claims a size."""
    out = io.BytesIO()
    Image.new("RGB", (16, 16)).save(out, "JPEG")
    data = bytearray(out.getvalue())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def saved(kind):
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (90, 90, 90)).save(out, kind)
    return out.getvalue()


def part(name, data, extra=""):
    head = f'--xx\r\nContent-Disposition: form-data; name="{name}"; filename="a.jpg"\r\n{extra}\r\n'
    return head.encode() + data + b"\r\n"


JPEG = saved("JPEG")
END = b"--xx--\r\n"
ZEROS = chunk(b"IDAT", zlib.compress(bytes(30_000_000), 9))
DEEP = 100_000

PICTURES = {
    "an empty part": b"",
    "one byte": b"\xff",
    "the start of a JPEG": b"\xff\xd8\xff",
    "half a JPEG header": JPEG[: len(JPEG) // 3],
    "a JPEG of zeros": JPEG[:20] + bytes(2000),
    "half a PNG": saved("PNG")[:60],
    "a PNG with a wrong checksum": saved("PNG").replace(b"IDAT", b"IDAU"),
    "a PNG without pixels": png(64, 64),
    "a PNG of no size": png(0, 0, ZEROS),
    "a PNG bomb": png(50_000, 50_000, ZEROS),
    "a tall PNG bomb": png(1, 2_000_000_000, ZEROS),
    "a PNG of 16 bits, too large": png(9_000, 9_000, ZEROS, depth=16, colour=6),
    "a PNG with a text bomb and no pixels": png(
        64, 64, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000)))
    ),
    "a JPEG bomb": jpeg_of(65_500, 65_500),
    "a GIF": saved("GIF"),
    "a BMP": saved("BMP"),
    "a TIFF": saved("TIFF"),
    "a WebP": saved("WEBP"),
    "a PDF": saved("PDF"),
    "an SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "a page": b"<html><script>alert(1)</script></html>",
    "a ZIP": b"PK\x03\x04" + bytes(200),
    "a program": b"\x7fELF" + bytes(200),
    "a GIF that is a JPEG too": b"GIF89a" + JPEG,
    "a PDF that is a JPEG too": b"%PDF-1.7\n" + JPEG,
    "a PNG that is a JPEG too": b"\x89PNG\r\n\x1a\n" + JPEG,
    "text": b"hello",
}
TEXTS = {
    "an empty string": "",
    "no base64": "this is not base64!",
    "half of base64": "A",
    "base64 of nothing": "====",
    "base64 of text": base64.b64encode(b"hello").decode(),
    "a data URL of a page": "data:text/html;base64," + base64.b64encode(b"<html>").decode(),
    "a data URL without base64": "data:image/jpeg,xyz",
    "a unicode name": "выписка-из-дома-🏠.jpg",
    "NULs": "\x00\x00\x00",
    "a path": "../../../../etc/passwd",
    "a key that climbs": "uploads/../../box.key",
    "a key with a NUL": "uploads/a\x00b.jpg",
    "a key in unicode": "uploads/ключ.jpg",
    "a long key": "uploads/" + "a" * 200_000,
    "a file address": "file:///etc/passwd",
    "an address of the cloud": "http://169.254.169.254/latest/meta-data/",
    "a Windows path": "C:\\Windows\\system32\\config\\SAM",
}
BODIES = {
    "nothing at all": (None, b""),
    "empty JSON": (JSON, b""),
    "half of JSON": (JSON, b'{"image": "AAAA'),
    "an array": (JSON, b"[]"),
    "null": (JSON, b"null"),
    "NaN": (JSON, b'{"image": NaN}'),
    "a number": (JSON, b'{"image": 12}'),
    "an object": (JSON, b'{"image": {"$ref": "x"}}'),
    "half a surrogate": (JSON, b'{"image": "\\ud800"}'),
    "bytes that are no UTF-8": (JSON, b'{"image": "\xff\xfe"}'),
    "deep arrays": (JSON, b'{"x": ' + b"[" * DEEP + b"]" * DEEP + b', "image": "AAAA"}'),
    "deep objects": (JSON, b'{"image": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}"),
    "deep and open": (JSON, b"[" * DEEP),
    "many names": (JSON, json.dumps({f"k{n}": n for n in range(100_000)}).encode()),
    "compressed": (JSON, zlib.compress(b'{"image": "AAAA"}')),
    "a form of the web": ("application/x-www-form-urlencoded", b"image=AAAA"),
    "XML": ("application/xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    "no boundary": ("multipart/form-data", part("image", JPEG) + END),
    "another boundary": ("multipart/form-data; boundary=yy", part("image", JPEG) + END),
    "a long boundary": ("multipart/form-data; boundary=" + "b" * 5000, part("image", JPEG) + END),
    "no end": (FORM, part("image", JPEG)),
    "two pictures of one name": (FORM, part("image", JPEG) * 2 + END),
    "a thousand parts": (FORM, b"".join(part(f"p{n}", b"x") for n in range(1000)) + END),
    "a part with a long header": (FORM, part("image", JPEG, "X-A: " + "a" * 100_000 + "\r\n") + END),
    "a part with many headers": (FORM, part("image", JPEG, "X-A: a\r\n" * 1000) + END),
    "a part that lies about its length": (FORM, part("image", JPEG, "Content-Length: 5\r\n") + END),
    "a part without a name": (FORM, b"--xx\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + END),
    "a part of another kind": (FORM, b"--xx\r\nContent-Disposition: attachment\r\n\r\nx\r\n" + END),
    "text that is no UTF-8": (
        FORM,
        b'--xx\r\nContent-Disposition: form-data; name="image"\r\n\r\n\xff\r\n' + END,
    ),
    "a nested form": (
        FORM,
        part("image", b"--yy\r\n\r\n", "Content-Type: multipart/mixed; boundary=yy\r\n") + END,
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _healthy_afterwards(box, client: httpx.Client, selfie):
    yield
    assert httpx.get(f"{box.url}/-/readyz").status_code == 200
    answer = client.post(DETECT, files={"image": ("x.jpg", selfie, "image/jpeg")})
    assert answer.json()["faceDetected"]


def refused(send):
    began = time.perf_counter()
    answer = send()
    took = time.perf_counter() - began
    shapes.failure(answer, 400, 403)
    assert took < SECONDS, f"{took:.2f} s"


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(client: httpx.Client, name):
    data = PICTURES[name]
    refused(lambda: client.post(DETECT, files={"image": ("x.jpg", data, "image/jpeg")}))
    other = {"documentImage": ("d.jpg", data), "faceImage": ("s.jpg", JPEG)}
    refused(lambda: client.post(VERIFY, files=other))


@pytest.mark.parametrize("name", TEXTS)
def test_texts(client: httpx.Client, name):
    refused(lambda: client.post(SCAN, json={"image": TEXTS[name]}))
    refused(lambda: client.post(SCAN, files={"image": (None, TEXTS[name])}))


@pytest.mark.parametrize("name", BODIES)
def test_bodies(client: httpx.Client, name):
    kind, body = BODIES[name]
    headers = {"content-type": kind} if kind else {}
    refused(lambda: client.post(DETECT, content=body, headers=headers))
    refused(lambda: client.post(PRESIGN, content=body, headers=headers))


@pytest.mark.parametrize("name", ["cookie", "x-forwarded-for", "content-disposition", "x-api-key"])
def test_huge_headers(client: httpx.Client, name):
    answer = client.post(DETECT, json={}, headers={name: "a" * 60_000})
    shapes.failure(answer, 400, 401)
