"""Driving licences of the United States and Canada (AAMVA card design standard): labelled and numbered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.vision.documents import america
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.labels import parts
from appliance.vision.documents.types.driving_licence_europe import NUMBERS
from appliance.vision.documents.types.kind import longest
from appliance.vision.documents.types.labelled import beside_labels
from appliance.vision.documents.types.numbered import numbered
from appliance.vision.documents.values import Situation, normalised

TYPE: Final = DocumentType.DRIVING_LICENCE
COUNTRY: Final = ""
MUST_HAVE: Final = ("last_name", "first_name", "date_of_birth", "document_number", "expiry_date")
_NUMBERS: Final = NUMBERS | {"4D": "document_number", "5": "", "15": "sex"}
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
    if canadian and any(america.is_province(word) for word in words):
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
    found |= _both_names(parted, found, situation)
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


def _both_names(lines: Sequence[Print], found: Mapping[str, Found], situation: Situation) -> dict[str, Found]:
    """Canada's cards label both names as one: `SAMPLE, JANE`, or the given names on the next line."""
    whole = found.get("full_name")
    if whole is None or "last_name" in found or "," not in whole.print.text:
        return {}
    comma = whole.print.text.index(",")
    last, first = whole.print.cut(0, comma), whole.print.cut(comma + 1, len(whole.print.text))
    below = first if first.text else _below(whole.print, lines)
    names = {"last_name": last} | ({"first_name": below} if below else {})
    return {
        name: Found(value, text)
        for name, text in names.items()
        if (value := normalised(name, text.text, situation))
    }


def _address(lines: Sequence[Print], found: Mapping[str, Found], situation: Situation) -> dict[str, Found]:
    """The line with a postal code and the street above it."""
    if "address" in found:
        return {}
    for town in lines:
        if not _TOWN.search(town.text) or _is_labelled(town):
            continue
        streets = [line for line in lines if _is_above(line, town) and not _is_labelled(line)]
        street = min(streets, key=lambda line: town.middle - line.middle, default=None)
        if street is None or not any(c.isdigit() for c in street.text):
            continue
        whole = Print(f"{street.text}, {town.text}", (*street.sure, 1.0, 1.0, *town.sure), street.quad)
        if value := normalised("address", whole.text, situation):
            return {"address": Found(value, whole, inferred=True)}
    return {}


def _is_labelled(line: Print) -> bool:
    return any(part.label for part in parts(line.text))


def _is_above(line: Print, town: Print) -> bool:
    down = (town.middle - line.middle) / town.height
    return 0.5 < down < 1.9 and abs(line.left - town.left) < 1.5 * town.height


def _below(above: Print, lines: Sequence[Print]) -> Print | None:
    rows = [line for line in lines if _is_above(above, line) and not _is_labelled(line)]
    return min(rows, key=lambda line: line.middle, default=None)
