"""What the barcodes of a document say, and whether their issuer's signature holds.

What a barcode holds is a stranger's: nothing in it makes this raise, take long or need much memory, and
nothing of it gets into a reason.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from appliance.domain import aamva
from appliance.domain.document import Evidence, EvidenceKind
from appliance.domain.issuer_key import IssuerKey
from appliance.vision.barcodes import aadhaar_qr, aadhaar_xml
from appliance.vision.barcodes.reader import Barcode

MOST_BYTES: Final = 16 * 1024
"""A longer content is not looked at; the largest symbols hold 7,089 digits or 2,953 bytes."""
MOST_BARCODES: Final = 8


def evidence(barcodes: Sequence[Barcode], keys: Sequence[IssuerKey]) -> tuple[Evidence, ...]:
    """Evidence of each barcode, in their order, of the first eight. Blocks, some milliseconds.

    Args:
        barcodes: as read.
        keys: the installed issuer keys.
    """
    return tuple(
        replace(_of(barcode.data, keys), form=barcode.form, quad=barcode.quad)
        for barcode in barcodes[:MOST_BARCODES]
    )


def _of(data: bytes, keys: Sequence[IssuerKey]) -> Evidence:
    if len(data) > MOST_BYTES:
        return _other("the barcode holds more than any of its kind may")
    text = _text(data)
    digits = text.strip()
    if digits.isascii() and digits.isdigit() and len(digits) >= aadhaar_qr.LEAST_DIGITS:
        return aadhaar_qr.evidence(digits, keys)
    if aadhaar_xml.is_plain_qr(text):
        return aadhaar_xml.evidence(text)
    if aamva.is_aamva(text):
        decoded = aamva.decode(text)
        if decoded is None:
            reason = "the barcode of the licence holds no element of the AAMVA standard"
            return Evidence(EvidenceKind.AAMVA, verified=None, reason=reason)
        return Evidence(EvidenceKind.AAMVA, verified=None, fields=decoded.fields)
    return _other("the barcode is of no kind that is decoded here")


def _other(reason: str) -> Evidence:
    return Evidence(EvidenceKind.OTHER_BARCODE, verified=None, reason=reason)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")
