"""Draws driving licences: European Union, United States front and back, Canada."""

from pathlib import Path

from tests.specimen import aamva
from tests.specimen.barcodes import paste
from tests.specimen.mrz_lines import transliterate
from tests.specimen.people import STATE_NAME, Person
from tests.specimen.sheet import MRZ_FIELDS, Layout, Sheet, Told, truth
from tests.specimen.vocabulary import LABELS


def _licence_eu(sheet: Sheet, person: Person, portrait: Path | None) -> Told:
    """Field numbers of Directive 2006/126/EC annex I."""
    title = LABELS[person.language]["licence"].upper()
    sheet.text(14, 2.2, title, 3.3, face="sans-bold", to=58)
    sheet.text(60, 2.6, STATE_NAME[person.state], 2.3, face="sans-bold", to=83)
    sheet.pen.rectangle((20, 20, 115, 85), fill=(20, 50, 140))
    sheet.text(3.6, 3.4, person.state[:2], 3.2, face="sans-bold", colour=(250, 220, 60))
    sheet.portrait((3, 12, 25.5, 41), portrait)
    sheet.date_style = "dots"
    rows = [
        (28, 9.0, "1.", person.surname.upper()),
        (28, 13.6, "2.", person.given.upper()),
        (28, 18.2, "3.", f"{sheet.date(person.birth)}  {person.place.upper()}"),
        (28, 22.8, "4a.", sheet.date(person.issue)),
        (56, 22.8, "4c.", "REGISTRY " + person.state),
        (28, 27.4, "4b.", sheet.date(person.expiry)),
        (56, 27.4, "4d.", person.personal_number or "0"),
        (28, 32.0, "5.", person.number),
        (28, 41.0, "8.", person.address),
        (28, 46.4, "9.", "AM/B1/B"),
    ]
    for x, y, number, value in rows:
        sheet.text(x, y, number, 2.4, face="sans")
        sheet.value(x + 5.5, y - 0.2, value, 2.9, to=55 if x == 28 and y in (22.8, 27.4) else 83.6)
    names = [n for n in MRZ_FIELDS if n not in ("nationality", "sex")]
    return truth(person, *names, "issue_date", "place_of_birth", "address", "personal_number"), ()


def _licence_us(sheet: Sheet, person: Person, portrait: Path | None) -> Told:
    """Labels and element numbers of the AAMVA card design standard; a made-up member state of the union."""
    sheet.text(4, 2, "NEW UTOPIA", 4.4, face="sans-bold", to=44)
    sheet.text(48, 2.6, "DRIVER LICENSE", 3.2, face="sans-bold", to=83)
    sheet.text(4, 7.2, "USA", 2.4, face="sans-bold")
    sheet.portrait((3, 11, 27, 43), portrait)
    american = lambda day: f"{day:%m/%d/%Y}"  # noqa: E731  # one use of a format
    street, town = person.address.split(", ", 1)
    rows = [
        (30, 9.4, "4d", "DL", person.number),
        (62, 9.4, "9", "CLASS", "C"),
        (30, 14.0, "4b", "EXP", american(person.expiry)),
        (30, 18.6, "1", "LN", person.surname.upper()),
        (30, 23.2, "2", "FN", person.given.upper()),
        (30, 27.8, "8", "", street.upper()),
        (30, 32.0, "", "", town.upper()),
        (30, 37.4, "3", "DOB", american(person.birth)),
        (60, 37.4, "15", "SEX", person.sex),
        (30, 42.0, "4a", "ISS", american(person.issue)),
        (60, 42.0, "16", "HGT", "5'-09\""),
        (30, 46.6, "18", "EYES", "BRO"),
    ]
    for x, y, number, label, value in rows:
        if number:
            sheet.text(x, y + 0.5, number, 1.6, face="sans")
        if label:
            sheet.text(x + 2.6, y + 0.3, label, 2.1, face="sans", colour=(140, 40, 40))
        sheet.value(
            x + (2.6 + 1.9 * len(label) if label else 2.6), y - 0.2, value, 3.0, to=83.5 if x > 50 else 60
        )
    names = [n for n in MRZ_FIELDS if n not in ("nationality", "issuing_country")]
    fields = truth(person, *names, "issue_date") | {"issuing_country": "USA"}
    return fields | {"address": f"{street.upper()}, {town.upper()}"}, ()


