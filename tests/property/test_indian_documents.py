"""Any print at all on what claims to be an Indian document: an answer, no error, no impossible value."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.domain.document import Field, Side, Source
from appliance.domain.ids import india, verhoeff
from appliance.domain.ids.coerce import coerced, stretches
from appliance.vision.documents import local_lines, scripts
from appliance.vision.documents.anchors import Print
from appliance.vision.documents.labels import compact
from appliance.vision.documents.types import aadhaar, driving_licence_india, pan, voter_id
from appliance.vision.documents.values import Situation

TODAY = Situation(dt.date(2026, 11, 20), "IND")
KINDS = (aadhaar, pan, voter_id, driving_licence_india)
PIECES = st.sampled_from(
    ("DOB: ", "Address: ", "Name ", "Father's Name : ", "VID : ", "Government of India", "12/05/1990", "MALE",
     "2341 2341 2346", "ABCPS1234L", "MH12 20150012345", "WKH1186253", "- 302001", "\u202eمحمد", "\x00", "😀",
     "राजेश", "UP/76/360/0123456", "INCOME TAX DEPARTMENT", "ELECTION COMMISSION OF INDIA", " ", "BG : ")
)  # fmt: skip
TEXT = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=4).map("".join)
DIGITS = st.text("0123456789", min_size=1, max_size=24)


@st.composite
def pages(draw):
    lines = []
    for text in draw(st.lists(TEXT, max_size=12)):
        x, y = draw(st.integers(-50, 900)), draw(st.integers(-50, 600))
        height = draw(st.sampled_from((0, 1, 18, 40)))
        quad = np.array([[x, y], [x + 200, y], [x + 200, y + height], [x, y + height]], np.float32)
        lines.append(Print(text, (draw(st.floats(0, 1)),) * len(text), quad))
    return lines


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pages())
def test_any_print_is_answered(lines):
    words = [compact(line.text)[0] for line in lines]
    for kind in KINDS:
        assert kind.weight(words) >= 0
        assert kind.side(words) in Side
        found = kind.read(lines, TODAY)
        assert all(value.value for value in found.values())
        for name in ("date_of_birth", "issue_date", "expiry_date"):
            if name in found and len(found[name].value) != 4:
                dt.date.fromisoformat(found[name].value)
        fields = {
            name: Field(value.value, value.print.text, 1.0, Source.VIZ, value.print.quad)
            for name, value in found.items()
        }
        assert set(map(id, local_lines.of_name(lines, fields))) <= set(map(id, lines))
        assert set(map(id, local_lines.of_address(lines, fields))) <= set(map(id, lines))


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_address_is_answered(text, latin):
    scripts.with_latin(scripts.without_label(text), latin)


@given(DIGITS)
def test_a_check_digit_makes_a_number_that_holds(number):
    assert verhoeff.holds(number + verhoeff.check_digit(number))


@given(DIGITS, st.data())
def test_every_single_wrong_digit_is_caught(number, data):
    whole = number + verhoeff.check_digit(number)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != whole[at]]))
    assert not verhoeff.holds(whole[:at] + other + whole[at + 1 :])


@pytest.mark.parametrize("form", [india.AADHAAR_FORM, india.PAN_FORM, india.EPIC_FORM, india.LICENCE_FORM])
@given(st.text(max_size=24))
def test_a_number_in_its_form_has_few_changes_and_says_where(form, text):
    for found in [one for one in (coerced(text, form), *stretches(text, form)) if one]:
        assert len(found.value) == len(form)
        assert len(found.changed) <= 2
        assert all(found.start <= place < found.end for place in found.changed)
        assert all(c.isdigit() == (wanted == "9") for c, wanted in zip(found.value, form, strict=True))


@given(st.text("0123456789", min_size=12, max_size=12))
def test_what_is_shown_of_a_number_holds_four_digits_of_it(number):
    shown = india.hidden(number)
    assert shown == f"XXXX XXXX {number[8:]}"
    assert india.masked_aadhaar(shown) == "X" * 8 + number[8:]
