"""Hostile pictures and dying workers: each is refused with a typed error, and the next request is served."""

import io
import os
import struct
import time
import traceback
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from appliance.config import Limits
from appliance.errors import KycboxError, PictureTooLarge, PictureUnreadable, RequestError
from appliance.vision.decode import Decoder

MEGABYTES = 64 << 20

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def decoder() -> AsyncIterator[Decoder]:
    decoder = Decoder(Limits(), workers=2)
    await decoder.start()
    yield decoder
    await decoder.close()


def saved(kind: str, size: tuple[int, int] = (160, 120), **options: object) -> bytes:
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    pixels = np.dstack([x * 255 // size[0], y * 255 // size[1], (x + y) % 256]).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def zeros(length: int) -> bytes:
    """A zlib stream that inflates to `length` zero bytes: 1000 times its own size."""
    packer = zlib.compressobj(9)
    block = b"\0" * (1 << 20)
    return b"".join([packer.compress(block) for _ in range(length >> 20)] + [packer.flush()])


def png(width: int, height: int, data: bytes, depth: int = 8, colour: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def with_chunk(kind: bytes, body: bytes) -> bytes:
    data = saved("PNG")
    return data[:33] + chunk(kind, body) + data[33:]


def claiming(width: int, height: int) -> bytes:
    """A small JPEG whose frame header claims another size."""
    data = bytearray(saved("JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def pdf(objects: dict[int, bytes], head: bytes = b"%PDF-1.7\n") -> bytes:
    """A PDF without cross-reference table: pdfium looks the objects up itself."""
    body = b"".join(b"%d 0 obj %s endobj\n" % (number, one) for number, one in objects.items())
    return head + body + b"trailer<</Root 1 0 R>>\n%%EOF"


def page(box: bytes = b"0 0 200 200", content: bytes = b"", resources: bytes = b"") -> dict[int, bytes]:
    return {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<<%s>>>>" % (box, resources),
        4: stream(content),
    }


def stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), extra, content)


def scans(count: int) -> bytes:
    data = saved("JPEG", progressive=True)
    at = data.rindex(b"\xff\xda")
    return data[:at] + data[at:-2] * count + data[-2:]


REFUSED_BY_HEADER = {
    "png 30k square, 1 bit": lambda: png(30000, 30000, zeros(113 << 20), depth=1),
    "png 60k square, 1 bit": lambda: png(60000, 60000, zeros(450 << 20), depth=1),
    "png of 2^31": lambda: png(2**31 - 1, 2**31 - 1, b""),
    "png of 2^32": lambda: png(2**32 - 1, 1, b""),
    "png one pixel high": lambda: png(2**26, 1, zeros(1 << 20)),
    "png without pixels": lambda: png(0, 10, b""),
    "png without header": lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b"") + chunk(b"IEND", b""),
    "png without end": lambda: saved("PNG")[:-12],
    "png of empty chunks": lambda: saved("PNG")[:33] + chunk(b"tEXt", b"") * 500_000 + saved("PNG")[33:],
    "png chunk longer than the file": lambda: saved("PNG")[:33] + b"\xff\xff\xff\xffIDAT",
    "jpeg 65500 square": lambda: claiming(65500, 65500),
    "jpeg without pixels": lambda: claiming(0, 0),
    "jpeg of segments": lambda: b"\xff\xd8" + b"\xff\xe1\0\2" * 5_000_000,
    "jpeg of fill bytes": lambda: b"\xff\xd8" + b"\xff" * 20_000_000,
    "jpeg of restarts": lambda: b"\xff\xd8" + b"\xff\xd0" * 10_000_000,
    "jpeg of 3000 scans": lambda: scans(3000),
    "jpeg with two frames": lambda: saved("JPEG").replace(
        b"\xff\xc0", b"\xff\xc0\0\x0b\x08\0\x10\0\x10\1\1\x11\0\xff\xc0", 1
    ),
    "jpeg of one marker": lambda: b"\xff\xd8\xff",
    "pdf page of 10^9 points": lambda: pdf(page(b"0 0 1000000000 1000000000")),
    "pdf page of no width": lambda: pdf(page(b"0 0 0.0001 5000")),
    "pdf with a 60k picture": lambda: pdf(
        {
            **page(content=b"q 200 0 0 200 0 0 cm /I Do Q", resources=b"/XObject<</I 5 0 R>>"),
            5: stream(
                zlib.compress(b"\0" * 100),
                b"/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 1/ColorSpace/DeviceGray"
                b"/Filter/FlateDecode",
            ),
        }
    ),
    "pdf of nothing": lambda: b"%PDF-1.7\n" + b"\0" * 1_000_000,
}


def memory(decoder: Decoder) -> int:
    """Resident bytes of this process and of all workers."""
    ids = [os.getpid(), *(worker.process.pid for worker in decoder._all)]
    pages = [int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in ids]
    return sum(pages) * os.sysconf("SC_PAGESIZE")


async def works(decoder: Decoder) -> None:
    capture = await decoder.decode(saved("JPEG"), max_bytes=MEGABYTES)
    assert capture.pixels.shape == (120, 160, 3)


@pytest.mark.parametrize("name", REFUSED_BY_HEADER)
async def test_bombs_cost_nothing(decoder: Decoder, name: str) -> None:
    bomb = REFUSED_BY_HEADER[name]()
    await works(decoder)
    before, restarts = memory(decoder), decoder.stats().restarts
    times = []
    for _ in range(3):
        start = time.perf_counter()
        with pytest.raises((PictureTooLarge, PictureUnreadable)):
            await decoder.decode(bomb, max_bytes=MEGABYTES)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1
    assert memory(decoder) - before < 50 << 20
    assert decoder.stats().restarts == restarts
    await works(decoder)


INFLATING = {
    "iCCP": lambda body: with_chunk(b"iCCP", b"p\0\0" + body),
    "zTXt": lambda body: with_chunk(b"zTXt", b"p\0\0" + body),
    "iTXt": lambda body: with_chunk(b"iTXt", b"p\0\1\0\0\0" + body),
    "fdAT": lambda body: (
        with_chunk(b"acTL", struct.pack(">II", 9, 0))[:-12]
        + chunk(b"fdAT", b"\0\0\0\1" + body)
        + chunk(b"IEND", b"")
    ),
}


@pytest.mark.parametrize("kind", INFLATING)
async def test_bombs_beside_the_picture_are_not_unpacked(decoder: Decoder, kind: str) -> None:
    bomb = INFLATING[kind](zeros(512 << 20))
    await works(decoder)
    before = memory(decoder)
    start = time.perf_counter()
    assert (await decoder.decode(bomb, max_bytes=MEGABYTES)).pixels.shape == (120, 160, 3)
    assert time.perf_counter() - start < 0.2
    assert memory(decoder) - before < 50 << 20


async def test_more_data_than_the_header_says(decoder: Decoder) -> None:
    bomb = png(100, 100, zeros(512 << 20))
    before = memory(decoder)
    start = time.perf_counter()
    assert (await decoder.decode(bomb, max_bytes=MEGABYTES)).pixels.shape == (100, 100, 3)
    assert time.perf_counter() - start < 1.0
    assert memory(decoder) - before < 50 << 20


async def test_huge_exif(decoder: Decoder) -> None:
    entries = b"".join(struct.pack("<HHII", 0x0111, 4, 2**31, 8) for _ in range(5000))
    block = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 5000) + entries
    data = saved("JPEG")
    bomb = data[:2] + (b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block) * 400 + data[2:]
    start = time.perf_counter()
    assert (await decoder.decode(bomb, max_bytes=MEGABYTES)).pixels.shape == (120, 160, 3)
    assert time.perf_counter() - start < 0.5


def recursive_form() -> bytes:
    form = stream(
        b"/F Do /F Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>"
    )
    return pdf({**page(content=b"/F Do", resources=b"/XObject<</F 5 0 R>>"), 5: form})


def doubling_forms(levels: int) -> bytes:
    """Each form draws the next one ten times: 10^levels drawings."""
    objects = page(content=b"/F Do", resources=b"/XObject<</F 5 0 R>>")
    for number in range(5, 5 + levels):
        use = b"/Resources<</XObject<</F %d 0 R>>>>" % (number + 1)
        objects[number] = stream(b"/F Do " * 10, b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]" + use)
    objects[5 + levels] = stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]")
    return pdf(objects)


