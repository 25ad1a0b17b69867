"""Strips of bare paper inside of an outline are left out; a document's own margin is not."""

import cv2
import numpy as np
import pytest

from appliance.vision.documents.edges import shrunk
from appliance.vision.documents.paper import off_paper
from appliance.vision.documents.quad import overlap

COPY = np.array([[200, 150], [520, 165], [512, 365], [192, 350]], np.float32)


def scene(table, sheet, document):
    """A page of speckled print in the middle of a white sheet (or None) on a table."""
    rng = np.random.default_rng(5)
    picture = np.full((600, 800, 3), table, np.float32)
    if sheet is not None:
        cv2.fillConvexPoly(picture, np.int32(sheet), (232, 230, 226))
    page = np.full((240, 380, 3), document, np.float32)
    page[::12] -= 60
    page[:, ::17] -= 40
    corners = np.array([[0, 0], [380, 0], [380, 240], [0, 240]], np.float32)
    onto = cv2.getPerspectiveTransform(corners, COPY)
    cover = cv2.warpPerspective(np.ones((240, 380, 1), np.float32), onto, (800, 600))[..., None]
    picture = picture * (1 - cover) + cv2.warpPerspective(page, onto, (800, 600)) * cover
    noisy = cv2.GaussianBlur(picture, (0, 0), 1.0) + rng.normal(0, 3, picture.shape)
    return noisy.clip(0, 255).astype(np.uint8)


def grown(left, top):
    """The copy's outline with its left and top side that many pixels further out."""
    return COPY + np.array([[-left, -top], [0, -top], [0, 0], [-left, 0]], np.float32)


@pytest.mark.parametrize(("left", "top"), [(22, 18), (30, 0), (0, 24)])
def test_sides_on_the_sheets_edge_go_to_the_copys(left, top):
    taken = grown(left, top)
    sheet = [taken[0], [900, taken[1][1] + 18], [900, 700], [taken[3][0] - 12, 700]]
    picture = scene((60, 45, 40), sheet, (150, 150, 150))
    assert overlap(taken, COPY) < 0.93
    moved = off_paper(shrunk(picture, 640), taken)
    assert overlap(moved, COPY) > 0.97


@pytest.mark.parametrize("table", [(60, 45, 40), (235, 233, 230)])
def test_a_right_outline_stays(table):
    picture = scene(table, None, (150, 150, 150))
    assert np.array_equal(off_paper(shrunk(picture, 640), COPY), COPY)


def test_a_margin_of_the_documents_own_stays():
    taken = grown(22, 18)
    picture = scene((60, 45, 40), taken, (150, 150, 150))
    assert np.array_equal(off_paper(shrunk(picture, 640), taken), taken), "no paper lies outside"


def test_what_cannot_be_judged_stays():
    picture = scene((60, 45, 40), None, (150, 150, 150))
    tiny = np.array([[10, 10], [20, 10], [20, 20], [10, 20]], np.float32)
    beyond = COPY + np.array([-250, -200], np.float32)
    fine = shrunk(picture, 640)
    assert np.array_equal(off_paper(fine, tiny), tiny)
    assert np.array_equal(off_paper(fine, beyond), beyond)
