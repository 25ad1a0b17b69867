"""Aadhaar: the letter's card, the plastic card, both sides; masked numbers, births told by their year only.

Names and addresses stand in the holder's own script first and in Latin letters below or beside; the Latin
ones are read here, the others by `scripts`.
"""

import re
from collections.abc import Sequence
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.domain.ids import india
from appliance.domain.ids.coerce import Coerced, stretches
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
    name_of,
    number_found,
    ordered,
    rows,
)
from appliance.vision.documents.values import Situation

__all__ = [
    "COUNTRY",
    "MAY_HAVE",
    "MUST_HAVE",
    "MUST_HAVE_BACK",
    "TYPE",
    "number_valid",
    "read",
    "side",
    "weight",
]

TYPE: Final = DocumentType.AADHAAR
MUST_HAVE: Final = ("full_name", "date_of_birth", "sex", "document_number")
MUST_HAVE_BACK: Final = ("address", "document_number")
MAY_HAVE: Final = ("vid",)
"""Small print right below the number since 2018: missed at the size at which whole pages are searched."""

_FRONT: Final = ("GOVERNMENTOFINDIA",)
_BACK: Final = ("UNIQUEIDENTIFICATIONAUTHORITY", "HELPUIDAIGOVIN", "WWWUIDAIGOVIN", "UIDAIGOVIN")
_EITHER: Final = ("AADHAAR", "MERAAADHAAR")
_NUMBER_WEIGHT: Final = 6
_HEADING_ALONE: Final = 8
_YEAR_LABELS: Final = ("YEAROFBIRTH",)
_CUT_LABELS: Final = ("OFBIRTH",)
"""What glare leaves of a label."""
_BIRTH_LABELS: Final = ("DATEOFBIRTH", "DOB", "D0B", "D08", "DO8")
_OTHER_DATES: Final = ("ISSUEDATE", "DOWNLOADDATE", "GENERATIONDATE", "ENROLMENT", "ENROLLMENT", "PRINTDATE")
_FATHER_LABELS: Final = ("FATHER",)
_CARE: Final = re.compile(r"\s*[SDWC]\s*/\s*[O0]\b", re.IGNORECASE)
_ADDRESS_LABELS: Final = ("ADDRESS",)
_NO_ADDRESS: Final = ("UIDAIGOVIN", "VID", "1947", "HELPUIDAI", "UNIQUEIDENTIFICATION")
_YEAR: Final = re.compile(r"(?<![0-9])(19|20)[0-9]{2}(?![0-9])")
_SEXES: Final = (("TRANSGENDER", "X"), ("FEMALE", "F"), ("EMALE", "F"), ("MALE", "M"))
_CUT_SEX: Final = re.compile(r"[^/]{0,8}/?\s*(ALE|FE|FEM|FEMA|FEMAL)\W*", re.IGNORECASE)
"""The end of `Male` or the begin of `Female`."""
_NAME_ABOVE: Final = 3.4
"""Heights that the name may stand above the birth, where nothing else does between."""


def weight(words: Sequence[str]) -> int:
    """Its headings, and a number whose check digit holds.

    `Government of India` heads other cards too: it counts in full with a birth, sex or number below it.
    """
    anchors = holds(words, (*_BACK, *_EITHER))
    born = holds(words, (*_YEAR_LABELS, *_BIRTH_LABELS[:2])) or any(word.endswith("MALE") for word in words)
    number = any(india.aadhaar_holds(word) or india.vid_holds(word.removeprefix("VID")) for word in words)
    if holds(words, _FRONT):
        anchors = max(anchors, len(_FRONT[0]) if born or number else _HEADING_ALONE)
    return anchors + _NUMBER_WEIGHT if number and (anchors or born) else anchors


def side(words: Sequence[str]) -> Side:
    """The back carries the authority's name and the address, the front birth and sex."""
    front = holds(words, (*_YEAR_LABELS, *_BIRTH_LABELS, *_CUT_LABELS)) or any(
        word.endswith("MALE") for word in words
    )
    if front:
        return Side.FRONT
    if holds(words, (*_BACK, *_ADDRESS_LABELS)):
        return Side.BACK
    return Side.FRONT if holds(words, _FRONT) else Side.UNKNOWN


def number_valid(number: str) -> bool | None:
    """Verhoeff's check; None for a masked number, whose check cannot be told."""
    return None if india.is_masked(number) else india.aadhaar_holds(number)


