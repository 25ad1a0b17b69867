"""What is wrong with the picture of a document: measures held against limits.

The limits and what they separate: docs/document-quality.md.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Capture
from appliance.domain.document import DocumentFault, FoundDocument
from appliance.vision.documents import quad as quads
from appliance.vision.documents.quality import Quality, measure


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a measure becomes a fault.

    Attributes:
        colour: leftover chroma under which a document has no colours.
        plain_colour: the same of a side without a portrait: backs may be pale.
        size: share of the picture under which a document is too small, by the name of the warning.
        margin: share of the picture's shorter side that has to be free around the document.
        outside: the same, under which a side counts as lying on the picture's edge.
        print_cut: the same, over which even print at the frame does not make a document a cut one.
        aspect: how far, as a logarithm, what is seen of a document may be from the shape of a whole one.
        sharpness: re-blur ratio under which print starts to be lost.
        blockiness: steps between blocks over which compression shows; in the dark, noise shows them too.
        fineness: share of weak waves in 8 x 8 blocks under which compression has taken the others, where
            `faint_blocks` are seen too: small pictures of hard edges hold few weak waves by themselves.
        faint_blocks: steps between blocks that only confirm.
        jpeg_quality: quality under which compression has taken detail, whatever the blocks say.
        dark: 95th percentile of luminance under which a document is too dark.
        burnt: 5th percentile of luminance over which nothing dark is left.
        glare: share of the page under one blown-out spot that fades softly.
    """

    colour: float = 0.05
    plain_colour: float = 0.03
    size: float = 0.10
    margin: float = 0.012
    outside: float = 0.001
    print_cut: float = 0.05
    aspect: float = 0.07
    sharpness: float = 0.35
    blockiness: float = 1.70
    fineness: float = 0.24
    faint_blocks: float = 1.28
    jpeg_quality: int = 30
    dark: float = 85.0
    burnt: float = 180.0
    glare: float = 0.010


LIMITS: Final = Limits()
_TOUCHES: Final = 0.009
"""Of the picture's shorter side: print this near to the frame is cut by it."""
_CUT_LINES: Final = 1
"""Lines cut that show that more than a blank border is missing, which holds no print."""
_CERTAIN_LINES: Final = 2
"""More lines than these say so even where a side seems to be there."""


def judge(capture: Capture, found: FoundDocument, limits: Limits = LIMITS) -> tuple[DocumentFault, ...]:
    """All faults of a picture in the order of `DocumentFault`, hard ones first. Blocks 10 to 30 ms."""
    if found.quad is None:
        return (DocumentFault.DOCUMENT_NOT_FOUND,)
    quality = measure(capture.pixels, found.page, None if found.fills else found.quad)
    height, width = capture.pixels.shape[:2]
    faults = {*_placed(found, width, height, limits), *_taken(found, quality, capture.jpeg_quality, limits)}
    if not found.portraits:
        faults.add(DocumentFault.DOCUMENT_PHOTO_NOT_FOUND)
    return tuple(fault for fault in DocumentFault if fault in faults)


def _placed(found: FoundDocument, width: int, height: int, limits: Limits) -> set[DocumentFault]:
    """Faults of where the document lies in the picture."""
    assert found.quad is not None
    faults = set()
    margin, cut_lines = _margin(found.quad, width, height), _cut_lines(found, width, height)
    if margin < limits.outside or (margin < limits.print_cut and cut_lines > _CERTAIN_LINES):
        cut = cut_lines >= _CUT_LINES or (not found.fills and _misshapen(found.quad, width, height, limits))
        faults.add(DocumentFault.DOCUMENT_CROPPED if cut else DocumentFault.DOCUMENT_BORDERS_OUTSIDE_OF_FRAME)
    elif margin < limits.margin:
        faults.add(DocumentFault.DOCUMENT_TOO_CLOSE_TO_BORDER)
    if quads.area(found.quad) < limits.size * width * height:
        faults.add(DocumentFault.RELATIVE_DOCUMENT_SIZE_LOWER_THAN_10_PERCENT)
    if found.others:
        faults.add(DocumentFault.MULTIPLE_DOCUMENTS_IN_FRAME)
    return faults


def _taken(
    found: FoundDocument, quality: Quality, jpeg_quality: int | None, limits: Limits
) -> set[DocumentFault]:
    """Faults of how the picture was taken and stored."""
    least_colour = limits.colour if found.portraits else limits.plain_colour
    coarse = jpeg_quality is not None and jpeg_quality < limits.jpeg_quality
    emptied = quality.fineness < limits.fineness and quality.blockiness > limits.faint_blocks
    blocks, faint = quality.blockiness > limits.blockiness, quality.bright < limits.dark
    holds = {
        DocumentFault.DOCUMENT_IS_COLORLESS: quality.colour < least_colour,
        DocumentFault.IMAGE_TOO_BLURRY: quality.sharpness < limits.sharpness,
        DocumentFault.IMAGE_IS_TOO_COMPRESSED: coarse or emptied or (blocks and not faint),
        DocumentFault.POOR_IMAGE_EXPOSURE: faint or quality.dark > limits.burnt,
        DocumentFault.GLARE_ON_IMAGE: quality.glare > limits.glare,
    }
    return {fault for fault, held in holds.items() if held}


def _margin(outline: NDArray[np.float32], width: int, height: int) -> float:
    """Least distance of a corner from the picture's edge, in parts of its shorter side; negative outside."""
    x, y = outline[:, 0], outline[:, 1]
    return float(min(x.min(), y.min(), (width - x).min(), (height - y).min()) / min(width, height))


def _cut_lines(found: FoundDocument, width: int, height: int) -> int:
    """How many lines of the document's print the frame cuts."""
    x, y = found.print_boxes[..., 0], found.print_boxes[..., 1]
    edge = _TOUCHES * min(width, height)
    lines = (x.min(1) < edge) | (y.min(1) < edge) | (x.max(1) > width - edge) | (y.max(1) > height - edge)
    return int(lines.sum())


def _misshapen(outline: NDArray[np.float32], width: int, height: int, limits: Limits) -> bool:
    """Whether what the frame leaves of a document has not the shape of any whole one."""
    wide, high = quads.size(outline.clip(0, (width, height)))
    aspect = abs(math.log(max(wide, 1.0) / max(high, 1.0)))
    return min(abs(aspect - math.log(known)) for known in quads.ASPECTS) > limits.aspect
