"""Pairs labels with their values by how they lie on the page."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.vision.documents.label_words import OTHER
from appliance.vision.documents.labels import is_fragment, parts
from appliance.vision.documents.letter_families import Others

_REACH_BELOW: Final = 2.6
"""Heights of print that a value may stand below its label, centre to centre."""
_REACH_RIGHT: Final = 14.0
"""Heights of print that a value may stand right of its label."""


@dataclass(frozen=True, eq=False, slots=True)
class Print:
    """A line of print on the upright page.

    Attributes:
        text: what it says.
        sure: per character of `text`, 0..1.
        quad: 4 x 2, clockwise from the top left of the text, page pixels.
        others: per character of `text` other letters that it may be, () where not known.
    """

    text: str
    sure: tuple[float, ...]
    quad: NDArray[np.float32]
    others: tuple[Others, ...] = ()

    def cut(self, start: int, end: int) -> "Print":
        """The stretch from `start` to `end`, blanks trimmed; its outline is cut in proportion."""
        text = self.text[start:end]
        start, end = start + len(text) - len(text.lstrip()), end - len(text) + len(text.rstrip())
        if (start, end) == (0, len(self.text)):
            return self
        length = max(len(self.text), 1)
        left, right = start / length, max(end, start) / length
        top, bottom = self.quad[1] - self.quad[0], self.quad[2] - self.quad[3]
        corners = [self.quad[0] + top * left, self.quad[0] + top * right]
        corners += [self.quad[3] + bottom * right, self.quad[3] + bottom * left]
        quad = np.array(corners, np.float32)
        return Print(self.text[start:end], self.sure[start:end], quad, self.others[start:end])

    @property
    def least(self) -> float:
        """Certainty of the least certain character, 0..1."""
        return min(self.sure, default=0.0)

    @property
    def height(self) -> float:
        """Pixels across the text."""
        return max(float(np.linalg.norm(self.quad[3] - self.quad[0])), 1.0)

    @property
    def left(self) -> float:
        """Pixels."""
        return float(self.quad[0, 0] + self.quad[3, 0]) / 2

    @property
    def right(self) -> float:
        """Pixels."""
        return float(self.quad[1, 0] + self.quad[2, 0]) / 2

    @property
    def middle(self) -> float:
        """Pixels from the page's top."""
        quad = self.quad
        return float(quad[0, 1] + quad[1, 1] + quad[2, 1] + quad[3, 1]) / 4


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """A value with its normal form."""

    value: str
    print: Print
    inferred: bool = False
    """Whether no label says so: what else is on the page leaves no other meaning."""


@dataclass(frozen=True, slots=True)
class _Pair:
    cost: float
    label: int
    value: int
    normal: str


def labelled(
    lines: Iterable[Print], normal: Callable[[str, str], str], rename: Callable[[set[str], str], str]
) -> dict[str, Found]:
    """Values by field, each the nearest one that its label can mean.

    Args:
        lines: print of the page.
        normal: from field and text the normal form, "" where the text cannot be a value of that field.
        rename: from all fields labelled on the page and one label's field the field meant; for labels that
            mean one thing on one card and another on the next.
    """
    labels: list[tuple[str, Print, int]] = []
    values: list[tuple[Print, int]] = []
    for line in lines:
        previous = -1
        for part in parts(line.text):
            # The element number before a label (`15 SEX`) belongs to it: values begin below the number.
            numbered = bool(part.label) and line.text[: part.start].strip()[:1].isdigit()
            cut = line.cut(0 if numbered and previous < 0 else part.start, part.end)
            if part.label:
                labels.append((part.label, cut, -1))
                previous = len(labels) - 1
            elif cut.text and not is_fragment(cut.text):
                values.append((cut, previous))
                previous = -1
    named = {name for name, _, _ in labels}
    labels = [(rename(named, name), cut, at) for name, cut, at in labels]
    return _assigned(labels, values, sorted(_pairs(labels, values, normal), key=lambda pair: pair.cost))


def _pairs(
    labels: Sequence[tuple[str, Print, int]],
    values: Sequence[tuple[Print, int]],
    normal: Callable[[str, str], str],
) -> Iterable[_Pair]:
    for at, (name, label, _) in enumerate(labels):
        for k, (value, owner) in enumerate(values):
            cost = 0.0 if owner == at else _distance(label, value)
            if cost is None or (owner not in (-1, at)):
                continue
            text = value.text if name == OTHER else normal(name, value.text)
            if text:
                yield _Pair(cost, at, k, text)


def _distance(label: Print, value: Print) -> float | None:
    """How far a value is from where its label would have it; None where it cannot belong to it."""
    height = value.height
    down = (value.middle - label.middle) / height
    if 0.45 < down < _REACH_BELOW and value.left < label.right + height and value.right > label.left:
        return down + 0.25 * abs(value.left - label.left) / height
    gap = (value.left - label.right) / height
    if abs(down) <= 0.45 and -0.6 < gap < _REACH_RIGHT:
        return 1.1 + 0.12 * max(gap, 0.0) + abs(down)
    return None


def _assigned(
    labels: Sequence[tuple[str, Print, int]], values: Sequence[tuple[Print, int]], pairs: Sequence[_Pair]
) -> dict[str, Found]:
    """Cheapest pairs first; a label and a value belong to one pair only."""
    found: dict[str, Found] = {}
    taken_labels: set[int] = set()
    taken_values: set[int] = set()
    for pair in pairs:
        name = labels[pair.label][0]
        if pair.label in taken_labels or pair.value in taken_values or name in found:
            continue
        taken_labels.add(pair.label)
        taken_values.add(pair.value)
        if name != OTHER:
            found[name] = Found(pair.normal, values[pair.value][0])
    return found
