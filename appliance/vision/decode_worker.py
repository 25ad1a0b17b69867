"""The process in which callers' pictures are decoded; `decode.Decoder` starts it and talks to it.

It imports Pillow and pdfium and nothing else that is large, confines itself, then answers one request
after another on the socket it was started with. A request is one message with two descriptors: the file
as received, and memory of fixed size for the pixels. An answer is one JSON message and holds nothing of
the picture but its size. Colour profiles are ignored: pixels are taken as sRGB.
"""

import json
import mmap
import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Final

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from appliance.vision import picture_header, picture_marks
from appliance.vision.picture_header import Header, HeaderRefused
from appliance.vision.sandbox import Limits, confine

_LONGEST_PAGE_SIDE: Final = 2400
"""Pixels: an A4 page at 205 dots per inch, an ID-1 card on it is 690 pixels wide."""
_LONGEST_SCAN_SIDE: Final = 4000
"""Pixels: where the page is one scan of more detail than that, its own resolution up to here."""
_LONGEST_PAGE_POINTS: Final = 14400.0
"""ISO 32000-1 annex C: 200 inches."""
_PAGES_TRIED: Final = 3
_BLANK: Final = 8
"""Grey levels between the darkest and the lightest pixel under which a page counts as blank."""
_NESTED_FORMS: Final = 4
_STRIP: Final = 64
"""Rows: a strip of a large picture stays in the processor's cache."""

_BYTES_PER_PIXEL: Final = 20
"""Worst case measured over the formats: 16-bit RGBA PNG and progressive CMYK JPEG need 16 to 18."""
_MEMORY_BASE: Final = 160 << 20
_LIFE_PICTURES: Final = 1000
_LIFE_CPU_SECONDS: Final = 900

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_READ: Final = {
    picture_header.JPEG: picture_header.read_jpeg,
    picture_header.PNG: picture_header.read_png,
    picture_header.BMP: picture_header.read_bmp,
    picture_header.JP2: picture_header.read_jp2,
}
_FILES: Final[Mapping[str, Callable[[BytesIO], Image.Image]]] = {
    picture_header.JPEG: JpegImageFile,
    picture_header.PNG: PngImageFile,
    picture_header.BMP: BmpImageFile,
    picture_header.JP2: Jpeg2KImageFile,
}

_DAMAGE: Final = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError),
    *(ZeroDivisionError, OverflowError, struct.error, pdfium.PdfiumError),
)
"""What Pillow and pdfium raise over damaged files, by their sources. Anything else ends the process."""


def main(descriptor: int, most_pixels: int, request_seconds: float) -> None:
    """Confine this process and serve requests until the socket closes."""
    _get_ready()
    null = os.open(os.devnull, os.O_RDWR)
    with socket.socket(fileno=descriptor) as channel:
        limits = Limits(most_pixels * _BYTES_PER_PIXEL + _MEMORY_BASE, _LIFE_CPU_SECONDS)
        layers = confine(limits)
        for standard in (1, 2):  # what native code says about a picture is not to reach the journal
            os.dup2(null, standard)
        channel.send(json.dumps({"layers": layers}).encode())
        for served in range(1, _LIFE_PICTURES + 2):
            message, descriptors, _, _ = socket.recv_fds(channel, 4096, 2)
            if not message:
                return
            answer = _serve(json.loads(message), descriptors, most_pixels)
            spent = time.process_time() > _LIFE_CPU_SECONDS - 2 * request_seconds - 10
            answer["last"] = spent or served >= _LIFE_PICTURES
            channel.send(json.dumps(answer).encode())


def _get_ready() -> None:
    """Do now what needs files: libraries load their parts at the first picture of a kind."""
    Image.MAX_IMAGE_PIXELS = None  # picture_header has the limit, and no warning would be heard here
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    for kind, media_type in (
        ("JPEG", picture_header.JPEG),
        ("PNG", picture_header.PNG),
        ("BMP", picture_header.BMP),
        ("JPEG2000", picture_header.JP2),
    ):
        stream = BytesIO()
        Image.new("RGB", (8, 8)).save(stream, kind, no_jp2=True)
        _upright(_open(stream.getvalue(), 64, media_type), 1).tobytes()
    with pdfium.PdfDocument.new() as document:
        document.new_page(20, 20)
        stream = BytesIO()
        document.save(stream)
    _first_page(stream.getvalue(), 1 << 24)


