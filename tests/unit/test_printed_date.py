"""Dates as documents print them."""

import datetime as dt

import pytest

from appliance.domain.printed_date import read_date

TODAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "issuer", "iso"),
    [
        ("12.04.1990", "DEU", "1990-04-12"),
        ("12/04/1990", "GBR", "1990-04-12"),
        ("12-04-1990", "NLD", "1990-04-12"),
        ("12 04 1990", "ESP", "1990-04-12"),
        ("1990-04-12", "SWE", "1990-04-12"),
        ("12 APR 1990", "GBR", "1990-04-12"),
        ("12APR1990", "GBR", "1990-04-12"),
        ("12 APR/AVR 1990", "CAN", "1990-04-12"),
        ("07 MÄR / MAR 1983", "DEU", "1983-03-07"),
        ("03 LIP/JUL 2001", "POL", "2001-07-03"),
        ("22 AOÛ 2004", "FRA", "2004-08-22"),
        ("OCT 05, 2019", "USA", "2019-10-05"),
        ("01/06/1958", "USA", "1958-01-06"),
        ("01/06/1958", "", "1958-06-01"),
        ("08/25/1958", "", "1958-08-25"),
        ("25/08/1958", "USA", "1958-08-25"),
        ("I2.O4.199O", "DEU", "1990-04-12"),
        ("born 12.04.1990 in Rotheim", "DEU", "1990-04-12"),
        ("12. 04. 1990", "CZE", "1990-04-12"),
    ],
)
def test_forms(text, issuer, iso):
    assert read_date(text, "birth", TODAY, issuer) == iso


@pytest.mark.parametrize(
    ("meaning", "text", "iso"),
    [
        ("birth", "12.04.30", "1930-04-12"),
        ("birth", "12.04.20", "2020-04-12"),
        ("expiry", "12.04.30", "2030-04-12"),
        ("expiry", "12.04.98", "1998-04-12"),
        ("issue", "12 APR 19", "2019-04-12"),
    ],
)
def test_century(meaning, text, iso):
    assert read_date(text, meaning, TODAY) == iso


@pytest.mark.parametrize(
    "text", ["", "REPUBLIC", "31.02.1990", "123456789", "12.1990", "5'-09\"", "99.99.9999"]
)
def test_no_date(text):
    assert read_date(text, "birth", TODAY) == ""
