"""What Indian documents share: labels misread in small print, numbers of a fixed form, address blocks."""

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.domain.ids.coerce import Coerced
from appliance.domain.printed_date import Meaning, read_date
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.labels import compact
from appliance.vision.documents.values import Situation

COUNTRY: Final = "IND"
_MISREAD: Final = 6
"""One letter in so many of a label may be wrong."""
_LEVEL: Final = 0.01
"""Slope, radians, up to which print counts as level."""
_SHORT: Final = 4
"""Labels of so many letters are part of too many names to count inside a word."""
_LONG_WORD: Final = 9
"""Letters from which a name of one word is doubted."""
_COERCED_SURE: Final = 0.6
"""Certainty left to a character that was replaced by its look-alike."""
_CHECKED_SURE: Final = 0.88
"""The same in a number whose check digit holds: nine wrong replacements in ten would break it."""
_EDGE: Final = " .,:;*|_~-'\"\u00b7\u2022/\\=\u201c\u201d\u2018\u2019\uff1a\uff0c)("
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z .'\u2019\-]*")
_GLUED: Final = re.compile(r"(?<=[a-z])(?<!\bMc)(?<!\bMac)(?=[A-Z])")
_ROW: Final = 0.5
"""Heights between the middles of two prints on one row."""
_GAP: Final = 2.6
"""Heights between two prints on one row that belong together."""
_NEXT: Final = 2.1
"""Heights from one line of a block to the next, middle to middle."""
_BELOW: Final = 2.6
"""Heights from a label to the value below it."""
_LEAST_ADDRESS: Final = 8
"""Letters and digits of the shortest address."""
_PIN: Final = re.compile(r"(?<![0-9])[1-9][0-9]{2} ?[0-9]{3}\W*$")


def levelled(
    read: Callable[[Sequence[Print], Situation], dict[str, Found]],
) -> Callable[[Sequence[Print], Situation], dict[str, Found]]:
    """Have print read as it lies when most of it is level: an outline a little off leaves the page askew.

    Args:
        read: fields of level print.

    Returns:
        The same for any print; outlines of values lie where their print lies.
    """

    @functools.wraps(read)
    def as_it_lies(lines: Sequence[Print], situation: Situation) -> dict[str, Found]:
        turn = _turn(lines)
        if turn is None:
            return read(lines, situation)
        flat = [replace(line, quad=np.asarray(line.quad @ turn.T, np.float32)) for line in lines]
        return {
            name: replace(
                value, print=replace(value.print, quad=np.asarray(value.print.quad @ turn, np.float32))
            )
            for name, value in read(flat, situation).items()
        }

    return as_it_lies


def _turn(lines: Sequence[Print]) -> NDArray[np.float64] | None:
    """2 x 2: turns long print level; None where it is."""
    along = [
        line.quad[1] - line.quad[0] + line.quad[2] - line.quad[3] for line in lines if len(line.text) >= 5
    ]
    lying = [way for way in along if abs(float(way[0])) > 2 * abs(float(way[1]))]
    if not lying:
        return None
    angle = float(np.median([np.arctan2(way[1], way[0]) for way in lying]))
    if abs(angle) < _LEVEL:
        return None
    sine, cosine = np.sin(-angle), np.cos(-angle)
    return np.array([[cosine, -sine], [sine, cosine]], np.float64)


def ordered(lines: Iterable[Print]) -> list[Print]:
    """From top to bottom, rows from left to right."""
    rows: list[list[Print]] = []
    for line in sorted(lines, key=lambda one: one.middle):
        row = rows[-1] if rows else []
        if row and abs(line.middle - row[0].middle) < _ROW * min(line.height, row[0].height):
            row.append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda one: one.left)]


def rows(lines: Sequence[Print]) -> list[Print]:
    """Prints that stand close together on one row, joined: a number in fours comes in pieces at times."""
    found: list[Print] = []
    for line in ordered(lines):
        last = found[-1] if found else None
        if last and together(last, line):
            found[-1] = joined([last, line])
        else:
            found.append(line)
    return found


def together(left: Print, right: Print) -> bool:
    """Whether the second goes on where the first ends, in print of the same size."""
    height = min(left.height, right.height)
    level = abs(left.middle - right.middle) < _ROW * height and max(left.height, right.height) < 1.6 * height
    return level and -0.5 * height < right.left - left.right < _GAP * height


