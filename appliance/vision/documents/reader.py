"""Reads an identity document from one picture.

Print is found once, on the picture as it came: its boxes help to find the document's outline, and the same
boxes are read, whether an outline convinces or not. Flattening the page therefore costs no line; it gives
labels and values straight rows to be paired in, the portrait, and the page that callers see. What lies
outside an outline is left out, unless what is inside reads badly.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.domain.document import Document, DocumentType, Evidence, FoundDocument
from appliance.domain.face import Face
from appliance.domain.issuer_key import IssuerKey
from appliance.domain.mrz_layout import FILLER
from appliance.vision.barcodes.evidence import evidence
from appliance.vision.barcodes.reader import read_barcodes
from appliance.vision.documents import quad as quads
from appliance.vision.documents.assemble import Seen, assembled, is_incomplete
from appliance.vision.documents.locate import Outline, locate
from appliance.vision.documents.mrz_reader import MrzReader
from appliance.vision.documents.others import another
from appliance.vision.documents.rectify import Page, outline_by_zone, page_of, upright, whole_page
from appliance.vision.documents.scripts import ScriptReader, with_local
from appliance.vision.documents.segment import Mask, OutlineNet
from appliance.vision.documents.text import TextBox, TextLine, TextReader
from appliance.vision.documents.text_geometry import direction, quarter_turns, size, turned
from appliance.vision.faces.reader import FaceReader

_LINES_WITH_FACE: Final = 4
_LINES_ALONE: Final = 8
"""Lines of print that make a picture without an outline a document that fills it, with and without a face."""
_SEEN: Final = 0.2
"""Mean of the network's mask below which print without a face is no document that fills the picture."""
_DOUBTFUL: Final = 0.4
"""Confidence below which what an outline holds is compared with the whole picture."""
_MOST_LINES: Final = 120
"""Lines read at most; the fullest documents have about 60."""
_LEAST_INSIDE: Final = 2
"""Fewer lines of print inside make an outline some other thing: a sheet, a tile, a screen."""
_SMALL: Final = 0.22
"""A document that fills less of the picture has its print looked for again on the flattened page."""
_DARK: Final = 150
"""Level of the brightest hundredth below which a picture is brightened before reading."""
_MOST_GAIN: Final = 8.0
_UPRIGHT: Final = 0.8
"""Mean certainty of reading from which print is taken to be the right way up without trying the other."""
_SURE_LINE: Final = 0.75
"""Mean certainty from which a line is not read again."""
_TRIED: Final = 5
"""Lines read both ways to tell up from down."""
_PROSE: Final = 0.5
"""Share of small letters from which a line is a label, not capitals misread."""
_ZONE_PIECE: Final = 14
"""Letters of the shortest piece of a zone's line worth a look; fillers part lines of 30 to 44."""


