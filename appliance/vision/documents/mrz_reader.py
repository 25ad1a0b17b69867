"""Machine-readable zones in pictures, whichever way they lie.

Steps: long text boxes; the recogniser's probabilities for each; lines that look like a zone's, grouped; each
kind of zone that fits decoded under its layout; end of names; check digits repaired; where something is still
wrong, a second look with common line ends; then the same upside down.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

import numpy as np

from appliance.domain.capture import Pixels
from appliance.domain.document import Mrz
from appliance.domain.mrz_layout import ALPHABET, FILLER, KINDS, checks
from appliance.vision.documents.ctc import Decoded, Floats, constrained
from appliance.vision.documents.mrz_alphabet import MrzAlphabet
from appliance.vision.documents.mrz_candidates import common_frame, long_boxes, parallel, with_one_more
from appliance.vision.documents.mrz_confidence import Evidence, confidence
from appliance.vision.documents.mrz_masks import WEIGHTS
from appliance.vision.documents.mrz_repair import (
    clear_blurred_fillers,
    clear_stray,
    close_names,
    numeric_states,
    repair,
)
from appliance.vision.documents.text import ZONE_STRETCH, TextBox, TextReader
from appliance.vision.documents.text_geometry import (
    Quad,
    Vector,
    crop,
    direction,
    quarter_turns,
    size,
    turned,
)

_LONGEST: Final = (640, 960)
"""Sizes at which lines are sought, the second only where the first gives no zone whose check digits hold.

On 84 pictures 640 alone gave 79 exact zones in 349 ms of processor time, 960 alone 77 in 514 ms.
"""
_PORTIONS: Final = (2, 3, 8)
"""So many of the longest boxes are read before groups are tried: mostly those are the zone."""
_TD1: Final = KINDS["TD1"].columns
_SHORTEST: Final = 20
_DATES: Final = re.compile(r"\d{6}\d[MFX<]\d{6}")
_MOST_MISCOUNT: Final = 5
"""Characters by which a free reading may differ from a kind's length; fillers are miscounted."""
_LEAST_PER_STEP: Final = -0.3
"""Mean log probability of a time step below which a line was forced into a kind that it is not.

Measured on 166 drawn zones: right readings -0.083 at worst, other lines forced into a kind -0.45 at best.
"""


class SecondReader(Protocol):
    """Another reader of single lines (`vision.tesseract.TesseractReader`)."""

    def line(self, pixels: Pixels, length: int) -> str | None:
        """Read one upright line of exactly that many characters."""


@dataclass(frozen=True, eq=False, slots=True)
class MrzReading:
    """A zone that was found.

    Attributes:
        mrz: what it says.
        quads: one per line, 4 x 2 corners in reading order, pixels of the picture.
        quarter_turns: how many counter-clockwise quarter turns (`numpy.rot90`) make it upright, 0..3.
    """

    mrz: Mrz
    quads: tuple[Quad, ...]
    quarter_turns: int


@dataclass(frozen=True, eq=False, slots=True)
class _Scene:
    """The picture, and what was read of it before: box as bytes -> the recogniser's answer."""

    pixels: Pixels
    known: Mapping[bytes, Floats]


@dataclass(frozen=True, eq=False, slots=True)
class _Line:
    quad: Quad
    log_probabilities: Floats
    text: str

    @property
    def in_zone(self) -> bool:
        dated = _DATES.search(self.text) is not None
        return len(self.text) >= _SHORTEST and (self.text.count(FILLER) >= 2 or dated)


@dataclass(frozen=True, eq=False, slots=True)
class _Attempt:
    """One kind tried on one group of lines."""

    mrz: Mrz
    quads: tuple[Quad, ...]
    per_step: float

    @property
    def rank(self) -> tuple[float, int, float]:
        return (sum(self.mrz.checks.values()) / len(self.mrz.checks), -self.mrz.repaired, self.per_step)