def joined(pieces: Sequence[Print]) -> Print:
    """One print of several, in their order, with an upright outline around all."""
    if len(pieces) == 1:
        return pieces[0]
    sure: list[float] = []
    for piece in pieces:
        sure += [*piece.sure, 1.0]
    points = np.vstack([piece.quad for piece in pieces])
    (left, top), (right, bottom) = points.min(0), points.max(0)
    quad = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    return Print(" ".join(piece.text for piece in pieces), tuple(sure[:-1]), quad)


def holds(words: Iterable[str], anchors: Iterable[str]) -> int:
    """Letters of the longest anchor that a line holds, few of them misread; 0 without one."""
    found = 0
    texts = list(words)
    for anchor in anchors:
        if len(anchor) > found and any(_place(text, anchor) is not None for text in texts):
            found = len(anchor)
    return found


def after(line: Print, labels: Iterable[str]) -> Print | None:
    """What stands behind a label in the same line, possibly nothing; None where it has no such label.

    Args:
        line: print.
        labels: as `labels.compact` writes them; the first that is found counts.
    """
    letters, places = compact(line.text)
    for label in labels:
        at = _place(letters, label) if len(label) > _SHORT else _word_place(letters, places, label)
        if at is None:
            continue
        end = at + len(label)
        start = places[end] if end < len(places) else len(line.text)
        text = line.text[start:]
        return line.cut(start + len(text) - len(text.lstrip(_EDGE)), len(line.text))
    return None


def _place(letters: str, label: str) -> int | None:
    """Where a label stands; one letter in six may differ in labels of that many letters."""
    exact = letters.find(label)
    if exact >= 0:
        return exact
    allowed = len(label) // _MISREAD
    if not allowed:
        return None
    best: tuple[int, int] | None = None
    for at in _candidates(letters, label, allowed + 1):
        wrong = sum(a != b for a, b in zip(letters[at : at + len(label)], label, strict=True))
        if wrong <= allowed and (best is None or (wrong, at) < best):
            best = (wrong, at)
    return best[1] if best else None


def _word_place(letters: str, places: Sequence[int], label: str) -> int | None:
    """Where a short label stands as a word of its own, or with digits behind it: `DOB`, not `DOBRIYAL`."""
    at = letters.find(label)
    while at >= 0:
        end = at + len(label)
        begins = at == 0 or places[at] > places[at - 1] + 1
        ends = end >= len(letters) or places[end] > places[end - 1] + 1 or letters[end].isdigit()
        if begins and ends:
            return at
        at = letters.find(label, at + 1)
    return None


def _candidates(letters: str, label: str, pieces: int) -> set[int]:
    """Where a label may stand: of so many pieces one at least is read right."""
    found: set[int] = set()
    size = len(label) // pieces
    for piece in range(pieces):
        start = piece * size
        part = label[start : start + size] if piece < pieces - 1 else label[start:]
        at = letters.find(part)
        while at >= 0:
            if 0 <= at - start <= len(letters) - len(label):
                found.add(at - start)
            at = letters.find(part, at + 1)
    return found


def values(label: Print, rest: Print, lines: Sequence[Print]) -> list[Print]:
    """Where the value of a label may stand, likeliest first: behind it, right of it, below it."""
    height = label.height
    right = [
        line
        for line in lines
        if line is not label
        and abs(line.middle - label.middle) < _ROW * max(height, line.height)
        and -0.3 * height < line.left - label.right < 8 * height
    ]
    found = [rest] if rest.text else []
    found += sorted(right, key=lambda line: line.left)[:1]
    under = below(label, lines)
    return [*found, under] if under else found


def below(label: Print, lines: Sequence[Print]) -> Print | None:
    """The nearest print below a label that begins where it begins."""
    under = [
        line
        for line in lines
        if 0.4 * label.height < line.middle - label.middle < _BELOW * max(label.height, line.height)
        and abs(line.left - label.left) < 2.5 * label.height
    ]
    return min(under, key=lambda line: line.middle) if under else None


def value_of(
    lines: Sequence[Print], labels: Sequence[str], read: Callable[[Print], Found | None]
) -> Found | None:
    """The first value that some label leads to and that can be read as one.

    Args:
        lines: print of the page.
        labels: as `labels.compact` writes them.
        read: the value in a print, None where there is none.
    """
    for line in ordered(lines):
        rest = after(line, labels)
        if rest is None:
            continue
        for place in values(line, rest, lines):
            if found := read(place):
                return found
    return None


def name_of(text: str) -> str:
    """A person's name as printed in Latin letters, "" where it is none."""
    bare = _GLUED.sub(" ", " ".join(text.strip(_EDGE).split()))
    if not _NAME.fullmatch(bare) or sum(c.isalpha() for c in bare) < 2:
        return ""
    return bare.replace("\u2019", "'")


