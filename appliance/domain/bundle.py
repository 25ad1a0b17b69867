"""The sealed bundle that a capture travels in: its layout, without any cryptography.

Outside: 4 bytes magic `KYB1`, 1 byte version, 8 bytes key id, then a libsodium sealed box to that key.
Inside the box, integers big-endian:

    1 version | 8 key id | 16 nonce | 8 time, ms since 1970 UTC | 32 SHA-256 of the picture | 1 media type
    | 1 length of the device's name | name, UTF-8 | 1 whether signed | 64 Ed25519 signature, if so | picture

The signature is over `SIGNED` followed by everything inside before the byte that says whether there is one;
it binds the picture through its hash.
"""

import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from appliance.errors import BundleMetadata, BundleUnparsable

MAGIC: Final = b"KYB1"
VERSION: Final = 1
KEY_ID: Final = 8
NONCE: Final = 16
SIGNATURE: Final = 64
LONGEST_DEVICE: Final = 64
SIGNED: Final = b"kycbox capture v1\0"
MEDIA_TYPES: Final = ("image/jpeg", "image/png", "image/bmp")
_FIXED: Final = struct.Struct(f">B{KEY_ID}s{NONCE}sQ32sBB")
_OUTSIDE: Final = len(MAGIC) + 1 + KEY_ID
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = 253_402_300_799_999
"""The last millisecond of the year 9999."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a bundle says of its picture.

    Attributes:
        key_id: of the capture key.
        nonce: 16 random bytes, used once.
        captured_at: with zone, to the millisecond.
        sha256: of the picture's bytes.
        media_type: of the picture.
        device: name of the capture device, at most 64 bytes of UTF-8, "" where it has none.
        signature: Ed25519, 64 bytes, b"" where the device did not sign.
    """

    key_id: bytes
    nonce: bytes
    captured_at: datetime
    sha256: bytes
    media_type: str
    device: str = ""
    signature: bytes = b""

    @property
    def signed_part(self) -> bytes:
        """What the device's signature is over.

        Raises:
            ValueError: a part does not fit the layout.
        """
        return SIGNED + _head(self)


def key_id(public: bytes) -> bytes:
    """Name of a capture key: BLAKE2b of it, 8 bytes."""
    return hashlib.blake2b(public, digest_size=KEY_ID).digest()


def encode_inside(header: Header, picture: bytes) -> bytes:
    """Lay out what will be sealed.

    Raises:
        ValueError: a part does not fit the layout.
    """
    if len(header.signature) not in (0, SIGNATURE):
        raise ValueError("a signature has 64 bytes")
    return _head(header) + bytes((bool(header.signature),)) + header.signature + picture


def encode_outside(key: bytes, sealed: bytes) -> bytes:
    """Put a sealed box into its envelope."""
    return MAGIC + bytes((VERSION,)) + key + sealed


def decode_outside(data: bytes) -> tuple[bytes, bytes]:
    """Take a bundle apart into key id and sealed box.

    Raises:
        BundleUnparsable: not a bundle of this format.
    """
    if len(data) <= _OUTSIDE or not data.startswith(MAGIC):
        remedy = "Seal the picture with the key of GET /-/capture-key, or send encrypted=false."
        raise BundleUnparsable("these bytes are no bundle of kycbox", remedy=remedy)
    if data[len(MAGIC)] != VERSION:
        raise BundleUnparsable(f"this box reads bundles of version {VERSION}", remedy="Update the client.")
    return data[len(MAGIC) + 1 : _OUTSIDE], data[_OUTSIDE:]


def decode_inside(data: bytes, key: bytes) -> tuple[Header, bytes]:
    """Take apart what was sealed.

    Args:
        data: from the sealed box.
        key: id of the key that opened it.

    Raises:
        BundleMetadata: the header is damaged, or is not of this picture or key.
    """
    try:
        version, inner_key, nonce, milliseconds, sha256, media, name = _FIXED.unpack_from(data)
        at = _FIXED.size
        device = data[at : at + name].decode()
        at += name
        signed = data[at]
    except (struct.error, UnicodeDecodeError, IndexError):
        raise _damaged() from None
    at += 1
    signature = data[at : at + SIGNATURE] if signed else b""
    picture = data[at + len(signature) :]
    right = (
        version == VERSION
        and inner_key == key
        and milliseconds <= _LATEST
        and media < len(MEDIA_TYPES)
        and name <= LONGEST_DEVICE
        and device.isprintable()
        and signed in (0, 1)
        and len(signature) == SIGNATURE * signed
        and hashlib.sha256(picture).digest() == sha256
    )
    if not right:
        raise _damaged()
    captured_at = _EPOCH + timedelta(milliseconds=milliseconds)
    return Header(key, nonce, captured_at, sha256, MEDIA_TYPES[media], device, signature), picture


def _head(header: Header) -> bytes:
    device = header.device.encode()
    if len(device) > LONGEST_DEVICE or not header.device.isprintable():
        raise ValueError(f"the device's name is at most {LONGEST_DEVICE} printable bytes")
    if (len(header.key_id), len(header.nonce), len(header.sha256)) != (KEY_ID, NONCE, 32):
        raise ValueError("key id, nonce and hash have 8, 16 and 32 bytes")
    milliseconds = (header.captured_at - _EPOCH) // timedelta(milliseconds=1)
    if not 0 <= milliseconds <= _LATEST:
        raise ValueError("the time lies between 1970 and 9999")
    media = MEDIA_TYPES.index(header.media_type)
    fixed = _FIXED.pack(VERSION, header.key_id, header.nonce, milliseconds, header.sha256, media, len(device))
    return fixed + device


def _damaged() -> BundleMetadata:
    return BundleMetadata("the header of the bundle cannot be read", remedy="Seal the picture anew.")
