"""Every kind of picture file that the box takes, decoded by the real worker, against known pixels."""

import hashlib
import io
import struct
import zlib
from collections.abc import AsyncIterator

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from appliance.config import Limits
from appliance.domain.capture import Capture
from appliance.errors import PictureTooLarge, PictureUnreadable, UnsupportedFormat
from appliance.vision.decode import FORMATS, Decoder

MEGABYTES = 20 << 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def decoder() -> AsyncIterator[Decoder]:
    decoder = Decoder(Limits(), workers=1)
    await decoder.start()
    yield decoder
    await decoder.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")


def scene(width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    """Smooth, coloured, and different in every corner, so that no turn of it looks like another."""
    y, x = np.mgrid[0:height, 0:width]
    red, green = 255 * x / (width - 1), 255 * y / (height - 1)
    blue = 255 * np.hypot(x / width - 0.25, y / height - 0.25)
    return np.clip(np.dstack([red, green, blue]), 0, 255).astype(np.uint8)


def saved(pixels: NDArray[np.uint8] | Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def off(capture: Capture, expected: NDArray[np.uint8]) -> float:
    assert capture.pixels.shape == expected.shape
    return float(np.abs(capture.pixels.astype(int) - expected.astype(int)).mean())


async def take(decoder: Decoder, data: bytes, **options: frozenset[str]) -> Capture:
    return await decoder.decode(data, max_bytes=MEGABYTES, **options)


async def test_capture_says_what_was_received(decoder: Decoder) -> None:
    data = saved(scene(), "JPEG", quality=77)
    capture = await take(decoder, data)
    assert capture.sha256 == hashlib.sha256(data).hexdigest()
    assert (capture.media_type, capture.byte_length, capture.jpeg_quality) == ("image/jpeg", len(data), 77)
    assert capture.pixels.dtype == np.uint8
    assert not capture.pixels.flags.writeable


@pytest.mark.parametrize("quality", [1, 10, 49, 50, 75, 90, 95, 100])
@pytest.mark.parametrize("progressive", [False, True])
async def test_jpeg_and_its_quality(decoder: Decoder, quality: int, progressive: bool) -> None:
    data = saved(scene(), "JPEG", quality=quality, progressive=progressive, subsampling=0)
    capture = await take(decoder, data)
    assert capture.jpeg_quality == quality
    assert np.array_equal(capture.pixels, np.asarray(Image.open(io.BytesIO(data))))
    assert quality < 75 or off(capture, scene()) < 3


async def test_grey_jpeg(decoder: Decoder) -> None:
    grey = np.ascontiguousarray(scene()[:, :, 0])
    capture = await take(decoder, saved(grey, "JPEG", quality=95))
    assert off(capture, np.dstack([grey] * 3)) < 2


async def test_cmyk_jpeg_is_not_a_negative(decoder: Decoder) -> None:
    # Pillow writes CMYK with Adobe's marker, that is inverted, as Photoshop and scanners do.
    cmyk = Image.fromarray(scene()).convert("CMYK")
    data = saved(cmyk, "JPEG", quality=95)
    assert b"Adobe" in data
    capture = await take(decoder, data)
    assert off(capture, scene()) < 3


async def test_ycck_jpeg(decoder: Decoder) -> None:
    # Adobe's transform 2: the first three planes are luma and chroma of the inks, the last is 255 - black.
    ycc = np.asarray(Image.fromarray(255 - scene()).convert("YCbCr"))
    black = np.full((*ycc.shape[:2], 1), 255, np.uint8)
    planes = np.concatenate([ycc, black], axis=2)
    data = bytearray(saved(Image.fromarray(255 - planes, "CMYK"), "JPEG", quality=95))
    at = data.index(b"Adobe")
    assert data[at + 11] == 0
    data[at + 11] = 2
    capture = await take(decoder, bytes(data))
    assert off(capture, scene()) < 3


def exif(orientation: int, order: str = "<") -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return mark + struct.pack(order + "IH", 8, 1) + entry + b"\0\0\0\0"


def stored(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """The samples a camera stores so that a viewer that honours the orientation shows `upright`."""
    transpose = np.swapaxes(upright, 0, 1)
    turned = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: transpose,
        6: transpose[::-1],
        7: transpose[::-1, ::-1],
        8: transpose[:, ::-1],
    }
    return np.ascontiguousarray(turned[orientation])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
async def test_the_eight_orientations_are_one_picture(decoder: Decoder, orientation: int, order: str) -> None:
    samples = stored(scene(), orientation)
    block = exif(orientation, order)
    jpeg = await take(decoder, saved(samples, "JPEG", quality=95, subsampling=0, exif=b"Exif\0\0" + block))
    assert off(jpeg, scene()) < 2
    plain = saved(samples, "PNG")
    png = await take(decoder, plain[:33] + chunk(b"eXIf", block) + plain[33:])
    assert np.array_equal(png.pixels, scene())


@pytest.mark.parametrize("block", [b"", b"II*\0", exif(9), exif(0), b"II*\0\xff\xff\xff\xff", exif(6)[:14]])
async def test_a_damaged_orientation_is_ignored(decoder: Decoder, block: bytes) -> None:
    data = saved(scene(), "JPEG", quality=95, subsampling=0, exif=b"Exif\0\0" + block)
    assert off(await take(decoder, data), scene()) < 2


async def test_png_kinds(decoder: Decoder) -> None:
    rgb = scene()
    grey = np.ascontiguousarray(rgb[:, :, 0])
    for pixels, expected in ((rgb, rgb), (grey, np.dstack([grey] * 3))):
        assert np.array_equal((await take(decoder, saved(pixels, "PNG"))).pixels, expected)
    palette = Image.fromarray(rgb).quantize(64)
    capture = await take(decoder, saved(palette, "PNG"))
    assert np.array_equal(capture.pixels, np.asarray(palette.convert("RGB")))
    assert capture.jpeg_quality is None
    bits = Image.fromarray(grey).convert("1")
    assert set(np.unique((await take(decoder, saved(bits, "PNG"))).pixels)) == {0, 255}


@pytest.mark.parametrize("channels", [1, 3, 4])
async def test_16_bit_png_keeps_its_brightness(decoder: Decoder, channels: int) -> None:
    rgb = scene()
    deep = rgb.astype(np.uint16) * 257
    if channels == 1:
        deep, rgb = deep[:, :, 0], np.dstack([rgb[:, :, 0]] * 3)
    elif channels == 4:
        deep = np.dstack([deep, np.full(deep.shape[:2], 65535, np.uint16)])
    written = deep if channels == 1 else deep[:, :, [2, 1, 0, 3][:channels]]
    _, data = cv2.imencode(".png", written)
    assert data.tobytes()[24] == 16
    assert off(await take(decoder, data.tobytes()), rgb) == 0


async def test_transparency_shows_white(decoder: Decoder) -> None:
    rgba = np.dstack([scene(), np.full((64, 96), 255, np.uint8)])
    rgba[:32, :, 3] = 0
    rgba[32:40, :, 3] = 128
    pixels = (await take(decoder, saved(rgba, "PNG"))).pixels
    assert (pixels[:32] == 255).all()
    assert np.array_equal(pixels[40:], scene()[40:])
    half = (scene()[32:40].astype(int) * 128 + 255 * 127) / 255
    assert np.abs(pixels[32:40] - half).max() <= 1
    grey = Image.fromarray(rgba).convert("LA")
    assert ((await take(decoder, saved(grey, "PNG"))).pixels[:32] == 255).all()
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([200, 0, 0, 0, 0, 200])
    data = saved(palette, "PNG", transparency=0)
    assert ((await take(decoder, data)).pixels == 255).all()


def interlaced(pixels: NDArray[np.uint8]) -> bytes:
    """An Adam7 PNG, written by the standard's table: neither Pillow nor OpenCV writes one."""
    height, width = pixels.shape[:2]
    rows = b""
    for top, left, down, right in (
        *((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)),
    ):
        rows += b"".join(b"\0" + row.tobytes() for row in pixels[top::down, left::right])
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


async def test_interlaced_png(decoder: Decoder) -> None:
    assert np.array_equal((await take(decoder, interlaced(scene()))).pixels, scene())


async def test_animated_png_gives_its_first_picture(decoder: Decoder) -> None:
    frames = [Image.fromarray(scene()), Image.fromarray(255 - scene())]
    data = saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert b"acTL" in data
    assert np.array_equal((await take(decoder, data)).pixels, scene())


def pdf_of(*pages: Image.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    pages[0].save(stream, "PDF", save_all=True, append_images=pages[1:], **options)
    return stream.getvalue()


async def test_pdf_page_of_a_scan(decoder: Decoder) -> None:
    capture = await take(decoder, pdf_of(Image.fromarray(scene(960, 640)), quality=95))
    assert capture.media_type == "application/pdf"
    assert capture.pixels.shape == (1600, 2400, 3)
    small = cv2.resize(np.asarray(capture.pixels), (96, 64), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - scene().astype(int)).mean() < 4


async def test_pdf_scan_keeps_its_own_resolution(decoder: Decoder) -> None:
    ramp = Image.linear_gradient("L")
    for size, shape in (((3000, 2000), (2000, 3000, 3)), ((5000, 2500), (2000, 4000, 3))):
        assert (await take(decoder, pdf_of(ramp.resize(size)))).pixels.shape == shape


async def test_pdf_takes_the_first_page_that_is_not_blank(decoder: Decoder) -> None:
    blank, full = Image.new("RGB", (960, 640), (255, 255, 255)), Image.fromarray(scene(960, 640))
    assert (await take(decoder, pdf_of(blank, blank, full))).pixels.std() > 30
    assert (await take(decoder, pdf_of(blank, blank, blank, full))).pixels.min() == 255
    assert (await take(decoder, pdf_of(full, blank))).pixels.std() > 30


async def test_pdf_rotation_of_the_page(decoder: Decoder) -> None:
    document = pdfium.PdfDocument(pdf_of(Image.fromarray(scene(960, 640))))
    document[0].set_rotation(90)
    stream = io.BytesIO()
    document.save(stream)
    assert (await take(decoder, stream.getvalue())).pixels.shape == (2400, 1600, 3)


async def test_pdf_text_without_its_font_is_drawn(decoder: Decoder) -> None:
    content = b"BT /F1 24 Tf 20 100 Td (SPECIMEN) Tj ET"
    data = (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>endobj\n4 0 obj<</Length %d>>stream\n%s\nendstream endobj\n"
        b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>"
    ) % (len(content), content)
    assert (await take(decoder, data)).pixels.min() < 64
    assert (await take(decoder, b"\xef\xbb\xbf\n" + data)).pixels.min() < 64


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (7, 3)])
async def test_tiny_pictures_decode(decoder: Decoder, size: tuple[int, int]) -> None:
    for kind in ("PNG", "JPEG"):
        capture = await take(decoder, saved(Image.new("RGB", size), kind))
        assert capture.pixels.shape == (size[1], size[0], 3)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
async def test_bitmaps(decoder: Decoder, mode: str) -> None:
    picture = Image.fromarray(scene(67, 33))
    capture = await take(decoder, saved(picture.convert(mode), "BMP"))
    assert capture.media_type == "image/bmp"
    assert capture.pixels.shape == (33, 67, 3)
    if mode == "RGB":
        assert (capture.pixels == np.asarray(picture)).all()


def bitmap(**changes: int) -> bytes:
    """An uncompressed bitmap of 8 x 8 with header fields overwritten: name to value."""
    at = {"offset": 10, "size": 14, "width": 18, "height": 22, "compression": 30, "colours": 46}
    data = bytearray(saved(Image.fromarray(scene(8, 8)), "BMP"))
    for name, value in changes.items():
        data[at[name] : at[name] + 4] = (value & 0xFFFFFFFF).to_bytes(4, "little")
    return bytes(data)


async def test_a_bitmap_may_stand_on_its_head(decoder: Decoder) -> None:
    upright, other = await take(decoder, bitmap()), await take(decoder, bitmap(height=-8))
    assert (upright.pixels[::-1] == other.pixels).all()


@pytest.mark.parametrize(
    "changes",
    [
        *({"width": 0}, {"height": 0}, {"width": -8}, {"width": 2**30}, {"height": 2**31 - 1}),
        *({"compression": 1}, {"compression": 2}, {"compression": 4}, {"offset": 0}, {"offset": 2**31}),
        *({"size": 12}, {"size": 2**31}, {"colours": 2**31}, {"width": 9}, {"height": -9}),
    ],
)
async def test_a_bitmap_that_lies_is_refused(decoder: Decoder, changes: dict[str, int]) -> None:
    with pytest.raises((PictureUnreadable, PictureTooLarge)):
        await take(decoder, bitmap(**changes))
    with pytest.raises((PictureUnreadable, UnsupportedFormat)):
        await take(decoder, bitmap()[:-1])
    assert decoder.stats().restarts == 0


async def test_marks_of_software(decoder: Decoder) -> None:
    plain, edited, made = Image.Exif(), Image.Exif(), PngInfo()
    plain[0x010F], edited[0x0131] = "Samsung", "Adobe Photoshop 25.0"
    made.add_text("parameters", "a face\nNegative prompt: blurry")
    picture = Image.fromarray(scene(64, 64))
    for file, marks in (
        (saved(picture, "JPEG", exif=plain), ()),
        (saved(picture, "JPEG", exif=edited), ("edited_by_software",)),
        (saved(picture, "PNG", pnginfo=made), ("made_by_generator",)),
    ):
        assert (await take(decoder, file)).marks == marks


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "ICO", "JPEG2000", "PPM"])
async def test_other_formats_are_refused_by_their_bytes(decoder: Decoder, kind: str) -> None:
    with pytest.raises(UnsupportedFormat):
        await take(decoder, saved(Image.fromarray(scene(64, 64)), kind))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\xff\xd8",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\0\0\0\x18ftypheic",
        b"GIF89a" + saved(Image.new("RGB", (8, 8)), "JPEG"),
        b"<html>%PDF-1.4",
        b"PK\x03\x04",
        b"\0" * 4096,
    ],
)
async def test_what_is_no_picture(decoder: Decoder, data: bytes) -> None:
    with pytest.raises(UnsupportedFormat):
        await take(decoder, data)


