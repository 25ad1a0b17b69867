"""A name as the words that are compared: in its own script, and in Latin letters.

Order, case, accents, points and the comma after a family name do not matter later on; particles and titles
count for little.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from anyascii import anyascii

MOST_WORDS: Final = 24
"""Of one name; the longest real ones have about 15."""
PARTICLES: Final = frozenset(
    (
        *("al", "el", "ul", "ur", "ud", "ad", "as", "ash", "az", "an", "bin", "ben", "ibn", "bint", "binti"),
        *(
            "abu",
            "abou",
            "umm",
            "de",
            "la",
            "le",
            "del",
            "della",
            "di",
            "da",
            "do",
            "dos",
            "das",
            "du",
            "van",
        ),
        *("von", "der", "den", "ter", "ten", "y", "e", "st", "jr", "sr", "mr", "mrs", "ms", "dr", "prof"),
        *("haji", "hajji", "sheikh", "shaykh", "sheik", "mullah", "mawlawi", "maulavi", "general", "colonel"),
        *(
            "\u0628\u0646",
            "\u0628\u0646\u062a",
            "\u0627\u0628\u0646",
            "\u0627\u0628\u0648",
            "\u0627\u0644",
        ),  # bin, bint, ibn, abu, al
    )
)
"""Words that say little of who somebody is."""

_PARTS: Final = re.compile(r"[^a-z0-9]+")
_LETTERS: Final = re.compile(r"[^\w]+|_+")
_SYLLABLES: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SYLLABIC: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_QUOTES: Final = str.maketrans("", "", "'`\u2018\u2019\u02bc\u02bf\u02be\"")
_ARABIC: Final = re.compile(
    "[\u0590-\u05ff\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]"
)
_SAME: Final = str.maketrans(
    {
        **dict.fromkeys("\u0623\u0625\u0622\u0671", "\u0627"),  # alef with marks
        **dict.fromkeys("\u0649\u06cc\u0626", "\u064a"),  # yeh
        **dict.fromkeys("\u06a9\u06aa", "\u0643"),  # kaf
        **dict.fromkeys("\u0629\u06c0\u06c1\u06d5", "\u0647"),  # heh and teh marbuta
        "\u0624": "\u0648",
        "\u0621": None,
        "\u0640": None,
    }
)
_ARTICLE: Final = "\u0627\u0644"


@dataclass(frozen=True, slots=True)
class Words:
    """A name in pieces.

    Attributes:
        latin: words in small Latin letters, transliterated where the name is written otherwise.
        script: words in the name's own script; empty where that is Latin.
        consonants: whether the name is written in a script without vowels (Arabic, Hebrew): its
            transliteration is a skeleton, and is compared as one.
    """

    latin: tuple[str, ...]
    script: tuple[str, ...] = ()
    consonants: bool = False


def words(name: str) -> Words:
    """Take a name apart; no words for a name without letters."""
    last, comma, first = name.partition(",")
    plain = unicodedata.normalize("NFKC", f"{first} {last}" if comma else name)
    if plain.isascii():
        return Words(_latin(plain))
    other = sum(letter.isalpha() and letter > "\u024f" for letter in plain)
    letters = sum(letter.isalpha() for letter in plain)
    romanised = any(unicodedata.name(letter, "").startswith("LATIN") for letter in plain if letter > "\u024f")
    if 2 * other <= letters or romanised:
        return Words(_latin(plain))
    spelled = anyascii(plain)
    if _SYLLABIC.search(plain):
        spelled = _SYLLABLES.sub(" ", spelled)
    return Words(_latin(spelled), _own(plain), consonants=bool(_ARABIC.search(plain)))


def _latin(plain: str) -> tuple[str, ...]:
    spelled = plain if plain.isascii() else anyascii(plain)
    pieces = _PARTS.split(spelled.translate(_QUOTES).lower())
    return tuple(piece[:40] for piece in pieces if piece)[:MOST_WORDS]


def _own(plain: str) -> tuple[str, ...]:
    """Words of another script: no marks, one letter for those that are written alike, no article."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", plain.casefold())
        if not unicodedata.combining(letter)
    )
    bare = unicodedata.normalize("NFC", bare).translate(_SAME).translate(_QUOTES)
    pieces = (piece for piece in _LETTERS.split(bare) if piece)
    return tuple((piece.removeprefix(_ARTICLE) if len(piece) > 4 else piece)[:40] for piece in pieces)[
        :MOST_WORDS
    ]