class DocumentReader:
    """Finds, flattens and reads identity documents. Safe to use from several threads."""

    def __init__(  # noqa: PLR0913  # what it reads with, made where the settings are known
        self,
        faces: FaceReader,
        text: TextReader,
        mrz: MrzReader,
        issuer_keys: Callable[[], Sequence[IssuerKey]] = tuple,
        outlines: OutlineNet | None = None,
        *,
        scripts: ScriptReader | None = None,
    ) -> None:
        """Take what it reads with.

        Args:
            faces: finds portraits.
            text: finds and reads print.
            mrz: reads machine-readable zones.
            issuer_keys: gives the keys that signed barcodes are believed by.
            outlines: sees where documents lie; without it outlines are guessed from edges.
            scripts: reads names and addresses in other scripts than Latin; None leaves them unread.
        """
        self._faces = faces
        self._text = text
        self._mrz = mrz
        self._issuer_keys = issuer_keys
        self._scripts = scripts
        self._outlines = outlines
        # The page is flattened and searched beside the print: libraries leave the interpreter to others.
        self._beside = ThreadPoolExecutor(2, thread_name_prefix="page")

    def look(self, pixels: Pixels) -> "Look":
        """Find the print and the outline of the document that it helps to find. Blocks.

        `find` and `read` begin with this; who needs both looks once and hands it to each.
        """
        watch = _Watch({})
        bright = brightened(pixels)
        with watch.stage("text_detection"):
            boxes = self._text.find(bright)
        with watch.stage("locate"):
            mask = self._outlines.mask(bright) if self._outlines else None
            outline = locate(bright, [box.quad for box in boxes], mask)
        return Look(pixels, bright, boxes, outline, mask, watch.spent)

    def read(
        self,
        seen: "Pixels | Look",
        wanted: DocumentType | None = None,
        *,
        today: date | None = None,
    ) -> Document:
        """Read a document.

        Args:
            seen: the picture, or what `look` made of it.
            wanted: what the caller expects; what the document itself says outranks it.
            today: decides the century of two-digit years; None takes the clock (UTC).

        Returns:
            What was read. An unreadable picture gives type UNKNOWN, no fields and confidence 0.
        """
        look = seen if isinstance(seen, Look) else self.look(seen)
        watch = _Watch(dict(look.milliseconds))
        task = _Task(look.pixels, look.bright, wanted, today or datetime.now(tz=UTC).date(), watch)
        boxes, found = look.boxes, look.outline
        aside = self._beside.submit(self._aside, look, watch)
        document: Document | None = None
        inner: list[TextBox] = []
        if found is not None:
            with task.watch.stage("text_detection"):
                inner = self._boxes_inside(task.bright, found.quad, boxes)
            if len(inner) >= _LEAST_INSIDE:
                document = self._document(task, inner, found.quad, aside)
        if document is None or (document.confidence < _DOUBTFUL and len(boxes) > len(inner)):
            # The outline may be another thing's: what the whole picture says is then worth more.
            whole = self._document(task, boxes, None, aside)
            document = whole if document is None or whole.confidence > document.confidence else document
        first = aside.result()
        if first.page is not None and document.page is first.page.pixels:
            portraits = first.portraits
        else:
            with task.watch.stage("portraits"):
                portraits = tuple(self._faces.detect(document.page))
        return replace(document, portraits=portraits, milliseconds=dict(task.watch.spent))

    def lines(self, pixels: Pixels) -> Sequence[TextLine]:
        """All print of a picture, the right way up, as it stands. Blocks."""
        bright = brightened(pixels)
        return self._print(bright, _longest(self._text.find(bright), _MOST_LINES)).lines

    def find(self, seen: "Pixels | Look") -> FoundDocument:
        """Find the document without reading it: its outline, its portraits, where its print is. Blocks.

        A document that fills the picture has no outline to be seen; print and a portrait show that it is
        there, and its outline is the picture's frame.

        Args:
            seen: the picture, or what `look` made of it.
        """
        look = seen if isinstance(seen, Look) else self.look(seen)
        pixels, bright, boxes, found = look.pixels, look.bright, look.boxes, look.outline
        inner = [] if found is None else self._boxes_inside(bright, found.quad, boxes)
        if found is not None and len(inner) >= _LEAST_INSIDE:
            page = page_of(pixels, found.quad, found.quad[1] - found.quad[0]).pixels
            portraits = tuple(self._faces.detect(page))
            few = not portraits and not found.sure and len(inner) < _LINES_ALONE
            if few and not _has_licence_code(pixels):
                return FoundDocument(None, pixels, (), _quads(boxes))
            outside = [box for box in boxes if not _within(box, found.quad)]
            others = another(bright, found.quad, [box.quad for box in outside], look.mask)
            return FoundDocument(found.quad, page, portraits, _quads(inner), others)
        portraits = tuple(self._faces.detect(pixels))
        fills = len(boxes) >= (_LINES_WITH_FACE if portraits else _LINES_ALONE)
        if not portraits and look.mask is not None and look.mask.document.mean() < _SEEN:
            fills = False  # a page of a newspaper, a box, a keyboard
        height, width = pixels.shape[:2]
        frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        return FoundDocument(frame if fills else None, pixels, portraits, _quads(boxes), fills=fills)

    def _aside(self, look: "Look", watch: "_Watch") -> "_Aside":
        """What asks for no line to be read: barcodes, also where no print is found, and portraits."""
        page = None
        if look.outline is not None:
            with watch.stage("rectify"):
                quad = look.outline.quad
                page = page_of(look.pixels, quad, quad[1] - quad[0])
        with watch.stage("barcodes"):
            barcodes = read_barcodes(look.pixels, page)
            told = evidence(barcodes, self._issuer_keys()) if barcodes else ()
        if page is None:
            return _Aside(told, None, ())
        with watch.stage("portraits"):
            return _Aside(told, page, tuple(self._faces.detect(page.pixels)))

    def _document(
        self,
        task: "_Task",
        boxes: Sequence[TextBox],
        outline: quads.Quad | None,
        aside: "Future[_Aside]",
    ) -> Document:
        """Read the given print as a document inside the outline, or on the whole picture."""
        watch = task.watch
        with watch.stage("text_recognition"):
            plain = self._print(task.bright, _longest(boxes, _MOST_LINES))
        with watch.stage("mrz"):
            seen = self._with_zone(task.bright, plain)
        told, flat = aside.result().evidence, aside.result().page
        with watch.stage("rectify"):
            page = _page(task.pixels, outline, seen, flat)
            back = np.asarray(np.linalg.inv(page.homography), np.float64)
        with watch.stage("fields"):
            document = assembled(page, seen, task.wanted, task.today, told)
        document = replace(document, to_picture=back)
        if document.type == DocumentType.UNKNOWN:
            return document
        if is_incomplete(document):
            with watch.stage("second_look"):
                again = assembled(page, self._sharpened(page, seen), task.wanted, task.today, told)
            both = (document, replace(again, to_picture=back))
            document = max(both, key=lambda found: (found.confidence, len(found.fields)))
        with watch.stage("scripts"):
            return with_local(document, seen.lines, self._scripts) if self._scripts else document

    def _boxes_inside(self, pixels: Pixels, outline: quads.Quad, boxes: Sequence[TextBox]) -> list[TextBox]:
        """The document's own print; where the document is small, looked for again on a magnified page."""
        grown = outline.mean(0) + (outline - outline.mean(0)) * np.float32(1.02)
        inner = [box for box in boxes if quads.inside(box.quad.mean(0)[None], grown[None])[0, 0]]
        if quads.area(outline) > _SMALL * pixels.shape[0] * pixels.shape[1]:
            return inner
        page = page_of(pixels, outline, outline[1] - outline[0])
        back = np.linalg.inv(page.homography)
        again = [TextBox(quads.mapped(box.quad, back), box.score) for box in self._text.find(page.pixels)]
        return again if len(again) >= len(inner) else inner

    def _print(self, pixels: Pixels, boxes: Sequence[TextBox]) -> Seen:
        """All lines the right way up, the machine-readable zone's among them."""
        if not boxes:
            return Seen(np.array([1.0, 0.0]), [], None, certain=True)
        longest = sorted(boxes, key=lambda box: -size(box.quad)[0])
        along = direction(longest[0].quad)
        lines = self._text.recognise(pixels, _facing(boxes, along))
        upright = _certainty(lines)
        if upright < _UPRIGHT:
            over = _certainty(self._text.recognise(pixels, _facing(longest[:_TRIED], -along)))
            first = {id(box) for box in longest[:_TRIED]}
            tried = [line for box, line in zip(boxes, lines, strict=True) if id(box) in first]
            if over > _certainty(tried):
                along, upright = -along, over
                lines = self._text.recognise(pixels, _facing(boxes, along))
        return Seen(along, lines, None, certain=upright >= _UPRIGHT)

    def _sharpened(self, page: Page, seen: Seen) -> Seen:
        """The same with what only a sharpened page shows: small labels, which blur takes first.

        Values keep their first reading: sharpening invents accents.
        """
        plain = brightened(page.pixels)
        soft = cv2.GaussianBlur(plain, (0, 0), 2.5)
        sharp = np.asarray(cv2.addWeighted(plain, 2.5, soft, -1.5, 0), np.uint8)
        boxes = _facing(_longest(self._text.find(sharp), _MOST_LINES), np.array([1.0, 0.0]))
        back = np.linalg.inv(page.homography)
        lines = [
            replace(line, quad=quads.mapped(line.quad, back)) for line in self._text.recognise(sharp, boxes)
        ]
        sure = [line for line in seen.lines if _certainty([line]) >= _SURE_LINE]
        taken = np.array(
            [line.quad for line in sure] + list(seen.reading.quads if seen.reading else ()), np.float32
        )
        fresh = [
            line for line in lines if not quads.inside(line.quad.mean(0)[None], taken.reshape(-1, 4, 2)).any()
        ]
        return replace(seen, lines=[*sure, *fresh])

    def _with_zone(self, pixels: Pixels, seen: Seen) -> Seen:
        """The same with the machine-readable zone read as one, and its lines left out of the print."""
        boxes = [
            TextBox(line.quad, 1.0, line.probabilities)
            for line in seen.lines
            if not (seen.certain and _is_prose(line.text))
        ]
        fillers = any(line.text.count(FILLER) > 1 for line in seen.lines)
        if seen.certain and not fillers and not any(_may_be_zone(line.text) for line in seen.lines):
            return seen
        reading = self._mrz.read(pixels, boxes) if boxes else None
        if fillers and (reading is None or not reading.mrz.valid):
            # Of runs of fillers too little was found at this size: zones have sizes of their own.
            again = self._mrz.read(pixels)
            reading = again if again and (reading is None or again.mrz.valid) else reading
        if reading is None:
            return seen
        zone = np.array(reading.quads, np.float32)
        lines = [line for line in seen.lines if not quads.inside(line.quad.mean(0)[None], zone).any()]
        along = direction(reading.quads[0])
        if along @ seen.along < 0:  # print that was too poor to tell up from down
            turned_boxes = [TextBox(turned(line.quad, 2), 1.0) for line in lines]
            lines = self._text.recognise(pixels, turned_boxes)
        return Seen(along, lines, reading, certain=True)


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """A first look at a picture, before anything is read.

    Attributes:
        pixels: as it came.
        bright: the same, or brighter where it is dark.
        boxes: lines of print.
        outline: of the document; None where none convinces.
        mask: where the network sees documents; None without one.
        milliseconds: per stage.
    """

    pixels: Pixels
    bright: Pixels
    boxes: Sequence[TextBox]
    outline: Outline | None
    mask: Mask | None
    milliseconds: Mapping[str, float]


