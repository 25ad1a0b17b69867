"""Makes a document of what was read on a page: its type, its fields, how sure they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.domain.document import (
    Conflict,
    Document,
    DocumentType,
    Evidence,
    EvidenceKind,
    Field,
    Mrz,
    Side,
    Source,
)
from appliance.domain.mrz import MrzFields, parse
from appliance.vision.documents import confidence as certainty
from appliance.vision.documents import issuer, types
from appliance.vision.documents import quad as quads
from appliance.vision.documents.accents import respelled
from appliance.vision.documents.anchors import Print
from appliance.vision.documents.dates_left import dates_left
from appliance.vision.documents.document_type import by_evidence, decide
from appliance.vision.documents.labels import compact
from appliance.vision.documents.marks_left import address_left, marks_left, place_left
from appliance.vision.documents.merge import Merged, merged
from appliance.vision.documents.mrz_reader import MrzReading
from appliance.vision.documents.names_left import names_left
from appliance.vision.documents.rectify import Page
from appliance.vision.documents.text import TextLine
from appliance.vision.documents.types.kind import Kind, may_have, must_have, number_valid
from appliance.vision.documents.values import Situation

_BY_ZONE: Final[Mapping[str, Side]] = {
    "TD1": Side.BACK,
    "TD2": Side.FRONT,
    "TD3": Side.FRONT,
    "MRVA": Side.FRONT,
    "MRVB": Side.FRONT,
    "FRID": Side.FRONT,
}
"""Which side the zone is on (Doc 9303 parts 4 to 7)."""
_WITH_MARKS: Final = frozenset({DocumentType.PASSPORT, DocumentType.VISA, DocumentType.NATIONAL_ID})
"""Types that print sex and nationality."""
_WITH_ADDRESS: Final = frozenset({DocumentType.NATIONAL_ID, DocumentType.DRIVING_LICENCE})
_CROSSED: Final = frozenset({"document_number", "last_name", "first_name", "nationality"})
_DATES: Final = ("date_of_birth", "expiry_date")
_LEAST_LINES: Final = 3
"""Fewer lines of print are no document: tables and walls have a word on them at times."""
_LEAST_FIELDS: Final = 3
"""Fewer fields are no document where nothing on it says what it is."""


@dataclass(frozen=True, eq=False, slots=True)
class Seen:
    """All that was read.

    Attributes:
        along: direction of reading in the picture.
        lines: print.
        reading: the machine-readable zone.
        certain: whether `along` is beyond doubt.
    """

    along: NDArray[np.float64]
    lines: Sequence[TextLine]
    reading: MrzReading | None
    certain: bool


@dataclass(frozen=True, eq=False, slots=True)
class _Known:
    """What is known besides the print, and the day of reading."""

    mrz: Mrz | None
    zone: MrzFields | None
    evidence: Sequence[Evidence]
    today: date


def assembled(
    page: Page,
    seen: Seen,
    wanted: DocumentType | None,
    today: date,
    evidence: Sequence[Evidence] = (),
) -> Document:
    """The document that everything read on a page makes, without portraits and times.

    Args:
        page: the flattened page.
        seen: print and zone.
        wanted: the type that the caller expects.
        today: decides the century of two-digit years.
        evidence: the barcodes on it, decoded.

    Returns:
        The document; type UNKNOWN without fields where nothing says that it is one.
    """
    level = page.homography if page.quad is not None else _levelled(seen.along)
    prints = [
        Print(line.text, line.char_confidence, quads.mapped(line.quad, level), line.others)
        for line in seen.lines
        if line.text.strip()
    ]
    mrz = seen.reading.mrz if seen.reading else None
    told = mrz is not None or by_evidence(evidence) is not None
    nothing = Document(DocumentType.UNKNOWN, {}, 0.0, page.pixels, page.quad, evidence=tuple(evidence))
    if not told and len(prints) < _LEAST_LINES:
        return nothing
    zone = parse(mrz.kind, mrz.lines, today=today) if mrz else None
    words = [line.text for line in prints]
    kind = decide(mrz, words, wanted, evidence)
    both = _fields(kind, prints, _Known(mrz, zone, evidence, today))
    named = told or decide(None, words, None).TYPE is not DocumentType.UNKNOWN
    if not named and len(both.fields) < _LEAST_FIELDS:
        return nothing
    to_page = page.homography @ np.linalg.inv(level)
    fields = {name: _on_page(field, to_page) for name, field in both.fields.items()}
    side = _side(kind, mrz, words, evidence)
    needed = _needed(kind, side, mrz)
    confidence = sum(fields[name].confidence for name in needed if name in fields) / len(needed)
    number = fields.get("document_number")
    return Document(
        kind.TYPE,
        fields,
        round(confidence, 4),
        page.pixels,
        page.quad,
        mrz=mrz and _crossed(mrz, both.conflicts),
        conflicts=both.conflicts,
        evidence=tuple(evidence),
        number_valid=number_valid(kind, number.value) if number else None,
        side=side,
    )


def _side(kind: Kind, mrz: Mrz | None, words: Sequence[str], evidence: Sequence[Evidence]) -> Side:
    """By where the zone or barcode is put, else by the print."""
    if mrz:
        return _BY_ZONE[mrz.kind]
    printed = kind.side([compact(text)[0] for text in words])
    # AAMVA card design standard: the PDF417 is on the back
    coded = any(one.kind is EvidenceKind.AAMVA for one in evidence)
    return Side.BACK if coded and printed is Side.UNKNOWN else printed


def _needed(kind: Kind, side: Side, mrz: Mrz | None) -> tuple[str, ...]:
    """Fields that the side must have; the older French card's front does not say when it expires."""
    needed = must_have(kind, side)
    if mrz and mrz.kind == "FRID":
        return tuple(name for name in needed if name != "expiry_date")
    return needed


