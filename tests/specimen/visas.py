"""Draws visas: MRV-A as an English-speaking state's, MRV-B with the labels of the European sticker."""

import random
from pathlib import Path

from tests.specimen import mrz_lines
from tests.specimen.people import LANGUAGE, STATE_NAME, Person
from tests.specimen.sheet import MRZ_FIELDS, Layout, Sheet, Told, truth
from tests.specimen.vocabulary import LABELS, NATIONALITY

_TITLE = {"en": "VISA", "de": "VISUM", "fr": "VISA", "es": "VISADO", "it": "VISTO", "pt": "VISTO"}


def _issuer(rng: random.Random, person: Person) -> str:
    """A state other than the holder's whose visas have a title here."""
    return rng.choice([s for s in sorted(LANGUAGE) if s != person.state and LANGUAGE[s] in _TITLE])


def _passport_number(rng: random.Random) -> str:
    return f"P{rng.randint(1_000_000, 9_999_999)}"


def _visa_a(sheet: Sheet, person: Person, portrait: Path | None) -> Told:
    """120 x 80 mm, two lines of 44; the passport's number stands beside the visa's own."""
    issuer = _issuer(sheet.rng, person)
    kind = sheet.rng.choice(["B1/B2", "F1", "H1B", "J1"])
    sheet.text(5, 3, "VISA", 5.0, face="sans-bold", to=24)
    sheet.text(27, 3.6, STATE_NAME[issuer], 3.6, face="sans-bold", to=115)
    sheet.portrait((5, 11, 37, 52), portrait)
    sheet.labelled(41, 10, "Issuing Post Name", person.place.upper(), to=76)
    sheet.labelled(80, 10, "Visa Number", person.number, to=115)
    sheet.labelled(41, 17, "Surname", person.surname.upper(), to=115)
    sheet.labelled(41, 24, "Given Name", person.given.upper(), to=115)
    sheet.labelled(41, 31, "Passport Number", _passport_number(sheet.rng), to=66)
    sheet.labelled(70, 31, "Sex", person.sex, to=80)
    sheet.labelled(84, 31, "Birth Date", sheet.date(person.birth), to=115)
    sheet.labelled(41, 38, "Nationality", NATIONALITY[person.state], to=66)
    sheet.labelled(70, 38, "Entries", sheet.rng.choice(["M", "1", "2"]), to=80)
    sheet.labelled(84, 38, "Visa Type", kind, to=115)
    sheet.labelled(41, 45, "Issue Date", sheet.date(person.issue), to=76)
    sheet.labelled(84, 45, "Expiration Date", sheet.date(person.expiry), to=115)
    lines = mrz_lines.lines("MRVA", "V", person, issuer)
    sheet.mrz(lines)
    told = truth(person, *MRZ_FIELDS, "issue_date")
    return told | {"issuing_country": issuer, "visa_type": kind}, lines


def _visa_b(sheet: Sheet, person: Person, portrait: Path | None) -> Told:
    """105 x 74 mm, two lines of 36; labels of Regulation (EU) 2017/1370, with the state's own language."""
    issuer = _issuer(sheet.rng, person)
    title = _TITLE[LANGUAGE[issuer]]
    kind = sheet.rng.choice("CD")
    until = LABELS[LANGUAGE[issuer]]["expiry"].upper()
    sheet.text(4, 2.6, title if title == "VISA" else f"{title} / VISA", 4.0, face="sans-bold", to=34)
    sheet.text(38, 3, STATE_NAME[issuer], 3.0, face="sans-bold", to=80)
    sheet.value(83, 3, person.number, 3.2, to=102)
    sheet.portrait((4, 10, 31, 47), portrait)
    sheet.labelled(35, 8.6, "VALID FOR", f"STATES OF {issuer}", to=68)
    sheet.labelled(72, 8.6, "TYPE OF VISA", kind, to=102)
    sheet.labelled(35, 15.2, "FROM", sheet.date(person.issue), to=66)
    sheet.labelled(70, 15.2, "UNTIL" if until == "DATE OF EXPIRY" else f"UNTIL / {until}",
                   sheet.date(person.expiry), to=102)  # fmt: skip
    sheet.labelled(35, 21.8, "NUMBER OF ENTRIES", sheet.rng.choice(["MULT", "01", "02"]), to=66)
    sheet.labelled(70, 21.8, "DURATION OF STAY", f"{sheet.rng.randint(5, 90)} DAYS", to=102)
    sheet.labelled(35, 28.4, "ISSUED IN", person.place.upper(), to=66)
    sheet.labelled(70, 28.4, "ON", sheet.date(person.issue), to=102)
    sheet.labelled(35, 35, "NUMBER OF PASSPORT", _passport_number(sheet.rng), to=66)
    sheet.labelled(35, 41.6, "SURNAME, NAME", f"{person.surname.upper()}, {person.given.upper()}", to=102)
    lines = mrz_lines.lines("MRVB", "V", person, issuer)
    sheet.mrz(lines)
    told = truth(person, *MRZ_FIELDS, "issue_date")
    return told | {"issuing_country": issuer, "visa_type": kind}, lines


LAYOUTS = {
    "MRVA": Layout(120.0, 80.0, "visa", _visa_a),
    "MRVB": Layout(105.0, 74.0, "visa", _visa_b),
}
