"""Identity cards (Doc 9303 parts 5 and 6): no two states agree on a layout, all label their fields."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from appliance.domain.document import DocumentType, Side
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.types.kind import longest
from appliance.vision.documents.types.labelled import beside_labels, lone_number
from appliance.vision.documents.types.numbered import right_of
from appliance.vision.documents.values import Situation, normalised

TYPE: Final = DocumentType.NATIONAL_ID
COUNTRY: Final = ""
MUST_HAVE: Final = ("last_name", "first_name", "date_of_birth", "document_number", "expiry_date")
_ANCHORS: Final = (
    "IDENTITYCARD", "NATIONALIDENTITY", "CARTEDIDENTITE", "CARTENATIONALE", "PERSONALAUSWEIS",
    "DOCUMENTONACIONALDEIDENTIDAD", "CARTADIDENTITA", "CARTADIDENTIDADE", "CARTAODECIDADAO",
    "BILHETEDEIDENTIDADE", "DOWODOSOBISTY", "OBCANSKYPRUKAZ", "OBCIANSKYPREUKAZ", "IDENTITETSKORT",
    "IDENTITEITSKAART", "ISIKUTUNNISTUS", "HENKILOKORTTI", "PERSONASAPLIECIBA",
    "ASMENSTAPATYBESKORTELE", "OSOBNAISKAZNICA", "OSEBNAIZKAZNICA", "LETERNJOFTIM", "KIMLIKKARTI",
    "CARTEDEIDENTITATE", "SZEMELYAZONOSITO", "IDCARD", "NATIONALID", "IDENTITATSKARTE",
    "IDENTIFICATIONCARD", "SZEMELYIIGAZOLVANY", "CARTEIDENTITE",
)  # fmt: skip
_PLACE: Final = re.compile(r"\s*[àáâaÀA]\s*:\s*")


def weight(words: Sequence[str]) -> int:
    """Its name in some language."""
    return longest(words, _ANCHORS)


def side(words: Sequence[str]) -> Side:
    """The front carries the card's name; the back of a TD1 its zone, which `assemble` knows of."""
    return Side.FRONT if weight(words) else Side.UNKNOWN


def read(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
    """Values beside their labels; a number that stands alone serves where none is labelled."""
    found = beside_labels(lines, situation)
    if situation.issuer == "FRA":
        found = _french(lines, found, situation)
    return found | lone_number(lines, found)


def _french(lines: Sequence[Print], found: Mapping[str, Found], situation: Situation) -> dict[str, Found]:
    """The older card writes `Carte nationale d'identité N° : ...` and `Né(e) le : ... à : PARIS`."""
    more = dict(found)
    if "document_number" not in found and "personal_number" in found:  # the French have none
        more["document_number"] = more.pop("personal_number")
    for line in lines:
        match = _PLACE.match(line.text)
        if match and "place_of_birth" not in found:
            place: Print | None = line.cut(match.end(), len(line.text))
            if place and not place.text:
                place = right_of(line, [other for other in lines if other is not line])
            if place and (value := normalised("place_of_birth", place.text, situation)):
                more["place_of_birth"] = Found(value, place)
    return more
