"""Values beside labels, as all documents but European licences have them."""

import re
from collections.abc import Sequence
from typing import Final

from appliance.vision.documents.anchors import Found, Print, labelled
from appliance.vision.documents.label_words import AMBIGUOUS_NAME
from appliance.vision.documents.values import Situation, normalised

_LONE_NUMBER: Final = re.compile(r"[A-Z]{0,3}[0-9][A-Z0-9]{6,10}")


def beside_labels(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Values by field, each the nearest that its label can mean."""
    return labelled(lines, lambda name, text: normalised(name, text, situation), meaning)


def meaning(named: set[str], name: str) -> str:
    """`Name` alone is the surname where given names have a label of their own, else the whole name."""
    if name != AMBIGUOUS_NAME:
        return name
    return "last_name" if "first_name" in named else "full_name"


def lone_number(lines: Sequence[Print], found: dict[str, Found]) -> dict[str, Found]:
    """The document number where no label names it: the only line that looks like one."""
    if "document_number" in found:
        return {}
    taken = {value.print.text for value in found.values()}
    alone = [line for line in lines if _LONE_NUMBER.fullmatch(line.text) and line.text not in taken]
    return {"document_number": Found(alone[0].text, alone[0])} if len(alone) == 1 else {}
