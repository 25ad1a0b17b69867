"""Rules of Indian documents on print laid out as the cards have it: type, side, fields, look-alikes."""

import datetime as dt

import numpy as np
import pytest

from appliance.domain.document import DocumentType, Field, Side, Source
from appliance.vision.documents import document_type, local_lines, scripts, types
from appliance.vision.documents.anchors import Print
from appliance.vision.documents.labels import compact
from appliance.vision.documents.types import aadhaar, driving_licence_india, indian, pan, voter_id
from appliance.vision.documents.values import Situation

TODAY = Situation(dt.date(2026, 11, 20), "IND")


def line(text, x, y, height=20, sure=0.99):
    """Print at the left end x and middle y; letters are half as wide as high."""
    width = max(len(text), 1) * height * 0.5
    top, foot = y - height / 2, y + height / 2
    quad = np.array([[x, top], [x + width, top], [x + width, foot], [x, foot]], np.float32)
    return Print(text, (sure,) * len(text), quad)


def page(*rows):
    return [line(*row) for row in rows]


def values(kind, lines):
    return {name: found.value for name, found in kind.read(lines, TODAY).items()}


def words(lines):
    return [compact(one.text)[0] for one in lines]


AADHAAR_FRONT = page(
    ("Hra Aar", 400, 30),
    ("Government of India", 380, 60),
    ("uRa afR", 250, 150, 22, 0.6),
    ("Rajesh Kumar Sharma", 250, 190),
    ("fff/DOB: 15/08/1992", 250, 230),
    ("/ MALE", 250, 270),
    ("2341 2341 2346", 300, 400, 40),
    ("VID : 9123 4567 8901 2348", 300, 440),
)
AADHAAR_BACK = page(
    ("Unique Identification Authority of India", 200, 50),
    ("ar:", 20, 120, 20, 0.5),
    ("Address:", 400, 120),
    ("3a 11,", 20, 150, 20, 0.5),
    ("S/O: Ram Lal, 12,", 400, 150),
    ("Tef a", 20, 180, 20, 0.5),
    ("Gandhi Nagar, Jaipur,", 400, 180),
    ("Rajasthan -302001", 400, 210),
    ("2341 2341 2346", 300, 400, 40),
    ("help@uidai.gov.in", 300, 480),
)
PAN_OLD = page(
    ("INCOME TAX DEPARTMENT", 20, 40),
    ("GOVT. OF INDIA", 600, 40),
    ("RAJESH SHARMA", 20, 120),
    ("RAM LAL SHARMA", 20, 180),
    ("15/08/1992", 20, 240),
    ("Permanent Account Number", 20, 290),
    ("ABCPS1234L", 20, 330, 30),
    ("Signature", 20, 480),
)
PAN_NEW = page(
    ("INCOME TAX DEPARTMENT", 20, 40),
    ("GOVT. OF INDIA", 600, 40),
    ("Permanent Account Number Card", 300, 130),
    ("ABCPS1234L", 320, 170, 30),
    ("1H/ Name", 20, 300),
    ("RAJESH SHARMA", 20, 330),
    ("fT 1 / Father's Name", 20, 370),
    ("RAM LAL SHARMA", 20, 400),
    ("TH / Date of Birth", 20, 440),
    ("15/08/1992", 20, 470),
)
LICENCE_NEW = page(
    ("Indian Union Driving Licence", 250, 30),
    ("Issued by Maharashtra", 280, 60),
    ("MH12 20150012345", 20, 110, 30),
    ("Issue Date", 20, 160),
    ("Validity (NT)", 220, 160),
    ("Validity (TR)", 460, 160),
    ("10-05-2015", 20, 190),
    ("09-05-2035", 220, 190),
    ("Name", 20, 230),
    ("RAJESH SHARMA", 20, 260),
    ("Date of Birth", 20, 300),
    ("Blood Group", 250, 300),
    ("15-08-1992", 20, 330),
    ("B+", 250, 330),
    ("Son/Daughter/Wife of", 20, 370),
    ("RAM LAL SHARMA", 20, 400),
    ("Address", 20, 440),
    ("12, GANDHI NAGAR, PUNE, MAHARASHTRA", 20, 470),
    ("- 411001", 20, 500),
)
LICENCE_OLD = page(
    ("THE UNION OF INDIA", 250, 20),
    ("MAHARASHTRA STATE MOTOR DRIVING LICENCE", 150, 50),
    ("DL No : MH-1220150012345", 20, 90),
    ("DOI : 10-05-2015", 520, 90),
    ("Valid Till : 09-05-2035 (NT)", 20, 130),
    ("COV", 20, 220),
    ("DOI", 200, 220),
    ("MCWG", 20, 250),
    ("10-05-2015", 200, 250),
    ("LMV", 20, 280),
    ("10-05-2015", 200, 280),
    ("DOB : 15-08-1992", 20, 320),
    ("BG : B+", 360, 320),
    ("Name : RAJESHSHARMA", 20, 360),
    ("S/D/W of : RAM LAL SHARMA", 20, 400),
    ("Add : 12, GANDHI NAGAR, PUNE, MAHARASHTRA -", 20, 440),
    ("411001", 20, 470),
    ("Signature / Thumb", 520, 510),
)
VOTER_FRONT = page(
    ("ELECTION COMMISSION OF INDIA", 120, 60),
    ("WKH1186253", 600, 100, 30),
    ("aa T 1 ra rrr r : Rra ra", 270, 150, 22, 0.6),
    ("Elector's Name : Rajesh Sharma", 270, 190),
    ("frT T : r", 270, 230, 22, 0.6),
    ("Father's Name : Ram Lal Sharma", 270, 270),
    ("f / Gender : Male", 270, 310),
    ("a / Date of Birth : 15-08-1992", 270, 350),
)
VOTER_BACK = page(
    ("UP/76/360/0123456", 600, 40),
    ("T : 12, , - 302001", 20, 100, 20, 0.7),
    ("Address : 12, Gandhi Nagar, Jaipur,", 20, 150),
    ("Rajasthan - 302001", 20, 180),
    ("Assembly Constituency No. and Name : 12 - Jaipur", 20, 230),
    ("Date : 10-05-2015", 20, 280),
    ("Electoral Registration Officer", 500, 340),
)
CARDS = [
    (AADHAAR_FRONT, aadhaar, Side.FRONT),
    (AADHAAR_BACK, aadhaar, Side.BACK),
    (PAN_OLD, pan, Side.FRONT),
    (PAN_NEW, pan, Side.FRONT),
    (LICENCE_NEW, driving_licence_india, Side.FRONT),
    (LICENCE_OLD, driving_licence_india, Side.FRONT),
    (VOTER_FRONT, voter_id, Side.FRONT),
    (VOTER_BACK, voter_id, Side.BACK),
]
PERSON = {"full_name": "RAJESH SHARMA", "father_name": "RAM LAL SHARMA", "date_of_birth": "1992-08-15"}