def object_stream_bomb() -> bytes:
    body = zeros(1 << 30)
    return pdf({**page(), 9: stream(body, b"/Type/ObjStm/N 99999999/First 8/Filter/FlateDecode")}) + (
        b"\n10 0 obj<</Type/XRef/Size 99999999/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n"
        b"%s\nendstream endobj\nstartxref\n%d\n%%%%EOF" % (len(body), body, 400)
    )


def content_bomb() -> bytes:
    return pdf({**page(), 4: stream(zeros(1 << 30), b"/Filter/FlateDecode")})


def nested_filters() -> bytes:
    body = zlib.compress(zlib.compress(zeros(1 << 30), 9), 9)
    return pdf({**page(), 4: stream(body, b"/Filter[/FlateDecode/FlateDecode/FlateDecode]")})


def hidden_picture() -> bytes:
    """A picture of 3.6 gigapixels inside a pattern, where a walk over the page's objects does not see it."""
    picture = stream(
        zeros(450 << 20),
        b"/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 1/ColorSpace/DeviceGray"
        b"/Filter/FlateDecode",
    )
    pattern = stream(
        b"q 200 0 0 200 0 0 cm /I Do Q",
        b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 200 200]/XStep 200/YStep 200"
        b"/Resources<</XObject<</I 6 0 R>>>>",
    )
    content = b"/Pattern cs /P scn 0 0 200 200 re f"
    return pdf({**page(content=content, resources=b"/Pattern<</P 5 0 R>>"), 5: pattern, 6: picture})