@dataclass(frozen=True, eq=False, slots=True)
class _Aside:
    """What is found beside the print: barcodes' evidence, the page as its outline lies, its portraits."""

    evidence: tuple[Evidence, ...]
    page: Page | None
    portraits: tuple[Face, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Task:
    """One call: the picture as it came and as it is read, what is wanted, the day, the time spent."""

    pixels: Pixels
    bright: Pixels
    wanted: DocumentType | None
    today: date
    watch: "_Watch"


@dataclass(frozen=True, slots=True)
class _Watch:
    """Milliseconds by stage; a stage entered twice adds up."""

    spent: dict[str, float]

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.spent[name] = self.spent.get(name, 0.0) + (time.perf_counter() - began) * 1000


def _within(box: TextBox, outline: quads.Quad) -> bool:
    return bool(quads.inside(box.quad.mean(0)[None], outline[None])[0, 0])


def _has_licence_code(pixels: Pixels) -> bool:
    """Whether a picture shows the barcode of a licence's back, which has little print and no portrait."""
    return any(barcode.form == "PDF417" for barcode in read_barcodes(pixels))


def _quads(boxes: Sequence[TextBox]) -> NDArray[np.float32]:
    return np.array([box.quad for box in boxes], np.float32).reshape(-1, 4, 2)


def _longest(boxes: Sequence[TextBox], count: int) -> list[TextBox]:
    """The longest boxes, in the order given: a newspaper in the picture must not hold up the box."""
    kept = {id(box) for box in sorted(boxes, key=lambda box: -size(box.quad)[0])[:count]}
    return [box for box in boxes if id(box) in kept]


def _facing(boxes: Sequence[TextBox], along: NDArray[np.float64]) -> list[TextBox]:
    """The boxes, each to be read from the side that runs along a direction."""
    return [b if direction(b.quad) @ along >= 0 else replace(b, quad=turned(b.quad, 2)) for b in boxes]


def _is_prose(text: str) -> bool:
    """Whether small letters rule the line out as part of a machine-readable zone."""
    letters = [c for c in text if c.isalpha()]
    return len(letters) > 3 and sum(c.islower() for c in letters) > _PROSE * len(letters)


def _may_be_zone(text: str) -> bool:
    return len(text.replace(" ", "")) >= _ZONE_PIECE and not _is_prose(text)


def brightened(pixels: Pixels) -> Pixels:
    """The picture, or a brighter copy where its whites are dark: small print is not found in the dark."""
    white = float(np.percentile(pixels[::8, ::8].max(2), 99))
    if white >= _DARK:
        return pixels
    return np.asarray(cv2.convertScaleAbs(pixels, alpha=min(235 / max(white, 1.0), _MOST_GAIN)), np.uint8)


def _certainty(lines: Sequence[TextLine]) -> float:
    characters = [sure for line in lines for sure in line.char_confidence]
    return float(np.mean(characters)) if characters else 0.0


def _page(pixels: Pixels, outline: quads.Quad | None, seen: Seen, flat: Page | None) -> Page:
    """The page that what was read lies on; `flat`, if it is that one."""
    if outline is None and seen.reading is not None:
        outline = outline_by_zone(seen.reading.mrz.kind, seen.reading.quads, pixels.shape)
    if outline is None:
        return whole_page(pixels, quarter_turns(seen.along))
    if flat and flat.quad is not None and np.array_equal(upright(outline, seen.along), flat.quad):
        return flat
    return page_of(pixels, outline, seen.along)
