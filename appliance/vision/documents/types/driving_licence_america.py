"""Driving licences of the United States and Canada (AAMVA card design standard): labelled and numbered."""

from collections.abc import Sequence
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.vision.documents import america
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.types.driving_licence_europe import NUMBERS
from appliance.vision.documents.types.kind import longest
from appliance.vision.documents.types.labelled import beside_labels
from appliance.vision.documents.types.numbered import numbered
from appliance.vision.documents.values import Situation

TYPE: Final = DocumentType.DRIVING_LICENCE
COUNTRY: Final = ""
MUST_HAVE: Final = ("last_name", "first_name", "date_of_birth", "document_number", "expiry_date")
_NUMBERS: Final = NUMBERS | {"4D": "document_number", "5": "", "15": "sex"}


def weight(words: Sequence[str]) -> int:
    """Its name."""
    return longest(words, america.TITLES)


def side(words: Sequence[str]) -> Side:
    """The front carries the card's name."""
    return Side.FRONT if weight(words) else Side.UNKNOWN


def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Labelled values first, then those that only a number announces."""
    found = beside_labels(lines, situation)
    return found | numbered(lines, _NUMBERS, situation, found)
