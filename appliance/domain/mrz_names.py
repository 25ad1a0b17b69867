"""Spelling of names in the machine-readable zone: transliteration and truncation.

ICAO Doc 9303 part 3 section 6 (letters), part 4 section 4.2.3 (names that do not fit).
"""

import re
import unicodedata
from types import MappingProxyType
from typing import Final

from appliance.domain.mrz_layout import FILLER

_TWO_LETTERS: Final = (
    "Ä AE Å AA Æ AE Ð D Đ D Ø OE Ö OE Ü UE Þ TH Œ OE Ħ H Ĳ IJ Ł L Ŋ N Ŧ T Ŀ L "
    "А A Б B В V Г G Д D Е E Ё E Ж ZH З Z И I І I Й I К K Л L М M Н N О O П P Р R С S Т T У U Ф F Х KH Ц TS "  # noqa: RUF001 - Cyrillic is what this row spells
    "Ч CH Ш SH Щ SHCH Ы Y Ъ IE Э E Ю IU Я IA Ґ G Є IE Ї I Ў U Ј J Љ LJ Њ NJ Ћ C Џ DZ Ђ D"  # noqa: RUF001 - likewise
)
_SPELLED: Final = dict(re.findall("(.) ([A-Z]+)", _TWO_LETTERS))
_TABLE: Final = MappingProxyType({ord(letter): latin for letter, latin in _SPELLED.items()})
_DROPPED: Final = re.compile("['`.\u2019\u02bc\u044c\u042c]")
"""Apostrophes, points and the Cyrillic soft sign leave no trace."""


def transliterate(name: str) -> str:
    """A name in the letters of the zone (Doc 9303 part 3 section 6), words parted by one filler.

    German and Nordic letters become two (AE, OE, UE, AA, SS), other accents fall away, Cyrillic goes by the
    standard's table, apostrophes and points vanish, hyphens, blanks and anything unknown part words.
    """
    capitals = unicodedata.normalize("NFC", name).upper()
    spelled = _DROPPED.sub("", capitals).translate(_TABLE)
    bare = "".join(c for c in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(c))
    return FILLER.join(re.findall("[A-Z]+", bare))


def name_field(last_name: str, first_name: str, width: int) -> str:
    """Both names in `width` columns, truncated where they do not fit.

    The secondary identifier keeps at least its first letter, and a truncated field ends in a letter, which is
    the standard's sign that something is missing (Doc 9303 part 4 section 4.2.3).
    """
    primary, secondary = transliterate(last_name), transliterate(first_name)
    if not secondary:
        return _cut(primary, width).ljust(width, FILLER)
    whole = f"{primary}{2 * FILLER}{secondary}"
    if len(whole) <= width:
        return whole.ljust(width, FILLER)
    primary = _cut(primary, width - 3)
    room = width - len(primary) - 2
    return f"{primary}{2 * FILLER}{_cut(secondary, room)}".ljust(width, FILLER)


def _cut(words: str, width: int) -> str:
    """At most `width` characters, the last one a letter.

    Where the cut falls on a filler, the word before gives its last letter up for the first of the next one.
    """
    if len(words) <= width or words[width - 1] != FILLER:
        return words[:width]
    if words[width - 3 : width - 2] in ("", FILLER):
        return words[: width - 1]
    return words[: width - 2] + FILLER + words[width]
