"""Labels, layouts and the merging of print and zone, on hand-laid lines of print."""

import datetime as dt

import numpy as np
import pytest

from appliance.domain.document import DocumentType, Mrz, Source
from appliance.domain.mrz import MrzFields
from appliance.vision.documents import confidence
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.dates_left import dates_left
from appliance.vision.documents.document_type import decide
from appliance.vision.documents.issuer import printed_issuer
from appliance.vision.documents.labels import parts
from appliance.vision.documents.merge import merged
from appliance.vision.documents.names_left import names_left
from appliance.vision.documents.types import (
    driving_licence_america,
    driving_licence_europe,
    id_card,
    passport,
)
from appliance.vision.documents.values import Situation, normalised

SITUATION = Situation(dt.date(2026, 11, 20), "UTO")
HEIGHT = 20


def line(x, y, text, sure=0.99):
    """A line of print whose top left corner is at x, y; letters are half as wide as high."""
    width = max(len(text), 1) * HEIGHT / 2
    quad = np.array([[x, y], [x + width, y], [x + width, y + HEIGHT], [x, y + HEIGHT]], np.float32)
    return Print(text, (sure,) * len(text), quad)


def values(found):
    return {name: value.value for name, value in found.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Surname / Nom", [("last_name", "Surname / Nom")]),
        ("Sumame/Nom", [("last_name", "Sumame/Nom")]),
        ("Date of birth / Date de naissance", [("date_of_birth", "Date of birth / Date de naissance")]),
        ("Dateofbirth/Datedenaissance", [("date_of_birth", "Dateofbirth/Datedenaissance")]),
        ("DOB 01/06/1958", [("date_of_birth", "DOB"), ("", "01/06/1958")]),
        ("4dLIC#WDLABCD456DG", [("document_number", "LIC"), ("", "WDLABCD456DG")]),
        ("15 SEX M", [("sex", "SEX"), ("", "M")]),
        ("Sex / Sexe  Place of birth", [("sex", "Sex / Sexe"), ("place_of_birth", "Place of birth")]),
        ("Name / Surname", [("last_name", "Name / Surname")]),
        ("Vomamen / Given names", [("first_name", "Vomamen / Given names")]),
        ("NOMURA", [("", "NOMURA")]),
        ("LICHTENBERG", [("", "LICHTENBERG")]),
        ("1 TALBOT", [("", "1 TALBOT")]),
    ],
)
def test_parts(text, expected):
    found = [(part.label, text[part.start : part.end].strip(" #:")) for part in parts(text)]
    assert found == expected


@pytest.mark.parametrize(
    ("name", "text", "normal"),
    [
        ("sex", "M", "M"),
        ("sex", "K/M", "M"),
        ("sex", "F / F", "F"),
        ("sex", "WEIBLICH", "F"),
        ("sex", "BLU", ""),
        ("document_number", "AB 123 456", "AB123456"),
        ("document_number", "SIGNATURE", ""),
        ("nationality", "Shqiptare/Albanian", "ALB"),
        ("nationality", "BRITISH CITIZEN", "GBR"),
        ("nationality", "ÖSTERREICH", "AUT"),
        ("nationality", "Narnian", ""),
        ("last_name", " O\u2019CONNELL ", "O'CONNELL"),
        ("last_name", "12.04.1990", ""),
        ("first_name", "F", ""),
        ("expiry_date", "12.04.2030", "2030-04-12"),
    ],
)
def test_normal_forms(name, text, normal):
    assert normalised(name, text, SITUATION) == normal


def test_value_below_its_label_not_beside():
    lines = [
        line(100, 100, "Surname / Nom"),
        line(100, 126, "QUILL"),
        line(400, 100, "Given names / Prénoms"),
        line(400, 126, "OSCAR EDMUND"),
        line(100, 170, "Date of birth"),
        line(100, 196, "07 MAR 1983"),
        line(400, 170, "Date of expiry"),
        line(400, 196, "26 JUL 2032"),
    ]
    assert values(passport.read(lines, SITUATION)) == {
        "last_name": "QUILL",
        "first_name": "OSCAR EDMUND",
        "date_of_birth": "1983-03-07",
        "expiry_date": "2032-07-26",
    }


def test_value_beside_its_label():
    lines = [
        line(100, 100, "Surname:"),
        line(300, 100, "QUILL"),
        line(100, 140, "Date of birth:"),
        line(300, 140, "07.03.1983"),
    ]
    found = values(id_card.read(lines, SITUATION))
    assert found == {"last_name": "QUILL", "date_of_birth": "1983-03-07"}


def test_label_of_something_else_keeps_its_value():
    lines = [
        line(100, 100, "Place of birth"),
        line(100, 170, "Authority"),
        line(100, 196, "REGISTRY UTO"),
    ]
    assert "place_of_birth" not in passport.read(lines, SITUATION)


