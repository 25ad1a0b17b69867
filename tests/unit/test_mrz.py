"""The zone's worked examples of ICAO Doc 9303 and its corner cases."""

from dataclasses import replace
from datetime import date

import pytest

from appliance.domain.mrz import (
    KINDS,
    MrzFields,
    birth_date,
    check_digit,
    checks,
    compose,
    expiry_date,
    identify,
    parse,
)
from appliance.domain.mrz_names import name_field, transliterate
from appliance.errors import InvalidRequest

TODAY = date(2026, 11, 20)
ANNA = MrzFields(
    kind="TD3",
    document_code="P",
    issuing_country="UTO",
    last_name="ERIKSSON",
    first_name="ANNA MARIA",
    document_number="L898902C3",
    nationality="UTO",
    date_of_birth="1974-08-12",
    sex="F",
    expiry_date="2012-04-15",
    personal_number="ZE184226B",
)
PASSPORT = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
CARD = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
SMALL = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
VISA_A = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<")
VISA_B = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<")
FRENCH = ("IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "8806923102858CORINNE<<<<<<<6512068F6")


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("TD3", PASSPORT),
        ("TD1", CARD),
        ("TD2", SMALL),
        ("MRVA", VISA_A),
        ("MRVB", VISA_B),
        ("FRID", FRENCH),
    ],
)
def test_published_examples_hold_and_are_told_apart(kind, lines):
    assert identify(lines) == kind
    assert all(checks(kind, lines).values())
    assert len(checks(kind, lines)) == len(KINDS[kind].checks)


def test_check_digit_of_the_standards_examples():
    assert check_digit("520727") == "3"
    assert check_digit("AB2134<<<") == "5"
    assert check_digit("HA672242<658022549601086<<<<<<<<<<<<<<0") == "8"


def test_passport_of_the_standard_is_parsed_and_written():
    assert parse("TD3", PASSPORT, today=TODAY) == ANNA
    assert compose(ANNA) == PASSPORT


def test_card_of_the_standard_is_parsed_and_written():
    anna = replace(ANNA, kind="TD1", document_code="I", document_number="D23145890", personal_number="")
    assert parse("TD1", CARD, today=TODAY) == anna
    assert compose(anna) == CARD
    assert compose(replace(anna, kind="TD2")) == SMALL


def test_french_card():
    found = parse("FRID", FRENCH, today=TODAY)
    assert (found.last_name, found.first_name) == ("BERTHIER", "CORINNE")
    assert (found.document_number, found.date_of_birth) == ("880692310285", "1965-12-06")
    assert (found.sex, found.nationality) == ("F", "FRA")
    assert compose(replace(found, document_code="ID")) == FRENCH


@pytest.mark.parametrize("kind", ["TD1", "TD2"])
def test_a_long_document_number_goes_on_in_the_optional_data(kind):
    number = "D23145890734"
    lines = compose(replace(ANNA, kind=kind, document_number=number, personal_number=""))
    assert all(checks(kind, lines).values())
    found = parse(kind, lines, today=TODAY)
    assert found.document_number == number
    assert found.personal_number == ""


def test_the_published_long_number():
    # Doc 9303 part 5 appendix: number D23145890734 on a TD1
    lines = compose(replace(ANNA, kind="TD1", document_number="D23145890734", personal_number=""))
    assert lines[0][5:30] == "D23145890<7349<<<<<<<<<<<"


def test_empty_personal_number_may_have_zero_or_a_filler():
    lines = compose(replace(ANNA, personal_number=""))
    assert lines[1][42] == "<"
    assert checks("TD3", lines)["personal_number"]
    zero = (lines[0], lines[1][:42] + "0" + lines[1][43])
    assert all(checks("TD3", zero).values())
    wrong = (lines[0], lines[1][:42] + "1" + lines[1][43])
    assert not checks("TD3", wrong)["personal_number"]


def test_germany():
    lines = compose(replace(ANNA, issuing_country="DEU", nationality="DEU"))
    assert lines[0][2:5] == lines[1][10:13] == "D<<"
    found = parse("TD3", lines)
    assert (found.issuing_country, found.nationality) == ("DEU", "DEU")


