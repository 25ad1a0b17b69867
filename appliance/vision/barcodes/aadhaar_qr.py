"""The Secure QR code of Aadhaar letters and cards: signed demographic data and a small portrait.

Layout (UIDAI, User Manual for QR Code, 15 March 2019, section 3): a decimal number, whose bytes in base 256
are a gzip or zlib stream; in it texts that each end with a byte 255, a JPEG 2000 portrait, hashes of mobile
number and e-mail, and last 256 bytes of RSA-2048 signature (PKCS #1 v1.5, SHA-256) over all before them.
Codes since 2022 begin with a version, V2 and later, and have the last four digits of the mobile number.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from appliance.domain import aadhaar
from appliance.domain.document import Evidence, EvidenceKind
from appliance.domain.issuer_key import IssuerKey

LEAST_DIGITS: Final = 600
"""A shorter number is none of these codes: 256 bytes of signature alone have 616 digits."""
MOST_DIGITS: Final = 7200
"""A QR code of the largest size holds 7089."""
MOST_BYTES: Final = 32 * 1024
"""Bytes after inflation; UIDAI's codes have about 1,400."""
MOST_KEYS: Final = 64

_SIGNATURE: Final = 256
_NAMES: Final = (
    "contacts",
    "reference",
    "name",
    "birth",
    "sex",
    "care_of",
    "district",
    "landmark",
    "house",
    "location",
    "pin",
    "post_office",
    "state",
    "street",
    "sub_district",
    "vtc",
)
_VERSION: Final = re.compile(rb"V[0-9]{1,2}")
_CODESTREAM: Final = b"\xff\x4f\xff\x51"
_DATA: Final = b"\xff\x93"
_END: Final = b"\xff\xd9"
_DIGITS_AT_ONCE: Final = 4000
"""Python refuses to convert more digits in one step, since that takes time with their square."""


@dataclass(frozen=True, eq=False, slots=True)
class SecureQr:
    """A decoded code.

    Attributes:
        version: 1, or what the code says.
        values: its texts, by the names of `domain.aadhaar` and `contacts`, `reference`, `mobile_end`.
        photo: JPEG 2000 codestream, b"" without one.
        hashes: of e-mail and mobile number, as far as there are any: 32 bytes each.
        signed: what the signature covers.
        signature: 256 bytes.
    """

    version: int
    values: Mapping[str, str]
    photo: bytes
    hashes: tuple[bytes, ...]
    signed: bytes
    signature: bytes

    def __repr__(self) -> str:
        return f"SecureQr(version={self.version})"


class NotDecoded(Exception):
    """The code cannot be decoded; the text says why, without what it holds."""


def evidence(digits: str, keys: Sequence[IssuerKey]) -> Evidence:
    """Decode a code and check its signature. Blocks for about 1 ms.

    Args:
        digits: the code's text, decimal digits only.
        keys: the installed keys.

    Returns:
        Evidence; `verified` is False where it cannot be decoded or no installed key verifies it.
    """
    try:
        code = decode(digits)
    except NotDecoded as error:
        return Evidence(EvidenceKind.AADHAAR_SECURE_QR, verified=False, reason=str(error))
    key = signer(code.signed, code.signature, keys)
    last_digits, issued_at = aadhaar.reference(code.values["reference"])
    fields = aadhaar.fields({**code.values, "number": aadhaar.masked(last_digits)})
    return Evidence(
        EvidenceKind.AADHAAR_SECURE_QR,
        verified=key is not None,
        key=key.name if key else "",
        reason="" if key else unverified(keys),
        fields=fields,
        issued_at=issued_at,
        photo=code.photo,
    )


