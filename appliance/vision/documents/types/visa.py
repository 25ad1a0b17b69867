"""Visas (Doc 9303 part 7)."""

from collections.abc import Sequence
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.types.kind import longest
from appliance.vision.documents.types.labelled import beside_labels
from appliance.vision.documents.values import Situation

TYPE: Final = DocumentType.VISA
COUNTRY: Final = ""
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
_ANCHORS: Final = ("VISA", "VISUM", "VISADO", "VISTO")


def weight(words: Sequence[str]) -> int:
    """Its name, alone or at the beginning or end of a line: `visa` is a piece of many other words."""
    return longest([word for word in words if word.startswith(_ANCHORS) or word.endswith(_ANCHORS)], _ANCHORS)


def side(_words: Sequence[str]) -> Side:
    """Visas have one side."""
    return Side.FRONT


def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Values beside their labels."""
    return beside_labels(lines, situation)
