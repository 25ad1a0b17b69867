"""Blackens personal data in the picture of a document, and reads the result again to see that it is gone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.domain.document import Document, DocumentType
from appliance.vision.barcodes.reader import read_barcodes
from appliance.vision.documents import quad as quads
from appliance.vision.documents.reader import DocumentReader
from appliance.vision.documents.text import TextLine

ZONE: Final = "mrz"
BARCODES: Final = "barcodes"
_ROUNDS: Final = 4
"""Times that what is still legible is blackened and read again."""
_GROWN: Final = 0.18
"""Of its height that a stretch of print is grown on each side: boxes end where letters do."""
_FOURS: Final = frozenset({"document_number", "vid"})
"""Numbers of which an Aadhaar may show the last four digits."""
_LEAST: Final = 4
"""Letters of the shortest value that is looked for in print read anew: "M" is everywhere."""
_ZONE_LETTERS: Final = 20


@dataclass(frozen=True, eq=False, slots=True)
class Redacted:
    """A picture with personal data blackened.

    Attributes:
        pixels: the picture.
        boxes: name of the field, and left, top, width, height of what was blackened for it.
        legible: names of fields that can still be read after all rounds; none where it worked.
    """

    pixels: Pixels
    boxes: tuple[tuple[str, tuple[int, int, int, int]], ...]
    legible: tuple[str, ...]


def redact(documents: DocumentReader, pixels: Pixels, document: Document, names: Iterable[str]) -> Redacted:
    """Blacken fields. Blocks for two readings or more.

    Args:
        documents: reads the result.
        pixels: the picture as it came, upright.
        document: as read from it, with whole numbers.
        names: fields to blacken, `mrz` and `barcodes` among them.
    """
    wanted = set(names)
    canvas = np.array(pixels, copy=True)
    done: list[tuple[str, tuple[int, int, int, int]]] = []
    sought = {name: _forms(document, name) for name in sorted(wanted)}
    for name in sorted(wanted & document.fields.keys()):
        field = document.fields[name]
        if field.quad is not None:
            at = quads.mapped(field.quad, document.to_picture)
            done.append((name, _black(canvas, _part(at, _kept(document, name, field.printed)))))
    lines = documents.lines(pixels)
    for name, at in _found(sought, lines, document, wanted):
        done.append((name, _black(canvas, at)))
    left: list[tuple[str, NDArray[np.float32]]] = []
    for _ in range(_ROUNDS):
        left = _found(sought, documents.lines(canvas), document, wanted)
        if BARCODES in wanted:
            left += [(BARCODES, code.quad) for code in read_barcodes(canvas)]
        if not left:
            return Redacted(canvas, tuple(done), ())
        done += [(name, _black(canvas, at)) for name, at in left]
    return Redacted(canvas, tuple(done), tuple(sorted({name for name, _ in left})))


def png(pixels: Pixels) -> bytes:
    """The picture as a PNG file: what was blackened stays black."""
    _, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return encoded.tobytes()


def _forms(document: Document, name: str) -> tuple[str, ...]:
    """What of a field must not be legible, letters and digits only."""
    field = document.fields.get(name)
    if field is None:
        return ()
    bare = {_bare(field.value), _bare(field.printed)}
    if _kept(document, name, field.printed):
        bare = {text[:-4] for text in bare}
    return tuple(text for text in bare if len(text) >= _LEAST)


def _kept(document: Document, name: str, printed: str) -> float:
    """Share of the print, at its end, that may be seen."""
    if document.type is not DocumentType.AADHAAR or name not in _FOURS or len(printed) < 12:
        return 0.0
    return 4.3 / len(printed)


def _found(
    sought: dict[str, tuple[str, ...]], lines: Sequence[TextLine], document: Document, wanted: set[str]
) -> list[tuple[str, NDArray[np.float32]]]:
    """Print that still tells one of the fields."""
    found = []
    for line in lines:
        text = _bare(line.text)
        name = next((name for name, forms in sought.items() if any(form in text for form in forms)), "")
        if name:
            found.append((name, _part(line.quad, _kept(document, name, line.text))))
        elif ZONE in wanted and _is_zone(line.text):
            found.append((ZONE, line.quad))
    return found


def _is_zone(text: str) -> bool:
    letters = text.replace(" ", "")
    return len(letters) >= _ZONE_LETTERS and letters.count("<") >= 2


def _bare(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())


def _part(at: NDArray[np.float32], kept: float) -> NDArray[np.float32]:
    """The stretch without its last share."""
    if not kept:
        return at
    cut = np.array(at, np.float32)
    cut[1] = at[0] + (at[1] - at[0]) * (1 - kept)
    cut[2] = at[3] + (at[2] - at[3]) * (1 - kept)
    return cut


def _black(canvas: Pixels, at: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Blacken a stretch and a little around it; gives the box around that."""
    along, down = at[1] - at[0], at[3] - at[0]
    high, wide = max(float(np.linalg.norm(down)), 1.0), max(float(np.linalg.norm(along)), 1.0)
    right, below = along / wide * high * _GROWN, down * _GROWN
    corners = np.array([at[0] - right - below, at[1] - below, at[2] + below, at[3] - right + below])
    cv2.fillConvexPoly(canvas, np.rint(corners).astype(np.int32), (0, 0, 0))
    height, width = canvas.shape[:2]
    left, top = np.clip(np.floor(corners.min(0)), 0, [width, height]).astype(int)
    end, foot = np.clip(np.ceil(corners.max(0)), 0, [width, height]).astype(int)
    return int(left), int(top), int(end - left), int(foot - top)
