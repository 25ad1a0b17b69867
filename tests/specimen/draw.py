"""Draws documents: passport page, identity cards and driving licences of states real and made up.

Layouts follow what Doc 9303 and the EU's and AAMVA's card standards fix (size, place of the machine-readable
zone, numbered fields) and are otherwise invented.
"""

import datetime as dt
import random
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from tests.specimen import mrz_lines, paper
from tests.specimen.paper import DOTS_PER_MM, Colour, font
from tests.specimen.people import STATE_NAME, Person
from tests.specimen.vocabulary import LABELS, MONTHS, NATIONALITY

SIZE_MM = {
    "TD3": (125.0, 88.0),
    "TD2": (105.0, 74.0),
    "TD1": (85.6, 54.0),
    "TD1-front": (85.6, 54.0),
    "DL-EU": (85.6, 54.0),
    "DL-US": (85.6, 54.0),
}
"""Outer size of each kind of document, width and height."""

_MRZ_PITCH_MM = 2.54  # Doc 9303 part 3: 10 characters to the inch
_MRZ_LINE_MM = {"TD3": 6.35, "TD2": 6.35, "TD1": 6.35}
_INK: list[Colour] = [(18, 18, 22), (34, 34, 64), (52, 40, 40)]
_LABEL: Colour = (88, 92, 116)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn document.

    Attributes:
        kind: key of `SIZE_MM`.
        type: passport, national_id or driving_licence.
        picture: the flat document, 10 pixels per millimetre.
        fields: what it says, normalised, by the names of `appliance.domain.document.Document`.
        mrz: its machine-readable lines, () where the side has none.
    """

    kind: str
    type: str
    picture: Image.Image
    fields: dict[str, str]
    mrz: tuple[str, ...]


def document(kind: str, person: Person, rng: random.Random, portrait: Path | None = None) -> Drawn:
    """Draw one document of `kind` for `person`."""
    width, height = (round(side * DOTS_PER_MM) for side in SIZE_MM[kind])
    sheet = _Sheet(paper.security_print(rng, width, height), rng)
    draw = {
        "TD3": _passport,
        "TD2": _card_with_mrz,
        "TD1": _card_back,
        "TD1-front": _card_front,
        "DL-EU": _licence_eu,
        "DL-US": _licence_us,
    }[kind]
    fields, mrz = draw(sheet, person, portrait)
    group = "passport" if kind == "TD3" else "driving_licence" if kind.startswith("DL") else "national_id"
    return Drawn(kind, group, sheet.picture, fields, mrz)


class _Sheet:
    """A document under the pen; lengths are millimetres."""

    def __init__(self, picture: Image.Image, rng: random.Random) -> None:
        self.picture = picture
        self.rng = rng
        self.pen = ImageDraw.Draw(picture)
        self.ink = rng.choice(_INK)
        self.face = rng.choice(["sans", "sans-bold", "condensed", "condensed-bold", "serif"])
        self.date_style = rng.choice(["dots", "slashes", "words", "words", "dashes"])

    def text(
        self,
        x: float,
        y: float,
        text: str,
        mm: float,
        *,
        face: str = "",
        colour: Colour | None = None,
        to: float = 0,
    ) -> None:
        """Write at the top left corner; `mm` is the font size, `to` a right border it shrinks to fit."""
        size = round(mm * DOTS_PER_MM)
        chosen = font(face or self.face, size)
        while to and size > 12 and chosen.getlength(text) > (to - x) * DOTS_PER_MM:
            size -= 1
            chosen = font(face or self.face, size)
        self.pen.text((x * DOTS_PER_MM, y * DOTS_PER_MM), text, font=chosen, fill=colour or self.ink)

    def labelled(self, x: float, y: float, label: str, value: str, *, to: float, mm: float = 3.1) -> None:
        """A small label with its value below."""
        self.text(x, y, label, mm * 0.58, face="sans", colour=_LABEL, to=to)
        self.text(x, y + mm * 0.74, value, mm, to=to)

    def portrait(self, box: tuple[float, float, float, float], source: Path | None) -> None:
        """Paste a portrait into left, top, right, bottom."""
        left, top, right, bottom = (round(v * DOTS_PER_MM) for v in box)
        self.picture.paste(paper.portrait(self.rng, source, right - left, bottom - top), (left, top))

    def mrz(self, kind: str, lines: tuple[str, ...]) -> None:
        """The zone at the lower edge, one character per pitch as a document printer does."""
        width, height = SIZE_MM[kind]
        size = round(_MRZ_PITCH_MM * DOTS_PER_MM / (font("ocr-b", 1000).getlength("A") / 1000))
        left = (width - len(lines[0]) * _MRZ_PITCH_MM) / 2
        top = height - 3.4 - _MRZ_LINE_MM[kind] * len(lines)
        if self.rng.random() < 0.5:
            edge = round((top - 1.6) * DOTS_PER_MM)
            self.pen.rectangle((0, edge, self.picture.width, self.picture.height), fill=(244, 244, 240))
        for row, line in enumerate(lines):
            for column, character in enumerate(line):
                spot = (left + column * _MRZ_PITCH_MM, top + row * _MRZ_LINE_MM[kind])
                self.text(*spot, character, size / DOTS_PER_MM, face="ocr-b", colour=(12, 12, 12))

    def date(self, day: dt.date) -> str:
        """In this document's style; never month before day outside the United States."""
        return {
            "dots": f"{day:%d.%m.%Y}",
            "slashes": f"{day:%d/%m/%Y}",
            "dashes": f"{day:%d-%m-%Y}",
            "words": f"{day:%d} {MONTHS[day.month - 1]} {day:%Y}",
        }[self.date_style]