async def test_a_route_chooses_its_formats(decoder: Decoder) -> None:
    data = {"image/jpeg": saved(scene(), "JPEG"), "image/png": saved(scene(), "PNG")}
    data["image/bmp"] = saved(Image.fromarray(scene(64, 64)), "BMP")
    data["application/pdf"] = pdf_of(Image.fromarray(scene(960, 640)))
    assert set(data) == FORMATS
    for taken in FORMATS:
        for sent, file in data.items():
            if sent == taken:
                assert (await take(decoder, file, formats=frozenset({taken}))).media_type == sent
            else:
                with pytest.raises(UnsupportedFormat):
                    await take(decoder, file, formats=frozenset({taken}))


async def test_kinds_of_jpeg_that_are_not_decoded(decoder: Decoder) -> None:
    data = bytearray(saved(scene(), "JPEG"))
    frame = data.index(b"\xff\xc0")
    deep = data.copy()
    deep[frame + 4] = 12
    arithmetic = data.copy()
    arithmetic[frame + 1] = 0xC9
    for one in (deep, arithmetic):
        with pytest.raises(PictureUnreadable):
            await take(decoder, bytes(one))


async def test_the_route_limits_bytes(decoder: Decoder) -> None:
    data = saved(scene(), "JPEG")
    assert (await decoder.decode(data, max_bytes=len(data))).byte_length == len(data)
    with pytest.raises(PictureTooLarge):
        await decoder.decode(data, max_bytes=len(data) - 1)