@pytest.mark.parametrize(("lines", "kind", "side"), CARDS)
def test_type_and_side(lines, kind, side):
    assert document_type.decide(None, [one.text for one in lines], None) is kind
    assert kind.side(words(lines)) is side


@pytest.mark.parametrize("kind", [aadhaar, pan, voter_id, driving_licence_india])
def test_other_documents_are_none_of_them(kind):
    others = page(
        ("REPUBLIC OF UTOPIA", 10, 10),
        ("DRIVING LICENCE", 10, 40),
        ("IDENTITY CARD", 10, 70),
        ("Surname", 10, 100),
        ("ASHWORTH", 10, 130),
        ("AB1234567", 10, 160),
        ("123412341234", 10, 190),
        ("01.02.1990", 10, 220),
    )
    assert kind.weight(words(others)) == 0


def test_aadhaar_front():
    assert values(aadhaar, AADHAAR_FRONT) == {
        "full_name": "Rajesh Kumar Sharma",
        "date_of_birth": "1992-08-15",
        "sex": "M",
        "document_number": "234123412346",
        "vid": "9123456789012348",
        "issuing_country": "IND",
    }


def test_aadhaar_back_of_two_columns():
    assert values(aadhaar, AADHAAR_BACK) == {
        "address": "S/O: Ram Lal, 12, Gandhi Nagar, Jaipur, Rajasthan - 302001",
        "document_number": "234123412346",
        "issuing_country": "IND",
    }