def person(line: Print) -> Found | None:
    """The name that a line holds, None where it is none; a long single word has likely lost its blank."""
    value = name_of(line.text)
    if not value:
        return None
    return Found(value, line, inferred=" " not in value and len(value) >= _LONG_WORD)


def issuer(lines: Sequence[Print], anchors: Sequence[str], found: Mapping[str, Found]) -> dict[str, Found]:
    """India as the issuing state: a heading of the type says so, else its number, which only India gives.

    Args:
        lines: print of the page.
        anchors: headings of the type.
        found: what was read of it.
    """
    for line in ordered(lines):
        if holds([compact(line.text)[0]], anchors):
            return {"issuing_country": Found(COUNTRY, line)}
    number = found.get("document_number")
    return {"issuing_country": Found(COUNTRY, number.print, inferred=True)} if number else {}


def date_of(line: Print, meaning: Meaning, situation: Situation) -> Found | None:
    """The date in a line; India prints the day first."""
    value = read_date(line.text, meaning, situation.today, COUNTRY)
    return Found(value, line) if value else None


def number_found(line: Print, number: Coerced, *, sure: bool = True, checked: bool = False) -> Found:
    """A number brought into its form; what was replaced counts as hardly read.

    Args:
        line: where it stands.
        number: of `line.text`.
        sure: whether nothing else speaks against it.
        checked: whether its check digit holds.
    """
    least = _CHECKED_SURE if checked else _COERCED_SURE
    cut = line.cut(number.start, number.end)
    changed = {place - number.start for place in number.changed}
    certainty = tuple(
        min(value, least) if at in changed or not sure else value for at, value in enumerate(cut.sure)
    )
    return Found(number.value, replace(cut, sure=certainty))


def unglued(name: Found, other: Found) -> Found:
    """A name of one word that ends in the family name of another on the card: the reader lost the blank."""
    word, family = name.value, other.value.split()[-1]
    if " " in word or not word.upper().endswith(family.upper()) or len(word) < len(family) + 2:
        return name
    cut = len(word) - len(family)
    return Found(f"{word[:cut]} {word[cut:]}", name.print, inferred=True)


def block(first: Print, lines: Sequence[Print], ends: Callable[[Print], bool]) -> list[Print]:
    """The lines of a paragraph from its first on: each begins about where the first does, no gap between.

    Args:
        first: the paragraph's first line.
        lines: print below and beside it.
        ends: whether a line no longer belongs to it.
    """
    found = [first]
    row = first
    for line in ordered(lines):
        down = (line.middle - row.middle) / max(row.height, line.height)
        if line is first or down < -_ROW:
            continue
        if down < _ROW:
            if together(found[-1], line) and not ends(line):
                found.append(line)
            continue
        if down > _NEXT or _PIN.search(found[-1].text):
            break
        if abs(line.left - first.left) > 2.2 * first.height:
            continue
        if ends(line):
            break
        found.append(line)
        row = line
    return found


def address_of(lines: Sequence[Print], labels: Sequence[str], ends: Callable[[Print], bool]) -> Found | None:
    """The address behind or below its label, its lines joined by blanks.

    Args:
        lines: all print.
        labels: its labels.
        ends: whether a line no longer belongs to it.
    """
    for label in ordered(lines):
        rest = after(label, labels)
        if rest is None:
            continue
        # The label itself marks where the further lines begin.
        first = replace(label, text=rest.text, sure=rest.sure) if rest.text else below(label, lines)
        if first is None or ends(first):
            continue
        others = [line for line in lines if line is not label and line is not first]
        whole = joined(block(first, others, ends))
        value = address_text(whole.text)
        if sum(c.isalnum() for c in value) >= _LEAST_ADDRESS:
            return Found(value, whole)
    return None


def address_text(text: str) -> str:
    """An address as it is written: blanks behind commas and around the stroke before the postal code."""
    value = _GLUED.sub(" ", " ".join(text.split()))
    value = re.sub(r"\b(H\.?No)[.,](?=\S)", r"\1. ", value, flags=re.IGNORECASE)
    value = re.sub(r"\b(H\.?No),", r"\1.", value, flags=re.IGNORECASE)
    value = re.sub(r"(?<=/[OC0]):(?=\S)", ": ", value, flags=re.IGNORECASE)
    value = re.sub(r"\s*[,\uff0c]\s*(?=\S)", ", ", value)
    value = re.sub(r"\s*[-\u2013]\s*(?=[1-9][0-9]{2} ?[0-9]{3}\W*$)", " - ", value)
    return value.strip(" .,:;*|_~-")
