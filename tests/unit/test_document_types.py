"""Each type of document on hand-laid lines: that it is recognised, its side, and every field it prints."""

import datetime as dt

import numpy as np
import pytest

from appliance.domain.document import DocumentType, Side
from appliance.vision.documents import types
from appliance.vision.documents.anchors import Print
from appliance.vision.documents.document_type import decide
from appliance.vision.documents.issuer import printed_issuer
from appliance.vision.documents.labels import compact
from appliance.vision.documents.types import (
    driving_licence_america,
    driving_licence_europe,
    generic,
    id_card,
    passport,
    visa,
)
from appliance.vision.documents.types.kind import longest, must_have, number_valid
from appliance.vision.documents.values import Situation

TODAY = dt.date(2026, 11, 20)
HEIGHT = 20

PASSPORT = (
    passport,
    [
        (20, 0, "PASSPORT / PASSEPORT"),
        (300, 0, "REPUBLIC OF UTOPIA"),
        (300, 40, "Type / Type"),
        (300, 62, "P"),
        (600, 40, "Passport No / Passeport No"),
        (600, 62, "L80772948"),
        (300, 90, "Surname / Nom"),
        (300, 112, "QUILL"),
        (300, 140, "Given names / Prénoms"),
        (300, 162, "OSCAR EDMUND"),
        (300, 190, "Nationality / Nationalité"),
        (300, 212, "UTOPIAN"),
        (300, 240, "Date of birth / Date de naissance"),
        (300, 262, "07 MAR 1983"),
        (700, 240, "Personal No / No personnel"),
        (700, 262, "830307-1234"),
        (300, 290, "Sex / Sexe"),
        (300, 312, "M"),
        (600, 290, "Place of birth / Lieu de naissance"),
        (600, 312, "HIGHMOOR"),
        (300, 340, "Date of issue / Date de délivrance"),
        (300, 362, "26 JUL 2022"),
        (700, 340, "Authority / Autorité"),
        (700, 362, "REGISTRY UTO"),
        (300, 390, "Date of expiry / Date d'expiration"),
        (300, 412, "26 JUL 2032"),
    ],
    {
        "last_name": "QUILL",
        "first_name": "OSCAR EDMUND",
        "nationality": "UTO",
        "document_number": "L80772948",
        "date_of_birth": "1983-03-07",
        "personal_number": "8303071234",
        "sex": "M",
        "place_of_birth": "HIGHMOOR",
        "issue_date": "2022-07-26",
        "expiry_date": "2032-07-26",
    },
)

VISA_OF_A_PAGE = (
    visa,
    [
        (20, 0, "VISA"),
        (200, 0, "UNITED KINGDOM"),
        (300, 50, "Issuing Post Name"),
        (300, 72, "ARDEN CROSS"),
        (700, 50, "Control Number"),
        (700, 72, "20261234567890"),
        (300, 100, "Surname"),
        (300, 122, "DVOŘÁK"),
        (300, 150, "Given Name"),
        (300, 172, "ONDŘEJ"),
        (300, 200, "Passport Number"),
        (300, 222, "P1234567"),
        (520, 200, "Sex"),
        (520, 222, "M"),
        (700, 200, "Birth Date"),
        (700, 222, "07 MAR 1983"),
        (300, 250, "Nationality"),
        (300, 272, "CZECH"),
        (520, 250, "Entries"),
        (520, 272, "M"),
        (700, 250, "Visa Type /Class"),
        (700, 272, "B1/B2"),
        (300, 300, "Issue Date"),
        (300, 322, "26 JUL 2022"),
        (700, 300, "Expiration Date"),
        (700, 322, "26 JUL 2032"),
    ],
    {
        "last_name": "DVOŘÁK",
        "first_name": "ONDŘEJ",
        "document_number": "20261234567890",
        "sex": "M",
        "date_of_birth": "1983-03-07",
        "nationality": "CZE",
        "visa_type": "B1/B2",
        "issue_date": "2022-07-26",
        "expiry_date": "2032-07-26",
    },
)

