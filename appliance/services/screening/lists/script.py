"""Whether a name is written in Latin letters."""

import unicodedata

from appliance.domain.screening import NameKind


def is_latin(text: str) -> bool:
    """Whether most letters of a text are Latin; a text without letters is."""
    letters = [letter for letter in text if letter.isalpha()]
    latin = sum(letter < "\u0250" or unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return 2 * latin >= len(letters)


def kind_of(text: str, *, weak: bool) -> NameKind:
    """The kind of a listed name."""
    if weak:
        return NameKind.WEAK
    return NameKind.STRONG if is_latin(text) else NameKind.SCRIPT
