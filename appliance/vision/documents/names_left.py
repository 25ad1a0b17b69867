"""A name without a readable label: surname and given names stand one above the other on every document."""

from collections.abc import Mapping, Sequence
from typing import Final

from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.labels import parts
from appliance.vision.documents.values import Situation, normalised, state

_NEIGHBOUR: Final = {"last_name": ("first_name", -1), "first_name": ("last_name", 1)}
"""The other name, and whether this one stands above or below it."""
_REACH: Final = 3.2
"""Heights of print between two names, centre to centre: a label stands between them."""


def names_left(lines: Sequence[Print], found: Mapping[str, Found], situation: Situation) -> dict[str, Found]:
    """The surname above the given names, or the given names below the surname, where one was read.

    Args:
        lines: print of the page.
        found: values that labels gave.
        situation: how values read.
    """
    used = {id(value.print) for value in found.values()}
    for name, (other, way) in _NEIGHBOUR.items():
        if name in found or other not in found or "full_name" in found:
            continue
        known = found[other].print
        near = []
        for line in lines:
            down = (line.middle - known.middle) / known.height * way
            level = abs(line.left - known.left) < known.height and 0.6 < line.height / known.height < 1.6
            if id(line) in used or not level or not 0.8 < down < _REACH:
                continue
            if not any(part.label for part in parts(line.text)) and normalised(name, line.text, situation):
                near.append((down, line))
        if near:
            line = min(near, key=lambda pair: pair[0])[1]
            return {name: Found(normalised(name, line.text, situation), line, inferred=True)}
    return _above_birth(lines, found, situation)


def _above_birth(
    lines: Sequence[Print], found: Mapping[str, Found], situation: Situation
) -> dict[str, Found]:
    """Surname and given names without a label: the two lines of capitals above the date of birth."""
    if "date_of_birth" not in found or {*_NEIGHBOUR, "full_name"} & found.keys():
        return {}
    used = {id(value.print) for value in found.values()}
    below, names = found["date_of_birth"].print, list[Print]()
    while len(names) < 2:
        near = [
            line
            for line in lines
            if id(line) not in used
            and line.text == line.text.upper()
            and 0.8 < (below.middle - line.middle) / below.height < _REACH
            and abs(line.left - below.left) < below.height
            and 0.6 < line.height / below.height < 1.6
        ]
        if not near:
            return {}
        below = min(near, key=lambda line: below.middle - line.middle)
        names.append(below)
    read = {
        name: Found(value, line, inferred=True)
        for name, line in zip(("first_name", "last_name"), names, strict=True)
        if not any(part.label for part in parts(line.text))
        and not state(line.text)
        and (value := normalised(name, line.text, situation))
    }
    return read if len(read) == 2 else {}
