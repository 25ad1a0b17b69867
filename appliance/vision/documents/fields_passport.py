"""Printed fields of passports (Doc 9303 part 4)."""

from collections.abc import Sequence
from typing import Final

from appliance.vision.documents.anchors import Found, Print, labelled
from appliance.vision.documents.label_words import AMBIGUOUS_NAME
from appliance.vision.documents.values import Situation, normalised

MUST_HAVE: Final = (
    "last_name",
    "first_name",
    "date_of_birth",
    "sex",
    "nationality",
    "document_number",
    "expiry_date",
    "issuing_country",
)


def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Values beside their labels."""
    return labelled(lines, lambda name, text: normalised(name, text, situation), meaning)


def meaning(named: set[str], name: str) -> str:
    """`Name` alone is the surname where given names have a label of their own, else the whole name."""
    if name != AMBIGUOUS_NAME:
        return name
    return "last_name" if "first_name" in named else "full_name"