def test_german_name_is_the_surname_only_beside_given_names():
    both = [
        line(100, 100, "Name"),
        line(100, 126, "EBERT"),
        line(100, 170, "Vornamen"),
        line(100, 196, "RUTH"),
    ]
    assert values(id_card.read(both, SITUATION)) == {"last_name": "EBERT", "first_name": "RUTH"}
    alone = [line(100, 100, "Name"), line(100, 126, "RUTH EBERT")]
    assert values(id_card.read(alone, SITUATION)) == {"full_name": "RUTH EBERT"}


def test_european_licence():
    lines = [
        line(200, 20, "DRIVING LICENCE"),
        line(100, 60, "1."),
        line(140, 60, "HAWTHORNE"),
        line(100, 100, "2. ZOË IMOGEN"),
        line(100, 140, "3. 10.07.1961 NETHER WICK"),
        line(100, 180, "4a. 22.09.2023 4c. REGISTRY"),
        line(100, 220, "4b. 21.09.2033"),
        line(100, 260, "5. S78517074"),
        line(100, 300, "8"),
        line(140, 300, "Station Road 7"),
        line(100, 324, "9."),
        line(140, 324, "AM/B1/B"),
    ]
    assert values(driving_licence_europe.read(lines, SITUATION)) == {
        "last_name": "HAWTHORNE",
        "first_name": "ZOË IMOGEN",
        "date_of_birth": "1961-07-10",
        "place_of_birth": "NETHER WICK",
        "issue_date": "2023-09-22",
        "expiry_date": "2033-09-21",
        "document_number": "S78517074",
        "address": "Station Road 7",
    }


def test_a_number_without_a_label_is_taken_only_where_it_is_the_only_one():
    one, other = line(100, 100, "286284302"), line(100, 130, "VJCJ8VRHJ")
    (found,) = id_card.read([one], SITUATION).values()
    assert (found.value, found.inferred) == ("286284302", True)
    assert id_card.read([one, other], SITUATION) == {}


@pytest.mark.parametrize(
    "lines", [[line(100, 100, "à : MONTCLAIR")], [line(100, 100, "à:"), line(150, 103, "MONTCLAIR")]]
)
def test_the_older_french_card_writes_the_place_behind_a_letter(lines):
    found = id_card.read(
        [*lines, line(100, 140, "Taille :"), line(220, 140, "1,66 m")], Situation(SITUATION.today, "FRA")
    )
    assert found["place_of_birth"].value == "MONTCLAIR"


def test_american_licence():
    lines = [
        line(20, 20, "WASHINGTON"),
        line(400, 20, "DRIVER LICENSE"),
        line(200, 60, "4dLIC#WDLABCD456DG"),
        line(200, 90, "1TALBOT"),
        line(200, 120, "2 LIAM R."),
        line(200, 150, "3 DOB 01/06/1958"),
        line(500, 150, "4aISS01/06/2015"),
        line(200, 200, "15 SEX M"),
        line(500, 230, "4b EXP 08/12/2020"),
        line(200, 260, "5DDWDLABCD456DG1234567XX1101"),
    ]
    origin = printed_issuer(lines, DocumentType.DRIVING_LICENCE)
    assert origin.value == "USA"
    found = values(driving_licence_america.read(lines, Situation(SITUATION.today, "USA")))
    assert found == {
        "document_number": "WDLABCD456DG",
        "last_name": "TALBOT",
        "first_name": "LIAM R",
        "date_of_birth": "1958-01-06",
        "issue_date": "2015-01-06",
        "sex": "M",
        "expiry_date": "2020-08-12",
    }


@pytest.mark.parametrize(
    ("heading", "kind", "code"),
    [
        ("REPUBLIK ÖSTERREICH", DocumentType.NATIONAL_ID, "AUT"),
        ("REPUBLIC OF UTOPIA", DocumentType.PASSPORT, "UTO"),
        ("ÉIRE IRELAND", DocumentType.PASSPORT, "IRL"),
        ("GB", DocumentType.DRIVING_LICENCE, "GBR"),
        ("NEW YORK", DocumentType.DRIVING_LICENCE, "USA"),
    ],
)
def test_issuer(heading, kind, code):
    assert printed_issuer([line(0, 0, heading), line(0, 300, "M")], kind).value == code


def test_heading_of_two_states_names_none():
    lines = [line(0, 0, "REPUBLIC OF POLAND"), line(300, 0, "REPUBLIC OF AUSTRIA"), line(0, 300, "M")]
    assert printed_issuer(lines, DocumentType.PASSPORT) is None


def test_dates_without_labels_are_told_by_their_order():
    lines = [line(0, 0, "26 JUL 2032"), line(0, 50, "07 MAR 1983"), line(0, 100, "26 JUL 2022")]
    found = dates_left(lines, {}, {}, SITUATION)
    assert values(found) == {
        "date_of_birth": "1983-03-07",
        "issue_date": "2022-07-26",
        "expiry_date": "2032-07-26",
    }
    assert all(value.inferred for value in found.values())
    known = {"date_of_birth": "1983-03-07", "expiry_date": "2032-07-26"}
    assert values(dates_left(lines, {}, known, SITUATION))["issue_date"] == "2022-07-26"