def _bilingual(person: Person, key: str) -> str:
    first = LABELS[person.language][key]
    second = LABELS["fr" if person.language == "en" else "en"][key]
    return first if first == second else f"{first} / {second}"


def _names(person: Person) -> dict[str, str]:
    surname, given = person.surname.upper(), person.given.upper()
    return {"last_name": surname, "first_name": given, "full_name": f"{given} {surname}"}


def _truth(person: Person, *names: str) -> dict[str, str]:
    everything = _names(person) | {
        "date_of_birth": person.birth.isoformat(),
        "sex": person.sex,
        "nationality": person.state,
        "issuing_country": person.state,
        "document_number": person.number,
        "expiry_date": person.expiry.isoformat(),
        "issue_date": person.issue.isoformat(),
        "place_of_birth": person.place.upper(),
        "personal_number": person.personal_number,
        "address": person.address,
    }
    return {name: everything[name] for name in names if everything[name]}


_MRZ_FIELDS = (
    "last_name", "first_name", "full_name", "date_of_birth", "sex", "nationality", "issuing_country",
    "document_number", "expiry_date",
)  # fmt: skip


def _passport(sheet: _Sheet, person: Person, portrait: Path | None) -> tuple[dict[str, str], tuple[str, ...]]:
    name = lambda key: _bilingual(person, key)  # noqa: E731  # shortens nine lines below
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
    sheet.mrz("TD3", lines)
    return _truth(person, *_MRZ_FIELDS, "issue_date", "place_of_birth", "personal_number"), lines


def _card_with_mrz(
    sheet: _Sheet, person: Person, portrait: Path | None
) -> tuple[dict[str, str], tuple[str, ...]]:
    name = lambda key: _bilingual(person, key)  # noqa: E731  # shortens nine lines below
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
    sheet.mrz("TD2", lines)
    return _truth(person, *_MRZ_FIELDS, "issue_date", "place_of_birth"), lines


def _card_front(
    sheet: _Sheet, person: Person, portrait: Path | None
) -> tuple[dict[str, str], tuple[str, ...]]:
    name = lambda key: _bilingual(person, key)  # noqa: E731  # shortens nine lines below
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
    names = [n for n in _MRZ_FIELDS if n != "issuing_country"]
    return _truth(person, *names, "issuing_country", "issue_date", "place_of_birth", "personal_number"), ()


def _card_back(
    sheet: _Sheet, person: Person, _portrait: Path | None
) -> tuple[dict[str, str], tuple[str, ...]]:
    name = lambda key: _bilingual(person, key)  # noqa: E731  # shortens lines below
    sheet.labelled(4, 3, name("address"), person.address, to=82, mm=2.7)
    sheet.labelled(4, 9.4, name("place"), person.place.upper(), to=40, mm=2.7)
    sheet.labelled(44, 9.4, name("height"), f"{person.height_cm} cm", to=64, mm=2.7)
    sheet.labelled(4, 15.8, name("authority"), "REGISTRY " + person.state, to=40, mm=2.7)
    sheet.labelled(44, 15.8, name("issue"), sheet.date(person.issue), to=82, mm=2.7)
    sheet.text(4, 24, STATE_NAME[person.state], 2.2, face="sans", colour=_LABEL, to=60)
    lines = mrz_lines.lines("TD1", "I", person)
    sheet.mrz("TD1", lines)
    fields = _truth(person, *_MRZ_FIELDS, "issue_date", "place_of_birth", "address", "personal_number")
    # The zone is the only place of the names on this side, so their marks are not on it.
    zone = {"last_name": person.surname, "first_name": person.given}
    plain = {key: mrz_lines.transliterate(value).replace("<", " ") for key, value in zone.items()}
    return fields | plain | {"full_name": f"{plain['first_name']} {plain['last_name']}"}, lines


def _licence_eu(
    sheet: _Sheet, person: Person, portrait: Path | None
) -> tuple[dict[str, str], tuple[str, ...]]:
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
        sheet.text(x + 5.5, y - 0.2, value, 2.9, to=55 if x == 28 and y in (22.8, 27.4) else 83.6)
    names = [n for n in _MRZ_FIELDS if n not in ("nationality", "sex")]
    return _truth(person, *names, "issue_date", "place_of_birth", "address", "personal_number"), ()


def _licence_us(
    sheet: _Sheet, person: Person, portrait: Path | None
) -> tuple[dict[str, str], tuple[str, ...]]:
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
        sheet.text(
            x + (2.6 + 1.9 * len(label) if label else 2.6), y - 0.2, value, 3.0, to=83.5 if x > 50 else 60
        )
    names = [n for n in _MRZ_FIELDS if n not in ("nationality", "issuing_country")]
    fields = _truth(person, *names, "issue_date") | {"issuing_country": "USA"}
    return fields | {"address": f"{street.upper()}, {town.upper()}"}, ()
