"""Elector's photo identity card (EPIC) of the Election Commission of India, old slip and plastic card."""

import re
from collections.abc import Sequence
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.domain.ids import india
from appliance.domain.ids.coerce import Coerced, coerced, stretches
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.labels import compact
from appliance.vision.documents.types.indian import (
    COUNTRY,
    address_of,
    after,
    date_of,
    holds,
    issuer,
    levelled,
    number_found,
    ordered,
    person,
    rows,
    unglued,
    value_of,
    values,
)
from appliance.vision.documents.values import Situation

__all__ = ["COUNTRY", "MUST_HAVE", "MUST_HAVE_BACK", "TYPE", "number_valid", "read", "side", "weight"]

TYPE: Final = DocumentType.VOTER_ID
MUST_HAVE: Final = ("full_name", "document_number")
MUST_HAVE_BACK: Final = ("address", "document_number")

_FRONT: Final = (
    "ELECTIONCOMMISSIONOFINDIA", "ELECTORPHOTOIDENTITYCARD", "ELECTORSPHOTOIDENTITYCARD", "ELECTORSNAME",
)  # fmt: skip
_BACK: Final = (
    "ELECTORALREGISTRATIONOFFICER", "ASSEMBLYCONSTITUENCYNOANDNAME", "ASSEMBLYCONSTITUENCY",
    "POSSESSIONOFTHISCARD",
)  # fmt: skip
_NUMBER_WEIGHT: Final = 6
_NAME_LABELS: Final = ("ELECTORSNAME", "ELECTORNAME")
_FATHER_LABELS: Final = ("FATHERSNAME", "FATHERNAME")
_RELATION_LABELS: Final = ("HUSBANDSNAME", "HUSBANDNAME", "MOTHERSNAME", "MOTHERNAME", "GUARDIANSNAME")
_SEX_LABELS: Final = ("GENDER", "SEX")
_BIRTH_LABELS: Final = ("DATEOFBIRTH", "DOB")
_ISSUE_LABELS: Final = ("DATE",)
_ADDRESS_LABELS: Final = ("ADDRESS",)
_NO_ADDRESS: Final = (
    "ASSEMBLYCONSTITUENCY", "PARTNOANDNAME", "FACSIMILE", "REGISTRATIONOFFICER", "MEREPOSSESSION", "DATE",
)  # fmt: skip
_NEAR: Final = 8
"""Letters from a line's begin within which `Name` is its label."""
_SEX: Final = re.compile(r"\b(FEMALE|MALE|TRANSGENDER|OTHERS?|[MF])\b", re.IGNORECASE)


def weight(words: Sequence[str]) -> int:
    """Its headings, and a number of its form, whose check digit counts."""
    anchors = holds(words, (*_FRONT, *_BACK))
    if anchors and any(_is_epic(word) for word in words):
        anchors += _NUMBER_WEIGHT
    return anchors


def _is_epic(word: str) -> bool:
    return coerced(word, india.EPIC_FORM, 0) is not None and india.epic_check_holds(word)


def side(words: Sequence[str]) -> Side:
    """The back carries address and officer."""
    if holds(words, _FRONT):
        return Side.FRONT
    return Side.BACK if holds(words, (*_BACK, *_ADDRESS_LABELS)) else Side.UNKNOWN


def number_valid(number: str) -> bool | None:
    """True where the check digit holds; a failure tells nothing, see `india.epic_check_holds`."""
    return True if india.epic_check_holds(number) else None


@levelled
def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Number, names, sex, birth on the front; address and date of issue on the back."""
    found = _names(lines)
    back = side([compact(line.text)[0] for line in lines]) is Side.BACK
    dated = [line for line in lines if not holds([compact(line.text)[0]], _BIRTH_LABELS)] if back else []
    for name, value in (
        ("document_number", _number(lines)),
        ("sex", value_of(lines, _SEX_LABELS, _sex)),
        ("date_of_birth", value_of(lines, _BIRTH_LABELS, lambda place: date_of(place, "birth", situation))),
        ("issue_date", value_of(dated, _ISSUE_LABELS, lambda place: date_of(place, "issue", situation))),
        ("address", address_of(lines, _ADDRESS_LABELS, _ends_address)),
    ):
        if value:
            found[name] = value
    return found | issuer(lines, (*_FRONT, *_BACK), found)


def _number(lines: Sequence[Print]) -> Found | None:
    """Three letters and seven digits, or the older form with strokes."""
    seen: list[tuple[Print, Coerced]] = []
    for line in rows(lines):
        for text, print_ in ((line.text, line), *((word.text, word) for word in _words(line))):
            if old := india.old_epic(text):
                return Found(old, print_)
        seen += [(line, number) for number in stretches(line.text, india.EPIC_FORM)]
    if not seen:
        return None
    line, number = min(seen, key=lambda one: (len(one[1].changed), not india.epic_check_holds(one[1].value)))
    return number_found(line, number, checked=india.epic_check_holds(number.value))


def _words(line: Print) -> list[Print]:
    return [line.cut(match.start(), match.end()) for match in re.finditer(r"\S+", line.text)]


def _names(lines: Sequence[Print]) -> dict[str, Found]:
    found: dict[str, Found] = {}
    if father := value_of(lines, _FATHER_LABELS, person):
        found["father_name"] = father
    others = (*_FATHER_LABELS, *_RELATION_LABELS)
    for label in ordered(lines):
        letters = compact(label.text)[0]
        if holds([letters], others) or not (holds([letters], _NAME_LABELS) or "NAME" in letters[:_NEAR]):
            continue
        rest = after(label, (*_NAME_LABELS, "NAME"))
        named = [name for place in values(label, rest, lines) if (name := person(place))] if rest else []
        if named:
            found["full_name"] = unglued(named[0], father) if father else named[0]
            break
    return found


def _sex(place: Print) -> Found | None:
    match = _SEX.search(place.text)
    if not match:
        return None
    first = match[1][0].upper()
    return Found(first if first in "MF" else "X", place.cut(*match.span()))


def _ends_address(line: Print) -> bool:
    return bool(holds([compact(line.text)[0]], _NO_ADDRESS))
