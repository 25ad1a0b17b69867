"""Zones of drawn documents of fixed seeds, whichever way they lie, with and without the second reader."""

import functools

import cv2
import numpy as np
import pytest

from appliance.domain.mrz import compose
from appliance.domain.mrz import parse as parse_zone
from appliance.errors import NotInstalled
from appliance.vision.documents.mrz_reader import MrzReader
from appliance.vision.documents.text import COMMON_SHAPES
from appliance.vision.documents.text_geometry import crop, direction, quarter_turns
from appliance.vision.tesseract import TesseractReader, fitted
from tests.specimen.sets import empty_set, specimen

pytestmark = pytest.mark.timeout(300)
made = functools.cache(specimen)


@pytest.mark.parametrize(
    ("kind", "seed", "condition"), [("TD3", 7, "clean"), ("TD1", 8, "dark"), ("TD2", 9, "jpeg")]
)
def test_zones_are_read_exactly(text, kind, seed, condition):
    drawn = made(kind, seed, condition=condition)
    found = MrzReader(text, None).read(drawn.photograph.pixels())
    assert found is not None
    assert found.mrz.lines == drawn.drawn.mrz
    assert found.mrz.kind == kind
    assert found.mrz.valid
    assert found.mrz.confidence > 0.5
    assert found.quarter_turns == 0
    assert len(found.quads) == len(drawn.drawn.mrz)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_picture_reads_the_same(text, turns):
    drawn = made("TD3", 7, condition="clean")
    pixels = np.ascontiguousarray(np.rot90(drawn.photograph.pixels(), -turns))
    found = MrzReader(text, None).read(pixels)
    assert found is not None
    assert found.mrz.lines == drawn.drawn.mrz
    assert found.quarter_turns == turns
    assert quarter_turns(direction(found.quads[0])) == turns


def test_wrong_check_digits_still_give_data(text):
    drawn = made("TD3", 7, condition="clean")
    lines = drawn.drawn.mrz
    # the same line with another check digit of the number, printed over the photograph's document
    fields = parse_zone("TD3", lines)
    assert compose(fields) == lines
    wrong = lines[1][:9] + str((int(lines[1][9]) + 5) % 10) + lines[1][10:]
    page = np.full((240, 1100, 3), 245, np.uint8)
    for row, line in enumerate((lines[0], wrong)):
        for column, character in enumerate(line):
            place = (20 + column * 24, 90 + row * 60)
            cv2.putText(page, character, place, cv2.FONT_HERSHEY_SIMPLEX, 0.9, (10, 10, 10), 2)
    found = MrzReader(text, None).read(page, text.find(page))
    assert found is not None
    assert not found.mrz.valid
    assert found.mrz.confidence <= 0.5
    assert found.mrz.checks["document_number"] is False
    assert found.mrz.checks["date_of_birth"] is True


def test_a_table_has_no_zone(text):
    reader = MrzReader(text, None)
    assert [reader.read(shot.pixels()) for shot in empty_set(3, 2)] == [None, None]


def test_boxes_that_are_known_are_not_sought_again(text):
    drawn = made("TD2", 9, condition="jpeg")
    pixels = drawn.photograph.pixels()
    boxes = text.find(pixels)
    found = MrzReader(text, None).read(pixels, boxes)
    assert found is not None
    assert found.mrz.lines == drawn.drawn.mrz
    assert MrzReader(text, None).read(pixels, []) is None


def test_printed_lines(text):
    drawn = made("TD3", 7, condition="clean")
    lines = text.lines(drawn.photograph.pixels())
    said = " ".join(line.text for line in lines).upper()
    assert drawn.person.number in said
    for line in lines:
        assert len(line.char_confidence) == len(line.text)
        assert 0 <= line.confidence <= 1
        assert line.quad.shape == (4, 2)


def test_few_shapes_are_prepared():
    assert sum(len(shapes) for shapes in COMMON_SHAPES.values()) < 24


def test_second_reader_sees_a_line(text):
    drawn = made("TD3", 7, condition="clean")
    pixels = drawn.photograph.pixels()
    found = MrzReader(text, None).read(pixels)
    assert found is not None
    reader = TesseractReader()
    seen = reader.line(crop(pixels, found.quads[1]), 44)
    assert seen is not None
    right = sum(a == b for a, b in zip(seen, drawn.drawn.mrz[1], strict=True))
    assert right >= 30


def test_second_reader_without_data_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("appliance.vision.tesseract._DATA", "no/such/eng.traineddata")
    with pytest.raises(NotInstalled):
        TesseractReader()


@pytest.mark.parametrize(
    ("text_read", "length", "expected"),
    [
        ("ABC<<<D", 7, "ABC<<<D"),
        ("ABC<<D", 8, "ABC<<<<D"),
        ("ABC<<<<<<D", 8, "ABC<<<<D"),
        ("ABCD", 8, None),
        ("ABCDEF<<GH", 8, None),
        ("", 3, None),
    ],
)
def test_only_fillers_are_stretched(text_read, length, expected):
    assert fitted(text_read, length) == expected
