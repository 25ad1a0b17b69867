"""Drawn Indian documents of fixed seeds, read from end to end, in Latin letters and in their own."""

import datetime as dt

import numpy as np
import pytest
from PIL import Image, ImageDraw

from appliance.domain.document import Side
from appliance.errors import NotInstalled
from appliance.vision.documents.scripts import SCRIPTS, ScriptReader
from appliance.vision.tesseract import LanguageReader
from tests.specimen.india import LAYOUTS
from tests.specimen.india_people import REGIONS
from tests.specimen.paper import font
from tests.specimen.sets import at_once, specimen

pytestmark = pytest.mark.timeout(400)  # reading fourteen documents in one fixture on a busy machine
TODAY = dt.date(2026, 11, 20)
CONDITIONS = ("clean", "jpeg", "clean", "dark")
EXACT = {"document_number", "vid", "date_of_birth", "expiry_date", "issue_date", "sex", "issuing_country"}
"""Fields that have to be right on every card; of all others three may be wrong."""


@pytest.fixture(scope="module")
def read(documents, portraits):
    def one(numbered):
        at, kind = numbered
        made = specimen(kind, 300 + at, condition=CONDITIONS[at % 4], portrait=portraits / "obama.jpg")
        return made, documents.read(made.photograph.pixels(), today=TODAY)

    return at_once(one, list(enumerate(LAYOUTS)))


def test_types_and_sides(read):
    assert [str(document.type) for _, document in read] == [one.drawn.type for one, _ in read]
    for one, document in read:
        assert document.side is (Side.BACK if "BACK" in one.drawn.kind else Side.FRONT), one.name


def test_numbers_dates_and_sexes_are_exact(read):
    wrong = {
        (one.name, name): (truth, document.value(name))
        for one, document in read
        for name, truth in one.drawn.fields.items()
        if name in EXACT and document.value(name) != truth
    }
    assert wrong == {}


def test_names_and_addresses_are_exact_but_for_three(read):
    wrong = {
        (one.name, name): (truth, document.value(name))
        for one, document in read
        for name, truth in one.drawn.fields.items()
        if name not in EXACT and document.value(name) != truth
    }
    assert len(wrong) <= 3, wrong


def test_numbers_are_checked(read):
    for one, document in read:
        if one.drawn.type == "aadhaar":
            expected = None if document.value("document_number").startswith("X") else True
            assert document.number_valid is expected, one.name


def test_nothing_is_found_that_is_not_there(read):
    for one, document in read:
        assert set(document.fields) <= set(one.drawn.fields), one.name


@pytest.fixture(scope="module")
def scripts():
    return ScriptReader()


@pytest.mark.parametrize("script", SCRIPTS)
def test_names_of_every_script_are_read(scripts, script):
    """Six names each, two letters wrong at most among all of them: no photograph, print as it is."""
    region = next(region for region in REGIONS if region.script == script)
    wrong = 0
    for (_, given), (_, surname) in zip(region.women[:6], region.surnames[:6], strict=True):
        name = f"{given} {surname}"
        picture = Image.new("RGB", (700, 70), (244, 242, 238))
        ImageDraw.Draw(picture).text((12, 50), name, font=font(script, 40), fill=(30, 30, 30), anchor="ls")
        text, sure = scripts.line(np.asarray(picture), script)
        wrong += text != name
        assert sure > 0.5 or text != name
    assert wrong <= 2


def test_scripts_without_data_are_not_offered(tmp_path):
    assert ScriptReader(tmp_path).languages == ()
    with pytest.raises(NotInstalled, match="hin") as raised:
        LanguageReader(["hin"], tmp_path).line(np.full((40, 200, 3), 255, np.uint8), ("hin",))
    assert "tesseract-ocr-hin" in raised.value.remedy


def test_empty_lines_say_nothing(scripts):
    text, sure = scripts.line(np.full((40, 300, 3), 250, np.uint8), "devanagari")
    assert (text, sure) == ("", 0.0)
