"""Documents made to hurt: each gets a clear answer in little time, and nothing of it leaks."""

import io
import time
import zlib

import httpx
import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from tests.box import Box
from tests.contract.recspace.shapes import answered, refused
from tests.specimen.paper import font

PATH = "/v1/ocr/extract"
AS_LONG = 20
"""Times a plain card, and six seconds besides: other tests may run beside this one."""


def extract(client: httpx.Client, data: bytes) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    answer = client.post(PATH, files={"document": ("x", data)})
    return answer, time.monotonic() - began


def objects(*bodies: bytes, trailer: bytes = b"") -> bytes:
    """A PDF without a cross-reference table; pdfium looks objects up itself."""
    text = b"%PDF-1.7\n"
    for number, body in enumerate(bodies, start=1):
        text += b"%d 0 obj" % number + body + b"endobj\n"
    return text + b"trailer<</Root 1 0 R" + trailer + b">>\n%%EOF"


def many_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (3 + page) for page in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>"
    tree = b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % count
    return objects(b"<</Type/Catalog/Pages 2 0 R>>", tree, *[page] * count)


def encrypted() -> bytes:
    handler = b"<</Filter/Standard/V 2/R 3/Length 128/P -44/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>"
    return objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>",
        handler,
        trailer=b"/Encrypt 4 0 R/ID[<01><01>]",
    )


def with_script() -> bytes:
    return objects(
        b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\);while\\(1\\){})>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/AA<</O<</S/URI/URI(http://127.0.0.1:9/)>>>>>>",
    )


def card(*lines: str, barcode: Image.Image | None = None) -> bytes:
    """A card with some print, and a barcode in its corner."""
    sheet = Image.new("RGB", (1012, 638), (236, 232, 222))
    pen = ImageDraw.Draw(sheet)
    for row, line in enumerate(lines):
        pen.text((40, 30 + 44 * row), line, fill=(20, 20, 30), font=font("sans", 30))
    if barcode is not None:
        side = barcode.resize((380, 380) if barcode.width == barcode.height else (900, 220))
        sheet.paste(side, (1012 - side.width - 20, 638 - side.height - 20))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def code(data: bytes | str, form: "zxingcpp.BarcodeFormat") -> Image.Image:
    made = zxingcpp.create_barcode(data, form)
    return Image.fromarray(np.array(zxingcpp.write_barcode_to_image(made, scale=4))).convert("RGB")


def bomb() -> str:
    """Digits that an Aadhaar QR would hold, of a number that unpacks to 100 MB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(bytes(100 << 20)) + packer.flush()
    packed = packed[:1000]  # what a symbol has room for; it unpacks to megabytes before it ends
    return str(int.from_bytes(packed, "big"))


TITLE = ("GOVERNMENT OF INDIA", "Name", "DOB: 01/01/1990", "2345 6789 0123")
PDF417, QR = zxingcpp.BarcodeFormat.PDF417, zxingcpp.BarcodeFormat.QRCode
AAMVA = "@\n\x1e\rANSI 636026080102DL00410288ZA03290015DL"


@pytest.mark.parametrize(
    ("name", "make", "statuses"),
    [
        ("300 pages", lambda: many_pages(300), {422}),
        ("encrypted", encrypted, {400}),
        ("script", with_script, {422}),
        ("bomb", lambda: card(*TITLE, barcode=code(bomb(), QR)), {200, 422}),
        ("2 kB of text", lambda: card(*TITLE, barcode=code("A" * 2000, QR)), {200, 422}),
        ("digits", lambda: card(*TITLE, barcode=code("9" * 5000, QR)), {200, 422}),
        (
            "control characters",
            lambda: card(
                "DRIVER LICENSE", barcode=code(AAMVA + "DAQ\x00\x07\x1b[31m\nDCSA\x08B\nDACX\n", PDF417)
            ),
            {200, 422},
        ),
        (
            "turned names",
            lambda: card(
                "DRIVER LICENSE", barcode=code(AAMVA + "DAQ123\nDCS\u202eEVIL\u2066\nDACX\n", PDF417)
            ),
            {200, 422},
        ),
        (
            "emoji",
            lambda: card("PASSPORT", "Surname \U0001f600", barcode=code("\U0001f600" * 200, QR)),
            {200, 422},
        ),
        (
            "hebrew",
            lambda: card("PASSPORT", "\u05d9\u05e9\u05e8\u05d0\u05dc", "Surname", "\u05db\u05d4\u05df"),
            {200, 422},
        ),
        ("zone of nonsense", lambda: card("PASSPORT", "P<" + "<" * 42, "\x00" * 44, "<" * 44), {200, 422}),
        ("page of signs", lambda: card(*["\\ \"'`;--<>{}$(id)%n%s"] * 12), {200, 422}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_clear_answer_soon(client: httpx.Client, box: Box, name, make, statuses):
    _, usual = extract(client, card("PASSPORT", "Surname", "a plain card"))
    answer, seconds = extract(client, make())
    assert answer.status_code in statuses, answer.text
    if answer.status_code == 200:
        body = answered(answer)
        told = "".join(field["value"] for field in body["fields"].values())
        assert not any(ord(c) < 32 and c != "\n" for c in told), ascii(told)
        assert not set(told) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), ascii(told)
    else:
        refused(
            answer, answer.status_code, "bad_request" if answer.status_code == 400 else "document_unreadable"
        )
    print(f"{name}: {answer.status_code} in {seconds:.2f} s")
    assert seconds < 6 + AS_LONG * usual


def test_an_encrypted_pdf_is_told_as_one(client):
    answer, _ = extract(client, encrypted())
    assert "password" in refused(answer, 400, "bad_request")["error"]


def test_nothing_of_a_document_reaches_the_log(client, box: Box, passport):
    answer = client.post(PATH, files={"document": passport.photograph.jpeg})
    assert answer.status_code == 200
    extract(client, card("GOVERNMENT OF INDIA", "Zebedee Quagmire", "DOB: 01/01/1990", "9999 4105 7058"))
    printed = box.printed()
    values = [passport.drawn.fields[name] for name in ("last_name", "document_number", "date_of_birth")]
    for value in (*values, "Zebedee", "9999 4105 7058", "999941057058"):
        assert value not in printed


def test_the_box_is_as_well_as_before(client, passport):
    assert client.post(PATH, files={"document": passport.photograph.jpeg}).status_code == 200
