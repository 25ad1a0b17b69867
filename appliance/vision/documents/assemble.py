"""Makes a document of what was read on a page: its type, its fields, how sure they are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.domain.document import Document, DocumentType, Field, Mrz
from appliance.domain.mrz import MrzFields, parse
from appliance.vision.documents import issuer, types
from appliance.vision.documents import quad as quads
from appliance.vision.documents.anchors import Print
from appliance.vision.documents.dates_left import dates_left
from appliance.vision.documents.document_type import decide
from appliance.vision.documents.labels import compact
from appliance.vision.documents.merge import Merged, merged
from appliance.vision.documents.mrz_reader import MrzReading
from appliance.vision.documents.names_left import names_left
from appliance.vision.documents.rectify import Page
from appliance.vision.documents.text import TextLine
from appliance.vision.documents.types.kind import Kind, must_have
from appliance.vision.documents.values import Situation

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


def assembled(page: Page, seen: Seen, wanted: DocumentType | None, today: date) -> Document:
    """The document that everything read on a page makes, without portraits and times.

    Args:
        page: the flattened page.
        seen: print and zone.
        wanted: the type that the caller expects.
        today: decides the century of two-digit years.

    Returns:
        The document; type UNKNOWN without fields where nothing says that it is one.
    """
    level = page.homography if page.quad is not None else _levelled(seen.along)
    prints = [
        Print(line.text, line.char_confidence, quads.mapped(line.quad, level))
        for line in seen.lines
        if line.text.strip()
    ]
    mrz = seen.reading.mrz if seen.reading else None
    if mrz is None and len(prints) < _LEAST_LINES:
        return Document(DocumentType.UNKNOWN, {}, 0.0, page.pixels, page.quad)
    zone = parse(mrz.kind, mrz.lines, today=today) if mrz else None
    words = [line.text for line in prints]
    kind = decide(mrz, words, wanted)
    both = _fields(kind, prints, mrz, zone, today)
    named = zone is not None or decide(None, words, None).TYPE is not DocumentType.UNKNOWN
    if not named and len(both.fields) < _LEAST_FIELDS:
        return Document(DocumentType.UNKNOWN, {}, 0.0, page.pixels, page.quad)
    to_page = page.homography @ np.linalg.inv(level)
    fields = {name: _on_page(field, to_page) for name, field in both.fields.items()}
    side = kind.side([compact(text)[0] for text in words])
    needed = must_have(kind, side)
    confidence = sum(fields[name].confidence for name in needed if name in fields) / len(needed)
    return Document(
        kind.TYPE,
        fields,
        round(confidence, 4),
        page.pixels,
        page.quad,
        mrz=mrz,
        conflicts=both.conflicts,
        side=side,
    )


def _fields(
    kind: Kind, prints: Sequence[Print], mrz: Mrz | None, zone: MrzFields | None, today: date
) -> Merged:
    told = zone.issuing_country if zone else ""
    origin = issuer.printed_issuer(prints, kind.TYPE)
    situation = Situation(today, told or kind.COUNTRY or (origin.value if origin else ""))
    printed = kind.read(prints, situation)
    if origin and "issuing_country" not in printed:
        printed["issuing_country"] = origin
    known = {name: getattr(zone, name) for name in ("date_of_birth", "expiry_date")} if zone else {}
    printed |= dates_left(prints, printed, known, situation)
    if zone is None:
        printed |= names_left(prints, printed, situation)
    return merged(printed, mrz, zone, prints)


def _levelled(along: NDArray[np.float64]) -> NDArray[np.float64]:
    """3 x 3: turns the picture so that print runs to the right."""
    x, y = along / max(float(np.linalg.norm(along)), 1e-9)
    return np.array([[x, y, 0], [-y, x, 0], [0, 0, 1]], np.float64)


def _on_page(field: Field, homography: NDArray[np.float64]) -> Field:
    return field if field.quad is None else replace(field, quad=quads.mapped(field.quad, homography))


def is_incomplete(document: Document) -> bool:
    """Whether a field is absent that documents of this type have."""
    expected = (*must_have(types.general(document.type), document.side), "issue_date")
    return any(name not in document.fields for name in expected)
