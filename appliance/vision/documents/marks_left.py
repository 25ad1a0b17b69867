"""Sex, nationality, place of birth and address whose labels could not be read."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.labels import parts
from appliance.vision.documents.values import Situation, normalised, state

_BESIDE: Final = 8.0
"""Heights of print between the sex and the place of birth."""
_POSTAL: Final = re.compile(r",\s*[0-9]{4,6}(?![0-9])|(?<![0-9])[0-9]{2} ?[0-9]{3}\s+[^\W\d_]{3}")
"""A postal code after a comma, or before a town."""
_LETTERS: Final = 9
_WORDS: Final = 4
_SEXES: Final = frozenset({"M", "F"})


def marks_left(lines: Sequence[Print], found: Mapping[str, Found], situation: Situation) -> dict[str, Found]:
    """The only lone M or F on the page, and the only line below the name that names the issuer's nationals.

    Args:
        lines: print of the page.
        found: values that labels gave, the issuing country among them.
        situation: how values read.
    """
    used = {id(value.print) for value in found.values()}
    loose = [line for line in lines if id(line) not in used]
    fresh: dict[str, Found] = {}
    sexes = [line for line in loose if line.text.strip() in _SEXES]
    if "sex" not in found and len(sexes) == 1:
        fresh["sex"] = Found(sexes[0].text.strip(), sexes[0], inferred=True)
    names = [found[name].print.middle for name in ("last_name", "full_name") if name in found]
    nations = [
        line
        for line in loose
        if situation.issuer and names and line.middle > names[0] and state(line.text) == situation.issuer
    ]
    if "nationality" not in found and len(nations) == 1:
        fresh["nationality"] = Found(situation.issuer, nations[0], inferred=True)
    return fresh


def place_left(lines: Sequence[Print], found: Mapping[str, Found]) -> dict[str, Found]:
    """A passport's place of birth stands beside the sex (Doc 9303 part 4, elements 11 and 12)."""
    if "sex" not in found or "place_of_birth" in found:
        return {}
    sex = found["sex"].print
    used = {id(value.print) for value in found.values()}
    beside = [
        line
        for line in lines
        if id(line) not in used
        and abs(line.middle - sex.middle) < 0.5 * sex.height
        and 0 < line.left - sex.right < _BESIDE * sex.height
        and line.text == line.text.upper()
        and sum(c.isalpha() for c in line.text) > 2
        and not any(c.isdigit() for c in line.text)
        and not any(part.label for part in parts(line.text))
    ]
    if len(beside) != 1:
        return {}
    return {"place_of_birth": Found(beside[0].text.strip(" .,:"), beside[0], inferred=True)}


def address_left(
    lines: Sequence[Print], found: Mapping[str, Found], situation: Situation
) -> dict[str, Found]:
    """The only line that reads like street, postal code and town."""
    if "address" in found:
        return {}
    used = {id(value.print) for value in found.values()}
    like = [
        line
        for line in lines
        if id(line) not in used
        and _POSTAL.search(line.text)
        and sum(c.isalpha() for c in line.text) >= _LETTERS
        and len(line.text.split()) >= _WORDS
        and not any(part.label for part in parts(line.text))
    ]
    value = normalised("address", like[0].text, situation) if len(like) == 1 else ""
    return {"address": Found(value, like[0], inferred=True)} if value else {}