DEEP = {
    "recursive form": recursive_form,
    "10^12 forms": lambda: doubling_forms(12),
    "object stream of 1 GB": object_stream_bomb,
    "content of 1 GB": content_bomb,
    "content of 1 GB, packed three times": nested_filters,
    "picture of 3.6 gigapixels in a pattern": hidden_picture,
    "10^5 nested arrays": lambda: pdf({**page(), 3: b"[" * 100_000 + b"]" * 100_000}),
    "10^5 nested dictionaries": lambda: pdf({**page(), 1: b"<</Pages" * 100_000 + b">>" * 100_000}),
    "page tree that is its own child": lambda: pdf({**page(), 2: b"<</Type/Pages/Kids[2 0 R]/Count 9>>"}),
    "10^9 pages": lambda: pdf({**page(), 2: b"<</Type/Pages/Kids[3 0 R]/Count 1000000000>>"}),
    "length beyond the file": lambda: pdf({**page(), 4: b"<</Length 2147483647>>stream\nq\nendstream"}),
}


@pytest.mark.parametrize("name", DEEP)
async def test_bombs_that_only_decoding_finds(name: str) -> None:
    bomb = DEEP[name]()
    decoder = Decoder(Limits(decode_seconds=2.0), workers=1)
    await decoder.start()
    try:
        before = memory(decoder)
        start = time.perf_counter()
        try:
            await decoder.decode(bomb, max_bytes=MEGABYTES)
            outcome = "decoded"
        except KycboxError as error:
            outcome = error.code
        print(
            name, len(bomb), outcome, round(time.perf_counter() - start, 2), (memory(decoder) - before) >> 20
        )
        assert outcome in ("decoded", "picture_unreadable", "picture_too_large", "decoder_failed")
        assert time.perf_counter() - start < 3.0
        await works(decoder)
    finally:
        await decoder.close()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "PDF"])