VISA_STICKER = (
    visa,
    [
        (20, 0, "VISUM / VISA"),
        (300, 0, "BUNDESREPUBLIK DEUTSCHLAND"),
        (20, 50, "VALID FOR"),
        (20, 72, "STATES OF DEU"),
        (500, 50, "TYPE OF VISA"),
        (500, 72, "C"),
        (20, 100, "FROM"),
        (20, 122, "01.02.2026"),
        (500, 100, "UNTIL / GÜLTIG BIS"),
        (500, 122, "15.02.2026"),
        (20, 150, "NUMBER OF ENTRIES"),
        (20, 172, "MULT"),
        (500, 150, "DURATION OF STAY"),
        (500, 172, "14 DAYS"),
        (20, 200, "NUMBER OF PASSPORT"),
        (20, 222, "P1234567"),
        (20, 250, "SURNAME, NAME"),
        (20, 272, "QUILL, OSCAR"),
    ],
    {
        "visa_type": "C",
        "expiry_date": "2026-02-15",
        "last_name": "QUILL",
        "first_name": "OSCAR",
    },
)

GERMAN_CARD = (
    id_card,
    [
        (20, 0, "BUNDESREPUBLIK DEUTSCHLAND"),
        (20, 30, "PERSONALAUSWEIS"),
        (300, 60, "Name/Surname/Nom"),
        (300, 82, "SCHÖNFELDER"),
        (300, 110, "Vornamen/Given names/Prénoms"),
        (300, 132, "RUTH KÄTHE"),
        (300, 160, "Geburtstag/Date of birth"),
        (300, 182, "12.08.1983"),
        (600, 160, "Staatsangehörigkeit/Nationality"),
        (600, 182, "DEUTSCH"),
        (300, 210, "Geburtsort/Place of birth"),
        (300, 232, "ROTHEIM"),
        (300, 260, "Gültig bis/Date of expiry"),
        (300, 282, "01.08.2031"),
        (900, 30, "T22000129"),
    ],
    {
        "last_name": "SCHÖNFELDER",
        "first_name": "RUTH KÄTHE",
        "date_of_birth": "1983-08-12",
        "nationality": "DEU",
        "place_of_birth": "ROTHEIM",
        "expiry_date": "2031-08-01",
        "document_number": "T22000129",
    },
)

FRENCH_CARD = (
    id_card,
    [
        (200, 0, "RÉPUBLIQUE FRANÇAISE"),
        (20, 30, "CARTE NATIONALE D'IDENTITÉ N° : 240117734799"),
        (800, 30, "Nationalité Française"),
        (300, 70, "Nom : BÉRANGER"),
        (300, 110, "Prénom(s): LUC"),
        (300, 150, "Sexe : M"),
        (600, 150, "Né(e) le : 18.02.2005"),
        (300, 190, "à : MONTCLAIR"),
    ],
    {
        "document_number": "240117734799",
        "nationality": "FRA",
        "last_name": "BÉRANGER",
        "first_name": "LUC",
        "sex": "M",
        "date_of_birth": "2005-02-18",
        "place_of_birth": "MONTCLAIR",
    },
)

EUROPEAN_LICENCE = (
    driving_licence_europe,
    [
        (200, 0, "FÜHRERSCHEIN"),
        (600, 0, "REPUBLIK ÖSTERREICH"),
        (100, 40, "1."),
        (140, 40, "JÄGER"),
        (100, 80, "2. RUTH"),
        (100, 120, "3. 10.07.1961 ROTHEIM"),
        (100, 160, "4a. 22.09.2023 4c. REGISTRY"),
        (100, 200, "4b. 21.09.2033"),
        (400, 200, "4d. 1234567"),
        (100, 240, "5. 78517074"),
        (100, 280, "8. Station Road7, 80652Rotheim"),
        (100, 324, "9. AM/B1/B"),
    ],
    {
        "last_name": "JÄGER",
        "first_name": "RUTH",
        "date_of_birth": "1961-07-10",
        "place_of_birth": "ROTHEIM",
        "issue_date": "2023-09-22",
        "expiry_date": "2033-09-21",
        "personal_number": "1234567",
        "document_number": "78517074",
        "address": "Station Road 7, 80652 Rotheim",
    },
)