def changed(lines, old, new):
    return [
        line(new, float(one.quad[0, 0]), one.middle, one.height) if one.text == old else one for one in lines
    ]


@pytest.mark.parametrize(
    ("printed", "name", "value"),
    [
        ("jfm/ Year of Birth : 1992", "date_of_birth", "1992"),
        ("D0B: 15/08/1992", "date_of_birth", "1992-08-15"),
        ("Date of Birth: 15-08-1992", "date_of_birth", "1992-08-15"),
    ],
)
def test_births_of_aadhaar(printed, name, value):
    assert values(aadhaar, changed(AADHAAR_FRONT, "fff/DOB: 15/08/1992", printed))[name] == value


@pytest.mark.parametrize(
    ("printed", "value", "valid"),
    [
        ("XXXX XXXX 2346", "XXXXXXXX2346", None),
        ("2341 2341 2347", "234123412347", False),
        ("234I 2341 234G", "234123412346", True),
    ],
)
def test_numbers_of_aadhaar(printed, value, valid):
    found = aadhaar.read(changed(AADHAAR_FRONT, "2341 2341 2346", printed), TODAY)["document_number"]
    assert found.value == value
    assert aadhaar.number_valid(found.value) is valid


def test_look_alikes_cost_certainty():
    plain = aadhaar.read(AADHAAR_FRONT, TODAY)["document_number"]
    swapped = changed(AADHAAR_FRONT, "2341 2341 2346", "234I 2341 234G")
    found = aadhaar.read(swapped, TODAY)["document_number"]
    assert found.value == plain.value
    assert found.print.text == "234I 2341 234G"
    assert found.print.least < plain.print.least
    unchecked = changed(AADHAAR_FRONT, "2341 2341 2346", "234I 2341 2347")
    assert aadhaar.read(unchecked, TODAY)["document_number"].print.least < found.print.least


def test_the_cards_own_date_is_no_birth():
    dated = [*changed(AADHAAR_FRONT, "fff/DOB: 15/08/1992", "ff"), line("Issue Date: 10/05/2015", 5, 300)]
    assert "date_of_birth" not in values(aadhaar, dated)


def test_a_fathers_line_is_no_name():
    lines = changed(AADHAAR_FRONT, "Rajesh Kumar Sharma", "Father : Ram Lal Sharma")
    lines = changed(lines, "uRa afR", "Rajesh Sharma")
    found = values(aadhaar, lines)
    assert (found["full_name"], found["father_name"]) == ("Rajesh Sharma", "Ram Lal Sharma")


@pytest.mark.parametrize("lines", [PAN_OLD, PAN_NEW])
def test_pan(lines):
    assert values(pan, lines) == PERSON | {"document_number": "ABCPS1234L", "issuing_country": "IND"}


def test_pan_that_fits_no_name_is_less_certain():
    strange = pan.read(changed(PAN_OLD, "ABCPS1234L", "ABCPX1234L"), TODAY)["document_number"]
    assert strange.value == "ABCPX1234L"
    assert strange.print.least < pan.read(PAN_OLD, TODAY)["document_number"].print.least


LICENCE = PERSON | {
    "document_number": "MH1220150012345",
    "issue_date": "2015-05-10",
    "expiry_date": "2035-05-09",
    "blood_group": "B+",
    "address": "12, GANDHI NAGAR, PUNE, MAHARASHTRA - 411001",
    "issuing_country": "IND",
}


