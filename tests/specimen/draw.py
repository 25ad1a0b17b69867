"""Draws documents: passport page and identity cards of states real and made up, and all other layouts.

Layouts follow what Doc 9303 and the EU's and AAMVA's card standards fix (size, place of the machine-readable
zone, numbered fields) and are otherwise invented.
"""

import random
from pathlib import Path

from tests.specimen import aadhaar_back, india, licences, mrz_lines, paper, visas
from tests.specimen.paper import DOTS_PER_MM
from tests.specimen.people import STATE_NAME, Person
from tests.specimen.sheet import LABEL_INK, MRZ_FIELDS, Drawn, Layout, Sheet, Told, bilingual, truth
from tests.specimen.vocabulary import NATIONALITY


def document(kind: str, person: Person, rng: random.Random, portrait: Path | None = None) -> Drawn:
    """Draw one document of `kind` for `person`."""
    layout = LAYOUTS[kind]
    width, height = (round(side * DOTS_PER_MM) for side in (layout.width, layout.height))
    sheet = Sheet(paper.security_print(rng, width, height), rng)
    fields, mrz = layout.draw(sheet, person, portrait)
    return Drawn(kind, layout.type, sheet.picture, fields, mrz, tuple(sheet.printed))


def _passport(sheet: Sheet, person: Person, portrait: Path | None) -> Told:
    name = lambda key: bilingual(person, key)  # noqa: E731  # shortens nine lines below
    sheet.text(5, 3.2, name("passport").upper(), 3.4, face="sans-bold", to=42)
    sheet.text(46, 3.2, STATE_NAME[person.state], 3.4, face="sans-bold", to=121)
    sheet.portrait((5, 12, 40, 57), portrait)
    sheet.labelled(46, 8.5, name("type"), "P", to=58)
    sheet.labelled(60, 8.5, name("state"), mrz_lines._ONE_LETTER.get(person.state, person.state), to=86)
    sheet.labelled(88, 8.5, name("number"), person.number, to=121, mm=3.5)
    rows = [
        ("surname", person.surname.upper()),
        ("given", person.given.upper()),
        ("nationality", NATIONALITY[person.state]),
    ]
    y = 15.6
    for key, value in rows:
        sheet.labelled(46, y, name(key), value, to=121)
        y += 6.9
    sheet.labelled(46, y, name("birth"), sheet.date(person.birth), to=84)
    if person.personal_number:
        sheet.labelled(88, y, name("personal"), person.personal_number, to=121)
    sheet.labelled(46, y + 6.9, name("sex"), person.sex, to=62)
    sheet.labelled(66, y + 6.9, name("place"), person.place.upper(), to=121)
    sheet.labelled(46, y + 13.8, name("issue"), sheet.date(person.issue), to=84)
    sheet.labelled(88, y + 13.8, name("authority"), "REGISTRY " + person.state, to=121)
    sheet.labelled(46, y + 20.7, name("expiry"), sheet.date(person.expiry), to=84)
    lines = mrz_lines.lines("TD3", "P", person)
    sheet.mrz(lines)
    return truth(person, *MRZ_FIELDS, "issue_date", "place_of_birth", "personal_number"), lines


def _card_with_mrz(sheet: Sheet, person: Person, portrait: Path | None) -> Told:
    name = lambda key: bilingual(person, key)  # noqa: E731  # shortens nine lines below
    sheet.text(4, 2.6, STATE_NAME[person.state], 3.4, face="sans-bold", to=60)
    sheet.text(62, 2.8, name("card").upper(), 2.8, face="sans-bold", to=102)
    sheet.portrait((4, 10, 32, 46), portrait)
    sheet.labelled(36, 8.2, name("surname"), person.surname.upper(), to=102)
    sheet.labelled(36, 14.8, name("given"), person.given.upper(), to=102)
    sheet.labelled(36, 21.4, name("birth"), sheet.date(person.birth), to=66)
    sheet.labelled(70, 21.4, name("sex"), person.sex, to=84)
    sheet.labelled(36, 28.0, name("nationality"), NATIONALITY[person.state], to=66)
    sheet.labelled(70, 28.0, name("place"), person.place.upper(), to=102)
    sheet.labelled(36, 34.6, name("card_number"), person.number, to=66)
    sheet.labelled(70, 34.6, name("issue"), sheet.date(person.issue), to=102)
    sheet.labelled(36, 41.2, name("expiry"), sheet.date(person.expiry), to=66)
    lines = mrz_lines.lines("TD2", "I", person)
    sheet.mrz(lines)
    return truth(person, *MRZ_FIELDS, "issue_date", "place_of_birth"), lines


