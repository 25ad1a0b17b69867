"""Numbers of Indian documents: check digits against published examples, forms, look-alikes."""

import datetime as dt

import pytest

from appliance.domain.ids import india, verhoeff
from appliance.domain.ids.coerce import coerced, stretches

TODAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("number", "digit"),
    [("236", "3"), ("12345", "1"), ("142857", "0"), ("123456789012", "0"), ("8473643095483728456789", "2")],
)
def test_published_check_digits(number, digit):
    assert verhoeff.check_digit(number) == digit
    assert verhoeff.holds(number + digit)


def test_the_tables_are_the_groups():
    product = verhoeff.MULTIPLICATION
    for a in range(10):
        assert product[a][verhoeff.INVERSE[a]] == 0
        assert sorted(product[a]) == list(range(10))
        for b in range(10):
            for c in range(10):
                assert product[product[a][b]][c] == product[a][product[b][c]]
    first = verhoeff.PERMUTATION[1]
    for place in range(1, 8):
        assert verhoeff.PERMUTATION[place] == tuple(first[d] for d in verhoeff.PERMUTATION[place - 1])


def test_every_wrong_digit_and_every_swap_of_neighbours_is_caught():
    number = "234123412346"
    assert verhoeff.holds(number)
    for place, digit in enumerate(number):
        for other in "0123456789".replace(digit, ""):
            assert not verhoeff.holds(number[:place] + other + number[place + 1 :])
    for place in range(11):
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert verhoeff.holds(swapped) == (swapped == number)


@pytest.mark.parametrize("text", ["", "12a4", "234123412346".translate({50: "\uff12"}), "\u00b234123412346"])
def test_only_ascii_digits_have_a_check(text):
    assert not verhoeff.holds(text)
    assert not india.aadhaar_holds(text)


@pytest.mark.parametrize(
    ("text", "value", "changes", "holds"),
    [
        ("2341 2341 2346", "234123412346", 0, True),
        ("234123412346", "234123412346", 0, True),
        ("2341-2341-2346", "234123412346", 0, True),
        ("2341 234I 23A6", None, 0, False),
        ("Z34I 2341 2346", "234123412346", 2, True),
        ("Z34I 2341 234G", None, 0, False),
        ("2341 2341 2347", "234123412347", 0, False),
        ("1234 1234 1234", "123412341234", 0, False),
        ("2341 2341 234", None, 0, False),
        ("2341 2341 2346 1", None, 0, False),
    ],
)
def test_aadhaar(text, value, changes, holds):
    found = india.aadhaar(text)
    assert (found.value if found else None) == value
    if found:
        assert len(found.changed) == changes
        assert india.aadhaar_holds(found.value) == holds


def test_vid():
    number = "912345678901234"
    number += verhoeff.check_digit(number)
    found = india.vid(india.in_fours(number))
    assert found is not None
    assert found.value == number
    assert india.vid_holds(number)
    assert not india.vid_holds(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize("text", ["XXXX XXXX 9012", "XXXXXXXX9012", "xxxx xxxx 9O12", "**** **** 9012"])
def test_masked_numbers_keep_their_last_four(text):
    assert india.masked_aadhaar(text) == "XXXXXXXX9012"
    assert india.is_masked("XXXXXXXX9012")


@pytest.mark.parametrize("text", ["XXXX XXXX 901", "XXXX 5678 9012", "2341 2341 2346", ""])
def test_other_texts_are_no_masked_numbers(text):
    assert india.masked_aadhaar(text) == ""


def test_hidden_shows_four_digits():
    assert india.hidden("234123412346") == "XXXX XXXX 2346"
    assert india.hidden("XXXXXXXX2346") == "XXXX XXXX 2346"
    assert india.hidden("9123456789012345") == "XXXX XXXX XXXX 2345"


@pytest.mark.parametrize(
    ("text", "value", "changes"),
    [
        ("ABCPK1234L", "ABCPK1234L", 0),
        ("A8CPK12E4L", None, 0),
        ("A8CPK1234L", "ABCPK1234L", 1),
        ("A8CPKI234L", "ABCPK1234L", 2),
        ("A8CPKIZ34L", None, 0),
        ("ABCPK12341", "ABCPK1234I", 1),
        ("ABCXK1234L", None, 0),
        ("ABCCK1234L", "ABCCK1234L", 0),
        ("ABCPK1234", None, 0),
    ],
)
def test_pan(text, value, changes):
    found = india.pan(text)
    assert (found.value if found else None) == value
    if found:
        assert len(found.changed) == changes


def test_pan_begins_the_surname():
    assert india.pan_fits("ABCPK1234L", "Kumar")
    assert not india.pan_fits("ABCPK1234L", "Sharma")
    assert not india.pan_fits("ABCPK1234L", "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("WKH1186253", "WKH1186253"),
        ("WKH 1186253", "WKH1186253"),
        ("WKH11862S3", "WKH1186253"),
        ("WK11186253", "WKI1186253"),
        ("WKH118625", None),
        ("1231186253", None),
    ],
)
def test_epic(text, value):
    found = india.epic(text)
    assert (found.value if found else None) == value


def test_epic_check_digit():
    assert india.epic_check_holds("WKH1186253")
    assert not india.epic_check_holds("WKH1186263")
    assert not india.epic_check_holds("UP/76/360/0123456")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("UP/76/360/0123456", "UP/76/360/0123456"),
        ("MH/13/071/123456", "MH/13/071/123456"),
        ("mh / 13 / 071 / 123456", "MH/13/071/123456"),
        ("M8/13/071/123456", ""),
        ("XX/13/071/123456", ""),
        ("12/05/2013", ""),
    ],
)
def test_old_epic(text, value):
    assert india.old_epic(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("MH12 20150012345", "MH1220150012345"),
        ("MH-1220150012345", "MH1220150012345"),
        ("MH12/2015/0012345", "MH1220150012345"),
        ("DL-0420110149646", "DL0420110149646"),
        ("MH 12 2015 0012345", "MH1220150012345"),
        ("MH12 2O15OO12345", None),
        ("MH12 2O15O012345", "MH1220150012345"),
        ("ZZ12 20150012345", None),
        ("MH12 20350012345", None),
        ("MH12 2015001234", None),
    ],
)
def test_driving_licence(text, value):
    found = india.driving_licence(text, TODAY)
    assert (found.value if found else None) == value


def test_changes_tell_their_places():
    found = coerced("Z34I 2341 2346", india.AADHAAR_FORM)
    assert found is not None
    assert found.changed == (0, 3)


@pytest.mark.parametrize(
    ("text", "value", "span"),
    [
        ("VID : 9123 4567 8901 2345", "9123456789012345", (6, 25)),
        ("No. ABCPK1234L", None, None),
        ("X9123456789012345", None, None),
    ],
)
def test_a_number_is_found_inside_a_line(text, value, span):
    found = next(iter(stretches(text, india.VID_FORM)), None)
    assert (found.value if found else None) == value
    if found:
        assert (found.start, found.end) == span
