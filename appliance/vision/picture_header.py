"""What a picture file says about itself before a single pixel is decoded.

Everything that makes a picture dear (its size, its number of passes) stands in its first bytes and is
refused here, in plain Python that cannot overrun a buffer, before a decoder of native code sees the file.
Formats are told apart by their bytes; file names and content types are never asked.

Sources: ITU-T T.81 annex B (JPEG markers), PNG third edition clauses 5 and 11, Exif 2.32 (0x0112),
ISO 32000-1 7.5.2 (PDF header), BITMAPINFOHEADER of the Windows API (BMP), ITU-T T.800 annex A (JPEG 2000).
"""

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Reason: TypeAlias = Literal[
    "damaged",
    "precision",
    "lossless",
    "pixels",
    "passes",
    "parts",
    "encrypted",
    "pages",
    "page_size",
    "memory",
]
"""Why a picture is refused: a word that can be logged, since it holds nothing of the picture."""

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
BMP: Final = "image/bmp"
PDF: Final = "application/pdf"
JP2: Final = "image/j2c"
"""A bare JPEG 2000 codestream, as Aadhaar QR codes hold the portrait."""

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_BMP: Final = struct.Struct("<2sIIIIiiHHIIiiII")
_BMP_HEADERS: Final = frozenset({40, 52, 56, 108, 124})
_BMP_DEPTHS: Final = {0: frozenset({1, 4, 8, 16, 24, 32}), 3: frozenset({16, 32})}
"""Bits per pixel by compression: none, and colour masks. Run lengths are not decoded: a few bytes of them
make any size of picture."""
_SIZ: Final = struct.Struct(">HIIIIIIIIH")
_MOST_JP2_PIXELS: Final = 1_000_000
"""Portraits of identity data have up to 400 x 400; a few bytes of this format make a picture of any size."""
_MOST_JP2_TILES: Final = 64
_MOST_JP2_LAYERS: Final = 64
_PDF_LEADING: Final = b"\xef\xbb\xbf\x00\t\n\x0c\r "
"""What writers put before `%PDF-`: byte order mark and white space. Anything else is another format."""

_MOST_PARTS: Final = 4096
"""JPEG segments or PNG chunks: cameras write tens, scanners up to one IDAT per 8 kB."""
_MOST_PASSES: Final = 100
"""Scans of one progressive JPEG: encoders write at most 64; each one costs a walk over the whole picture."""

_SOF_DECODED: Final = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive Huffman: what the decoder is asked to read."""
_SOF_OTHER: Final = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_SCAN: Final = 0xDA
_KEPT_APPLICATIONS: Final = frozenset({0xE0, 0xEE})
"""JFIF and Adobe: they say how colours are coded."""
_TEXTS: Final = frozenset({b"tEXt", b"iTXt", b"eXIf"})
_KEPT_CHUNKS: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})

_LUMINANCE: Final = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40,
    58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104,
    103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
)  # fmt: skip
"""ITU-T T.81 table K.1 in zigzag order, as files hold it."""


class HeaderRefused(Exception):
    """The header alone decides that the picture is not decoded."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Header:
    """Size in pixels as stored, before orientation; orientation 1..8; quality 1..100 or None."""

    width: int
    height: int
    orientation: int = 1
    jpeg_quality: int | None = None


