"""What a caller is shown of a document: Aadhaar numbers and virtual IDs by their last four digits only.

UIDAI's rule for whoever is not licensed to keep the whole number. Hidden wherever they stand: in the field of
the number, in an address line that took in the number below it, in a disagreement between sources.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from appliance.domain.document import Conflict, Document, DocumentType, Evidence, EvidenceKind, Field
from appliance.domain.ids import india

_NUMBERS: Final = frozenset({"document_number", "vid"})
_LONG: Final = re.compile(r"[0-9](?:[ .\-]?[0-9]){10,}")
"""On an Aadhaar: the number itself, also with a digit read too few or too many."""
_GROUPED: Final = re.compile(r"(?<![0-9])[0-9]{4}([ \-]?)[0-9]{4}\1[0-9]{4}(?:\1[0-9]{4})?(?![0-9])")
_AADHAAR: Final = frozenset(
    {
        EvidenceKind.AADHAAR_SECURE_QR,
        EvidenceKind.AADHAAR_OFFLINE_XML,
        EvidenceKind.AADHAAR_PLAIN_QR,
    }
)


def disclosed(document: Document) -> Document:
    """The document with those numbers hidden; others come back unchanged.

    On an Aadhaar every such number is hidden. On other Indian documents, and on what could not be told, those
    whose check digit holds are: on a passport twelve digits are something else.
    """
    hide = _hider(document)
    if hide is None:
        return document
    return replace(
        document,
        fields={name: _field(name, field, hide, document.type) for name, field in document.fields.items()},
        conflicts=tuple(_conflict(conflict, hide, document.type) for conflict in document.conflicts),
        evidence=tuple(_evidence(one, hide) for one in document.evidence),
    )


def without_numbers(text: str) -> str:
    """Text with every Aadhaar number and virtual ID hidden whose check digit holds."""
    return _GROUPED.sub(lambda match: _hidden_if_real(match[0]), text)


def _hider(document: Document) -> Callable[[str], str] | None:
    if document.type is DocumentType.AADHAAR or any(one.kind in _AADHAAR for one in document.evidence):
        return lambda text: _LONG.sub(lambda match: _last_four(match[0]), text)
    indian = document.type in (DocumentType.PAN, DocumentType.VOTER_ID, DocumentType.UNKNOWN)
    return without_numbers if indian or document.value("issuing_country") == "IND" else None


def _hidden_if_real(text: str) -> str:
    digits = _digits(text)
    return india.hidden(digits) if india.aadhaar_holds(digits) or india.vid_holds(digits) else text


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _last_four(text: str) -> str:
    return india.hidden("".join(c for c in text if c.isalnum()))


def _field(name: str, field: Field, hide: Callable[[str], str], kind: DocumentType) -> Field:
    if kind is DocumentType.AADHAAR and name in _NUMBERS:
        return replace(field, value=_last_four(field.value), printed=_last_four(field.printed))
    return replace(field, value=hide(field.value), printed=hide(field.printed))


def _conflict(conflict: Conflict, hide: Callable[[str], str], kind: DocumentType) -> Conflict:
    whole = kind is DocumentType.AADHAAR and conflict.name in _NUMBERS
    shown = _last_four if whole else hide
    return replace(conflict, values=tuple((source, shown(value)) for source, value in conflict.values))


def _evidence(one: Evidence, hide: Callable[[str], str]) -> Evidence:
    shown = {
        name: _last_four(value) if name in _NUMBERS and one.kind in _AADHAAR else hide(value)
        for name, value in one.fields.items()
    }
    return replace(one, fields=shown)
