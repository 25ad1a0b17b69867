"""Driving licences of the United States and Canada (AAMVA card design standard): labelled and numbered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.vision.documents import america
from appliance.vision.documents.alphabets import base
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.types.driving_licence_europe import NUMBERS
from appliance.vision.documents.types.kind import longest
from appliance.vision.documents.types.labelled import (
    beside_labels,
    both_names,
    is_above,
    is_labelled,
)
from appliance.vision.documents.types.numbered import numbered
from appliance.vision.documents.values import Situation, normalised

TYPE: Final = DocumentType.DRIVING_LICENCE
COUNTRY: Final = ""
MUST_HAVE: Final = ("last_name", "first_name", "date_of_birth", "document_number", "expiry_date")
_NUMBERS: Final = NUMBERS | {"4D": "document_number", "5": "", "15": "sex"}
_CANADIAN: Final = re.compile(r"[0-9]{13}|[0-9]{15}")
_LIKE: Final = {"0": "OQD", "1": "IL", "2": "Z", "5": "S", "6": "G", "8": "B"}
_PROVINCE: Final = 6
_GLUED: Final = re.compile(
    r"\s*(?:[0-9]{1,2}[a-dA-D]?\s?(?:DLN|DL|LIC|LN|FN|DOB|EXP|ISS)|(?:15\s?)?SEX)(?=[^\W_])(?!\w*#)"
)
"""An element number and its label with the value right behind: the reader lost the blank."""
_TOWN: Final = re.compile(r"(?<![0-9])[0-9]{5}(?:-[0-9]{4})?(?![0-9])|\b[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]\b")
"""A ZIP code or a Canadian postal code."""


def weight(words: Sequence[str]) -> int:
    """Its name; Canada's are those of Europe, so that a province has to stand beside them."""
    canadian = longest(words, america.CANADIAN_TITLES)
    if canadian and any(america.is_canadian(word) for word in words):
        canadian += _PROVINCE
    else:
        canadian = 0
    return max(longest(words, america.TITLES), canadian)


def side(words: Sequence[str]) -> Side:
    """The front carries the card's name."""
    return Side.FRONT if weight(words) else Side.UNKNOWN


def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Labelled values first, then those that only a number announces, then the address by its postal code."""
    parted = [_parted(line) for line in lines]
    found = beside_labels(parted, situation)
    found |= numbered(parted, _NUMBERS, situation, found)
    found |= both_names(parted, found, situation)
    found |= _canadian_number(found, situation)
    return found | _address(parted, found, situation)


def _parted(line: Print) -> Print:
    glued = _GLUED.match(line.text)
    if not glued:
        return line
    at = glued.end()
    others = (*line.others[:at], (), *line.others[at:]) if line.others else ()
    return replace(
        line,
        text=f"{line.text[:at]} {line.text[at:]}",
        sure=(*line.sure[:at], 1.0, *line.sure[at:]),
        others=others,
    )


def _canadian_number(found: Mapping[str, Found], situation: Situation) -> dict[str, Found]:
    """Ontario's and Quebec's numbers begin with the surname's initial, which is easily read as a digit."""
    number, surname = found.get("document_number"), found.get("last_name")
    if situation.issuer != "CAN" or not number or not surname or not _CANADIAN.fullmatch(number.value):
        return {}
    initial = base(surname.value[0])
    if initial not in _LIKE.get(number.value[0], ""):
        return {}
    return {"document_number": replace(number, value=initial + number.value[1:])}


def _address(lines: Sequence[Print], found: Mapping[str, Found], situation: Situation) -> dict[str, Found]:
    """The line with a postal code and the street above it."""
    if "address" in found and _TOWN.search(found["address"].print.text):
        return {}
    for town in lines:
        if not _TOWN.search(town.text) or is_labelled(town):
            continue
        streets = [line for line in lines if is_above(line, town) and _may_be_street(line)]
        if not streets:
            continue
        street = _unnumbered(min(streets, key=lambda line: town.middle - line.middle))
        whole = Print(f"{street.text}, {town.text}", (*street.sure, 1.0, 1.0, *town.sure), street.quad)
        if value := normalised("address", whole.text, situation):
            return {"address": Found(value, whole, inferred="address" not in found)}
    return {}


def _may_be_street(line: Print) -> bool:
    kinds = {c.isdigit() for c in line.text if c.isalnum()}
    return len(kinds) == 2 and not is_labelled(line)


def _unnumbered(street: Print) -> Print:
    """Without the element number 8, where another number remains."""
    rest = street.cut(1, len(street.text))
    return rest if street.text[0] == "8" and any(c.isdigit() for c in rest.text) else street
