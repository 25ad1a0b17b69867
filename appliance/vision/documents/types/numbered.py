"""Values that only an element number announces (Directive 2006/126/EC annex I, AAMVA card design)."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.values import Situation, normalised

_GLUED: Final = re.compile(r"(?:DLN|DL|LIC)[#.: ]*(?=[A-Z0-9]{5})", re.IGNORECASE)
"""America's label of the number, where the reader lost the blank after it."""
_NUMBERED: Final = re.compile(r"\s*(4\s?[A-Da-d]|15|[1-9])\s*(?:[.,:)]+\s*|\s+|(?=[A-Z]))(.*)", re.DOTALL)
_NUMBER_ALONE: Final = re.compile(r"\s*(4\s?[A-Da-d]|15|[1-9])\s*[.,:)]*\s*")
_SECOND: Final = re.compile(r"(?<=\s)(4[A-Da-d])[.,:]\s*")
_DATE: Final = re.compile(r"[0-9OIl]{1,2}[./\- ]+[0-9OIl]{1,2}[./\- ]+[0-9OIl]{2,4}")
_DATES_OF_LICENCE: Final = 3
_SHORTEST_PLACE: Final = 3


def numbered(
    lines: Sequence[Print], numbers: Mapping[str, str], situation: Situation, known: Mapping[str, Found]
) -> dict[str, Found]:
    """Values after element numbers.

    Args:
        lines: print of the page.
        numbers: field by element number, "" for those that are not kept.
        situation: how values read.
        known: fields found otherwise; they are not sought.
    """

    def normal(name: str, text: str) -> str:
        return normalised(name, text, situation)

    found: dict[str, Found] = {}
    cells = [cell for line in lines for cell in _cells(line)]
    for at, cell in enumerate(cells):
        alone = _NUMBER_ALONE.fullmatch(cell.text)
        match = alone or _NUMBERED.fullmatch(cell.text)
        name = numbers.get(match[1].replace(" ", "").upper(), "") if match else ""
        if not match or not name or name in found or name in known:
            continue
        value = None if alone else cell.cut(match.start(2), match.end(2))
        if value is None:
            value = right_of(cell, [other for k, other in enumerate(cells) if k != at])
        if value is None:
            continue
        if name == "date_of_birth":
            found |= _birth(value, normal, {**known, **found})
        elif name == "address":
            value = _with_next_line(value, lines)
        elif name == "document_number" and (glued := _GLUED.match(value.text)):
            value = value.cut(glued.end(), len(value.text))
        if name != "date_of_birth" and (text := normal(name, value.text)):
            found[name] = Found(text, value)
    return found


def _cells(line: Print) -> list[Print]:
    """A line cut before each further numbered field: `4a. 01.02.2020 4c. DVLA`."""
    starts = [0, *(match.start(1) for match in _SECOND.finditer(line.text)), len(line.text)]
    return [line.cut(a, b) for a, b in itertools.pairwise(starts) if a < b]


def right_of(number: Print, others: Sequence[Print]) -> Print | None:
    """The nearest print right of a number or letter that stands alone, in the same row."""
    row = [o for o in others if abs(o.middle - number.middle) < 0.6 * o.height and o.left > number.left]
    near = [o for o in row if o.left - number.right < 6 * o.height and not _NUMBER_ALONE.fullmatch(o.text)]
    return min(near, key=lambda o: o.left) if near else None


def _birth(value: Print, normal: Callable[[str, str], str], found: Mapping[str, Found]) -> dict[str, Found]:
    """Field 3 holds date and place of birth."""
    fresh: dict[str, Found] = {}
    match = _DATE.search(value.text)
    if not match:
        return fresh
    date, rest = value.cut(*match.span()), value.cut(match.end(), len(value.text))
    if born := normal("date_of_birth", date.text):
        fresh["date_of_birth"] = Found(born, date)
    if "place_of_birth" not in found and (place := normal("place_of_birth", rest.text)):
        fresh["place_of_birth"] = Found(place, rest)
    return fresh


def birthplace(lines: Sequence[Print], found: Mapping[str, Found], situation: Situation) -> dict[str, Found]:
    """What stands behind the oldest date, whose number 3 was not read or that was read apart from its place.

    Three dates have to be there (birth, issue, expiry), so that the oldest is the day of birth.
    """
    dated: dict[str, tuple[Print, int]] = {}
    for line in lines:
        match = _DATE.search(line.text)
        if match and (day := normalised("date_of_birth", match[0], situation)):
            dated.setdefault(day, (line, match.end()))
    if len(dated) < _DATES_OF_LICENCE or "place_of_birth" in found:
        return {}
    line, end = dated[min(dated)]
    rest: Print | None = line.cut(end, len(line.text))
    if rest and not rest.text:
        rest = right_of(line, [other for other in lines if other is not line])
    if rest is None or any(c.isdigit() for c in rest.text):
        return {}
    place = normalised("place_of_birth", rest.text, situation)
    return {"place_of_birth": Found(place, rest, inferred=True)} if len(place) >= _SHORTEST_PLACE else {}


def _with_next_line(value: Print, lines: Sequence[Print]) -> Print:
    """An address goes on in the line below it, unless that has a number of its own."""
    numbers = [line for line in lines if _NUMBER_ALONE.fullmatch(line.text)]
    for line in lines:
        down = (line.middle - value.middle) / value.height
        if not (0.5 < down < 1.9 and abs(line.left - value.left) < 1.5 * value.height):
            continue
        numbered = _NUMBERED.fullmatch(line.text) or any(
            abs(number.middle - line.middle) < 0.5 * line.height and number.right < line.left + line.height
            for number in numbers
        )
        if not numbered or line.text[:2].isdigit():
            return Print(f"{value.text}, {line.text}", (*value.sure, 1.0, 1.0, *line.sure), value.quad)
    return value
