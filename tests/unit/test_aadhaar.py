"""UIDAI's demographic data in normal forms, and text of strangers made plain."""

import hashlib
from datetime import UTC, datetime

import pytest

from appliance.domain import aadhaar
from appliance.domain.foreign_text import plain


def test_fields_leave_out_what_is_absent():
    assert aadhaar.fields({}) == {"issuing_country": "IND"}


def test_fields():
    values = {
        "name": " Ravi  Kumar ",
        "birth": "27-02-1998",
        "sex": "MALE",
        "number": "XXXXXXXX1234",
        "care_of": "S/O: Sanjay Kumar",
        "house": "4-83",
        "street": "",
        "location": "Sector 2",
        "vtc": "Saharsa",
        "post_office": "Saharsa",
        "district": "Saharsa",
        "state": "Bihar",
        "pin": "852201",
    }
    assert aadhaar.fields(values) == {
        "full_name": "Ravi Kumar",
        "date_of_birth": "1998-02-27",
        "sex": "M",
        "document_number": "XXXXXXXX1234",
        "address": "S/O: Sanjay Kumar, 4-83, Sector 2, Saharsa, Bihar, 852201",
        "issuing_country": "IND",
        "father_name": "Sanjay Kumar",
    }


@pytest.mark.parametrize(
    ("care_of", "father"),
    [
        ("S/O: Ram", "Ram"),
        ("D/O Ram", "Ram"),
        ("s/o Ram", None),
        ("C/O Ram", None),
        ("W/O Ram", None),
        ("Ram", None),
    ],
)
def test_only_sons_and_daughters_tell_their_father(care_of: str, father: str | None):
    assert aadhaar.fields({"care_of": care_of}).get("father_name") == father


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("27-02-1998", "1998-02-27"),
        ("27/02/1998", "1998-02-27"),
        ("1998-02-27", "1998-02-27"),
        ("1998", "1998"),
        ("30-02-1998", ""),
        ("98", ""),
        ("", ""),
        ("27-02-98", ""),
    ],
)
def test_births(text: str, expected: str):
    assert aadhaar.birth(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("269720190308114407437", ("2697", "2019-03-08T11:44:07.437+05:30")),
        ("26972019030811440743", ("2697", "2019-03-08T11:44:07.430+05:30")),
        ("269720190308114407", ("2697", "2019-03-08T11:44:07+05:30")),
        ("269720191308114407437", ("2697", "")),
        ("269720190308994407437", ("2697", "")),
        ("2697", ("2697", "")),
        ("26", ("", "")),
        ("", ("", "")),
        ("\u0662697", ("", "")),
    ],
)
def test_references(text: str, expected: tuple[str, str]):
    assert aadhaar.reference(text) == expected


@pytest.mark.parametrize("last", ["", "123", "12345", "12a4", "\u0661234"])
def test_only_four_digits_make_a_masked_number(last: str):
    assert aadhaar.masked(last) == ""
    assert aadhaar.masked("1234") == "XXXXXXXX1234"


def test_age_counts_from_indian_time():
    issued = "2025-11-01T00:30:00+05:30"  # 19:00 of the day before in UTC
    assert aadhaar.age_in_days(issued, datetime(2025, 10, 31, 19, 0, tzinfo=UTC)) == 0
    assert aadhaar.age_in_days(issued, datetime(2025, 11, 1, 18, 59, tzinfo=UTC)) == 0
    assert aadhaar.age_in_days(issued, datetime(2025, 11, 3, 19, 0, tzinfo=UTC)) == 3
    assert aadhaar.age_in_days(issued, datetime(2025, 10, 31, 18, 0, tzinfo=UTC)) == -1
    assert aadhaar.age_in_days("", datetime(2025, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(("digit", "times"), [(0, 1), (1, 1), (2, 2), (4, 4), (9, 9)])
def test_mobile_numbers_are_hashed_as_often_as_the_last_digit_says(digit: int, times: int):
    # the example of UIDAI's FAQ: 9800000002, share code Abc@123, Aadhaar ending in 4: four times
    expected = "9800000002Abc@123"
    for _ in range(times):
        expected = hashlib.sha256(expected.encode()).hexdigest()
    assert aadhaar.contact_hash("9800000002", "Abc@123", digit) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ravi", "Ravi"),
        ("  Ra\tvi\r\nK ", "Ra vi K"),
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("abc\u202edef\u2066g", "abcdefg"),
        (
            "\u0930\u0935\u093f \u0915\u0941\u092e\u093e\u0930",
            "\u0930\u0935\u093f \u0915\u0941\u092e\u093e\u0930",
        ),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("\u0645\u062d\u0645\u062f", "\u0645\u062d\u0645\u062f"),
        ("Ravi \U0001f600", "Ravi \U0001f600"),
        ("\ud800x\ue000\U0010ffff", "x"),
        ("", ""),
    ],
)
def test_plain_text(text: str, expected: str):
    assert plain(text) == expected


def test_plain_text_is_cut():
    assert plain("x" * 10_000_000, 20) == "x" * 20
    assert len(plain(" a" * 10_000, 20)) <= 20
