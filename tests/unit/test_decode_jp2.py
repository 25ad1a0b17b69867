"""JPEG 2000 portraits of identity data: decoded by the real worker, only where a route asks for them."""

import io
import struct
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from appliance.config import Limits
from appliance.errors import PictureTooLarge, PictureUnreadable, UnsupportedFormat
from appliance.vision import picture_header
from appliance.vision.decode import FORMATS, PORTRAITS, Decoder
from appliance.vision.picture_header import HeaderRefused, read_jp2

MEGABYTE = 1 << 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def decoder() -> AsyncIterator[Decoder]:
    decoder = Decoder(Limits(), workers=1)
    await decoder.start()
    yield decoder
    await decoder.close()


in_the_worker = pytest.mark.asyncio(loop_scope="module")


def codestream(width: int = 60, height: int = 80, mode: str = "RGB", **options: object) -> bytes:
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.dstack([255 * x / width, 255 * y / height, np.full(x.shape, 90)]).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(stream, "JPEG2000", no_jp2=True, **options)
    return stream.getvalue()


def with_size(data: bytes, offset: int, value: int, form: str = ">I") -> bytes:
    """The codestream with one value of its SIZ segment changed; offsets count from its marker."""
    at = data.index(b"\xff\x51") + offset
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


@in_the_worker
@pytest.mark.parametrize("mode", ["RGB", "L"])
async def test_portraits_are_decoded(decoder: Decoder, mode: str):
    data = codestream(mode=mode)
    capture = await decoder.decode(data, formats=PORTRAITS, max_bytes=MEGABYTE)
    assert capture.media_type == "image/j2c"
    assert capture.pixels.shape == (80, 60, 3)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert np.array_equal(capture.pixels, expected)


@in_the_worker
async def test_routes_that_do_not_name_it_refuse_it(decoder: Decoder):
    assert picture_header.JP2 not in FORMATS
    with pytest.raises(UnsupportedFormat):
        await decoder.decode(codestream(), max_bytes=MEGABYTE)


@in_the_worker
async def test_a_file_cut_short_is_refused(decoder: Decoder):
    data = codestream()
    for length in (5, 50, 110, len(data) // 2, len(data) - 4):
        with pytest.raises(PictureUnreadable):
            await decoder.decode(data[:length], formats=PORTRAITS, max_bytes=MEGABYTE)


@in_the_worker
async def test_a_small_file_of_many_pixels_is_refused(decoder: Decoder):
    data = codestream(2000, 2000, quality_mode="rates", quality_layers=[4000])
    assert len(data) < 20_000
    with pytest.raises(PictureTooLarge):
        await decoder.decode(data, formats=PORTRAITS, max_bytes=MEGABYTE)


@in_the_worker
async def test_changed_files_end_no_worker(decoder: Decoder):
    data = codestream()
    rng = np.random.default_rng(9)
    for _ in range(60):
        changed = bytearray(data)
        for _ in range(3):
            changed[rng.integers(2, len(data))] = rng.integers(256)
        try:
            await decoder.decode(bytes(changed), formats=PORTRAITS, max_bytes=MEGABYTE)
        except (PictureUnreadable, PictureTooLarge, UnsupportedFormat):
            continue
    assert decoder.stats().restarts == 0


def test_the_header_tells_the_size():
    header, data = read_jp2(codestream(61, 83), 10**6)
    assert (header.width, header.height) == (61, 83)
    assert data == codestream(61, 83)
    assert picture_header.sniff(data) == picture_header.JP2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\x4f\xff\x51", "damaged"),
        (b"\xff\x4f\xff\x51\x00\x29" + bytes(10), "damaged"),
        (with_size(codestream(), 6, 0), "damaged"),  # Xsiz
        (with_size(codestream(), 6, 100_000), "pixels"),
        (with_size(codestream(), 14, 1), "damaged"),  # XOsiz
        (with_size(codestream(), 22, 0), "damaged"),  # XTsiz
        (with_size(codestream(100), 22, 1), "parts"),
        (with_size(codestream(), 38, 4, ">H"), "damaged"),  # Csiz
        (with_size(codestream(), 40, 15, ">B"), "precision"),  # Ssiz
        (with_size(codestream(), 41, 2, ">B"), "damaged"),  # XRsiz
        (codestream()[:100], "damaged"),
    ],
)
def test_headers_that_are_refused(data: bytes, reason: str):
    with pytest.raises(HeaderRefused) as refused:
        read_jp2(data, 10**6)
    assert refused.value.reason == reason


def test_layers_are_bounded():
    data = codestream()
    at = data.index(b"\xff\x52") + 6
    with pytest.raises(HeaderRefused) as refused:
        read_jp2(data[:at] + b"\xff\xff" + data[at + 2 :], 10**6)
    assert refused.value.reason == "passes"