def test_century_of_two_digit_years():
    assert birth_date("261120", TODAY) == "2026-11-20"
    assert birth_date("261121", TODAY) == "1926-11-21"
    assert expiry_date("261121", TODAY) == "2026-11-21"
    assert expiry_date("561231", TODAY) == "2056-12-31"
    assert expiry_date("570101", TODAY) == "1957-01-01"
    assert expiry_date("980104", TODAY) == "1998-01-04"
    assert birth_date("000229", TODAY) == "2000-02-29"
    assert expiry_date("991231", date(2079, 1, 1)) == "2099-12-31"


@pytest.mark.parametrize(
    "digits", ["740231", "74<<<<", "", "7408", "ABCDEF", "740812\n", "\u0660\u0660\u0660\u0661\u0660\u0661"]
)
def test_what_is_no_date_is_left_empty(digits):
    assert birth_date(digits, TODAY) == ""
    assert expiry_date(digits, TODAY) == ""


@pytest.mark.parametrize(("mark", "sex"), [("M", "M"), ("F", "F"), ("X", "X"), ("<", "X"), ("8", "")])
def test_sex(mark, sex):
    second = PASSPORT[1][:20] + mark + PASSPORT[1][21:]
    assert parse("TD3", (PASSPORT[0], second)).sex == sex


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("Müller-Lüdenscheidt", "MUELLER<LUEDENSCHEIDT"),
        ("O'Connor", "OCONNOR"),
        ("Weiß", "WEISS"),
        ("Ångström", "AANGSTROEM"),
        ("Łukasz Dvořák", "LUKASZ<DVORAK"),
        ("Þór Æsir", "THOR<AESIR"),
        ("\u0130nci I\u015f\u0131k \u0131lgaz", "INCI<ISIK<ILGAZ"),
        ("Щукарь Иванов", "SHCHUKAR<IVANOV"),
        ("Martin, Jr.", "MARTIN<JR"),
        ("Nguyễn", "NGUYEN"),
        ("", ""),
        ("山田", ""),
    ],
)
def test_transliteration(name, spelled):
    assert transliterate(name) == spelled


def test_truncation_as_in_the_standard():
    assert name_field("Nilavadhanananda", "Chayapa Dejthamrong Krasuang", 39) == (
        "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"
    )
    both = name_field("Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo", 39)
    assert both == "BENNELONG<WOOLOOMOOLOO<WARRANDYTE<WA<<D"
    assert name_field("Papandropoulous", "Jonathan Alec", 30) == "PAPANDROPOULOUS<<JONATHAN<ALEC"
    assert name_field("Abcdefghij", "Klmno Pqrst", 19) == "ABCDEFGHIJ<<KLMNO<P"
    assert name_field("Abcdefghij", "Klmno Pqrst", 18) == "ABCDEFGHIJ<<KLMN<P"
    found = parse("TD3", ("P<UTO" + both, PASSPORT[1]))
    assert found.names_truncated
    assert not parse("TD3", PASSPORT).names_truncated


@pytest.mark.parametrize(
    "change",
    [
        {"document_number": "L898902C34"},
        {"document_number": "L8989-2C3"},
        {"issuing_country": "UTOP"},
        {"date_of_birth": "12.08.1974"},
        {"personal_number": "X" * 15},
        {"document_code": "PAB"},
    ],
)
def test_what_does_not_fit_is_refused(change):
    with pytest.raises(InvalidRequest):
        compose(replace(ANNA, **change))


def test_a_specimen_with_wrong_digits_still_has_fields():
    lines = (
        "IDESPAAA1000014<00000023T<<<<<",
        "7212018F1101236ESP<<<<<<<<<<<8",
        "ESPANOLA<ESPANOLA<CARMEN<<<<<<",
    )
    assert checks("TD1", lines) == {
        "document_number": False,
        "date_of_birth": False,
        "expiry_date": True,
        "composite": False,
    }
    assert parse("TD1", lines).document_number == "AAA100001"
