"""Values whose labels are lost, labels that are half lost, and sources that almost agree."""

import datetime as dt

import numpy as np
import pytest

from appliance.domain.document import Mrz, Source
from appliance.domain.mrz import MrzFields
from appliance.vision.documents import confidence
from appliance.vision.documents.alphabets import ACCENTED, may_be_marked
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.labels import is_fragment, parts
from appliance.vision.documents.marks_left import address_left, marks_left, place_left
from appliance.vision.documents.merge import merged
from appliance.vision.documents.names_left import names_left
from appliance.vision.documents.types.labelled import beside_labels
from appliance.vision.documents.values import Situation, normalised

SITUATION = Situation(dt.date(2026, 11, 20), "ESP")
HEIGHT = 20


def line(x, y, text, sure=0.999):
    width = max(len(text), 1) * HEIGHT / 2
    quad = np.array([[x, y], [x + width, y], [x + width, y + HEIGHT], [x, y + HEIGHT]], np.float32)
    return Print(text, (sure,) * len(text), quad)


def values(found):
    return {name: value.value for name, value in found.items()}


@pytest.mark.parametrize(
    "text", ["umame", "umname", "Given na", "Place ofbuth", "Date of b", "ssue date", "Nationalily"]
)
def test_half_lost_labels_are_no_values(text):
    assert is_fragment(text)


@pytest.mark.parametrize(
    "text", ["Ahmetaj", "Marina", "Norén", "Kamenná", "Řehoř", "Dominique", "UMAME", "Sa"]
)
def test_names_are_no_labels(text):
    assert not is_fragment(text)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("4d DL N54609GKL", ["document_number"]),
        ("DLN 54609", ["document_number"]),
        ("DL NO 54609", ["document_number"]),
        ("NUMBER OF PASSPORT", ["passport_number"]),
        ("Passport Number", ["passport_number"]),
        ("15 SEX/SEXE", ["sex"]),
    ],
)
def test_short_labels_do_not_reach_over_blanks(text, labels):
    assert [part.label for part in parts(text) if part.label] == labels
    if text == "4d DL N54609GKL":
        assert text[parts(text)[-1].start :].strip() == "N54609GKL"


@pytest.mark.parametrize(
    ("name", "text", "normal"),
    [
        ("document_number", "KJ6TPMFCT", "KJ6TPMFCT"),
        ("document_number", "SIGN4TURE", "SIGN4TURE"),
        ("document_number", "Signatur3", ""),
        ("document_number", "P2411-40706-60905", "P24114070660905"),
        ("last_name", "KOWALSKA.KWIATKOWSKA", "KOWALSKA-KWIATKOWSKA"),
        ("first_name", "J.R. TOLKIEN", "J.R. TOLKIEN"),
        ("visa_type", "b1/b2", "B1/B2"),
        ("visa_type", "14 DAYS", ""),
        ("address", "GardenWalk 88,68350 Ribeirão", "Garden Walk 88, 68350 Ribeirão"),
        ("address", "Lane4, 21318Grünhausen", "Lane 4, 21318 Grünhausen"),
        ("address", "12A Mill Street", "12A Mill Street"),
    ],
)
def test_normal_forms(name, text, normal):
    assert normalised(name, text, SITUATION) == normal


def test_names_without_any_label_stand_above_the_date_of_birth():
    lines = [line(0, 0, "REINO DE ESPAÑA"), line(100, 60, "GARCÍA PEÑA"), line(100, 100, "PILAR")]
    born = line(100, 140, "16/05/1999")
    found = {"date_of_birth": Found("1999-05-16", born)}
    read = names_left([*lines, born], found, SITUATION)
    assert values(read) == {"last_name": "GARCÍA PEÑA", "first_name": "PILAR"}
    assert all(value.inferred for value in read.values())
    assert names_left([lines[0], lines[2], born], found, SITUATION) == {}
    assert names_left([lines[0], line(100, 60, "ESPAÑOLA"), lines[2], born], found, SITUATION) == {}


def test_a_lone_sex_and_the_nationals_of_the_issuer():
    name = line(100, 60, "GARCÍA")
    found = {"last_name": Found("GARCÍA", name)}
    lines = [line(0, 0, "ESPAÑA"), name, line(100, 140, "F"), line(200, 140, "ESPAÑOLA")]
    assert values(marks_left(lines, found, SITUATION)) == {"sex": "F", "nationality": "ESP"}
    assert "sex" not in marks_left([*lines, line(300, 140, "M")], found, SITUATION)
    assert "nationality" not in marks_left([line(0, 0, "ESPAÑA"), name], found, SITUATION)