def test_surname_without_a_label_stands_above_the_given_names():
    lines = [
        line(100, 20, "REPUBLIC OF UTOPIA"),
        line(100, 100, "QUILL"),
        line(100, 130, "Given names"),
        line(100, 156, "OSCAR EDMUND"),
        line(300, 100, "MALE"),
    ]
    found = id_card.read(lines, SITUATION)
    assert values(names_left(lines, found, SITUATION)) == {"last_name": "QUILL"}
    assert names_left([line for line in lines if line.text != "QUILL"], found, SITUATION) == {}


def test_two_loose_dates_for_three_meanings_stay_untold():
    lines = [line(0, 0, "26 JUL 2032"), line(0, 50, "07 MAR 1983")]
    assert dates_left(lines, {}, {}, SITUATION) == {}


def zone(*, checks=True, repaired=0, **changes):
    fields = {
        "kind": "TD3",
        "last_name": "MUELLER",
        "first_name": "RUTH",
        "document_number": "L80772948",
        "date_of_birth": "1983-03-07",
        "expiry_date": "2032-07-26",
        "sex": "F",
        "nationality": "DEU",
    } | changes
    names = ("document_number", "date_of_birth", "expiry_date", "composite")
    held = dict.fromkeys(names, checks)
    return Mrz("TD3", ("P<D" + "<" * 41, "<" * 44), held, repaired, 0.9), MrzFields(**fields)


def printed(**texts):
    return {name: Found(text, line(0, 0, text)) for name, text in texts.items()}


def test_print_spelling_the_zone_gives_the_accents():
    both = merged(printed(last_name="MÜLLER", first_name="RUTH"), *zone())
    assert both.fields["last_name"].value == "MÜLLER"
    assert both.fields["full_name"].value == "RUTH MÜLLER"
    assert both.fields["last_name"].confidence == confidence.of_agreed_name(0.99)
    assert both.conflicts == ()


def test_zone_and_print_together_give_the_letter():
    both = merged(printed(last_name="MULLER"), *zone(), state="DEU")
    assert both.fields["last_name"].value == "MÜLLER"
    assert both.conflicts == ()


def test_name_is_found_without_its_label_and_in_the_zones_script():
    mrz, fields = zone(last_name="ABRAMOV", first_name="ADNAN")
    lines = [line(0, 0, "ADNAN AČAMUSA OČLU"), line(0, 40, "ADNAN"), line(0, 80, "ABRAMOV")]
    both = merged(printed(first_name="ADNAN AČAMUSA OČLU"), mrz, fields, lines)
    assert both.fields["first_name"].value == "ADNAN"
    assert both.fields["last_name"].printed == "ABRAMOV"
    assert both.conflicts == ()


def test_valid_zone_outranks_print_and_the_conflict_is_kept():
    both = merged(printed(document_number="I80772948"), *zone())
    field = both.fields["document_number"]
    assert (field.value, field.source) == ("L80772948", Source.MRZ)
    assert [(c.name, dict(c.values)) for c in both.conflicts] == [
        ("document_number", {Source.MRZ: "L80772948", Source.VIZ: "I80772948"})
    ]
    assert field.confidence < confidence.CHECKED


def test_print_outranks_a_zone_whose_check_digit_fails():
    both = merged(printed(document_number="I80772948"), *zone(checks=False))
    assert both.fields["document_number"].value == "I80772948"
    assert len(both.conflicts) == 1


def test_truncated_zone_name_agrees_with_the_longer_print():
    mrz, fields = zone(last_name="SCHOENFELD", names_truncated=True)
    both = merged(printed(last_name="SCHÖNFELDER"), mrz, fields)
    assert both.fields["last_name"].value == "SCHÖNFELDER"
    assert both.conflicts == ()


def test_repaired_zone_is_never_sure():
    both = merged({}, *zone(repaired=1))
    assert max(field.confidence for field in both.fields.values()) <= confidence.REPAIRED


@pytest.mark.parametrize(
    ("mrz", "words", "wanted", "kind"),
    [
        (("TD3", "P<UTO"), [], None, "passport"),
        (("TD3", "P<UTO"), ["DRIVING LICENCE"], "driving_licence", "passport"),
        (("TD1", "I<UTO"), [], "passport", "national_id"),
        (("MRVA", "V<UTO"), [], None, "visa"),
        (None, ["FÜHRERSCHEIN"], "passport", "driving_licence"),
        (None, ["Carte d'identité"], None, "national_id"),
        (None, ["PASSPORT / PASSEPORT"], "national_id", "passport"),
        (None, ["nothing known"], "national_id", "national_id"),
        (None, ["nothing known"], None, "unknown"),
    ],
)
def test_type(mrz, words, wanted, kind):
    read = Mrz(mrz[0], (mrz[1],), {}, 0, 0.9) if mrz else None
    assert kind == decide(read, words, DocumentType(wanted) if wanted else None).TYPE


def test_confidence_of_print_rises_with_certainty_and_rules():
    plain = [confidence.of_print("place_of_birth", sure / 100) for sure in range(101)]
    assert plain == sorted(plain)
    assert all(0 < share < 1 for share in plain)
    assert confidence.of_print("issue_date", 0.8) > confidence.of_print("place_of_birth", 0.8)
