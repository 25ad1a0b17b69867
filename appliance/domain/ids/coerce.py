"""Bringing a misread number into the form that its kind has: letters here, digits there.

Readers mistake 0 for O, 1 for I, 5 for S, 8 for B, 2 for Z and 6 for G, and the other way round. Where the
form says which of the two can stand at a place the mistake can be undone; how often that was done is told,
because each time there is a chance that the reading was something else altogether.
"""

import re
from dataclasses import dataclass
from typing import Final

LETTER: Final = "A"
DIGIT: Final = "9"
MOST_CHANGES: Final = 2
"""With more characters changed almost any text fits a form."""

_TO_LETTER: Final = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z", "6": "G"}
_TO_DIGIT: Final = {letter: digit for digit, letter in _TO_LETTER.items()} | {"Q": "0", "D": "0", "L": "1"}
_BETWEEN: Final = re.compile(r"[\s.\-\u2013\u2014:/|]")


@dataclass(frozen=True, slots=True)
class Coerced:
    """A text brought into a form.

    Attributes:
        value: the characters that the form counts.
        changed: places of the original text whose character was replaced, in order.
        start, end: the stretch of the original text that was used.
    """

    value: str
    changed: tuple[int, ...]
    start: int
    end: int


def coerced(text: str, form: str, most: int = MOST_CHANGES) -> Coerced | None:
    """The whole text in a form, blanks and strokes left out; None where it does not fit.

    Args:
        text: as read.
        form: `A` for a capital letter, `9` for a digit: `AAAAA9999A`.
        most: characters that may be replaced by their look-alike.
    """
    kept = _kept(text)
    if len(kept) != len(form):
        return None
    return _fitted(kept, form, most)


def stretches(text: str, form: str, most: int = MOST_CHANGES) -> list[Coerced]:
    """All stretches of the text that fit a form, those with the fewest changes first.

    A stretch begins and ends at a blank, a stroke or another character that is neither letter nor digit, so
    that no number is cut out of the middle of a longer one.
    """
    kept = _kept(text)
    found: list[Coerced] = []
    for first in range(len(kept) - len(form) + 1):
        last = first + len(form)
        if first and not _parted(text, kept[first - 1][0], kept[first][0]):
            continue
        if last < len(kept) and not _parted(text, kept[last - 1][0], kept[last][0]):
            continue
        if fitted := _fitted(kept[first:last], form, most):
            found.append(fitted)
    return sorted(found, key=lambda one: len(one.changed))


def _kept(text: str) -> list[tuple[int, str]]:
    """Characters that count, as capitals, with their places; some letters' capitals would be two."""
    return [
        (place, c.upper() if len(c.upper()) == 1 else c)
        for place, c in enumerate(text)
        if not _BETWEEN.fullmatch(c)
    ]


def _fitted(kept: list[tuple[int, str]], form: str, most: int) -> Coerced | None:
    characters: list[str] = []
    changed: list[int] = []
    for (place, character), wanted in zip(kept, form, strict=True):
        fits = character.isascii() and (character.isalpha() if wanted == LETTER else character.isdigit())
        if fits:
            characters.append(character)
            continue
        alike = (_TO_LETTER if wanted == LETTER else _TO_DIGIT).get(character, "")
        if not alike or len(changed) == most:
            return None
        characters.append(alike)
        changed.append(place)
    return Coerced("".join(characters), tuple(changed), kept[0][0], kept[-1][0] + 1)


def _parted(text: str, before: int, after: int) -> bool:
    """Whether a number may begin between two characters."""
    if after > before + 1:
        return True
    return not (text[before].isalnum() and text[after].isalnum())
