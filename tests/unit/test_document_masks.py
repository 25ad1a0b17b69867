"""From a mask of documents to outlines: corners, cut sides, neighbours. Masks are painted."""

import cv2
import numpy as np
import pytest

from appliance.vision.documents import quad as quads
from appliance.vision.documents.locate import locate
from appliance.vision.documents.others import another
from appliance.vision.documents.segment import Mask, spots
from appliance.vision.documents.silhouette import framed, outlines, silhouette

CELLS = 192
WIDTH, HEIGHT = 960, 720


def painted(*documents: np.ndarray, band: float = 1.0) -> Mask:
    """What a network would answer that sees these outlines, given in the picture's pixels."""
    scale = np.array([CELLS / WIDTH, CELLS / HEIGHT])
    inside, along = (np.zeros((CELLS, CELLS), np.float32) for _ in range(2))
    for quad in documents:
        at = np.rint((quad * scale - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(inside, [at], 1.0, shift=4)
        cv2.polylines(along, [at], isClosed=True, color=band, thickness=6, shift=4)
    return Mask(
        cv2.GaussianBlur(inside, (0, 0), 2),
        cv2.GaussianBlur(along, (0, 0), 2) * band,
        (0, 0, WIDTH, HEIGHT),
        (WIDTH, HEIGHT),
    )


def turned(centre: tuple[float, float], size: tuple[float, float], angle: float) -> np.ndarray:
    return quads.clockwise(np.asarray(cv2.boxPoints((centre, size, angle)), np.float32))


@pytest.mark.parametrize("angle", [0, 7, -20, 44])
def test_the_outline_of_a_mask_is_the_documents(angle):
    true = turned((470, 350), (430, 300), angle)
    (spot,) = spots(painted(true))
    best = outlines(silhouette(painted(true), spot))[0]
    assert quads.overlap(best, true) > 0.96


def test_a_corner_out_of_the_picture_is_completed():
    true = turned((700, 420), (520, 360), 20)
    assert true.max() > WIDTH
    mask = painted(true)
    best = outlines(silhouette(mask, spots(mask)[0]))[0]
    assert quads.overlap(best, true) > 0.93


@pytest.mark.parametrize("cut", [(0, -230), (0, 330), (1, -200), (1, 270)])
def test_a_side_out_of_the_picture_is_laid_on_the_frame(cut):
    axis, move = cut
    true = turned((480, 360), (600, 420), 2)
    true[:, axis] += move
    mask = painted(true)
    seen = silhouette(mask, spots(mask)[0])
    held = framed(seen, outlines(seen)[0])
    assert held is not None
    assert seen.at_frame(held[None]).sum() == 1
    inner = turned((480, 360), (500, 360), 2)
    whole = painted(inner)
    alone = silhouette(whole, spots(whole)[0])
    assert framed(alone, outlines(alone)[0]) is None


def test_neighbours_are_told_apart_by_the_band_between_them():
    left, right = turned((255, 360), (400, 300), 0), turned((665, 360), (400, 300), 0)
    assert len(spots(painted(left, right))) == 2
    assert len(spots(painted(left, right, band=0.0))) == 1


def test_others_are_counted_where_they_carry_print():
    left, right = turned((255, 360), (400, 300), 0), turned((690, 360), (400, 300), 0)
    mask = painted(left, right)
    pixels = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    lines = [turned((690, y), (200, 14), 0) for y in (300, 340, 380)]
    assert another(pixels, left, lines, mask) == 1
    assert another(pixels, left, [], mask) == 0
    assert another(pixels, left, lines, painted(left)) == 0


def test_nothing_seen_is_nothing_found():
    pixels = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    cv2.fillPoly(pixels, [np.rint(turned((480, 360), (500, 340), 5)).astype(np.int32)], (230, 230, 220))
    assert locate(pixels, (), painted()) is None


def test_edges_place_the_sides_that_the_mask_only_hints_at():
    true = turned((480, 360), (560, 380), 4)
    pixels = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    cv2.fillPoly(pixels, [np.rint(true).astype(np.int32)], (220, 214, 205))
    rough = true.mean(0) + (true - true.mean(0)) * np.float32(0.96) + np.float32(4)
    found = locate(pixels, (), painted(rough))
    assert found is not None
    assert quads.overlap(found.quad, true) > 0.985