def test_place_of_birth_stands_beside_the_sex():
    sex = line(100, 140, "F")
    found = {"sex": Found("F", sex)}
    assert values(place_left([sex, line(160, 140, "PEÑABLANCA")], found)) == {"place_of_birth": "PEÑABLANCA"}
    assert place_left([sex, line(160, 200, "PEÑABLANCA")], found) == {}
    assert place_left([sex, line(160, 140, "16.05.1999")], found) == {}


def test_the_only_line_like_an_address_is_one():
    street = line(0, 0, "Garden Walk 88, 92645 Saltford Bay")
    assert values(address_left([street, line(0, 40, "16.05.1999")], {}, SITUATION)) == {
        "address": "Garden Walk 88, 92645 Saltford Bay"
    }
    assert address_left([street, line(0, 40, "Mill Street 3, 10115 Rotheim")], {}, SITUATION) == {}
    assert address_left([line(0, 0, "REGISTRY OF UTOPIA 12345")], {}, SITUATION) == {}


def test_one_label_of_both_names():
    lines = [line(0, 0, "Name (Surname, Given names)"), line(0, 24, "LIN, MEI-HUA")]
    assert values(beside_labels(lines, SITUATION)) == {"last_name": "LIN", "first_name": "MEI-HUA"}


def zone(**changes):
    fields = {
        "kind": "TD3",
        "last_name": "NUNEN",
        "document_number": "L80772948",
        "nationality": "ESP",
    } | changes
    held = dict.fromkeys(("document_number", "date_of_birth", "expiry_date", "composite"), True)
    return Mrz("TD3", ("P<ESP" + "<" * 39, "<" * 44), held, 0, 0.9), MrzFields(**fields)


def printed(sure=0.999, **texts):
    return {name: Found(text, line(0, 0, text, sure)) for name, text in texts.items()}


def test_of_names_that_nearly_agree_the_surer_is_kept_and_the_other_told():
    both = merged(printed(1.0, last_name="NÚÑEZ"), *zone())
    assert (both.fields["last_name"].value, both.fields["last_name"].source) == ("NÚÑEZ", Source.VIZ)
    assert both.conflicts[0].values == ((Source.VIZ, "NÚÑEZ"), (Source.MRZ, "NUNEN"))
    unsure = merged(printed(0.6, last_name="NÚÑEZ"), *zone()).fields["last_name"]
    assert (unsure.value, unsure.source) == ("NUNEN", Source.MRZ)


def test_names_that_are_another_line_do_not_replace_the_zones():
    both = merged(printed(1.0, last_name="AUTHORITY"), *zone())
    assert both.fields["last_name"].value == "NUNEN"


def test_a_misreading_that_check_digits_do_not_see_is_not_decided_by_them():
    # 6 and G differ by ten: both satisfy the same check digit
    plain = merged(printed(0.6, document_number="LG0772948"), *zone(document_number="L60772948"))
    seen = merged(printed(0.6, document_number="L50772948"), *zone(document_number="L60772948"))
    assert plain.fields["document_number"].confidence < 0.7
    assert seen.fields["document_number"].confidence > 0.9


def test_a_state_that_does_not_exist_gives_way_to_print():
    both = merged(printed(nationality="ESP"), *zone(nationality="E5P"))
    assert (both.fields["nationality"].value, both.fields["nationality"].source) == ("ESP", Source.VIZ)
    alone = merged({}, *zone(nationality="E5P"))
    assert alone.fields["nationality"].confidence == confidence.FAILED


def test_letters_that_are_never_seen_lower_confidence():
    assert may_be_marked("DABEK", ACCENTED["POL"])
    assert not may_be_marked("EBERT", ACCENTED["POL"])
    assert not may_be_marked("DABEK", ACCENTED["DEU"])
    sure = {
        state: merged(printed(1.0, last_name="DABEK"), None, None, state=state).fields["last_name"].confidence
        for state in ("POL", "DEU")
    }
    assert sure["POL"] < 0.8
    assert sure["DEU"] > 0.95


@pytest.mark.parametrize("name", ["sex", "document_number", "last_name", "address"])
def test_confidence_rises_with_certainty(name):
    shares = [confidence.of_print(name, least / 200) for least in range(201)]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1


def test_repaired_zones_are_never_sure():
    for checked in (None, True, False):
        assert confidence.of_zone(checked=checked, repaired=True, zone=1.0) <= 0.9