def _plain(person: Person) -> dict[str, str]:
    """Names as the barcode writes them, where a side prints no others."""
    last, first = (transliterate(name).replace("<", " ") for name in (person.surname, person.given))
    return {"last_name": last, "first_name": first, "full_name": f"{first} {last}"}


def _licence_us_back(sheet: Sheet, person: Person, _portrait: Path | None) -> Told:
    """PDF417 over the width, a number in Code 128, small print; no name is printed."""
    street, town = person.address.split(", ", 1)
    data = aamva.payload(person, person.number, street=street, town=town)
    paste(sheet, f"NU{person.number}", "Code128", (8, 4, 60, 10))
    paste(sheet, data, "PDF417", (5, 14, 80, 29))
    sheet.text(5, 32, "CLASS: C - SINGLE VEHICLE UNDER 26,001 LBS", 2.0, face="sans", to=81)
    sheet.text(5, 35.4, "ENDORSEMENTS: NONE", 2.0, face="sans")
    sheet.text(5, 38.8, "RESTRICTIONS: NONE", 2.0, face="sans")
    sheet.text(5, 44, "NEW UTOPIA DEPARTMENT OF MOTOR VEHICLES", 2.2, face="sans-bold", to=81)
    sheet.text(5, 47.6, "This license remains the property of the state.", 1.8, face="sans", to=81)
    names = [n for n in MRZ_FIELDS if n not in ("nationality", "issuing_country")]
    return truth(person, *names, "issue_date") | _plain(person) | {"issuing_country": "USA"}, ()


def _licence_canada(sheet: Sheet, person: Person, portrait: Path | None) -> Told:
    """English and French beside each other, year first, a number in three groups."""
    sheet.text(4, 2, "NEW UTOPIA", 3.8, face="sans-bold", to=34)
    sheet.text(36, 2, "DRIVER'S LICENCE / PERMIS DE CONDUIRE", 2.5, face="sans-bold", to=83)
    sheet.text(72, 5.4, "CANADA", 2.4, face="sans-bold", to=83)
    sheet.portrait((3, 9, 26, 40), portrait)
    rng = sheet.rng
    initial = transliterate(person.surname)[0]
    number = f"{initial}{rng.randint(1000, 9999)}-{rng.randint(10000, 99999)}-{rng.randint(10000, 99999)}"
    street, town = person.address.split(", ", 1)
    day = lambda date: f"{date:%Y/%m/%d}"  # noqa: E731  # one use of a format
    rows = [
        (29, 9.2, "1,2", "NAME/NOM", person.surname.upper()),
        (29, 14.6, "", "", person.given.upper()),
        (29, 18.6, "8", "ADDRESS/ADRESSE", street.upper()),
        (29, 24.0, "", "", town.upper()),
        (29, 28.2, "4d", "NUMBER/NUMÉRO", number),
        (29, 33.8, "4a", "ISS/DÉL", day(person.issue)),
        (57, 33.8, "4b", "EXP/EXP", day(person.expiry)),
        (29, 39.4, "3", "DOB/DDN", day(person.birth)),
        (57, 39.4, "15", "SEX/SEXE", person.sex),
        (29, 45.0, "16", "HGT/HAUT", f"{person.height_cm} cm"),
        (57, 45.0, "9", "CLASS/CATÉG", "G"),
    ]
    for x, y, field, label, value in rows:
        if label:
            sheet.text(x, y, f"{field} {label}", 1.7, face="sans", colour=(140, 40, 40))
        sheet.value(x, y + (2.1 if label else 0.6), value, 2.9, to=83 if x > 50 or y < 30 else 55)
    names = [n for n in MRZ_FIELDS if n not in ("nationality", "issuing_country")]
    told = truth(person, *names, "issue_date") | {"issuing_country": "CAN"}
    told["document_number"] = number.replace("-", "")  # as the barcode of such a card has it
    return told | {"address": f"{street.upper()}, {town.upper()}"}, ()


LAYOUTS = {
    "DL-EU": Layout(85.6, 54.0, "driving_licence", _licence_eu),
    "DL-US": Layout(85.6, 54.0, "driving_licence", _licence_us),
    "DL-US-back": Layout(85.6, 54.0, "driving_licence", _licence_us_back),
    "DL-CA": Layout(85.6, 54.0, "driving_licence", _licence_canada),
}
