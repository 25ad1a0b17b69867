"""From what the services found to the words of this dialect."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec import UNSET

from appliance.api.recspace.wire import Disagreement, Extracted, FieldRead, Proof
from appliance.domain.document import Document, DocumentType, Field, Side
from appliance.domain.masking.kinds import Kind
from appliance.domain.masking.shown import HIDDEN, shown

TYPES: Final[dict[str, DocumentType]] = {
    "aadhaar": DocumentType.AADHAAR,
    "pan": DocumentType.PAN,
    "passport": DocumentType.PASSPORT,
    "dl": DocumentType.DRIVING_LICENCE,
    "voter_id": DocumentType.VOTER_ID,
}
"""Hints that callers may give."""
NAMES: Final = {kind: name for name, kind in TYPES.items()} | {
    DocumentType.VISA: "visa",
    DocumentType.NATIONAL_ID: "national_id",
    DocumentType.UNKNOWN: "unknown",
}
_SIDED: Final = frozenset({DocumentType.AADHAAR, DocumentType.VOTER_ID, DocumentType.DRIVING_LICENCE})
"""Types whose name carries the side, where it is known."""
_COMMON: Final = {
    "full_name": "name",
    "first_name": "first_name",
    "last_name": "last_name",
    "date_of_birth": "dob",
    "sex": "gender",
    "nationality": "nationality",
    "expiry_date": "expiry_date",
    "issue_date": "issue_date",
    "place_of_birth": "place_of_birth",
    "address": "address",
    "father_name": "father_name",
    "vid": "vid",
    "vehicle_classes": "cov",
    "blood_group": "blood_group",
    "issuing_country": "issuing_country",
    "personal_number": "personal_number",
    "full_name_local": "name_local",
    "address_local": "address_local",
    "visa_type": "visa_type",
    "document_number": "document_number",
}
_OWN: Final[dict[DocumentType, dict[str, str]]] = {
    DocumentType.AADHAAR: {"document_number": "aadhaar_number"},
    DocumentType.PAN: {"document_number": "pan_number"},
    DocumentType.PASSPORT: {"document_number": "passport_number"},
    DocumentType.DRIVING_LICENCE: {"document_number": "dl_number", "expiry_date": "valid_till"},
    DocumentType.VOTER_ID: {"document_number": "epic_number"},
}


_NUMBER_KINDS: Final = {
    DocumentType.AADHAAR: Kind.AADHAAR,
    DocumentType.PAN: Kind.PAN,
    DocumentType.VOTER_ID: Kind.VOTER_ID,
    DocumentType.DRIVING_LICENCE: Kind.DRIVING_LICENCE,
}
_KINDS: Final = {
    "date_of_birth": Kind.DATE_OF_BIRTH,
    "vid": Kind.VID,
    "personal_number": Kind.PASSPORT,
    **dict.fromkeys(
        (
            *("full_name", "first_name", "last_name", "father_name", "full_name_local"),
            *("address", "address_local", "place_of_birth", "blood_group"),
        ),
        Kind.OTHER,
    ),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller wants of an answer: whether fields tell where they stand, and whether they are masked."""

    boxes: bool
    masked: bool


def extracted(request_id: str, document: Document, wish: Wish, milliseconds: int) -> Extracted:
    """Render a reading.

    Args:
        request_id: of the call.
        document: as the caller may see it.
        wish: of the caller.
        milliseconds: that the call took.
    """
    names = _COMMON | _OWN.get(document.type, {})

    def told(name: str, value: str) -> str:
        return _masked(name, value, document.type) if wish.masked else value

    fields = {}
    for name, field in document.fields.items():
        if name in names:
            box = _box(document, field) if wish.boxes else None
            fields[names[name]] = FieldRead(
                told(name, field.value), round(field.confidence, 4), UNSET if box is None else box
            )
    if document.mrz is not None:
        zone = HIDDEN if wish.masked else "\n".join(document.mrz.lines)
        fields["mrz"] = FieldRead(zone, round(document.mrz.confidence, 4))
    aadhaar = document.type is DocumentType.AADHAAR and document.number_valid is not None
    return Extracted(
        request_id=request_id,
        document_type=type_name(document),
        confidence=round(document.confidence, 4),
        fields=fields,
        processing_time_ms=milliseconds,
        verhoeff_valid=bool(document.number_valid) if aadhaar else UNSET,
        conflicts=[
            Disagreement(
                names.get(one.name, one.name),
                {str(source): told(one.name, value) for source, value in one.values},
            )
            for one in document.conflicts
        ]
        or UNSET,
        evidence=[
            Proof(one.kind.value, one.verified, one.key, one.reason, one.issued_at)
            for one in document.evidence
        ]
        or UNSET,
    )


def type_name(document: Document) -> str:
    """`aadhaar_front`, `pan`, `passport`...: the side stands behind cards that have two."""
    name = NAMES[document.type]
    told = document.type in _SIDED and document.side is not Side.UNKNOWN
    return f"{name}_{document.side.value}" if told else name


def _masked(name: str, value: str, kind: DocumentType) -> str:
    """A value in the forms of masking; dates and states of the document itself are left."""
    if name == "document_number":
        return shown(_NUMBER_KINDS.get(kind, Kind.PASSPORT), value)
    if name in _KINDS:
        return shown(_KINDS[name], value)
    return value


def _box(document: Document, field: Field) -> tuple[int, int, int, int] | None:
    """Around the value in the picture as it came; its quad is on the flattened page."""
    if field.quad is None:
        return None
    corners = np.c_[field.quad, np.ones(4)] @ document.to_picture.T
    points = corners[:, :2] / corners[:, 2:]
    left, top = np.floor(points.min(0)).astype(int)
    right, bottom = np.ceil(points.max(0)).astype(int)
    return int(left), int(top), int(right - left), int(bottom - top)
