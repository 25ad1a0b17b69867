"""Barcodes of American and Canadian licences: each version's elements, dates, names and gaps."""

import pytest

from appliance.domain import aamva


def written(version: int, elements: dict[str, str], *, issuer: str = "636000", subfile: str = "DL") -> str:
    """A barcode of a version, as annex D lays it out: version 1 has no jurisdiction version."""
    body = subfile + "\n".join(name + value for name, value in elements.items()) + "\r"
    head = f"@\n\x1e\rANSI {issuer}{version:02d}" + ("" if version == 1 else "00") + "01"
    return f"{head}{subfile}{len(head) + 10:04d}{len(body):04d}{body}"


AMERICAN = {
    "DCA": "D",
    "DCB": "NONE",
    "DBA": "12102034",
    "DCS": "SAMPLE",
    "DAC": "MICHAEL",
    "DAD": "JOHN",
    "DBD": "06062019",
    "DBB": "06061986",
    "DBC": "1",
    "DAG": "2300 WEST BROAD STREET",
    "DAI": "RICHMOND",
    "DAJ": "VA",
    "DAK": "232690000  ",
    "DAQ": "T64235789",
    "DCF": "2424244747474786102204",
    "DCG": "USA",
}
EXPECTED = {
    "document_number": "T64235789",
    "date_of_birth": "1986-06-06",
    "expiry_date": "2034-12-10",
    "issue_date": "2019-06-06",
    "sex": "M",
    "issuing_country": "USA",
    "address": "2300 WEST BROAD STREET, RICHMOND, VA 23269",
    "vehicle_classes": "D",
    "last_name": "SAMPLE",
    "first_name": "MICHAEL JOHN",
    "full_name": "MICHAEL JOHN SAMPLE",
}


@pytest.mark.parametrize("version", range(4, 11))
@pytest.mark.parametrize("subfile", ["DL", "ID", "EN"])
def test_versions_4_to_10(version: int, subfile: str):
    found = aamva.decode(written(version, AMERICAN, subfile=subfile))
    assert found
    assert (found.version, found.issuer) == (version, "636000")
    assert found.fields == EXPECTED


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("given", ["MICHAEL,JOHN", "MICHAEL JOHN", "MICHAEL, JOHN"])
def test_versions_2_and_3_have_all_given_names_in_one_element(version: int, given: str):
    elements = {name: value for name, value in AMERICAN.items() if name not in {"DAC", "DAD"}}
    found = aamva.decode(written(version, {**elements, "DCT": given}))
    assert found
    assert found.fields == EXPECTED


@pytest.mark.parametrize(
    ("whole", "last", "first", "full"),
    [
        ("SAMPLE,MICHAEL,JOHN", "SAMPLE", "MICHAEL JOHN", "MICHAEL JOHN SAMPLE"),
        ("SAMPLE,MICHAEL,JOHN,JR", "SAMPLE", "MICHAEL JOHN", "MICHAEL JOHN SAMPLE JR"),
        ("SAMPLE,MICHAEL", "SAMPLE", "MICHAEL", "MICHAEL SAMPLE"),
        ("SAMPLE@MICHAEL@JOHN", "SAMPLE", "MICHAEL JOHN", "MICHAEL JOHN SAMPLE"),
        ("SAMPLE$MICHAEL$JOHN", "SAMPLE", "MICHAEL JOHN", "MICHAEL JOHN SAMPLE"),
        ("SAMPLE MICHAEL JOHN", "SAMPLE", "MICHAEL JOHN", "MICHAEL JOHN SAMPLE"),
        ("VAN DER BERG,ANNA", "VAN DER BERG", "ANNA", "ANNA VAN DER BERG"),
        ("SAMPLE", "SAMPLE", "", "SAMPLE"),
    ],
)
def test_version_1_has_one_name_and_dates_that_begin_with_the_year(
    whole: str, last: str, first: str, full: str
):
    elements = {
        "DAA": whole,
        "DAG": "2300 WEST BROAD STREET",
        "DAI": "RICHMOND",
        "DAJ": "VA",
        "DAK": "232690000",
        "DAQ": "T64235789",
        "DAR": "D",
        "DBA": "20341210",
        "DBB": "19860606",
        "DBC": "M",
        "DBD": "20190606",
    }
    found = aamva.decode(written(1, elements))
    assert found
    named = {
        name: value
        for name, value in {"last_name": last, "first_name": first, "full_name": full}.items()
        if value
    }
    without = {k: v for k, v in EXPECTED.items() if k not in {"last_name", "first_name", "full_name"}}
    assert found.fields == {**without, **named}