def _serve(request: dict[str, int | str], descriptors: list[int], most_pixels: int) -> dict[str, object]:
    source, target = descriptors
    length = int(request["length"])
    with mmap.mmap(source, length, prot=mmap.PROT_READ) as mapped:
        data = mapped[:]
    os.close(source)
    try:
        media_type = str(request["media_type"])
        image, quality = _decode(data, media_type, most_pixels)
        marks = picture_marks.marks(data, media_type)
        with mmap.mmap(target, most_pixels * 3) as memory:
            _pour(image, memory)
    except HeaderRefused as refused:
        return {"refused": refused.reason}
    except MemoryError:
        return {"refused": "memory"}
    except _DAMAGE:
        return {"refused": "damaged"}
    finally:
        os.close(target)
    return {"width": image.width, "height": image.height, "jpeg_quality": quality, "marks": marks}


def _pour(image: Image.Image, memory: mmap.mmap) -> None:
    """Write the samples strip by strip: whole, they would be copied twice more."""
    for top in range(0, image.height, _STRIP):
        memory.write(image.crop((0, top, image.width, min(top + _STRIP, image.height))).tobytes())


def _decode(data: bytes, media_type: str, most_pixels: int) -> tuple[Image.Image, int | None]:
    """An upright RGB picture, and the quality where it is a JPEG."""
    if media_type == picture_header.PDF:
        return _first_page(data, most_pixels), None
    header, data = _READ[media_type](data, most_pixels)
    image = _open(data, most_pixels, media_type)
    _same_size(image, header)
    return _upright(image, header.orientation), header.jpeg_quality


def _open(data: bytes, most_pixels: int, media_type: str) -> Image.Image:
    # The classes are named, Image.open is not used: it would try every format, and read further frames.
    image: Image.Image = _FILES[media_type](BytesIO(data))
    if image.width * image.height > most_pixels:
        raise HeaderRefused("pixels")
    image.load()
    return image


def _same_size(image: Image.Image, header: Header) -> None:
    if image.size != (header.width, header.height):
        raise HeaderRefused("damaged")


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    image = _rgb(image)
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def _rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB; transparent parts show white, as paper would."""
    if image.mode.startswith("I"):  # 16-bit grey: Pillow's own conversion clips at 255
        image = image.point(lambda level: level * (1 / 257) + 0.5).convert("L")
    if "A" in image.mode or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, (255, 255, 255))
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    return image if image.mode == "RGB" else image.convert("RGB")


def _first_page(data: bytes, most_pixels: int) -> Image.Image:
    """The first page that is not blank, of the first three; the first where all are."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
            raise HeaderRefused("encrypted") from None
        raise
    with document:
        if len(document) == 0:
            raise HeaderRefused("pages")
        first: Image.Image | None = None
        for number in range(min(len(document), _PAGES_TRIED)):
            image = _render(document[number], most_pixels)
            low, high = image.convert("L").getextrema()
            if high - low >= _BLANK:  # type: ignore[operator]  # one band: a pair of numbers
                return image
            first = first or image
    if first is None:
        raise HeaderRefused("pages")
    return first


def _render(page: pdfium.PdfPage, most_pixels: int) -> Image.Image:
    width, height = page.get_size()
    longest, shortest = max(width, height), min(width, height)
    if not 0.0 < shortest <= longest <= _LONGEST_PAGE_POINTS or longest > 20 * shortest:
        raise HeaderRefused("page_size")
    scale = max(_LONGEST_PAGE_SIDE, min(_scan_side(page, most_pixels), _LONGEST_SCAN_SIDE)) / longest
    bitmap = page.render(scale=scale, rev_byteorder=True, may_draw_forms=False)
    picture: Image.Image = bitmap.to_pil()
    return picture.convert("RGB")


def _scan_side(page: pdfium.PdfPage, most_pixels: int) -> int:
    """Longest side, in pixels, of the largest picture on the page; 0 where it has none."""
    longest = 0
    for count, item in enumerate(page.get_objects([pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=_NESTED_FORMS)):
        width, height = item.get_px_size()
        if width * height > most_pixels:
            raise HeaderRefused("pixels")
        if count >= 4096:
            raise HeaderRefused("parts")
        longest = max(longest, width, height)
    return longest


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