def test_driving_licences():
    assert values(driving_licence_india, LICENCE_NEW) == LICENCE
    assert values(driving_licence_india, LICENCE_OLD) == LICENCE | {"vehicle_classes": "MCWG, LMV"}


def test_an_indian_licence_is_read_by_its_own_module_where_the_state_is_known():
    assert types.of(DocumentType.DRIVING_LICENCE, "IND") is driving_licence_india
    assert types.of(DocumentType.DRIVING_LICENCE, "FRA").TYPE is DocumentType.DRIVING_LICENCE
    assert types.of(DocumentType.DRIVING_LICENCE, "FRA") is not driving_licence_india


def test_voters_card():
    front = values(voter_id, VOTER_FRONT)
    assert front == {
        "full_name": "Rajesh Sharma",
        "father_name": "Ram Lal Sharma",
        "sex": "M",
        "date_of_birth": "1992-08-15",
        "document_number": "WKH1186253",
        "issuing_country": "IND",
    }
    assert voter_id.number_valid(front["document_number"]) is True
    back = values(voter_id, VOTER_BACK)
    assert back == {
        "document_number": "UP/76/360/0123456",
        "address": "12, Gandhi Nagar, Jaipur, Rajasthan - 302001",
        "issue_date": "2015-05-10",
        "issuing_country": "IND",
    }
    assert voter_id.number_valid(back["document_number"]) is None


def test_a_husbands_name_is_no_fathers():
    lines = changed(VOTER_FRONT, "Father's Name : Ram Lal Sharma", "Husband's Name : Ram Lal Sharma")
    found = values(voter_id, lines)
    assert found["full_name"] == "Rajesh Sharma"
    assert "father_name" not in found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Rajesh Sharma", "Rajesh Sharma"),
        ("RajeshSharma", "Rajesh Sharma"),
        (" : R. K. Sharma.", "R. K. Sharma"),
        ("Anne McDonald", "Anne McDonald"),
        ("D'Souza", "D'Souza"),
        ("Rajesh 5harma", ""),
        ("राजेश", ""),
        ("", ""),
    ],
)
def test_names(text, name):
    assert indian.name_of(text) == name


def test_labels_may_be_misread():
    assert indian.after(line("Electcr's Name : Rajesh", 0, 0), ("ELECTORSNAME",)).text == "Rajesh"
    assert indian.after(line("Address", 0, 0), ("ADDRESS",)).text == ""
    assert indian.after(line("Addenda : x", 0, 0), ("ADDRESS",)) is None


@pytest.mark.parametrize("degrees", [-6, 5])
@pytest.mark.parametrize(("lines", "kind", "_side"), CARDS)
def test_print_askew_reads_the_same(lines, kind, _side, degrees):
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    askew = [Print(one.text, one.sure, one.quad @ turn) for one in lines]
    assert values(kind, askew) == values(kind, lines)
    for name, found in kind.read(askew, TODAY).items():
        level = kind.read(lines, TODAY)[name].print.quad.mean(0)
        assert np.allclose(found.print.quad.mean(0) @ turn.T, level, atol=12), name


@pytest.mark.parametrize(
    ("printed", "sex"),
    [("a/ FEMALE", "F"), ("3r /ALE", "M"), ("EMALE", "F"), ("R/FE", "F"), ("a / Male", "M")],
)
def test_sexes_of_aadhaar(printed, sex):
    assert values(aadhaar, changed(AADHAAR_FRONT, "/ MALE", printed))["sex"] == sex


def test_a_name_stands_above_a_birth_that_cannot_be_read():
    found = values(aadhaar, changed(AADHAAR_FRONT, "fff/DOB: 15/08/1992", "fff/DOB: 1 /0"))
    assert found["full_name"] == "Rajesh Kumar Sharma"
    assert "date_of_birth" not in found


