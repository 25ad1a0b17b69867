"""Visas (Doc 9303 part 7)."""

from collections.abc import Sequence
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.vision.documents.anchors import Found, Print, labelled
from appliance.vision.documents.label_words import OTHER, PASSPORT_NUMBER
from appliance.vision.documents.types.kind import longest
from appliance.vision.documents.types.labelled import both_names, meaning
from appliance.vision.documents.values import Situation, normalised

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
_LABELS: Final = (
    "VISATYPE",
    "TYPEOFVISA",
    "VISACLASS",
    "VISANUMBER",
    "NUMBEROFENTRIES",
    "DURATIONOFSTAY",
    "ISSUINGPOSTNAME",
)
"""Labels that no other document has: visas name the passport that they are stuck in as well."""


def weight(words: Sequence[str]) -> int:
    """Its name, at the beginning or end of a line as `visa` is a piece of many other words, or its labels."""
    titles = [word for word in words if word.startswith(_ANCHORS) or word.endswith(_ANCHORS)]
    return max(longest(titles, _ANCHORS), longest(words, _LABELS))


def side(_words: Sequence[str]) -> Side:
    """Visas have one side."""
    return Side.FRONT


def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Values beside their labels; the number of the passport that it is stuck in is not the visa's."""
    found = labelled(lines, lambda name, text: normalised(name, text, situation), _meaning)
    return found | both_names(lines, found, situation)


def _meaning(named: set[str], name: str) -> str:
    return OTHER if name == PASSPORT_NUMBER else meaning(named, name)
