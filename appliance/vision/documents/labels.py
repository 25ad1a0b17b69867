"""Finding labels in a line of print: which part of it names a field, which part is a value."""

import itertools
import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from appliance.vision.documents.label_words import AMBIGUOUS_NAME, OTHER, VOCABULARY


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a line of print.

    Attributes:
        label: the field whose label it is; "" for a value.
        start, end: characters of the line.
    """

    label: str
    start: int
    end: int


_LETTERS: Final = str.maketrans(
    {
        "ł": "l",
        "Ł": "L",
        "\u0131": "i",
        "ə": "a",
        "Ə": "A",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "°": "o",
        "º": "o",
    }
)


def compact(text: str) -> tuple[str, list[int]]:
    """Capitals and digits of `text` without accents, and for each where it stands in `text`."""
    kept: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        spelled = character.translate(_LETTERS)
        for plain in unicodedata.normalize("NFKD", spelled).upper():
            if plain.isascii() and plain.isalnum():
                kept.append(plain)
                places.append(place)
    return "".join(kept), places


_SURE_LENGTH: Final = 6
"""Labels of at least so many letters may be misread in one place, and may touch what follows."""


def _compiled() -> dict[str, str]:
    by_word: dict[str, str] = {}
    for field, words in VOCABULARY.items():
        for word in words.split(";"):
            plain = compact(word)[0]
            by_word.setdefault(plain, field)
            if len(plain) >= _SURE_LENGTH:  # "rn" in small print reads as "m" more often than not
                by_word.setdefault(plain.replace("RN", "M"), field)
    return by_word


_BY_WORD: Final = _compiled()
_BY_LENGTH: Final = tuple(sorted(_BY_WORD, key=len, reverse=True))
_SIZES: Final = tuple(sorted({len(word) for word in _BY_WORD}, reverse=True))


def _by_ends() -> dict[tuple[int, str, str], tuple[str, ...]]:
    ends: dict[tuple[int, str, str], tuple[str, ...]] = {}
    for word in _BY_LENGTH:
        for key in ((len(word), word[:3], ""), (len(word), "", word[-3:])):
            ends[key] = (*ends.get(key, ()), word)
    return ends


_ALIKE_WORDS: Final = _by_ends()
"""Labels by length and first or last three letters: a misread one keeps its beginning or its end."""
_SPACED: Final = frozenset(
    compact(word)[0] for words in VOCABULARY.values() for word in words.split(";") if " " in word.strip()
)
"""Labels of several words, which alone may have blanks in them."""


def parts(text: str) -> list[Part]:
    """Cut a line of print into labels and values, in order.

    Labels that follow one another with only a stroke or point between count as one, in several languages.
    """
    found: list[Part] = []
    letters, places = compact(text)
    at = _number_before(letters, places, text)
    value_from: int | None = None
    while at < len(letters):
        start = places[at]
        opens = at == 0 or start > places[at - 1] + 1 or not found
        word = _label_at(letters, places, at, text) if opens else ""
        if word and not (value_from is not None and len(word) < _SURE_LENGTH):
            if value_from is not None:
                found.append(Part("", value_from, start))
                value_from = None
            end = places[at + len(word) - 1] + 1
            found.append(Part(_BY_WORD[word], start, end))
            at += len(word)
            continue
        if value_from is None:
            value_from = start
        at += 1
    if value_from is not None:
        found.append(Part("", value_from, len(text)))
    return _joined(found, text)


_ELEMENT: Final = re.compile("(?:[1-9][0-9]?[A-D]?)")


def is_fragment(text: str) -> bool:
    """Whether a text is a label of which glare, blur or the paper's pattern hides a part.

    Only what has small letters counts: values in capitals are names more often than labels.
    """
    letters = compact(text)[0]
    if len(letters) <= _SHORTEST_FRAGMENT or text == text.upper():
        return False
    if any(word.startswith(letters) for word in _BY_LENGTH):
        return True
    if len(letters) < _LEAST_ALIKE:
        return False
    pairs = _pairs_of(letters)
    return any(
        2 * len(pairs & other) >= len(pairs) and SequenceMatcher(None, letters, word).ratio() >= _ALIKE
        for word, other in _PAIRS
    )


def _pairs_of(letters: str) -> frozenset[str]:
    return frozenset(a + b for a, b in itertools.pairwise(letters))


_SHORTEST_FRAGMENT: Final = 2
_LEAST_ALIKE: Final = 5
_ALIKE: Final = 0.82
"""Likeness (Ratcliff and Obershelp) from which a text is taken for a label misread in several places."""
_PAIRS: Final = tuple((word, _pairs_of(word)) for word in _BY_LENGTH if len(word) > _LEAST_ALIKE)


def _number_before(letters: str, places: list[int], text: str) -> int:
    """How many characters an element number takes (`4d`, `15`) that stands before a label; 0 without one."""
    for size in (3, 2, 1):
        if (
            _ELEMENT.fullmatch(letters[:size])
            and len(letters) > size
            and _label_at(letters, places, size, text)
        ):
            return size
    return 0


def _joined(found: list[Part], text: str) -> list[Part]:
    joined: list[Part] = []
    for part in found:
        last = joined[-1] if joined else None
        if last and last.label and part.label and (between := text[last.end : part.start]) is not None:
            same = last.label == part.label
            stroke = "/" in between or "(" in between or "," in between or "·" in between
            if same or stroke:
                label = last.label if last.label not in (AMBIGUOUS_NAME, OTHER) else part.label
                joined[-1] = Part(label, last.start, part.end)
                continue
        joined.append(part)
    return joined


def _label_at(letters: str, places: list[int], at: int, text: str) -> str:
    rest = letters[at:]
    for size in _SIZES:
        word = rest[:size]
        if word not in _BY_WORD or not _ends(places, at + size, text, size):
            continue
        if size < _SURE_LENGTH and word not in _SPACED:
            inside = text[places[at] : places[at + size - 1]]
            if any(c.isspace() for c in inside):  # `DL N123` is no `DLN`
                continue
        return word
    for size in _SIZES:
        seen = rest[:size]
        if len(seen) < size or size < _SURE_LENGTH:
            continue
        for word in _ALIKE_WORDS.get((size, seen[:3], ""), ()) + _ALIKE_WORDS.get((size, "", seen[-3:]), ()):
            if _misread(seen, word):
                return word
    return ""


def _ends(places: list[int], after: int, text: str, size: int) -> bool:
    """Whether a label's end is believable: long ones may touch the next word, short ones may not."""
    if after >= len(places) or places[after] > places[after - 1] + 1:
        return True
    if size >= _SURE_LENGTH + 2:
        return True
    following = text[places[after]]
    return size >= 2 and following.isdigit() and not text[places[after - 1]].isdigit()


def _misread(seen: str, word: str) -> bool:
    """Whether `seen` is `word`, of the same length, with few letters wrong: one in seven."""
    return sum(a != b for a, b in zip(seen, word, strict=True)) <= len(word) // 7
