"""What stands against a document that an applicant uploads, in the words of this dialect. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from appliance.domain import states
from appliance.domain.attack import Finding
from appliance.domain.document import HARD_FAULTS, Document, DocumentFault, DocumentType
from appliance.domain.onboarding import AttackScore, DocumentFacts, masked

TYPES: Final[Mapping[str, DocumentType | None]] = MappingProxyType(
    {
        "passport": DocumentType.PASSPORT,
        "national_id": DocumentType.NATIONAL_ID,
        "drivers_license": DocumentType.DRIVING_LICENCE,
        "residence_permit": None,
    }
)
"""Kinds that an applicant may name, and what the reader is told."""
WORDS: Final[Mapping[DocumentFault, str]] = MappingProxyType(
    {
        DocumentFault.DOCUMENT_NOT_FOUND: "document_not_found",
        DocumentFault.DOCUMENT_CROPPED: "document_cropped",
        DocumentFault.DOCUMENT_PHOTO_NOT_FOUND: "portrait_not_found",
        DocumentFault.DOCUMENT_IS_COLORLESS: "colorless",
        DocumentFault.MULTIPLE_DOCUMENTS_IN_FRAME: "multiple_documents",
        DocumentFault.DOCUMENT_BORDERS_OUTSIDE_OF_FRAME: "borders_outside",
        DocumentFault.RELATIVE_DOCUMENT_SIZE_LOWER_THAN_10_PERCENT: "document_too_small",
        DocumentFault.DOCUMENT_TOO_CLOSE_TO_BORDER: "near_border",
        DocumentFault.IMAGE_TOO_BLURRY: "too_blurry",
        DocumentFault.IMAGE_IS_TOO_COMPRESSED: "too_compressed",
        DocumentFault.POOR_IMAGE_EXPOSURE: "exposure",
        DocumentFault.GLARE_ON_IMAGE: "glare",
    }
)
"""The engine's faults as `validation_errors` name them."""
UNREADABLE, EXPIRED, DOUBTFUL = "document_unreadable", "document_expired", "authenticity_doubtful"
READABLE: Final = 0.50
"""Least confidence of a document that counts as read."""
OF_THEIR_OWN: Final = frozenset({UNREADABLE, EXPIRED, DOUBTFUL})
"""Errors that the risk rules know by themselves; any other makes the document invalid there."""
_MAY_BE: Final[Mapping[str, frozenset[DocumentType]]] = MappingProxyType(
    {
        "passport": frozenset({DocumentType.PASSPORT}),
        "national_id": frozenset({DocumentType.NATIONAL_ID}),
        "drivers_license": frozenset({DocumentType.DRIVING_LICENCE}),
        "residence_permit": frozenset({DocumentType.NATIONAL_ID}),
    }
)
_SPECIMEN: Final = "UTO"


@dataclass(frozen=True, slots=True)
class Named:
    """What the applicant says that the document is: one of TYPES, ISO alpha-2."""

    type: str
    country: str


@dataclass(frozen=True, eq=False, slots=True)
class Examined:
    """What the box made of the picture: reading, faults of its taking, checks for attacks, its SHA-256."""

    document: Document
    faults: Collection[DocumentFault]
    findings: Sequence[Finding]
    picture: str


def facts(identity: str, named: Named, examined: Examined, today: date, at: int) -> DocumentFacts:
    """Put together what is kept and told of a document.

    A soft fault of the picture is told only where the document could not be read: then it says why.

    Args:
        identity: `doc_...`.
        named: by the applicant.
        examined: by the box.
        today: that the expiry date is held against.
        at: seconds since 1970.
    """
    document = examined.document
    number = document.value("document_number")
    expired = _expired(document.value("expiry_date"), today)
    attacks = tuple(
        AttackScore(one.pipeline.attack.value.lower(), one.pipeline.name, one.probability)
        for one in examined.findings
        if one.probability is not None
    )
    return DocumentFacts(
        id=identity,
        type=named.type,
        country=named.country,
        confidence=document.confidence,
        full_name=without(number, name_of(document)),
        date_of_birth=document.value("date_of_birth"),
        nationality=document.value("nationality"),
        expiry_date=document.value("expiry_date"),
        sex=document.value("sex"),
        number_masked=masked(number),
        mrz_valid=document.mrz.valid if document.mrz is not None else None,
        errors=_errors(named, examined, attacks, expired=expired is True),
        attacks=attacks,
        picture=examined.picture,
        portrait=bool(document.portraits),
        at=at,
        expired=expired,
        issuer=document.value("issuing_country"),
        signature=_signature(document),
        conflicts=tuple(conflict.name for conflict in document.conflicts),
    )


def name_of(document: Document) -> str:
    """The holder's name: as a whole, or its parts."""
    whole = document.value("full_name")
    return whole or " ".join(filter(None, (document.value("first_name"), document.value("last_name"))))


def without(number: str, text: str) -> str:
    """Text in which a document number that a reading error took into it does not stand."""
    bare = "".join(number.split())
    for written in {number, bare} - {""}:
        if len(written) > 4:
            text = text.replace(written, "****")
    return text


def _errors(
    named: Named, examined: Examined, attacks: Sequence[AttackScore], *, expired: bool
) -> tuple[str, ...]:
    document = examined.document
    named_by = name_of(document) or document.value("document_number")
    unread = document.confidence < READABLE or not named_by
    told = [fault for fault in DocumentFault if fault in examined.faults and (unread or fault in HARD_FAULTS)]
    holds = {
        UNREADABLE: unread,
        EXPIRED: expired,
        "mrz_invalid": document.mrz is not None and not document.mrz.valid,
        "number_check_failed": document.number_valid is False,
        "document_type_mismatch": _other_type(named, document),
        "country_mismatch": _other_country(named, document),
        DOUBTFUL: any(one.probability < 0.5 for one in attacks),
    }
    return (*(WORDS[fault] for fault in told), *(code for code, stands in holds.items() if stands))


def _other_type(named: Named, document: Document) -> bool:
    kind = document.type.group
    return kind is not DocumentType.UNKNOWN and kind not in _MAY_BE[named.type]


def _other_country(named: Named, document: Document) -> bool:
    """Whether the issuing state is another than the applicant says; Utopia of specimens is none."""
    issuer = document.value("issuing_country")
    known = states.STATES.get(issuer)
    return known is not None and issuer != _SPECIMEN and bool(known.alpha2) and known.alpha2 != named.country


def _signature(document: Document) -> bool | None:
    """True where an issuer's signature holds. One that no installed certificate verifies says nothing.

    It may be a forgery, or signed under a certificate that was not installed: that cannot be told apart.
    """
    signed = [one.verified for one in document.evidence if one.verified is not None]
    return True if signed and all(signed) else None


def _expired(value: str, today: date) -> bool | None:
    try:
        return date.fromisoformat(value) < today
    except ValueError:  # not found, or a date of which a part could not be read
        return None
