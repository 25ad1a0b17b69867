"""Driving licences of Europe, whose fields are numbered (Directive 2006/126/EC annex I), and others alike."""

from collections.abc import Sequence
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.types.kind import longest
from appliance.vision.documents.types.numbered import birthplace, numbered
from appliance.vision.documents.values import Situation

TYPE: Final = DocumentType.DRIVING_LICENCE
COUNTRY: Final = ""
MUST_HAVE: Final = ("last_name", "first_name", "date_of_birth", "document_number", "expiry_date")
NUMBERS: Final = {
    "1": "last_name",
    "2": "first_name",
    "3": "date_of_birth",
    "4A": "issue_date",
    "4B": "expiry_date",
    "4D": "personal_number",
    "5": "document_number",
    "8": "address",
}
_ANCHORS: Final = (
    "DRIVINGLICENCE", "DRIVINGLICENSE", "DRIVERSLICENCE", "DRIVERLICENCE", "PERMISDECONDUIRE",
    "FUHRERSCHEIN", "PERMISODECONDUCCION", "PERMISODECONDUCIR", "LICENCIADECONDUCIR", "PATENTEDIGUIDA",
    "CARTADECONDUCAO", "PRAWOJAZDY", "RIDICSKYPRUKAZ", "VODICSKYPREUKAZ", "KORKORT", "RIJBEWIJS",
    "AJOKORTTI", "JUHILUBA", "VADITAJAAPLIECIBA", "VOZACKADOZVOLA", "VOZNISKODOVOLJENJE",
    "VEZETOIENGEDELY", "SURUCUBELGESI", "KOREKORT", "FORERKORT", "PERMISDECONDUCERE",
    "VAIRUOTOJOPAZYMEJIMAS", "CEADUNASTIOMANA", "TRWYDDEDYRRU",
)  # fmt: skip


def weight(words: Sequence[str]) -> int:
    """Its name in some language."""
    return longest(words, _ANCHORS)


def side(words: Sequence[str]) -> Side:
    """The front carries the card's name."""
    return Side.FRONT if weight(words) else Side.UNKNOWN


def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Values after their element numbers; the place of birth also beside a date whose number is lost."""
    found = numbered(lines, NUMBERS, situation, {})
    return birthplace(lines, found, situation) | found
