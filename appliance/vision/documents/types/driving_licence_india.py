"""Indian driving licence: cards of the states since 2009 and the common card of form 7 since 2019."""

import functools
import re
from collections.abc import Sequence
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.domain.ids import india
from appliance.domain.ids.coerce import stretches
from appliance.domain.printed_date import Meaning
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

__all__ = ["COUNTRY", "MUST_HAVE", "TYPE", "read", "side", "weight"]

TYPE: Final = DocumentType.DRIVING_LICENCE
MUST_HAVE: Final = ("full_name", "date_of_birth", "document_number", "issue_date", "expiry_date")

_ANCHORS: Final = ("DRIVINGLICENCE", "MOTORDRIVINGLICENCE", "LICENCETODRIVE")
_INDIAN: Final = (
    "UNIONOFINDIA", "INDIANUNION", "SONDAUGHTERWIFEOF", "SDWOF", "FOLLOWINGCLASSOFVEHICLES",
    "THROUGHOUTINDIA",
    *(re.sub(r"[^A-Z]", "", f"ISSUEDBY{state.upper()}") for state in india.LICENCE_STATES.values()),
)  # fmt: skip
_NUMBER_WEIGHT: Final = 6
_DATES: Final[tuple[tuple[str, Meaning, tuple[str, ...]], ...]] = (
    ("date_of_birth", "birth", ("DATEOFBIRTH", "DOB", "D0B")),
    ("issue_date", "issue", ("DATEOFISSUE", "ISSUEDATE", "DATEOFFIRSTISSUE", "ISSUEDON", "DOI")),
    ("expiry_date", "expiry", ("VALIDITYNT", "VALIDTILL", "VALIDUPTO", "VALIDITY", "EXPIRYDATE")),
)
_FATHER_LABELS: Final = ("SONDAUGHTERWIFEOF", "SDWOF", "SWDOF", "SWD", "SDW", "FATHERSNAME")
_NAME_LABELS: Final = ("NAME",)
_BLOOD_LABELS: Final = ("BLOODGROUP", "BG")
_BLOOD: Final = re.compile(r"(?<![A-Z])(AB|A|B|O|0)\s*([+\-\u2013]|POS|NEG)", re.IGNORECASE)
_ADDRESS_LABELS: Final = ("ADDRESS", "ADD")
_NO_ADDRESS: Final = ("SIGNATURE", "ISSUINGAUTHORITY", "LICENCINGAUTHORITY", "VALIDITY", "DATEOF")
_PIN_LABEL: Final = re.compile(r"\bPIN\b")
_CLASSES: Final = (
    "MCWOG", "MCWG", "MC50CC", "LMV-NT", "LMV-TR", "LMV", "LMVNT", "LMVTR", "TRANS", "HGMV", "HPMV", "HMV",
    "HTV", "3W-CAB", "3W-GV", "TRCTOR", "TRACTOR", "INVCRG",
)  # fmt: skip
_WORD: Final = re.compile(r"[A-Z0-9][A-Z0-9\-]+")


def weight(words: Sequence[str]) -> int:
    """Its title together with a sign that it is India's: words, or a number of an Indian state."""
    title, sign = holds(words, _ANCHORS), holds(words, _INDIAN)
    number = any(_is_number(word) for word in words)
    if not (sign or number) or not (title or (sign and number)):
        return 0
    return title + sign + (_NUMBER_WEIGHT if number else 0)


def _is_number(word: str) -> bool:
    bare = word.removeprefix("DLNO").removeprefix("NO")
    return any(
        number.value[:2] in india.LICENCE_STATES and number.value[4:6] in ("19", "20")
        for number in stretches(bare[: len(india.LICENCE_FORM)], india.LICENCE_FORM, 0)
    )


def side(words: Sequence[str]) -> Side:
    """The front carries title and name; the backs of the common card only classes."""
    return Side.FRONT if weight(words) else Side.UNKNOWN


@levelled
def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Number, names, dates, blood group, classes, address."""
    found: dict[str, Found] = {}
    if number := _number(lines, situation):
        found["document_number"] = number
    found |= _names(lines)
    found |= _dates(lines, situation)
    if blood := value_of(lines, _BLOOD_LABELS, _blood):
        found["blood_group"] = blood
    if classes := _classes(lines):
        found["vehicle_classes"] = classes
    if address := address_of(lines, _ADDRESS_LABELS, _ends_address):
        found["address"] = address
    return found | issuer(lines, (*_INDIAN, *_ANCHORS), found)


def _number(lines: Sequence[Print], situation: Situation) -> Found | None:
    seen = [
        (line, number)
        for line in rows(lines)
        for number in stretches(line.text, india.LICENCE_FORM)
        if india.driving_licence(number.value, situation.today)
    ]
    return number_found(*min(seen, key=lambda one: len(one[1].changed))) if seen else None


def _names(lines: Sequence[Print]) -> dict[str, Found]:
    found: dict[str, Found] = {}
    if father := value_of(lines, _FATHER_LABELS, person):
        found["father_name"] = father
    own = [line for line in lines if compact(line.text)[0].startswith(_NAME_LABELS)]
    for label in own:
        rest = after(label, _NAME_LABELS)
        named = [name for place in values(label, rest, lines) if (name := person(place))] if rest else []
        if named:
            found["full_name"] = unglued(named[0], father) if father else named[0]
            break
    return found


def _dates(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    found: dict[str, Found] = {}
    for name, meaning, labels in _DATES:
        reading = functools.partial(date_of, meaning=meaning, situation=situation)
        if day := value_of(lines, labels, reading):
            found[name] = day
    return found


def _blood(place: Print) -> Found | None:
    match = _BLOOD.search(place.text)
    if not match:
        return None
    sign = "+" if match[2].upper() in ("+", "POS") else "-"
    return Found(match[1].upper().replace("0", "O") + sign, place.cut(*match.span()))


def _classes(lines: Sequence[Print]) -> Found | None:
    """Classes of vehicles, in the order of print, each once."""
    seen: dict[str, Print] = {}
    for line in ordered(lines):
        for match in _WORD.finditer(line.text):
            if match[0] in _CLASSES:
                seen.setdefault(match[0], line.cut(*match.span()))
    return Found(", ".join(seen), next(iter(seen.values()))) if seen else None


def _ends_address(line: Print) -> bool:
    return bool(holds([compact(line.text)[0]], _NO_ADDRESS))