def sniff(data: bytes) -> str | None:
    """Media type by the first bytes; None for every format that the box does not take."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(_PNG_SIGNATURE):
        return PNG
    if data.startswith(b"BM") and len(data) > _BMP.size and data[6:10] == bytes(4):
        return BMP
    if data[:64].lstrip(_PDF_LEADING).startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"\xff\x4f\xff\x51"):
        return JP2
    return None


def read_jpeg(data: bytes, most_pixels: int) -> tuple[Header, bytes]:
    """Walk the segments up to the first scan, and leave out those that no pixel depends on.

    Camera notes, thumbnails and colour profiles are ignored by the box, so the decoder never gets them.

    Returns:
        The header, and the same file with only its tables, frames, scans and colour markers.

    Raises:
        HeaderRefused: damaged, too many pixels, segments or scans, not 8 bits per sample, lossless or
            arithmetic coding.
    """
    frame: tuple[int, int] | None = None
    orientation: int | None = None
    quality: int | None = None
    kept = [data[:2]]
    for marker, at, body in _segments(data):
        if marker == _SCAN:
            kept.append(data[at:])
        elif marker in _KEPT_APPLICATIONS or not 0xE0 <= marker <= 0xFE:
            kept.append(data[at : at + 4 + len(body)])
        if marker in _SOF_DECODED | _SOF_OTHER:
            if frame:
                raise HeaderRefused("damaged")
            frame = _frame_size(marker, body)
        elif marker == 0xE1 and body.startswith(b"Exif\0\0") and orientation is None:
            orientation = exif_orientation(body[6:])
        elif marker == 0xDB and quality is None:
            quality = _quality(body)
    if frame is None:
        raise HeaderRefused("damaged")
    _check_size(*frame, most_pixels)
    if data.count(b"\xff\xda") > _MOST_PASSES:
        raise HeaderRefused("passes")
    return Header(*frame, orientation or 1, quality), b"".join(kept)


def _frame_size(marker: int, body: bytes) -> tuple[int, int]:
    if marker in _SOF_OTHER:
        raise HeaderRefused("lossless")
    if len(body) < 6:
        raise HeaderRefused("damaged")
    precision, height, width = struct.unpack(">BHH", body[:5])
    if precision != 8:
        raise HeaderRefused("precision")
    return width, height


def read_png(data: bytes, most_pixels: int) -> tuple[Header, bytes]:
    """Read IHDR and eXIf, and leave out every chunk that no pixel depends on.

    Compressed text, colour profiles and animation frames can hold bombs of their own and are ignored by the
    box, so the decoder never gets them.

    Returns:
        The header, and the same file with only its image chunks.

    Raises:
        HeaderRefused: damaged, too many pixels or chunks.
    """
    header: Header | None = None
    orientation = 1
    kept = [_PNG_SIGNATURE]
    for kind, body, whole in _chunks(data):
        if header is None:
            if kind != b"IHDR" or len(body) != 13:
                raise HeaderRefused("damaged")
            header = Header(*struct.unpack(">II", body[:8]))
            _check_size(header.width, header.height, most_pixels)
        elif kind == b"eXIf":
            orientation = exif_orientation(bytes(body))
        if kind in _KEPT_CHUNKS:
            kept.append(bytes(whole))
    if header is None or not kept[-1].endswith(b"IEND\xae\x42\x60\x82"):
        raise HeaderRefused("damaged")
    return Header(header.width, header.height, orientation), b"".join(kept)


def exif_orientation(tiff: bytes) -> int:
    """Tag 0x0112 of the first directory; 1 where it is absent or the block is damaged.

    A damaged block does not make a picture unreadable: viewers ignore it too.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return 1
    (at,) = struct.unpack_from(order + "I", tiff, 4)
    if at + 2 > len(tiff):
        return 1
    (entries,) = struct.unpack_from(order + "H", tiff, at)
    for offset in range(at + 2, min(at + 2 + 12 * entries, len(tiff) - 11), 12):
        tag, kind, count, value = struct.unpack_from(order + "HHIH", tiff, offset)
        if tag == 0x0112:
            return value if kind == 3 and count == 1 and 1 <= value <= 8 else 1
    return 1


def read_bmp(data: bytes, most_pixels: int) -> tuple[Header, bytes]:
    """Read the two headers of an uncompressed bitmap.

    Returns:
        The header, and the file as it is.

    Raises:
        HeaderRefused: damaged or cut short, too many pixels, compressed.
    """
    try:
        _, _, _, offset, size, width, height, planes, bits, compression, *rest = _BMP.unpack_from(data)
    except struct.error:
        raise HeaderRefused("damaged") from None
    if compression not in _BMP_DEPTHS:
        raise HeaderRefused("lossless")
    right = size in _BMP_HEADERS and planes == 1 and bits in _BMP_DEPTHS[compression] and rest[3] <= 256
    if not right or width < 1 or height == 0:
        raise HeaderRefused("damaged")
    _check_size(width, abs(height), most_pixels)
    row = (width * bits + 31) // 32 * 4
    if offset < 14 + size or offset + row * abs(height) > len(data):
        raise HeaderRefused("damaged")
    return Header(width, abs(height)), data


def read_jp2(data: bytes, most_pixels: int) -> tuple[Header, bytes]:
    """Read the main header of a JPEG 2000 codestream: one or three planes of 8 bits and one size.

    Returns:
        The header, and the file as it is.

    Raises:
        HeaderRefused: damaged, too many pixels, tiles or layers, other planes than a portrait's.
    """
    size: tuple[int, int] | None = None
    layers = 0
    for marker, body in _main_header(data):
        if marker == 0x51:
            if size:
                raise HeaderRefused("damaged")
            size = _jp2_size(body, min(most_pixels, _MOST_JP2_PIXELS))
        elif marker == 0x52 and len(body) >= 10:
            (layers,) = struct.unpack_from(">H", body, 2)
    if size is None or layers == 0:
        raise HeaderRefused("damaged")
    if layers > _MOST_JP2_LAYERS:
        raise HeaderRefused("passes")
    return Header(*size), data