async def test_every_truncation_is_unreadable(decoder: Decoder, kind: str) -> None:
    whole = saved(kind)
    restarts = decoder.stats().restarts
    opened = 0
    for length in sorted({*range(8, 64), *range(64, len(whole) - 2, max(1, len(whole) // 120))}):
        try:
            await decoder.decode(whole[:length], max_bytes=MEGABYTES)
            opened += 1
        except RequestError as error:
            assert error.code in ("picture_unreadable", "picture_too_large", "unsupported_format")  # noqa: PT017 - one of many
    assert opened == 0 or kind == "PDF"  # pdfium rebuilds a PDF that lost its end
    assert decoder.stats().restarts == restarts
    await works(decoder)


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        (saved("JPEG"), b"<script>alert(1)</script>"),
        (saved("JPEG"), b"PK\x03\x04" + b"\0" * 100),
        (saved("PNG"), b"%PDF-1.7 " + saved("JPEG")),
        (saved("JPEG"), pdf(page())),
    ],
)
async def test_polyglots_are_what_they_begin_as(decoder: Decoder, head: bytes, tail: bytes) -> None:
    alone = await decoder.decode(head, max_bytes=MEGABYTES)
    both = await decoder.decode(head + tail, max_bytes=MEGABYTES)
    assert both.media_type == alone.media_type
    assert np.array_equal(both.pixels, alone.pixels)
    assert both.sha256 != alone.sha256


def png_of_one_colour(height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (8000, height)).save(stream, "PNG")
    return stream.getvalue()


async def test_the_pixel_limit_is_exact(decoder: Decoder) -> None:
    # 40 megapixels of one colour are a small file; one row more is refused.
    capture = await decoder.decode(png_of_one_colour(5000), max_bytes=MEGABYTES)
    assert capture.pixels.shape == (5000, 8000, 3)
    with pytest.raises(PictureTooLarge):
        await decoder.decode(png_of_one_colour(5001), max_bytes=MEGABYTES)


async def test_the_largest_pictures_of_every_kind_fit_in_the_memory_limit(decoder: Decoder) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (500, 800, 4), np.uint8)
    turned = b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
    jpeg = io.BytesIO()
    Image.fromarray(cv2.resize(noise, (8000, 5000)), "CMYK").save(jpeg, "JPEG", progressive=True, exif=turned)
    assert (await decoder.decode(jpeg.getvalue(), max_bytes=MEGABYTES)).pixels.shape == (8000, 5000, 3)
    _, deep = cv2.imencode(".png", np.zeros((5000, 8000, 4), np.uint16))
    assert (await decoder.decode(deep.tobytes(), max_bytes=MEGABYTES)).pixels.shape == (5000, 8000, 3)


async def test_pixels_cannot_be_changed_by_anybody(decoder: Decoder) -> None:
    capture = await decoder.decode(saved("PNG"), max_bytes=MEGABYTES)
    with pytest.raises(ValueError, match="read-only"):
        capture.pixels[0, 0, 0] = 1
    assert cv2.cvtColor(capture.pixels, cv2.COLOR_RGB2GRAY).shape == (120, 160)
    assert cv2.warpAffine(capture.pixels, np.float32([[1, 0, 3], [0, 1, 4]]), (50, 50)).any()


async def test_messages_hold_nothing_of_the_picture(decoder: Decoder) -> None:
    name = "Kowalska"
    data = saved("JPEG", comment=name.encode())[:900]
    assert name.encode() in data
    with pytest.raises(PictureUnreadable) as refused:
        await decoder.decode(data, max_bytes=MEGABYTES)
    assert name not in "".join(traceback.format_exception(refused.value))
