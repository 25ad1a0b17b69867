"""Printed text in a picture: where its lines are and what they say (PP-OCR detector and recogniser).

Measured against rapidocr on the same networks: equal accuracy at two thirds of the time, because shapes come
in few sizes (the engine prepares each new shape once, about 100 ms) and nothing is resized twice.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.engine.manifest import Manifest
from appliance.vision.documents.ctc import greedy
from appliance.vision.documents.letter_families import LetterFamilies, Others
from appliance.vision.documents.text_geometry import Quad, crop, reading_order, size

T = TypeVar("T")
R = TypeVar("R")
DETECTION: Final = "text-detection"
RECOGNITION: Final = "text-recognition"

_STEP: Final = 160
"""Widths of lines are multiples of this, so that few shapes occur."""
_SIDES: Final = (160, 320, 480, 544, 640, 736, 800, 960)
"""Sides of pages: those that 4:3, 3:2 and 16:9 lead to at 640 and 960, with the least padding."""
_GREY: Final = 127
"""Padding: zero after normalisation."""
_LINE_HEIGHT: Final = 48
_LARGEST_SCALE: Final = 2.0
_WIDEST_LINE: Final = 3200
"""A line wider than this at 48 pixels of height is squeezed: 66 times as long as high is no text line."""

ZONE_STRETCH: Final = 1.15
"""Widening of lines that may be of a machine-readable zone: time steps enough for their many characters."""
_ZONE_LIKE: Final = 14.0
"""Lines longer than this many heights are read so. Those of a zone are 15 to 28 heights long."""

# Post-processing of differentiable binarisation, values of PaddleOCR's published pipeline.
_PIXEL_THRESHOLD: Final = 0.3
_BOX_THRESHOLD: Final = 0.5
_UNCLIP: Final = 1.6
_SMALLEST_SIDE: Final = 3.0
_MOST_BOXES: Final = 1000

_NARROW: Final = {0xFF01 + at: 0x21 + at for at in range(0x5E)} | {0x3000: 0x20}
"""The recogniser knows Chinese print and takes a colon beside a blank for its wide one."""

_COMMON_PAGES: Final = (
    *((480, 640), (640, 640), (640, 480)),
    *((544, 960), (640, 960), (736, 960), (960, 960), (960, 736), (960, 640), (960, 544)),
)
COMMON_SHAPES: Final[Mapping[str, tuple[tuple[int, int, int, int], ...]]] = MappingProxyType(
    {
        DETECTION: tuple((1, 3, *page) for page in _COMMON_PAGES),
        RECOGNITION: tuple((1, 3, _LINE_HEIGHT, width) for width in range(_STEP, 11 * _STEP + 1, _STEP)),
    }
)
"""Input shapes that nearly all pictures lead to."""


class Inference(Protocol):
    """What this file needs of the engine (`engine.runtime.Runtime`)."""

    def infer(self, model: str, tensor: NDArray[np.generic]) -> tuple[NDArray[np.generic], ...]:
        """Run a network."""

    def manifest(self, model: str) -> Manifest:
        """The network's manifest."""

    def characters(self, model: str) -> tuple[str, ...]:
        """The classes of a text recogniser."""

    def warm(self, shapes: Mapping[str, Iterable[tuple[int, ...]]]) -> None:
        """Prepare input shapes."""


@dataclass(frozen=True, eq=False, slots=True)
class TextBox:
    """A line of text that was found, not yet read.

    Attributes:
        quad: 4 x 2 corners in reading order, picture pixels.
        score: 0..1, mean text probability inside.
        probabilities: what `TextReader.probabilities` says of it at `ZONE_STRETCH`, where that is known.
    """

    quad: Quad
    score: float
    probabilities: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class TextLine:
    """A line of text that was read.

    Attributes:
        quad: 4 x 2 corners in reading order, picture pixels.
        text: what it says; "" where nothing was recognised.
        confidence: 0..1, mean over characters; not calibrated.
        char_confidence: per character of `text`, 0..1.
        others: per character of `text` the other letters of its family that it may be.
        probabilities: of a line long enough for a machine-readable zone, as in `TextBox`.
    """

    quad: Quad
    text: str
    confidence: float
    char_confidence: tuple[float, ...]
    others: tuple[Others, ...] = ()
    probabilities: NDArray[np.float32] | None = None


