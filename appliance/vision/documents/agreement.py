"""Whether two sources say the same of a field, though they spell it differently."""

import re
import unicodedata
from typing import Final

from appliance.domain.mrz_names import transliterate

NAMES: Final = frozenset({"last_name", "first_name", "full_name", "father_name"})
_NUMBERS: Final = frozenset({"document_number", "personal_number", "vid"})
_PROSE: Final = frozenset({"address", "place_of_birth"})
_YEAR: Final = 4
_SHARED: Final = 0.75
"""Share of the shorter text's words that the longer one has to hold: barcodes leave out or add a line."""


def agree(name: str, one: str, other: str, *, truncated: bool = False) -> bool:
    """Whether two values of a field are the same.

    Args:
        name: of the field.
        one: normal form.
        other: normal form.
        truncated: `other` may lack letters at its end: a zone whose name field is full.
    """
    if one == other:
        return True
    if name in NAMES:
        return _same_name(one, other, truncated=truncated)
    if name in _NUMBERS:
        return _same_number(one, other)
    if name.startswith("date_") or name.endswith("_date"):
        return min(len(one), len(other)) == _YEAR and one[:_YEAR] == other[:_YEAR]
    if name in _PROSE:
        return _same_prose(one, other)
    return _bare(one) == _bare(other)


def _same_name(one: str, other: str, *, truncated: bool) -> bool:
    ours, theirs = spellings(one), spellings(other)
    if ours & theirs:
        return True
    if truncated and any(len(b) > 1 and a.startswith(b) for a in ours for b in theirs):
        return True
    words = [sorted(transliterate(name).split("<")) for name in (one, other)]
    return len(words[0]) > 1 and words[0] == words[1]


def spellings(name: str) -> frozenset[str]:
    """A name in capitals A to Z without gaps: by Doc 9303, and with its accents simply left off.

    States are free to write Ü as UE, UXX or U; the two commonest are told.
    """
    plain = unicodedata.normalize("NFKD", name.upper())
    left = re.sub("[^A-Z]", "", "".join(c for c in plain if not unicodedata.combining(c)))
    return frozenset({transliterate(name).replace("<", ""), left}) - {""}


def _same_number(one: str, other: str) -> bool:
    """Equal, or equal in the last four places where one has the others hidden."""
    hidden = any(len(number) > _YEAR and set(number[:-4]) == {"X"} for number in (one, other))
    return len(one) == len(other) and hidden and one[-4:] == other[-4:]


def _same_prose(one: str, other: str) -> bool:
    ours, theirs = (set(re.findall(r"\w+", text.casefold())) for text in (one, other))
    fewer = min(len(ours), len(theirs))
    return fewer > 0 and len(ours & theirs) >= _SHARED * fewer


def _bare(text: str) -> str:
    return re.sub(r"[\s,;./]", "", text).casefold()