def _fields(kind: Kind, prints: Sequence[Print], known: _Known) -> Merged:
    mrz, zone, evidence, today = known.mrz, known.zone, known.evidence, known.today
    told = (zone.issuing_country if zone else "") or _told(evidence, "issuing_country")
    origin = issuer.printed_issuer(prints, kind.TYPE)
    situation = Situation(today, told or kind.COUNTRY or (origin.value if origin else ""))
    printed = kind.read(prints, situation)
    if origin and "issuing_country" not in printed:
        printed["issuing_country"] = origin
    if kind.TYPE in _WITH_ADDRESS and not kind.COUNTRY:
        printed |= address_left(prints, printed, situation)
    dates = {name: getattr(zone, name, "") or _told(evidence, name) for name in _DATES}
    printed |= dates_left(prints, printed, dates, situation)
    if zone is None:
        printed |= names_left(prints, printed, situation)
    if kind.TYPE in _WITH_MARKS:
        printed |= marks_left(prints, printed, situation)
    if kind.TYPE is DocumentType.PASSPORT:
        printed |= place_left(prints, printed)
    holder = replace(situation, issuer=(zone.nationality if zone else "") or situation.issuer)
    printed = {name: respelled(name, found, holder) for name, found in printed.items()}
    return merged(printed, mrz, zone, prints, evidence, state=holder.issuer)


def _crossed(mrz: Mrz, conflicts: Sequence[Conflict]) -> Mrz:
    """The zone, less sure where print contradicts what its check digits leave open or are satisfied with."""
    contradicted = {one.name for one in conflicts if Source.MRZ in dict(one.values)}
    if not contradicted & _CROSSED:
        return mrz
    return replace(mrz, confidence=min(mrz.confidence, certainty.CROSSED))


def _told(evidence: Sequence[Evidence], name: str) -> str:
    return next((one.fields[name] for one in evidence if one.fields.get(name)), "")


def _levelled(along: NDArray[np.float64]) -> NDArray[np.float64]:
    """3 x 3: turns the picture so that print runs to the right."""
    x, y = along / max(float(np.linalg.norm(along)), 1e-9)
    return np.array([[x, y, 0], [-y, x, 0], [0, 0, 1]], np.float64)


def _on_page(field: Field, homography: NDArray[np.float64]) -> Field:
    return field if field.quad is None else replace(field, quad=quads.mapped(field.quad, homography))


def is_incomplete(document: Document) -> bool:
    """Whether a field is absent that documents of this type have, or mostly have.

    Most states print the day of issue; where one is known not to, its module says so by what it must have.
    """
    kind = types.of(document.type, document.value("issuing_country"))
    needed = _needed(kind, document.side, document.mrz)
    undated = kind.COUNTRY or (document.mrz and document.mrz.kind == "FRID")
    expected = (*needed, *may_have(kind)) if undated else (*needed, "issue_date")
    return any(name not in document.fields for name in expected)