class MrzReader:
    """Finds and reads the machine-readable zone of a document. Safe to use from several threads."""

    def __init__(self, text: TextReader, second: SecondReader | None) -> None:
        """Take the text reader and, where Tesseract's data is installed, the second reader that votes."""
        self._text = text
        self._second = second
        self._alphabet = MrzAlphabet(text.characters)

    def read(self, pixels: Pixels, boxes: Sequence[TextBox] | None = None) -> MrzReading | None:
        """Read the zone.

        Args:
            pixels: a picture of a document, lying any way.
            boxes: its text boxes where they are known (`TextReader.find`).

        Returns:
            The best reading, also where check digits do not hold; None where nothing looks like a zone.
        """
        if boxes is not None:
            return self._read(pixels, boxes)
        best: MrzReading | None = None
        for longest in _LONGEST:
            found = self._read(pixels, self._text.find(pixels, longest))
            if found and found.mrz.valid:
                return found
            best = best or found
        return best

    def _read(self, pixels: Pixels, boxes: Sequence[TextBox]) -> MrzReading | None:
        quads = long_boxes(boxes)
        if not quads:
            return None
        known = {box.quad.tobytes(): box.probabilities for box in boxes if box.probabilities is not None}
        scene, along = _Scene(pixels, known), _prevailing(quads)
        best: _Attempt | None = None
        for sense in (along, -along):
            for attempt in self._attempts(scene, quads, [box.quad for box in boxes], sense):
                if best is None or attempt.rank > best.rank:
                    best = attempt
                if best.mrz.valid:
                    return _reading(best)
        return _reading(best) if best else None

    def _attempts(
        self, scene: _Scene, quads: Sequence[Quad], every: Sequence[Quad], along: Vector
    ) -> Iterator[_Attempt]:
        """All readings along one direction, the likeliest groups first; last, zones that lack a line."""
        lying = {at: _sensed(quads[at], along) for at in parallel(quads, along)}
        by_length = sorted(lying, key=lambda at: -size(quads[at])[0])
        read: dict[int, _Line] = {}
        tried: set[tuple[int, ...]] = set()
        zone: list[int] = []
        for portion in _PORTIONS:
            new = [at for at in by_length[:portion] if at not in read]
            read.update(zip(new, self._lines(scene, [lying[at] for at in new]), strict=True))
            zone = [at for at in lying if at in read and read[at].in_zone]
            for group in _groups(zone, read):
                if group not in tried:
                    tried.add(group)
                    yield from self._looks(scene, [read[at] for at in group])
        for known in _incomplete(zone, read):
            columns = _columns(known)
            for rows in with_one_more([line.quad for line in known], every, columns):
                yield from self._looks(scene, self._lines(scene, rows))

    def _lines(self, scene: _Scene, quads: Iterable[Quad]) -> list[_Line]:
        return self._text.each(lambda quad: self._line(scene, quad), quads)

    def _line(self, scene: _Scene, quad: Quad) -> _Line:
        probabilities = scene.known.get(quad.tobytes())
        if probabilities is None:
            probabilities = self._text.probabilities(crop(scene.pixels, quad), ZONE_STRETCH)
        log_probabilities = self._alphabet.log_probabilities(probabilities)
        return _Line(quad, log_probabilities, self._alphabet.spell(log_probabilities))

    def _looks(self, scene: _Scene, lines: Sequence[_Line]) -> Iterator[_Attempt]:
        """A group as it was found, then with common line ends where something is not right."""
        first = self._decode(scene, lines)
        if first:
            yield first
        if first is None or not first.mrz.valid or any(len(x.text) != len(first.mrz.lines[0]) for x in lines):
            frames = common_frame([line.quad for line in lines])
            again = self._decode(scene, self._lines(scene, frames))
            if again:
                yield again

    def _decode(self, scene: _Scene, lines: Sequence[_Line]) -> _Attempt | None:
        """The best kind for a group of lines."""
        attempts = [found for kind in _kinds(lines) if (found := self._decode_as(scene, kind, lines))]
        return max(attempts, key=lambda attempt: attempt.rank, default=None)

    def _decode_as(self, scene: _Scene, kind: str, lines: Sequence[_Line]) -> _Attempt | None:
        decoded = [
            constrained(line.log_probabilities, weights)
            for line, weights in zip(lines, WEIGHTS[kind], strict=True)
        ]
        found = [one for one in decoded if one is not None]
        if len(found) < len(decoded):
            return None
        posteriors = [one.posterior for one in found]
        texts = numeric_states(kind, _spelled(kind, found), posteriors)
        second = None if all(checks(kind, texts).values()) else self._vote(scene, kind, lines)
        repaired = repair(kind, texts, posteriors, second)
        held = checks(kind, repaired.lines)
        per_step = min(one.per_step for one in found)
        if per_step < _LEAST_PER_STEP:
            return None
        sure = confidence(Evidence.of(kind, repaired, posteriors, per_step))
        mrz = Mrz(kind, repaired.lines, held, repaired.changed, sure)
        return _Attempt(mrz, tuple(line.quad for line in lines), per_step)

    def _vote(self, scene: _Scene, kind: str, lines: Sequence[_Line]) -> list[str | None] | None:
        if self._second is None:
            return None
        return [self._second.line(crop(scene.pixels, line.quad), KINDS[kind].columns) for line in lines]


