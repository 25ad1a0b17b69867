"""Boxes, crops and lines of a zone that the detector saw only in part."""

import numpy as np
import pytest

from appliance.vision.documents.mrz_candidates import common_frame, long_boxes, parallel, with_one_more
from appliance.vision.documents.text import TextBox
from appliance.vision.documents.text_geometry import (
    crop,
    direction,
    joined,
    quarter_turns,
    reading_order,
    size,
    turned,
)


def box(left, top, width, height, degrees=0.0):
    """Corners in reading order of text turned clockwise by `degrees` around its centre."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float) - [width / 2, height / 2]
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return (corners @ turn + [left + width / 2, top + height / 2]).astype(np.float32)


@pytest.mark.parametrize("degrees", [-40, -10, 0, 10, 40])
@pytest.mark.parametrize("shuffle", [0, 1, 2, 3])
def test_lying_text_reads_to_the_right(degrees, shuffle):
    true = box(100, 100, 300, 20, degrees)
    assert reading_order(np.roll(true, shuffle, axis=0)) == pytest.approx(true, abs=0.01)


def test_standing_text_reads_downwards_and_turns_upright():
    standing = reading_order(box(100, 100, 300, 20, 90))
    assert direction(standing) == pytest.approx([0, 1], abs=0.01)
    assert size(standing) == pytest.approx((300, 20), abs=0.1)
    assert quarter_turns(direction(standing)) == 1
    assert quarter_turns(direction(turned(standing, 2))) == 3
    assert quarter_turns(np.array([1.0, 0.1])) == 0
    assert quarter_turns(np.array([-1.0, 0.1])) == 2


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_crop_brings_text_upright(quarters):
    upright = np.zeros((40, 400, 3), np.uint8)
    upright[5:20, 10:60] = 255  # a mark at the top left
    picture = np.zeros((500, 500, 3), np.uint8)
    picture[100:140, 50:450] = upright
    turned_picture = np.ascontiguousarray(np.rot90(picture, -quarters))
    found = np.argwhere(turned_picture[:, :, 0] > 0)
    assert len(found) == 750
    # the strip's place after the turn, in reading order
    corners = {
        0: [[50, 100], [450, 100], [450, 140], [50, 140]],
        1: [[400, 50], [400, 450], [360, 450], [360, 50]],
        2: [[450, 400], [50, 400], [50, 360], [450, 360]],
        3: [[100, 450], [100, 50], [140, 50], [140, 450]],
    }[quarters]
    quad = np.array(corners, np.float32)
    assert quarter_turns(direction(quad)) == quarters
    cut = crop(turned_picture, quad)
    assert cut.shape == (40, 400, 3)
    assert cut[6:18, 14:55].min() > 200
    assert cut[25:, 100:].max() < 50


def test_broken_lines_are_joined_and_short_ones_left_out():
    first, second, other = box(0, 100, 300, 20), box(310, 101, 200, 20), box(0, 200, 60, 20)
    found = long_boxes([TextBox(quad, 1.0) for quad in (second, other, first)])
    assert len(found) == 1
    assert size(found[0])[0] == pytest.approx(510, abs=3)
    assert joined(second, first)[0] == pytest.approx(first[0], abs=3)


def test_lines_are_sorted_downwards_in_either_sense():
    quads = [box(0, 200, 400, 20), box(0, 100, 400, 20), turned(box(0, 300, 20, 400), 1)]
    assert parallel(quads, np.array([1.0, 0.0])) == [1, 0]
    assert parallel(quads, np.array([-1.0, 0.0])) == [0, 1]


def test_common_frame_gives_all_lines_the_same_ends():
    frames = common_frame([box(20, 100, 380, 20), box(0, 150, 300, 20)])
    lefts = [frame[0, 0] for frame in frames]
    rights = [frame[1, 0] for frame in frames]
    assert lefts[0] == pytest.approx(lefts[1], abs=0.01)
    assert lefts[0] < 0
    assert rights[0] == pytest.approx(rights[1], abs=0.01)
    assert rights[0] > 400


def test_a_missing_line_is_sought_where_the_standard_puts_it():
    row = box(0, 500, 880, 30)
    above, below = with_one_more([row], [row], 44)
    assert above[1] is row
    assert below[0] is row
    assert above[0].mean(axis=0)[1] == pytest.approx(515 - 50, abs=1)
    assert below[1].mean(axis=0)[1] == pytest.approx(515 + 50, abs=1)


def test_a_part_of_the_missing_line_gives_its_place():
    row, part = box(0, 500, 880, 30), box(0, 444, 300, 30)
    above, _ = with_one_more([row], [row, part], 44)
    assert above[0].mean(axis=0) == pytest.approx([440, 459], abs=1)
    assert size(above[0])[0] > 880
