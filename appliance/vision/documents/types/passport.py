"""Passports (Doc 9303 part 4)."""

from collections.abc import Sequence
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.types.kind import longest
from appliance.vision.documents.types.labelled import beside_labels
from appliance.vision.documents.values import Situation

TYPE: Final = DocumentType.PASSPORT
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
_ANCHORS: Final = (
    "PASSPORT", "PASSEPORT", "REISEPASS", "PASAPORTE", "PASSAPORTO", "PASSAPORTE", "PASZPORT",
    "CESTOVNIPAS", "PASAPORT", "PASPOORT", "PUTOVNICA", "PASAPORTA", "PASPORT", "UTLEVEL",
    "POTNILIST", "CESTOVNYPAS", "DIAVATIRIO", "PASSI",
)  # fmt: skip


def weight(words: Sequence[str]) -> int:
    """Its name in some language."""
    return longest(words, _ANCHORS)


def side(_words: Sequence[str]) -> Side:
    """The data page: there is no other side of interest."""
    return Side.FRONT


def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Values beside their labels."""
    return beside_labels(lines, situation)