US_LICENCE = (
    driving_licence_america,
    [
        (20, 0, "CALIFORNIA"),
        (400, 0, "DRIVER LICENSE"),
        (300, 40, "4d DL N54609GKL"),
        (300, 80, "4b EXP 04/08/2029"),
        (300, 120, "1 LNWEISSENFELS"),
        (300, 160, "2FN GÖTZ"),
        (300, 200, "8 31 MILL STREET"),
        (330, 230, "ROTHEIM, CA 92385-1234"),
        (300, 270, "3 DOB 04/09/1999"),
        (300, 310, "15 SEXM"),
        (500, 310, "4a ISS 04/08/2019"),
        (300, 350, "16 HGT 5'-09\""),
        (500, 350, "18 EYES BRO"),
    ],
    {
        "document_number": "N54609GKL",
        "expiry_date": "2029-04-08",
        "last_name": "WEISSENFELS",
        "first_name": "GÖTZ",
        "address": "31 MILL STREET, ROTHEIM, CA 92385-1234",
        "date_of_birth": "1999-04-09",
        "sex": "M",
        "issue_date": "2019-04-08",
    },
)

ONTARIO_LICENCE = (
    driving_licence_america,
    [
        (20, 0, "ONTARIO"),
        (300, 0, "DRIVER'S LICENCE PERMIS DE CONDUIRE"),
        (800, 0, "CANADA"),
        (300, 40, "1,2 NAME/NOM"),
        (300, 62, "PEMBERTON,"),
        (300, 84, "BEATRICE ANN"),
        (300, 112, "8 ADDRESS/ADRESSE"),
        (300, 134, "12 LINDEN ROW"),
        (300, 156, "HIGHMOOR, ON, M5G 2C3"),
        (300, 184, "4d NUMBER/NUMÉRO"),
        (300, 206, "P2411-40706-60905"),
        (300, 234, "4a ISS/DÉL"),
        (300, 256, "2023/01/08"),
        (600, 234, "4b EXP/EXP"),
        (600, 256, "2028/02/13"),
        (300, 284, "15 SEX/SEXE"),
        (300, 306, "F"),
        (600, 284, "3 DOB/DDN"),
        (600, 306, "1990/09/05"),
        (300, 334, "9 CLASS/CATÉG"),
        (300, 356, "G"),
    ],
    {
        "last_name": "PEMBERTON",
        "first_name": "BEATRICE ANN",
        "address": "12 LINDEN ROW, HIGHMOOR, ON, M5G 2C3",
        "document_number": "P24114070660905",
        "issue_date": "2023-01-08",
        "expiry_date": "2028-02-13",
        "sex": "F",
        "date_of_birth": "1990-09-05",
    },
)

MEMBERS_CARD = (
    generic,
    [
        (20, 0, "REPUBLIC OF UTOPIA"),
        (20, 30, "RESIDENCE PERMIT"),
        (20, 60, "Surname: QUILL"),
        (20, 90, "Given names: OSCAR"),
        (20, 120, "Date of birth: 07.03.1983"),
        (20, 150, "Valid until: 26.07.2032"),
        (20, 180, "UT1234567"),
    ],
    {
        "last_name": "QUILL",
        "first_name": "OSCAR",
        "date_of_birth": "1983-03-07",
        "expiry_date": "2032-07-26",
        "document_number": "UT1234567",
    },
)

LAID = {
    "passport": PASSPORT,
    "visa of a page": VISA_OF_A_PAGE,
    "visa sticker": VISA_STICKER,
    "German card": GERMAN_CARD,
    "older French card": FRENCH_CARD,
    "European licence": EUROPEAN_LICENCE,
    "US licence": US_LICENCE,
    "Ontario licence": ONTARIO_LICENCE,
    "unknown card": MEMBERS_CARD,
}


def laid(rows):
    lines = []
    for x, y, text in rows:
        width = max(len(text), 1) * HEIGHT / 2
        quad = np.array([[x, y], [x + width, y], [x + width, y + HEIGHT], [x, y + HEIGHT]], np.float32)
        lines.append(Print(text, (0.99,) * len(text), quad))
    return lines


@pytest.mark.parametrize("name", LAID)
def test_type_is_recognised(name):
    kind, rows, _ = LAID[name]
    assert decide(None, [text for _, _, text in rows], None) is kind