def _prevailing(quads: Sequence[Quad]) -> Vector:
    """Direction of the most text: standing and lying boxes are weighed by their length."""
    directions = np.array([direction(quad) for quad in quads])
    lengths = np.array([size(quad)[0] for quad in quads])
    standing = np.abs(directions[:, 1]) > np.abs(directions[:, 0])
    chosen = standing if lengths[standing].sum() > lengths[~standing].sum() else ~standing
    longest: Vector = directions[chosen][int(lengths[chosen].argmax())]
    return longest


def _sensed(quad: Quad, along: Vector) -> Quad:
    return quad if direction(quad) @ along > 0 else turned(quad, 2)


def _groups(zone: Sequence[int], read: Mapping[int, _Line]) -> Iterator[tuple[int, ...]]:
    """Runs of three and two neighbours among lines sorted downwards, where their lengths allow a kind."""
    for count in (3, 2):
        for first in range(len(zone) - count + 1):
            group = tuple(zone[first : first + count])
            if _kinds([read[at] for at in group]):
                yield group


def _incomplete(zone: Sequence[int], read: Mapping[int, _Line]) -> Iterator[list[_Line]]:
    """Lines of two-line zones that stand alone, and pairs of a zone of three."""
    for at in zone:
        if _columns([read[at]]) > _TD1:
            yield [read[at]]
    for pair in pairwise(zone):
        if _columns([read[at] for at in pair]) == _TD1:
            yield [read[at] for at in pair]


def _columns(lines: Sequence[_Line]) -> int:
    """The line length of a kind that is nearest to what was read."""
    length = float(np.median([len(line.text) for line in lines]))
    return min({layout.columns for layout in KINDS.values()}, key=lambda columns: abs(length - columns))


def _kinds(lines: Sequence[_Line]) -> list[str]:
    """Kinds that a group's number of lines, their lengths and the first characters allow."""
    length = float(np.median([len(line.text) for line in lines]))
    head = lines[0].text
    return [
        kind
        for kind, layout in KINDS.items()
        if layout.rows == len(lines)
        and abs(length - layout.columns) <= _MOST_MISCOUNT
        and (layout.rows == 3 or kind.startswith("MRV") == head.startswith("V"))
        and (kind not in ("FRID", "TD2") or (kind == "FRID") == head.startswith("IDFRA"))
    ]


def _spelled(kind: str, decoded: Sequence[Decoded]) -> list[str]:
    texts = ["".join(ALPHABET[i] for i in one.symbols) for one in decoded]
    line, first, end = KINDS[kind].names
    if kind != "FRID":
        closed = close_names(texts[line], decoded[line].posterior, first, end)
        texts[line] = clear_blurred_fillers(closed, decoded[line].posterior, first, end)
    return [*texts[:-1], clear_stray(kind, texts[-1])]


def _reading(attempt: _Attempt) -> MrzReading:
    along = direction(attempt.quads[0])
    return MrzReading(attempt.mrz, attempt.quads, quarter_turns(along))