def _jp2_size(body: bytes, most_pixels: int) -> tuple[int, int]:
    if len(body) < _SIZ.size:
        raise HeaderRefused("damaged")
    _, right, lower, left, upper, tile_width, tile_height, tile_left, tile_upper, planes = _SIZ.unpack_from(
        body
    )
    if len(body) != 36 + 3 * planes or planes not in (1, 3):
        raise HeaderRefused("damaged")
    if any(body[36 + 3 * plane] != 7 for plane in range(planes)):
        raise HeaderRefused("precision")
    if any(body[37 + 3 * plane : 39 + 3 * plane] != b"\1\1" for plane in range(planes)):
        raise HeaderRefused("damaged")
    if left or upper or tile_left or tile_upper or tile_width == 0 or tile_height == 0:
        raise HeaderRefused("damaged")
    _check_size(right, lower, most_pixels)
    if -(-right // tile_width) * -(-lower // tile_height) > _MOST_JP2_TILES:
        raise HeaderRefused("parts")
    return right, lower


def metadata(data: bytes, media_type: str) -> list[bytes]:
    """The parts of a JPEG or PNG that say who wrote it: application segments, comments, text chunks.

    Raises:
        HeaderRefused: damaged.
    """
    if media_type == JPEG:
        return [body for marker, _, body in _segments(data) if 0xE1 <= marker <= 0xED or marker == 0xFE]
    if media_type == PNG:
        return [bytes(body) for kind, body, _ in _chunks(data) if kind in _TEXTS]
    return []


def _check_size(width: int, height: int, most_pixels: int) -> None:
    if width == 0 or height == 0:
        raise HeaderRefused("damaged")
    if width * height > most_pixels:
        raise HeaderRefused("pixels")


def _segments(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Marker, offset and body of each segment, the first start of a scan being the last."""
    at = 2
    for _ in range(_MOST_PARTS):
        if at + 4 > len(data) or data[at] != 0xFF:
            raise HeaderRefused("damaged")
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _STANDALONE:
            at += 2
        else:
            (length,) = struct.unpack_from(">H", data, at + 2)
            if length < 2 or at + 2 + length > len(data):
                raise HeaderRefused("damaged")
            yield marker, at, data[at + 4 : at + 2 + length]
            if marker == _SCAN:
                return
            at += 2 + length
    raise HeaderRefused("parts")


def _main_header(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Second byte and body of each marker segment of a codestream before its first tile."""
    at = 2
    for _ in range(_MOST_PARTS):
        if at + 4 > len(data) or data[at] != 0xFF:
            raise HeaderRefused("damaged")
        marker, length = struct.unpack_from(">xBH", data, at)
        if marker == 0x90:
            return
        if length < 2 or at + 2 + length > len(data):
            raise HeaderRefused("damaged")
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length
    raise HeaderRefused("parts")


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, memoryview]]:
    """Kind, body and whole of each chunk up to IEND."""
    view = memoryview(data)
    at = len(_PNG_SIGNATURE)
    for count in itertools.count():
        if at + 12 > len(data):
            raise HeaderRefused("damaged")
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise HeaderRefused("damaged")
        if count == _MOST_PARTS and kind != b"IEND":
            raise HeaderRefused("parts")
        yield kind, view[at + 8 : end - 4], view[at:end]
        if kind == b"IEND":
            return
        at = end


def _scaled(quality: int) -> tuple[int, ...]:
    """The luminance table at a quality, by the Independent JPEG Group's formula (jcparam.c)."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return tuple(min(max((entry * scale + 50) // 100, 1), 255) for entry in _LUMINANCE)


_TABLES: Final = tuple((quality, _scaled(quality)) for quality in range(100, 0, -1))


def _quality(body: bytes) -> int | None:
    """The quality whose luminance table lies nearest to table 0: exact for files of IJG encoders."""
    if len(body) < 65 or body[0] != 0:
        return None
    table = body[1:65]
    return min(_TABLES, key=lambda known: sum(abs(a - b) for a, b in zip(known[1], table, strict=True)))[0]