def decode(digits: str) -> SecureQr:
    """Decode a code, without judging its signature.

    Raises:
        NotDecoded: its text says why.
    """
    inside = _inflated(_bytes_of(digits))
    if len(inside) <= _SIGNATURE:
        raise NotDecoded("the Aadhaar QR code is cut short: it has no room for a signature")
    signed, signature = inside[:-_SIGNATURE], inside[-_SIGNATURE:]
    texts = signed.split(b"\xff", len(_NAMES) + 2)
    version = int(texts[0][1:]) if _VERSION.fullmatch(texts[0]) else 1
    names = (*_NAMES, "mobile_end") if version > 1 else _NAMES
    skipped = 1 if version > 1 else 0
    texts = signed.split(b"\xff", len(names) + skipped)
    if len(texts) <= len(names) + skipped:
        raise NotDecoded("the Aadhaar QR code does not hold the parts of one")
    values = {name: _text(part) for name, part in zip(names, texts[skipped:], strict=False)}
    if not re.match(r"[0-9]{4}", values["reference"]):
        raise NotDecoded("the Aadhaar QR code has no reference id")
    rest = texts[-1]
    photo = _photo(rest)
    return SecureQr(version, values, photo, _hashes(rest[len(photo) :], values), signed, signature)


def signer(signed: bytes, signature: bytes, keys: Sequence[IssuerKey]) -> IssuerKey | None:
    """The installed key whose signature it is (RSA, PKCS #1 v1.5, SHA-256); None where it is none's.

    A key's term does not matter: what was signed within it stays true.
    """
    for key in keys[:MOST_KEYS]:
        try:
            public = load_der_public_key(key.spki)
        except (ValueError, UnsupportedAlgorithm):
            continue
        if not isinstance(public, rsa.RSAPublicKey):
            continue
        try:
            public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            continue
        return key
    return None


def unverified(keys: Sequence[IssuerKey]) -> str:
    """Why no key verified a signature."""
    if not keys:
        return "no certificate of UIDAI is installed on this box (kycbox issuer add FILE)"
    return "no installed certificate of UIDAI verifies its signature"


def _bytes_of(digits: str) -> bytes:
    if not digits.isascii() or not digits.isdigit():
        raise NotDecoded("the Aadhaar QR code is not a decimal number")
    if not LEAST_DIGITS <= len(digits) <= MOST_DIGITS:
        raise NotDecoded("the Aadhaar QR code is a number of a length that none has")
    value = 0
    for start in range(0, len(digits), _DIGITS_AT_ONCE):
        part = digits[start : start + _DIGITS_AT_ONCE]
        value = value * 10 ** len(part) + int(part)
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _inflated(data: bytes) -> bytes:
    """Inflate zlib or gzip, up to a bound.

    Raises:
        NotDecoded: not such a stream, cut short, or longer inside than any code is.
    """
    stream = zlib.decompressobj(47)  # 32 + 15: the header says which of the two it is
    try:
        inside = stream.decompress(data, MOST_BYTES)
    except zlib.error:
        raise NotDecoded("the Aadhaar QR code is damaged: its data cannot be decompressed") from None
    if stream.unconsumed_tail:
        raise NotDecoded("the Aadhaar QR code holds more data than one may")
    if not stream.eof:
        raise NotDecoded("the Aadhaar QR code is cut short")
    return inside


def _text(part: bytes) -> str:
    """UIDAI writes ISO 8859-1; UTF-8 is taken where it is one, since names in other scripts need it."""
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError:
        return part.decode("iso-8859-1")


def _photo(rest: bytes) -> bytes:
    """The codestream up to its end mark. Behind the mark of its data no other marks stand (T.800, B.10.5)."""
    if not rest.startswith(_CODESTREAM):
        return b""
    data = rest.find(_DATA)
    end = rest.find(_END, data + 2) if data >= 0 else -1
    return rest[: end + 2] if end >= 0 else rest


def _hashes(rest: bytes, values: Mapping[str, str]) -> tuple[bytes, ...]:
    """E-mail's and mobile number's, in this order: contacts 0 has none, 1 and 2 have one, 3 has both."""
    count = {"1": 1, "2": 1, "3": 2}.get(values["contacts"].strip(), 0)
    if count == 0 or len(rest) < 32 * count:
        return ()
    tail = rest[-32 * count :]
    return tuple(tail[start : start + 32] for start in range(0, len(tail), 32))