def _card_front(sheet: Sheet, person: Person, portrait: Path | None) -> Told:
    name = lambda key: bilingual(person, key)  # noqa: E731  # shortens nine lines below
    sheet.text(3, 2, STATE_NAME[person.state], 3.0, face="sans-bold", to=48)
    sheet.text(49, 2.2, name("card").upper(), 2.3, face="sans-bold", to=83)
    sheet.portrait((3.5, 9, 27, 39.5), portrait)
    sheet.labelled(30, 7.5, name("surname"), person.surname.upper(), to=83, mm=2.9)
    sheet.labelled(30, 13.8, name("given"), person.given.upper(), to=83, mm=2.9)
    sheet.labelled(30, 20.1, name("birth"), sheet.date(person.birth), to=56, mm=2.9)
    sheet.labelled(60, 20.1, name("sex"), person.sex, to=74, mm=2.9)
    sheet.labelled(30, 26.4, name("nationality"), NATIONALITY[person.state], to=56, mm=2.9)
    sheet.labelled(60, 26.4, name("place"), person.place.upper(), to=83, mm=2.9)
    sheet.labelled(30, 32.7, name("card_number"), person.number, to=56, mm=2.9)
    sheet.labelled(60, 32.7, name("issue"), sheet.date(person.issue), to=83, mm=2.9)
    sheet.labelled(30, 39.0, name("expiry"), sheet.date(person.expiry), to=56, mm=2.9)
    if person.personal_number:
        sheet.labelled(60, 39.0, name("personal"), person.personal_number, to=83, mm=2.9)
    names = [n for n in MRZ_FIELDS if n != "issuing_country"]
    return truth(person, *names, "issuing_country", "issue_date", "place_of_birth", "personal_number"), ()


def _card_back(sheet: Sheet, person: Person, _portrait: Path | None) -> Told:
    name = lambda key: bilingual(person, key)  # noqa: E731  # shortens lines below
    sheet.labelled(4, 3, name("address"), person.address, to=82, mm=2.7)
    sheet.labelled(4, 9.4, name("place"), person.place.upper(), to=40, mm=2.7)
    sheet.labelled(44, 9.4, name("height"), f"{person.height_cm} cm", to=64, mm=2.7)
    sheet.labelled(4, 15.8, name("authority"), "REGISTRY " + person.state, to=40, mm=2.7)
    sheet.labelled(44, 15.8, name("issue"), sheet.date(person.issue), to=82, mm=2.7)
    sheet.text(4, 24, STATE_NAME[person.state], 2.2, face="sans", colour=LABEL_INK, to=60)
    lines = mrz_lines.lines("TD1", "I", person)
    sheet.mrz(lines)
    fields = truth(person, *MRZ_FIELDS, "issue_date", "place_of_birth", "address", "personal_number")
    # The zone is the only place of the names on this side, so their marks are not on it.
    zone = {"last_name": person.surname, "first_name": person.given}
    plain = {key: mrz_lines.transliterate(value).replace("<", " ") for key, value in zone.items()}
    return fields | plain | {"full_name": f"{plain['first_name']} {plain['last_name']}"}, lines


def _card_french(sheet: Sheet, person: Person, portrait: Path | None) -> Told:
    """The French card of 1988 to 2021: no date of expiry on this side, a zone that knows no other either."""
    rng = sheet.rng
    number = f"{person.issue:%y%m}{rng.randint(1, 95):02d}{rng.randint(0, 999_999):06d}"
    sheet.text(5, 2.6, "RÉPUBLIQUE FRANÇAISE", 3.4, face="sans-bold", to=60)
    sheet.text(5, 8, "CARTE NATIONALE D'IDENTITÉ N° :", 2.6, face="sans-bold", to=56)
    sheet.value(58, 7.8, number, 3.2, to=84)
    sheet.text(62, 3, "Nationalité Française", 2.4, face="sans", to=100)
    sheet.portrait((5, 14, 31, 48), portrait)
    for y, label, value in (
        (14, "Nom :", person.surname.upper()),
        (21, "Prénom(s) :", person.given.upper()),
        (28, "Sexe :", person.sex),
        (35, "à :", person.place.upper()),
        (42, "Taille :", f"{person.height_cm / 100:.2f} m".replace(".", ",")),
    ):
        sheet.text(35, y + 0.5, label, 2.4, face="sans", colour=LABEL_INK)
        sheet.value(35 + 1.5 + 1.45 * len(label), y, value, 3.2, to=101)
    sheet.text(58, 28.5, "Né(e) le :", 2.4, face="sans", colour=LABEL_INK)
    sheet.value(73, 28, f"{person.birth:%d.%m.%Y}", 3.2, to=101)
    lines = mrz_lines.french(person, number)
    sheet.mrz(lines)
    names = [n for n in MRZ_FIELDS if n not in ("expiry_date", "nationality")]
    told = truth(person, *names, "place_of_birth") | {"document_number": number}
    return told | {"nationality": "FRA", "issuing_country": "FRA"}, lines


LAYOUTS = {
    "TD3": Layout(125.0, 88.0, "passport", _passport),
    "TD2": Layout(105.0, 74.0, "national_id", _card_with_mrz),
    "TD1": Layout(85.6, 54.0, "national_id", _card_back),
    "TD1-front": Layout(85.6, 54.0, "national_id", _card_front),
    "FRID": Layout(105.0, 74.0, "national_id", _card_french),
    **visas.LAYOUTS,
    **licences.LAYOUTS,
    **india.LAYOUTS,
    **aadhaar_back.LAYOUTS,
}
"""Every kind of document that can be drawn."""
SIZE_MM = {kind: (layout.width, layout.height) for kind, layout in LAYOUTS.items()}
"""Outer size of each kind of document, width and height."""
