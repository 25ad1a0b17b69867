"""A document under the pen, and what layouts share: labels in two languages, the truth of the fields."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from tests.specimen import paper
from tests.specimen.paper import DOTS_PER_MM, Colour, font
from tests.specimen.people import Person
from tests.specimen.vocabulary import LABELS, MONTHS

_MRZ_PITCH_MM = 2.54  # Doc 9303 part 3: 10 characters to the inch
_MRZ_LINE_MM = 6.35
_INK: list[Colour] = [(18, 18, 22), (34, 34, 64), (52, 40, 40)]
LABEL_INK: Colour = (88, 92, 116)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn document.

    Attributes:
        kind: key of `draw.LAYOUTS`.
        type: a value of `appliance.domain.document.DocumentType`.
        picture: the flat document, 10 pixels per millimetre.
        fields: what it says, normalised, by the names of `appliance.domain.document.Document`.
        mrz: its machine-readable lines, () where the side has none.
        printed: values as they stand in print, marks included.
    """

    kind: str
    type: str
    picture: Image.Image
    fields: dict[str, str]
    mrz: tuple[str, ...]
    printed: tuple[str, ...] = ()


Told = tuple[dict[str, str], tuple[str, ...]]
"""The fields that a layout says, and its machine-readable lines."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One side of one kind of document: its size in millimetres, its type, what draws it."""

    width: float
    height: float
    type: str
    draw: Callable[["Sheet", Person, Path | None], Told]


class Sheet:
    """A document under the pen; lengths are millimetres."""

    def __init__(self, picture: Image.Image, rng: random.Random) -> None:
        self.picture = picture
        self.rng = rng
        self.pen = ImageDraw.Draw(picture)
        self.ink = rng.choice(_INK)
        self.face = rng.choice(["sans", "sans-bold", "condensed", "condensed-bold", "serif"])
        self.printed: list[str] = []
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
        self.text(x, y, label, mm * 0.58, face="sans", colour=LABEL_INK, to=to)
        self.value(x, y + mm * 0.74, value, mm, to=to)

    def value(self, x: float, y: float, value: str, mm: float, *, to: float = 0) -> None:
        """A value without a label of its own."""
        self.text(x, y, value, mm, to=to)
        self.printed.append(value)

    def portrait(self, box: tuple[float, float, float, float], source: Path | None) -> None:
        """Paste a portrait into left, top, right, bottom."""
        left, top, right, bottom = (round(v * DOTS_PER_MM) for v in box)
        self.picture.paste(paper.portrait(self.rng, source, right - left, bottom - top), (left, top))

    def mrz(self, lines: tuple[str, ...]) -> None:
        """The zone at the lower edge, one character per pitch as a document printer does."""
        width, height = self.picture.width / DOTS_PER_MM, self.picture.height / DOTS_PER_MM
        size = round(_MRZ_PITCH_MM * DOTS_PER_MM / (font("ocr-b", 1000).getlength("A") / 1000))
        left = (width - len(lines[0]) * _MRZ_PITCH_MM) / 2
        top = height - 3.4 - _MRZ_LINE_MM * len(lines)
        if self.rng.random() < 0.5:
            edge = round((top - 1.6) * DOTS_PER_MM)
            self.pen.rectangle((0, edge, self.picture.width, self.picture.height), fill=(244, 244, 240))
        for row, line in enumerate(lines):
            for column, character in enumerate(line):
                spot = (left + column * _MRZ_PITCH_MM, top + row * _MRZ_LINE_MM)
                self.text(*spot, character, size / DOTS_PER_MM, face="ocr-b", colour=(12, 12, 12))

    def date(self, day: dt.date) -> str:
        """In this document's style; never month before day outside the United States."""
        return {
            "dots": f"{day:%d.%m.%Y}",
            "slashes": f"{day:%d/%m/%Y}",
            "dashes": f"{day:%d-%m-%Y}",
            "words": f"{day:%d} {MONTHS[day.month - 1]} {day:%Y}",
        }[self.date_style]


def bilingual(person: Person, key: str) -> str:
    first = LABELS[person.language][key]
    second = LABELS["fr" if person.language == "en" else "en"][key]
    return first if first == second else f"{first} / {second}"


def names_of(person: Person) -> dict[str, str]:
    surname, given = person.surname.upper(), person.given.upper()
    return {"last_name": surname, "first_name": given, "full_name": f"{given} {surname}"}


def truth(person: Person, *names: str) -> dict[str, str]:
    everything = names_of(person) | {
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


MRZ_FIELDS = (
    "last_name", "first_name", "full_name", "date_of_birth", "sex", "nationality", "issuing_country",
    "document_number", "expiry_date",
)  # fmt: skip