class TextReader:
    """Finds and reads lines of text. Safe to use from several threads."""

    def __init__(self, runtime: Inference, width: int = 1) -> None:
        """Take the engine.

        Args:
            runtime: with both text networks loaded.
            width: lines of one picture that are read at the same time; over all pictures too, so that many
                callers do not get in each other's way.
        """
        self._runtime = runtime
        self._at_once = ThreadPoolExecutor(width, thread_name_prefix="lines")
        self._detection = runtime.manifest(DETECTION)
        self._recognition = runtime.manifest(RECOGNITION)
        # class 0 is the blank, the last class the space
        self.characters: Final = runtime.characters(RECOGNITION)
        self._families = LetterFamilies(self.characters)

    def lines(self, pixels: Pixels, longest: int = 960) -> list[TextLine]:
        """Find and read all lines, top to bottom by their first corner."""
        return self.recognise(pixels, self.find(pixels, longest))

    def find(self, pixels: Pixels, longest: int = 960) -> list[TextBox]:
        """Find lines of text.

        Args:
            pixels: the picture.
            longest: its longest side is brought to this many pixels; small pictures grow at most twofold.
        """
        height, width = pixels.shape[:2]
        scale = min(longest / max(height, width), _LARGEST_SCALE)
        rows, columns = max(32, round(height * scale)), max(32, round(width * scale))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        canvas = np.full((_page_side(rows), _page_side(columns), 3), _GREY, np.uint8)
        canvas[:rows, :columns] = cv2.resize(pixels, (columns, rows), interpolation=method)
        answer = self._runtime.infer(DETECTION, self._detection.normalise(canvas))[0]
        probability = np.asarray(answer[0, 0, :rows, :columns], np.float32)
        back = np.array([width / columns, height / rows], np.float32)
        boxes = [TextBox(reading_order(corners * back), score) for corners, score in _boxes(probability)]
        return sorted(boxes, key=lambda box: (float(box.quad[0, 1]), float(box.quad[0, 0])))

    def recognise(self, pixels: Pixels, boxes: Sequence[TextBox]) -> list[TextLine]:
        """Read boxes of `find`, one line each, in their order.

        The widest are read first: lines of one shape follow each other, which spares the engine some work,
        and no long line is left for the end when the other threads have nothing to do.
        """
        order = sorted(range(len(boxes)), key=lambda at: -_widened(boxes[at].quad))
        read = self.each(lambda at: self._read(pixels, boxes[at].quad), order)
        lines = dict(zip(order, read, strict=True))
        return [lines[at] for at in range(len(boxes))]

    def each(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Do something with each line, several at the same time, in the threads that read lines."""
        return list(self._at_once.map(work, items))

    def _read(self, pixels: Pixels, quad: Quad) -> TextLine:
        long = _widened(quad) > _ZONE_LIKE
        probabilities = self.probabilities(crop(pixels, quad), ZONE_STRETCH if long else 1.0)
        text, sure = greedy(probabilities, self.characters)
        mean = float(np.mean(sure)) if sure else 0.0
        others = self._families.of(probabilities)
        return TextLine(quad, text.translate(_NARROW), mean, sure, others, probabilities if long else None)

    def probabilities(self, line: Pixels, stretch: float = 1.0) -> NDArray[np.float32]:
        """The recogniser's answer for one upright line.

        Args:
            line: height x width x 3, RGB, any size.
            stretch: widening before reading: more time steps per character.

        Returns:
            Steps of 8 pixels x (blank, `characters[1:]`), rows sum to 1. Steps over padding are left out.
        """
        height, width = line.shape[:2]
        columns = min(max(16, math.ceil(_LINE_HEIGHT * width / height * stretch)), _WIDEST_LINE)
        method = cv2.INTER_CUBIC if height < _LINE_HEIGHT else cv2.INTER_AREA
        canvas = np.full((_LINE_HEIGHT, _padded(columns), 3), _GREY, np.uint8)
        canvas[:, :columns] = cv2.resize(line, (columns, _LINE_HEIGHT), interpolation=method)
        answer = self._runtime.infer(RECOGNITION, self._recognition.normalise(canvas))[0][0]
        return np.asarray(answer, np.float32)

    def warm(self) -> None:
        """Have the engine prepare the shapes that occur most, so that the first document is no slower."""
        self._runtime.warm(COMMON_SHAPES)


def _padded(side: int) -> int:
    return math.ceil(side / _STEP) * _STEP


def _page_side(side: int) -> int:
    """The least of `_SIDES` that holds it; larger ones are multiples of the step."""
    return next((known for known in _SIDES if side <= known), _padded(side))


def _widened(quad: Quad) -> float:
    """How wide a line is in units of its height."""
    length, height = size(quad)
    return length / max(height, 1.0)


def _boxes(probability: NDArray[np.float32]) -> list[tuple[Quad, float]]:
    """Corners and score of each text region; regions come shrunk and are grown again."""
    mask = (probability > _PIXEL_THRESHOLD).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours[:_MOST_BOXES]:
        centre, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < _SMALLEST_SIDE:
            continue
        score = _mean_inside(probability, contour)
        if score < _BOX_THRESHOLD:
            continue
        grow = width * height * _UNCLIP / (width + height)
        grown = cv2.boxPoints((centre, (width + grow, height + grow), angle))
        found.append((np.asarray(grown, np.float32), score))
    return found


def _mean_inside(probability: NDArray[np.float32], contour: cv2.typing.MatLike) -> float:
    left, top, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [contour - np.array([left, top])], 1)
    return float(cv2.mean(probability[top : top + height, left : left + width], inside)[0])
