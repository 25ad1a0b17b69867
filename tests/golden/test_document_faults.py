"""Each fault of a document's picture is told of a picture that has it, and of no clean one."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.domain.capture import Capture
from appliance.domain.document import DocumentFault as Fault
from appliance.vision.documents.faults import judge
from appliance.vision.documents.reader import DocumentReader
from tests.specimen.photograph import Photograph
from tests.specimen.sets import Specimen, at_once, empty_set, specimen

Pixels = NDArray[np.uint8]


def shot(portraits: Path, condition: str = "clean", kind: str = "TD3", seed: int = 31) -> Specimen:
    return specimen(kind, seed, condition=condition, portrait=portraits / "obama.jpg")


def told(documents: DocumentReader, pixels: Pixels, quality: int | None = None) -> tuple[Fault, ...]:
    found = documents.find(np.ascontiguousarray(pixels))
    return judge(Capture("", "image/jpeg", 0, np.ascontiguousarray(pixels), quality), found)


@pytest.mark.parametrize("kind", ["TD3", "TD2", "DL-EU"])
def test_a_clean_document_has_no_fault(documents: DocumentReader, portraits: Path, kind: str) -> None:
    assert told(documents, shot(portraits, kind=kind).photograph.pixels()) == ()


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ("blur", Fault.IMAGE_TOO_BLURRY),
        ("dark", Fault.POOR_IMAGE_EXPOSURE),
        ("glare", Fault.GLARE_ON_IMAGE),
        ("jpeg", Fault.IMAGE_IS_TOO_COMPRESSED),
    ],
)
def test_how_it_was_taken(documents: DocumentReader, portraits: Path, condition: str, fault: Fault) -> None:
    """A spot of glare may miss the page or be small: of three pictures, one has to be told."""
    shots = (shot(portraits, condition, seed=seed).photograph.pixels() for seed in (31, 32, 33))
    assert any(fault in told(documents, pixels) for pixels in shots)


def beside(share: float) -> Callable[[Pixels, NDArray[np.float64]], Pixels]:
    """Cut the picture left of the document, by this share of the document's width."""

    def cut(pixels: Pixels, quad: NDArray[np.float64]) -> Pixels:
        left, right = quad[:, 0].min(), quad[:, 0].max()
        return pixels[:, max(int(left - share * (right - left)), 0) :]

    return cut


def small(pixels: Pixels, _: NDArray[np.float64]) -> Pixels:
    wide = np.full(
        (pixels.shape[0] * 3, pixels.shape[1] * 3, 3), np.median(pixels[:9, :9], axis=(0, 1)), np.uint8
    )
    top, left = pixels.shape[:2]
    wide[top : 2 * top, left : 2 * left] = pixels
    return np.asarray(cv2.resize(wide, (2400, 1800), interpolation=cv2.INTER_AREA), np.uint8)


def grey(pixels: Pixels, _: NDArray[np.float64]) -> Pixels:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def doubled(pixels: Pixels, _: NDArray[np.float64]) -> Pixels:
    return np.vstack([pixels, pixels])


@pytest.fixture(scope="module")
def clean(portraits: Path) -> list[Photograph]:
    return at_once(lambda seed: shot(portraits, seed=seed).photograph, (31, 32, 33))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (beside(0.006), Fault.DOCUMENT_TOO_CLOSE_TO_BORDER),
        (beside(-0.012), Fault.DOCUMENT_BORDERS_OUTSIDE_OF_FRAME),
        (beside(-0.2), Fault.DOCUMENT_CROPPED),
        (small, Fault.RELATIVE_DOCUMENT_SIZE_LOWER_THAN_10_PERCENT),
        (grey, Fault.DOCUMENT_IS_COLORLESS),
        (doubled, Fault.MULTIPLE_DOCUMENTS_IN_FRAME),
    ],
)
def test_where_it_lies_and_what_it_is(
    documents: DocumentReader,
    clean: list[Photograph],
    change: Callable[[Pixels, NDArray[np.float64]], Pixels],
    fault: Fault,
) -> None:
    """Not every cut of every document is told (see docs/document-quality.md): of three, one has to be."""
    changed = (change(photograph.pixels(), photograph.quad) for photograph in clean)
    assert any(fault in told(documents, pixels) for pixels in changed)


def test_what_is_not_there(documents: DocumentReader, portraits: Path) -> None:
    (table,) = empty_set(5, 1)
    assert told(documents, table.pixels()) == (Fault.DOCUMENT_NOT_FOUND,)
    back = specimen("TD1", 31, portrait=portraits / "obama.jpg").photograph.pixels()
    assert Fault.DOCUMENT_PHOTO_NOT_FOUND in told(documents, back)


def test_the_file_says_how_much_it_was_compressed(documents: DocumentReader, portraits: Path) -> None:
    pixels = shot(portraits).photograph.pixels()
    assert told(documents, pixels, 29) == (Fault.IMAGE_IS_TOO_COMPRESSED,)
    assert told(documents, pixels, 30) == ()
