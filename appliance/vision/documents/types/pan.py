"""PAN card of the Income Tax Department: the issue before 2018 without labels, the one since with them."""

from collections.abc import Sequence
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.domain.ids import india
from appliance.domain.ids.coerce import coerced
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.labels import compact
from appliance.vision.documents.types.indian import (
    COUNTRY,
    below,
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
)
from appliance.vision.documents.values import Situation

__all__ = ["COUNTRY", "MUST_HAVE", "TYPE", "read", "side", "weight"]

TYPE: Final = DocumentType.PAN
MUST_HAVE: Final = ("full_name", "date_of_birth", "document_number")

_ANCHORS: Final = ("INCOMETAXDEPARTMENT", "PERMANENTACCOUNTNUMBERCARD", "PERMANENTACCOUNTNUMBER")
_HEADINGS: Final = (
    *_ANCHORS, "GOVTOFINDIA", "INCOMETAX", "DEPARTMENT", "PERMANENTACCOUNT", "NUMBERCARD", "SIGNATURE",
    "ACCOUNTNUMBER",
)  # fmt: skip
_NUMBER_WEIGHT: Final = 6
_FATHER_LABELS: Final = ("FATHERSNAME", "FATHERNAME")
_BIRTH_LABELS: Final = ("DATEOFBIRTH", "DATEOFINCORPORATION", "DATEOFFORMATION")
_UNFIT_SURE: Final = 0.8
"""Certainty left to a number whose fifth letter begins no word of the name."""


def weight(words: Sequence[str]) -> int:
    """Its headings, and a number whose fourth letter is a kind of holder."""
    anchors = holds(words, _ANCHORS)
    number = any(
        coerced(word, india.PAN_FORM, 0) is not None and india.pan(word) is not None for word in words
    )
    if number and (anchors or holds(words, _HEADINGS)):
        return max(anchors, 6) + _NUMBER_WEIGHT
    return anchors


def side(words: Sequence[str]) -> Side:
    """Everything is on the front; the back says where to return a card that was found."""
    return Side.FRONT if weight(words) else Side.UNKNOWN


@levelled
def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Number, names, birth."""
    found: dict[str, Found] = {}
    birth = _birth(lines, situation)
    if birth:
        found["date_of_birth"] = birth
    found |= _labelled(lines)
    if "full_name" not in found:
        found |= _above(lines, birth, found)
    for name, other in (("full_name", "father_name"), ("father_name", "full_name")):
        if name in found and other in found:
            found[name] = unglued(found[name], found[other])
    if number := _number(lines, found.get("full_name")):
        found["document_number"] = number
    return found | issuer(lines, _ANCHORS, found)


def _number(lines: Sequence[Print], name: Found | None) -> Found | None:
    """The ten characters; of several readings the one that fits the holder's name, then the least changed."""
    read_so = [(line, number) for line in rows(lines) if (number := india.pan(line.text))]
    if not read_so:
        return None
    words = name.value.split() if name else []
    line, number = min(read_so, key=lambda one: (not _fits(one[1].value, words), len(one[1].changed)))
    found = number_found(line, number)
    if words and not _fits(number.value, words):
        low = tuple(min(value, _UNFIT_SURE) for value in found.print.sure)
        return Found(number.value, Print(found.print.text, low, found.print.quad))
    return found


def _fits(number: str, words: Sequence[str]) -> bool:
    """Whether some word of the name begins with the fifth letter: surnames stand first on some cards."""
    return any(india.pan_fits(number, word) for word in words)


def _birth(lines: Sequence[Print], situation: Situation) -> Found | None:
    """Behind or below its label, else the only date."""
    if labelled := value_of(lines, _BIRTH_LABELS, lambda place: date_of(place, "birth", situation)):
        return labelled
    dates = [born for line in lines if (born := date_of(line, "birth", situation))]
    return Found(dates[0].value, dates[0].print, inferred=True) if dates else None


def _labelled(lines: Sequence[Print]) -> dict[str, Found]:
    found: dict[str, Found] = {}
    for line in ordered(lines):
        word = compact(line.text)[0]
        if holds([word], _FATHER_LABELS):
            name = "father_name"
        elif word.endswith("NAME") and len(word) <= 8:
            name = "full_name"
        else:
            continue
        value = below(line, lines)
        if name not in found and value and (named := person(value)):
            found[name] = named
    return found


def _above(lines: Sequence[Print], birth: Found | None, known: dict[str, Found]) -> dict[str, Found]:
    """Without labels: the last two lines of capitals above the birth, the holder's and the father's."""
    if birth is None:
        return {}
    edge, height = birth.print, birth.print.height
    names = [
        line
        for line in ordered(lines)
        if line.middle < edge.middle - 0.5 * height
        and abs(line.left - edge.left) < 3 * height
        and line.text.upper() == line.text
        and person(line)
        and not holds([compact(line.text)[0]], _HEADINGS)
    ]
    wanted = ["father_name", "full_name"] if "father_name" not in known else ["full_name"]
    used = {id(value.print) for value in known.values()}
    free = [line for line in reversed(names) if id(line) not in used]
    if len(free) == 1:  # some cards name no father
        wanted = ["full_name"]
    named = ((name, person(line)) for name, line in zip(wanted, free, strict=False))
    return {name: value for name, value in named if value}
