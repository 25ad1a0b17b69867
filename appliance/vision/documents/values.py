"""What a field's value may look like, and its normal form."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.domain.printed_date import Meaning, read_date
from appliance.domain.states import from_print

_MEANINGS: Final[dict[str, Meaning]] = {
    "date_of_birth": "birth",
    "issue_date": "issue",
    "expiry_date": "expiry",
}
_FEMALE: Final = frozenset({"F", "W", "K", "FEMALE", "FEMININ", "FEMME", "WEIBLICH", "MUJER", "Z"})
_MALE: Final = frozenset({"M", "MALE", "MASCULIN", "HOMME", "MANNLICH", "HOMBRE", "H"})
_NUMBER: Final = re.compile(r"[A-Z0-9]{5,18}")
_VISA_TYPE: Final = re.compile(r"[A-Z][A-Z0-9]{0,2}([/-][A-Z0-9]{1,3})?")
_HYPHEN: Final = re.compile(r"(?<=[^\W\d_]{3})[.·•](?=[^\W\d_]{3})")
"""A point between two names of three letters and more is a hyphen misread."""
_GAP: Final = re.compile(
    r"(?<=[^\W\d_]{3})(?=[0-9])|(?<=[0-9]{3})(?=[^\W\d_]{2})|(?<=,)(?=\w)|(?<=[a-zà-öø-ÿ]{3})(?=[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ])"
)
"""Where the reader lost a blank in an address: `Lane4`, `80652Rothe`, `Row,Arden`, `GardenWalk`."""
_SURE_NUMBER: Final = 8
"""Characters from which one digit among capitals is enough: no name is that long and holds one."""
_SHORTEST_NAME: Final = 2
_EDGE: Final = " .,:;*|_~-'\"·•/\\"


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides how values read.

    Attributes:
        today: the day of reading.
        issuer: three-letter code of the issuing state, "" where not known yet.
    """

    today: date
    issuer: str = ""


def normalised(name: str, text: str, situation: Situation) -> str:
    """The normal form of a field's printed text, "" where it cannot be one of that field."""
    if name in _MEANINGS:
        return read_date(text, _MEANINGS[name], situation.today, situation.issuer)
    if form := _FORMS.get(name):
        return form(text)
    return _words(_GAP.sub(" ", text), 4 if name == "address" else 2)


def _visa_type(text: str) -> str:
    bare = text.strip(_EDGE).replace(" ", "").upper()
    return bare if _VISA_TYPE.fullmatch(bare) else ""


def _sex(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.upper())
    words = re.findall("[A-Z]+", "".join(c for c in plain if not unicodedata.combining(c)))
    # Of two languages the second is English: K/M is a man's card in Azerbaijani, M/F a woman's in some.
    for word in reversed(words[:2]):
        if word in _MALE:
            return "M"
        if word in _FEMALE:
            return "F"
    return "X" if words[:1] == ["X"] else ""


def state(text: str) -> str:
    """The three-letter code of a state as printed, "" where no state is meant."""
    bare = text.strip(_EDGE)
    upper = bare.upper()
    # German names are listed with their umlauts spelled out; "British citizen" is a nationality of Britain.
    spelled = upper.replace("Ä", "AE").replace("Ö", "OE").replace("Ü", "UE")
    for form in (bare, spelled, upper.removesuffix(" CITIZEN")):
        if found := from_print(form):
            return found
    return ""


def _number(text: str) -> str:
    bare = re.sub(r"[\s.\-\u2013]", "", text.upper()).strip(_EDGE)
    first = text.upper().split()[0].strip(_EDGE) if text.split() else ""
    for candidate in (bare, first):  # more print may have been found on the same line
        digits = sum(c.isdigit() for c in candidate)
        plain = len(candidate) >= _SURE_NUMBER and text == text.upper()
        if _NUMBER.fullmatch(candidate) and digits >= (1 if plain else 2):
            return candidate
    return ""


def _name(text: str) -> str:
    """A name of one letter is nearly always the sex beside it or a key of a keyboard; a zone may tell one."""
    bare = " ".join(text.split()).strip(' .,:;*|_~-"·•/\\')
    letters = sum(c.isalpha() for c in bare)
    mostly = letters >= 0.6 * len(bare.replace(" ", ""))
    if letters < _SHORTEST_NAME or any(c.isdigit() for c in bare) or not mostly:
        return ""
    bare = _HYPHEN.sub("-", bare)
    return bare.replace("\u2019", "'").replace("`", "'")


def _words(text: str, least: int) -> str:
    bare = " ".join(text.split()).strip(' .,:;*|_~-"·•/\\')
    return bare if sum(c.isalnum() for c in bare) >= least else ""


_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "sex": _sex,
    "nationality": state,
    "issuing_country": state,
    "document_number": _number,
    "personal_number": _number,
    "last_name": _name,
    "first_name": _name,
    "full_name": _name,
    "visa_type": _visa_type,
}
