"""Documents of which nothing says what they are: whatever their labels tell."""

from collections.abc import Sequence
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.types.labelled import beside_labels, lone_number
from appliance.vision.documents.values import Situation

TYPE: Final = DocumentType.UNKNOWN
COUNTRY: Final = ""
MUST_HAVE: Final = ("last_name", "first_name", "date_of_birth", "document_number", "expiry_date")


def weight(_words: Sequence[str]) -> int:
    """Nothing says so: it is what remains."""
    return 0


def side(_words: Sequence[str]) -> Side:
    """Not told."""
    return Side.UNKNOWN


def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Values beside their labels; a number that stands alone serves where none is labelled."""
    found = beside_labels(lines, situation)
    return found | lone_number(lines, found)
