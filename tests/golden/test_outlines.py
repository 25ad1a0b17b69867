"""Geometry of outlines and the finding of one, without a model."""

import random

import cv2
import numpy as np
import pytest

from appliance.vision.documents import quad as quads
from appliance.vision.documents.edges import refine, shrunk
from appliance.vision.documents.locate import best_outline, locate
from appliance.vision.documents.rectify import outline_by_zone, page_of, whole_page
from appliance.vision.documents.segment import Mask
from tests.specimen.photograph import photograph
from tests.specimen.sets import specimen

RIGHT = np.array([1.0, 0.0])


def test_clockwise_from_the_top_left():
    corners = np.array([[90, 10], [10, 12], [12, 80], [95, 78]], np.float32)
    expected = np.array([[10, 12], [90, 10], [95, 78], [12, 80]], np.float32)
    for order in ([0, 1, 2, 3], [2, 0, 3, 1], [3, 2, 1, 0]):
        assert np.array_equal(quads.clockwise(corners[order]), expected)


def test_overlap():
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], np.float32)
    assert quads.overlap(square, square) == pytest.approx(1)
    assert quads.overlap(square, square + np.float32(5)) == pytest.approx(25 / 175)
    assert quads.overlap(square, square + np.float32(20)) == 0


def test_refinement_finds_an_edge_to_a_fraction_of_a_pixel():
    true = np.array([[150.3, 120.7], [820.6, 160.2], [800.1, 610.4], [130.8, 560.9]])
    fine = np.full((720 * 8, 960 * 8, 3), 60, np.uint8)
    cv2.fillPoly(fine, [np.round((true + 0.5) * 8 - 0.5).astype(np.int32)], (200, 210, 190))
    picture = cv2.resize(fine, (960, 720), interpolation=cv2.INTER_AREA)
    near = (true + np.array([[6, -5], [-7, 4], [5, 6], [-4, -6]])).astype(np.float32)
    found = refine(shrunk(picture, 960), near)
    assert np.linalg.norm(found - true, axis=1).max() < 0.5


@pytest.mark.parametrize("kind", ["TD3", "TD1-front", "DL-US"])
def test_a_document_on_a_table_is_found(kind):
    made = specimen(kind, 21)
    found = best_outline(made.photograph.pixels())
    assert found is not None
    assert quads.overlap(found.quad, made.photograph.quad) > 0.95


def _masked(pixels, parts):
    """A mask of rectangles (left, top, right, bottom in parts of the picture) and their probabilities."""
    document = np.zeros((192, 192), np.float32)
    for left, top, right, bottom, sure in parts:
        document[round(top * 192) : round(bottom * 192), round(left * 192) : round(right * 192)] = sure
    height, width = pixels.shape[:2]
    return Mask(document, np.zeros_like(document), (0, 0, width, height), (width, height))


def test_a_document_that_the_mask_grew_together_with_something_is_cut_out_again():
    card, beside = (0.3, 0.4, 0.7, 0.7375), (0.1, 0.1, 0.65, 0.42)
    pixels = np.full((600, 800, 3), 120, np.uint8)
    cv2.rectangle(pixels, (240, 240), (560, 442), (235, 235, 235), -1)
    corners = np.array([[240, 240], [560, 240], [560, 442], [240, 442]], np.float32)
    found = best_outline(pixels, (), _masked(pixels, [(*beside, 0.6), (*card, 0.97)]))
    assert found is not None
    assert quads.overlap(found.quad, corners) > 0.95


def test_a_clear_guess_corrects_a_mask_that_shows_half_of_a_document():
    pixels = np.full((600, 800, 3), 120, np.uint8)
    cv2.rectangle(pixels, (160, 150), (640, 452), (235, 235, 235), -1)
    corners = np.array([[160, 150], [640, 150], [640, 452], [160, 452]], np.float32)
    found = best_outline(pixels, (), _masked(pixels, [(0.2, 0.5, 0.8, 0.7533, 0.97)]))
    assert found is not None
    assert quads.overlap(found.quad, corners) > 0.97


def test_plain_tables_have_no_document():
    scenes = [photograph(None, random.Random(f"plain/{k}"), size=(800, 600)).pixels() for k in range(4)]
    flat = np.full((480, 640, 3), 128, np.uint8)
    assert sum(locate(pixels) is not None for pixels in [*scenes, flat]) <= 1


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_page_is_upright_whichever_way_the_document_lies(turns):
    made = specimen("TD3", 5)
    pixels = np.ascontiguousarray(np.rot90(made.photograph.pixels(), turns))
    rotation = whole_page(made.photograph.pixels(), turns).homography
    outline = quads.mapped(made.photograph.quad, rotation)
    along = (outline[1] - outline[0]).astype(np.float64)
    page = page_of(pixels, np.roll(outline, 2, axis=0), along / np.linalg.norm(along))
    assert page.pixels.shape[1] / page.pixels.shape[0] == pytest.approx(125 / 88, abs=0.01)
    flat = cv2.resize(np.asarray(made.drawn.picture.convert("L")), page.pixels.shape[1::-1])
    seen = cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY)
    assert np.corrcoef(flat.ravel(), seen.ravel())[0, 1] > 0.8


def test_turned_whole_picture_and_its_points_agree():
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[10, 20] = 255
    for turns in range(4):
        page = whole_page(pixels, turns)
        x, y = quads.mapped(np.array([[20.5, 10.5]], np.float32), page.homography)[0]
        assert page.pixels[int(y), int(x)].tolist() == [255, 255, 255]


def test_page_is_placed_by_its_zone():
    width, height, pixel = 125.0, 88.0, 8.0
    lines = []
    for middle in (height - 8.0 - 6.35, height - 8.0):
        left, right = (width - 44 * 2.54) / 2 - 0.9, (width + 44 * 2.54) / 2 + 0.9
        corners = [[left, middle - 2], [right, middle - 2], [right, middle + 2], [left, middle + 2]]
        lines.append((np.array(corners) * pixel + 50).astype(np.float32))
    placed = outline_by_zone("TD3", lines, (900, 1200, 3))
    true = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) * pixel + 50
    assert quads.overlap(placed, true) > 0.97
    assert outline_by_zone("TD3", lines, (700, 1200, 3)) is None
    assert outline_by_zone("MRVA", lines, (900, 1200, 3)) is None