@pytest.mark.parametrize("name", LAID)
def test_fields(name):
    kind, rows, fields = LAID[name]
    lines = laid(rows)
    origin = printed_issuer(lines, kind.TYPE)
    found = kind.read(lines, Situation(TODAY, origin.value if origin else ""))
    assert {key: value.value for key, value in found.items()} == fields


@pytest.mark.parametrize(
    ("name", "issuer"),
    [
        ("passport", "UTO"),
        ("German card", "DEU"),
        ("older French card", "FRA"),
        ("European licence", "AUT"),
        ("US licence", "USA"),
        ("Ontario licence", "CAN"),
        ("visa of a page", "GBR"),
    ],
)
def test_issuers(name, issuer):
    kind, rows, _ = LAID[name]
    assert printed_issuer(laid(rows), kind.TYPE).value == issuer


@pytest.mark.parametrize("name", LAID)
def test_sides(name):
    kind, rows, _ = LAID[name]
    expected = Side.UNKNOWN if kind is generic else Side.FRONT
    assert kind.side([compact(text)[0] for _, _, text in rows]) is expected


@pytest.mark.parametrize("kind", types.ALL, ids=lambda kind: kind.__name__.rsplit(".", 1)[-1])
def test_every_type_keeps_to_the_form(kind):
    assert isinstance(kind.TYPE, DocumentType)
    assert len(kind.COUNTRY) in (0, 3)
    assert kind.MUST_HAVE
    assert kind.weight([]) == 0
    assert kind.weight(["NOTHING", "OFTHESORT"]) == 0
    assert kind.read([], Situation(TODAY)) == {}
    assert must_have(kind, Side.FRONT) == kind.MUST_HAVE
    assert must_have(kind, Side.BACK)
    assert number_valid(kind, "") is None


def test_a_type_of_which_only_the_name_is_known_has_a_reader():
    for wanted in DocumentType:
        assert wanted == types.general(wanted).TYPE


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([(140, 120, "10.07.1961 ROTHEIM")], "ROTHEIM"),
        ([(100, 120, "3."), (140, 120, "10.07.1961"), (300, 120, "ROTHEIM")], "ROTHEIM"),
        ([(140, 120, "10.07.1961")], ""),
        ([(140, 120, "10.07.1961 4711")], ""),
        ([], ""),  # the oldest date is then that of issue
    ],
    ids=["number lost", "read apart", "no place", "figures", "no birth"],
)
def test_the_place_of_birth_stands_behind_the_oldest_date(rows, place):
    dates = [(140, 160, "22.09.2023 REGISTRY"), (140, 200, "21.09.2033")]
    found = driving_licence_europe.read(laid([*rows, *dates]), Situation(TODAY, "AUT"))
    assert (found["place_of_birth"].value if "place_of_birth" in found else "") == place


def test_pieces_of_other_words_make_no_visa():
    assert visa.weight(["ADVISABLE", "IMPROVISATION"]) == 0
    assert visa.weight(["SCHENGENVISA"]) == 4
    assert longest(["REISEPASSDERREPUBLIK"], ("REISEPASS", "PASS")) == 9


@pytest.mark.parametrize(
    ("read", "surname", "number"),
    [
        ("02411-40706-60905", "O'CONNELL", "O24114070660905"),
        ("02411-40706-60905", "PEMBERTON", "024114070660905"),
        ("12411-407066-09", "IVES", "I241140706609"),
    ],
)
def test_canadian_numbers_begin_with_the_initial(read, surname, number):
    rows = [(0, 0, "1 NAME/NOM"), (0, 22, surname), (0, 60, "4d NUMBER/NUMÉRO"), (0, 82, read)]
    found = driving_licence_america.read(laid(rows), Situation(TODAY, "CAN"))
    assert found["document_number"].value == number


def test_a_british_licence_is_not_canadian_and_a_canadian_not_british():
    assert decide(None, ["DRIVING LICENCE", "UK"], None) is driving_licence_europe
    assert decide(None, ["DRIVING LICENCE", "NOVA SCOTIA"], None) is driving_licence_america