def test_short_labels_are_words_of_their_own():
    assert indian.after(line("MADDULA RAO", 0, 0), ("ADDRESS", "ADD")) is None
    assert indian.after(line("ff/DOB15-08-1992", 0, 0), ("DOB",)).text == "15-08-1992"
    assert indian.after(line("DOBRIYAL", 0, 0), ("DOB",)) is None
    assert indian.after(line("Add : 12, MG ROAD", 0, 0), ("ADDRESS", "ADD")).text == "12, MG ROAD"


def test_a_birth_is_no_day_of_issue():
    lines = [*VOTER_BACK, line("Date of Birth : 15-08-1992", 20, 260)]
    assert values(voter_id, lines)["issue_date"] == "2015-05-10"


def test_a_heading_that_other_cards_have_counts_little_alone():
    visa = page(
        ("GOVERNMENT OF INDIA", 10, 10), ("ELECTRONIC TRAVEL AUTHORIZATION", 10, 40), ("VISA", 10, 70)
    )
    assert 0 < aadhaar.weight(words(visa)) < aadhaar.weight(words(AADHAAR_FRONT)) - 10


def fields_of(kind, lines):
    return {
        name: Field(found.value, found.print.text, 1.0, Source.VIZ, found.print.quad)
        for name, found in kind.read(lines, TODAY).items()
    }


def test_lines_in_the_holders_script_are_found():
    front = local_lines.of_name(AADHAAR_FRONT, fields_of(aadhaar, AADHAAR_FRONT))
    assert [one.text for one in front] == ["uRa afR"]
    voter = local_lines.of_name(VOTER_FRONT, fields_of(voter_id, VOTER_FRONT))
    assert [one.text for one in voter] == ["aa T 1 ra rrr r : Rra ra"]
    columns = local_lines.of_address(AADHAAR_BACK, fields_of(aadhaar, AADHAAR_BACK))
    assert [one.text for one in columns] == ["ar:", "3a 11,", "Tef a"]
    above = local_lines.of_address(VOTER_BACK, fields_of(voter_id, VOTER_BACK))
    assert [one.text for one in above] == ["T : 12, , - 302001"]


def test_a_card_in_latin_letters_only_has_none():
    latin = changed(AADHAAR_FRONT, "uRa afR", "To")
    assert local_lines.of_name(latin, fields_of(aadhaar, latin)) == []
    assert local_lines.of_name(latin, {}) == []
    assert local_lines.of_address(latin, {}) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("पता: 12, गांधी नगर", "12, गांधी नगर"),
        ("पता : आत्मज: राम लाल, 12", "आत्मज: राम लाल, 12"),
        ("आत्मज: राम लाल, 12", "आत्मज: राम लाल, 12"),
        ("12, गांधी नगर", "12, गांधी नगर"),
        ("முகவரி: த/பெ: முருகன்", "த/பெ: முருகன்"),
        ("", ""),
    ],
)
def test_the_word_address_is_no_part_of_it(text, value):
    assert scripts.without_label(text) == value


@pytest.mark.parametrize(
    ("text", "latin", "value"),
    [
        ("3/8, गांधी नगर, पटना - 80074॥", "3/B, Gandhi Nagar, Patna - 800745", "3/B, गांधी नगर, पटना - 800745"),
        ("11.10. 28, ನಗರ = 570961", "H.No. 28, Nagar - 570961", "H.No. 28, ನಗರ - 570961"),
        ("H.No. 40, मार्ग - 302001", "H.NO. 40, MARG - 302001", "H.No. 40, मार्ग - 302001"),
        ("12, गांधी नगर - 411001", "", "12, गांधी नगर - 411001"),
        ("12, गांधी नगर - 411001", "99, Other Road - 560001", "12, गांधी नगर - 411001"),
    ],
)
def test_digits_are_taken_from_the_latin_address(text, latin, value):
    assert scripts.with_latin(text, latin) == value


def test_usual_scripts():
    assert scripts.usual_script("12, Anna Nagar, Chennai, Tamil Nadu - 600001") == "tamil"
    assert scripts.usual_script("GANDHI NAGAR, JAIPUR, RAJASTHAN") == "devanagari"
    assert scripts.usual_script("Highmoor, Utopia") == ""
