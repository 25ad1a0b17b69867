"""Values beside labels, as all documents but European licences have them."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from appliance.vision.documents.anchors import Found, Print, labelled
from appliance.vision.documents.label_words import AMBIGUOUS_NAME, PASSPORT_NUMBER
from appliance.vision.documents.labels import parts
from appliance.vision.documents.values import Situation, normalised

_LONE_NUMBER: Final = re.compile(r"[A-Z]{0,3}[0-9][A-Z0-9]{6,10}")
_ANY_NUMBER: Final = re.compile(r"(?=.*[0-9])[A-Z0-9]{7,12}")
"""Of two of these one may be a personal number whose label is lost as well."""


def beside_labels(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Values by field, each the nearest that its label can mean; names parted where one label has both."""
    found = labelled(lines, lambda name, text: normalised(name, text, situation), meaning)
    return found | both_names(lines, found, situation)


def meaning(named: set[str], name: str) -> str:
    """`Name` alone is the surname where given names have a label of their own, else the whole name."""
    if name == PASSPORT_NUMBER:
        return "document_number"
    if name != AMBIGUOUS_NAME:
        return name
    return "last_name" if "first_name" in named else "full_name"


def both_names(lines: Sequence[Print], found: Mapping[str, Found], situation: Situation) -> dict[str, Found]:
    """Surname and given names that one label has: `SAMPLE, JANE`, or the given names on the line below.

    Args:
        lines: print of the page.
        found: what stands at the labels; nothing is parted where it has no comma.
        situation: how values read.
    """
    whole = found.get("last_name") or found.get("full_name")
    comma = whole.print.text.find(",") if whole else -1
    if whole is None or comma < 0 or "first_name" in found:
        return {}
    last, first = whole.print.cut(0, comma), whole.print.cut(comma + 1, len(whole.print.text))
    below = first if first.text else next_below(whole.print, lines)
    names = {"last_name": last} | ({"first_name": below} if below else {})
    return {
        name: Found(value, text)
        for name, text in names.items()
        if (value := normalised(name, text.text, situation))
    }


def next_below(above: Print, lines: Sequence[Print]) -> Print | None:
    """The line of print right below another, begun where it begins, that is no label."""
    rows = [line for line in lines if is_above(above, line) and not is_labelled(line)]
    return min(rows, key=lambda line: line.middle, default=None)


def is_above(line: Print, other: Print) -> bool:
    """Whether a line stands right above another and begins where it begins."""
    down = (other.middle - line.middle) / other.height
    return 0.5 < down < 1.9 and abs(line.left - other.left) < 1.5 * other.height


def is_labelled(line: Print) -> bool:
    """Whether a label stands in the line."""
    return any(part.label for part in parts(line.text))


def lone_number(lines: Sequence[Print], found: dict[str, Found]) -> dict[str, Found]:
    """The document number where no label names it: the only line that looks like a number at all."""
    if "document_number" in found:
        return {}
    taken = {value.print.text for value in found.values()}
    alone = [line for line in lines if _ANY_NUMBER.fullmatch(line.text) and line.text not in taken]
    if len(alone) != 1 or not _LONE_NUMBER.fullmatch(alone[0].text):
        return {}
    return {"document_number": Found(alone[0].text, alone[0], inferred=True)}