@levelled
def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Name, birth, sex, numbers, address."""
    found = _numbers(lines)
    if birth := _birth(lines, situation):
        found["date_of_birth"] = birth
    mark = birth.print if birth else _birth_line(lines)
    if mark:
        found |= _name(lines, mark)
    if sex := _sex(lines):
        found["sex"] = sex
    if address := address_of(lines, _ADDRESS_LABELS, _ends_address):
        found["address"] = address
    return found | issuer(lines, (*_FRONT, *_BACK, *_EITHER), found)


def _numbers(lines: Sequence[Print]) -> dict[str, Found]:
    """The twelve digits and the sixteen; of several those whose check holds, large print before small."""
    found: dict[str, Found] = {}
    masked: list[Found] = []
    twelve: list[tuple[Print, Coerced]] = []
    for line in sorted(rows(lines), key=lambda one: -one.height):
        if (vid := _sixteen(line)) and "vid" not in found:
            found["vid"] = vid
            continue
        if number := india.masked_aadhaar(line.text):
            masked.append(Found(number, line))
        twelve += [(line, number) for number in stretches(line.text, india.AADHAAR_FORM)]
    valid = [(line, number) for line, number in twelve if india.aadhaar_holds(number.value)]
    if valid:
        found["document_number"] = number_found(*valid[0], checked=True)
    elif masked:
        found["document_number"] = masked[0]
    elif twelve:
        found["document_number"] = number_found(*twelve[0], sure=False)
    return found


def _sixteen(line: Print) -> Found | None:
    numbers = stretches(line.text, india.VID_FORM)
    for number in numbers:
        if india.vid_holds(number.value):
            return number_found(line, number, checked=True)
    if numbers and after(line, ("VID",)) is not None:
        return number_found(line, numbers[0], sure=False)
    return None


def _birth(lines: Sequence[Print], situation: Situation) -> Found | None:
    """Behind its label; else the only date that is not the card's own."""
    for line in lines:
        rest = after(line, (*_YEAR_LABELS, *_BIRTH_LABELS, *_CUT_LABELS))
        if rest is None:
            continue
        if born := date_of(rest, "birth", situation):
            return Found(born.value, rest)
        year = _YEAR.search(rest.text)
        if year and after(line, (*_YEAR_LABELS, *_CUT_LABELS)) is not None:
            return Found(year[0], rest.cut(*year.span()))
    for line in lines:
        if not holds([compact(line.text)[0]], _OTHER_DATES) and (born := date_of(line, "birth", situation)):
            return Found(born.value, line, inferred=True)
    return None


def _birth_line(lines: Sequence[Print]) -> Print | None:
    """Where the birth stands whose date cannot be read: the name stands above it all the same."""
    return next((line for line in lines if after(line, (*_YEAR_LABELS, *_BIRTH_LABELS)) is not None), None)


def _name(lines: Sequence[Print], birth: Print) -> dict[str, Found]:
    """The Latin line above the birth; cards of 2011 have the father's name between the two."""
    found: dict[str, Found] = {}
    lowest = birth.middle
    for line in reversed(ordered(lines)):
        up = (lowest - line.middle) / max(line.height, birth.height)
        if up < 0.4 or line.left > birth.right:
            continue
        if up > _NAME_ABOVE:
            break
        if rest := after(line, _FATHER_LABELS):
            if father := name_of(rest.text):
                found["father_name"] = Found(father, rest)
            lowest = line.middle
            continue
        if care := _CARE.match(line.text):
            lowest = line.middle
            rest = line.cut(care.end(), len(line.text))
            if father := name_of(rest.text):
                found["father_name"] = Found(father, rest)
            continue
        value = name_of(line.text)
        if value and not holds([compact(line.text)[0]], (*_FRONT, *_BACK, *_EITHER)):
            found["full_name"] = Found(value, line)
            break
    return found


def _sex(lines: Sequence[Print]) -> Found | None:
    """Behind the word of the other script, whose last letter may swallow the first of this one."""
    for line in lines:
        letters, places = compact(line.text)
        for word, sex in _SEXES:
            at = letters.find(word)
            if at >= 0 and at + len(word) >= len(letters) - 1:
                return Found(sex, line.cut(places[at], places[at + len(word) - 1] + 1))
    for line in lines:
        if cut := _CUT_SEX.fullmatch(line.text):
            return Found("F" if cut[1].upper().startswith("F") else "M", line, inferred=True)
    return None


def _ends_address(line: Print) -> bool:
    word = compact(line.text)[0]
    return bool(holds([word], _NO_ADDRESS)) or bool(stretches(line.text, india.AADHAAR_FORM))