def test_the_oldest_file_type_is_taken():
    text = written(1, {"DAQ": "1"}).replace("ANSI ", "AAMVA")
    assert aamva.is_aamva(text)
    found = aamva.decode(text)
    assert found
    assert found.fields["document_number"] == "1"


def test_canada():
    elements = {
        **AMERICAN,
        "DBA": "20341210",
        "DBB": "19860606",
        "DBD": "20190606",
        "DAI": "OTTAWA",
        "DAJ": "ON",
        "DAK": "K1A0B1     ",
        "DCG": "CAN",
    }
    found = aamva.decode(written(9, elements, issuer="636012"))
    assert found
    assert found.fields == {
        **EXPECTED,
        "issuing_country": "CAN",
        "address": "2300 WEST BROAD STREET, OTTAWA, ON K1A 0B1",
    }
    for lacking in ({"DCG"}, {"DCG", "DAJ"}):
        told = {name: value for name, value in elements.items() if name not in lacking}
        found = aamva.decode(written(9, told, issuer="636012"))
        assert found
        assert found.fields["issuing_country"] == "CAN"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("06061986", "1986-06-06"),
        ("19860606", "1986-06-06"),
        ("12311999", "1999-12-31"),
        ("19991231", "1999-12-31"),
        ("12202018", "2018-12-20"),
        ("20121220", "2012-12-20"),
        ("06/06/1986", "1986-06-06"),
        ("1986-06-06", "1986-06-06"),
        ("02302020", ""),
        ("00000000", ""),
        ("99999999", ""),
        ("1986", ""),
        ("", ""),
        ("NONE", ""),
        ("\u0660\u0666\u0660\u0666\u0661\u0669\u0668\u0666", ""),
    ],
)
def test_dates(text: str, expected: str):
    assert aamva.day(text) == aamva.day(text, "CAN") == expected


@pytest.mark.parametrize(
    ("code", "sex"),
    [("1", "M"), ("2", "F"), ("9", "X"), ("M", "M"), ("F", "F"), ("X", "X"), ("0", None), ("?", None)],
)
def test_sex(code: str, sex: str | None):
    found = aamva.decode(written(10, {**AMERICAN, "DBC": code}))
    assert found
    assert found.fields.get("sex") == sex


def test_social_security_numbers_are_not_read():
    found = aamva.decode(written(1, {"DAQ": "1", "DBK": "078051120", "DBM": "078051120"}))
    assert found
    assert "078051120" not in str(found.fields)


def test_offsets_may_lie_and_separators_differ():
    text = written(9, AMERICAN).replace("0041", "9999").replace("\n", "\r\n").replace("\x1e", "\x1c")
    found = aamva.decode(text)
    assert found
    assert found.fields == EXPECTED


def test_a_jurisdictions_own_subfile_changes_nothing():
    found = aamva.decode(written(10, AMERICAN) + "ZVZVA01\rDAQFORGED\r")
    assert found
    assert found.fields == EXPECTED


@pytest.mark.parametrize("text", ["", "@", "ANSI 636000", "HELLO ANSI 636000100102", "@\n\x1e\rANSI 63600"])
def test_other_text_is_none(text: str):
    assert not aamva.is_aamva(text)
    assert aamva.decode(text) is None


def test_a_header_alone_is_none():
    assert aamva.decode("@\n\x1e\rANSI 636000090001DL00310000DL\r") is None
