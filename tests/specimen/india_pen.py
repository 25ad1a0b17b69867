"""Writes on Indian documents: runs of two scripts on one line, code, seal, print along the edge."""

import re
import textwrap

from PIL import Image, ImageDraw, ImageFont

from tests.specimen.india_people import Resident
from tests.specimen.india_words import BLOCKS, WORDS
from tests.specimen.paper import DOTS_PER_MM, Colour, font
from tests.specimen.sheet import Sheet

BLACK: Colour = (22, 22, 24)
GREY: Colour = (90, 90, 96)
_LATIN = re.compile(r"[\u0000-\u024f\u2010-\u2027]+")
_Run = tuple[str, ImageFont.FreeTypeFont]


class Card:
    """An Indian document under the pen: runs of two scripts on one base line, all moved a little."""

    def __init__(self, sheet: Sheet, holder: Resident) -> None:
        self.sheet = sheet
        self.rng = sheet.rng
        self.script = holder.region.script
        self.words = WORDS[self.script]
        self.face = self.rng.choice(["noto", "sans", "noto", "condensed"])
        self._shift = (self.rng.uniform(-0.8, 0.8), self.rng.uniform(-0.5, 0.5))
        self._size = self.rng.uniform(0.94, 1.06)

    def paint(self, share: float, colour: Colour = (255, 255, 255)) -> None:
        """Blend the ground towards a colour."""
        picture = self.sheet.picture
        plain = Image.new("RGB", picture.size, colour)
        picture.paste(Image.blend(picture, plain, share))

    def band(self, top: float, bottom: float, colour: Colour) -> None:
        """A coloured stripe across the card."""
        self.sheet.pen.rectangle(
            (0, top * DOTS_PER_MM, self.sheet.picture.width, bottom * DOTS_PER_MM), fill=colour
        )

    def write(
        self,
        x: float,
        y: float,
        text: str,
        mm: float,
        *,
        bold: bool = False,
        to: float = 0,
        ink: Colour = BLACK,
        middle: bool = False,
        value: bool = False,
    ) -> float:
        """Write runs of both scripts; `y` is the top of capitals, millimetres; returns the right end."""
        size = mm * self._size
        runs = self._runs(text, size, bold)
        width = sum(chosen.getlength(run) for run, chosen in runs) / DOTS_PER_MM
        if to and width > to - x:
            runs = self._runs(text, size * (to - x) / width, bold)
            width = to - x
        x += self._shift[0] - (width / 2 if middle else 0)
        base = (y + self._shift[1] + 0.78 * mm) * DOTS_PER_MM
        for run, chosen in runs:
            self.sheet.pen.text((x * DOTS_PER_MM, base), run, font=chosen, fill=ink, anchor="ls")
            x += chosen.getlength(run) / DOTS_PER_MM
        if value:
            self.sheet.printed.append(text)
        return x

    def _runs(self, text: str, mm: float, bold: bool) -> list[_Run]:
        weight = "-bold" if bold else ""
        pixels = max(round(mm * DOTS_PER_MM), 10)
        pieces: list[_Run] = []
        at = 0
        while at < len(text):
            match = _LATIN.match(text, at)
            end = (
                match.end()
                if match
                else next(
                    (k for k in range(at, len(text)) if _LATIN.match(text[k]) and text[k] != " "), len(text)
                )
            )
            face = self.face if match else _script_of(text[at])
            pieces.append((text[at:end], font(face + weight, pixels)))
            at = end
        return pieces

    def code(self, left: float, top: float, side: float, modules: int) -> None:
        """Something that looks like a QR code and holds nothing."""
        cells = [[self.rng.random() < 0.5 for _ in range(modules)] for _ in range(modules)]
        for row, column in ((0, 0), (0, modules - 7), (modules - 7, 0)):
            for y in range(-1, 8):
                for x in range(-1, 8):
                    ring = max(abs(y - 3), abs(x - 3))
                    if 0 <= row + y < modules and 0 <= column + x < modules:
                        cells[row + y][column + x] = ring in (0, 1, 3)
        picture = Image.new("1", (modules, modules), 1)
        picture.putdata([int(not cell) for line in cells for cell in line])
        pixels = round(side * DOTS_PER_MM)
        at = (round(left * DOTS_PER_MM), round(top * DOTS_PER_MM))
        self.sheet.picture.paste(picture.resize((pixels, pixels)).convert("RGB"), at)

    def emblem(self, x: float, y: float, mm: float) -> None:
        """A round seal in the place of the state emblem."""
        box = [v * DOTS_PER_MM for v in (x, y, x + mm, y + mm)]
        for inset in (0, 4, 14):
            self.sheet.pen.ellipse(
                (box[0] + inset, box[1] + inset, box[2] - inset, box[3] - inset), outline=GREY, width=2
            )

    def upright(self, x: float, y: float, text: str, mm: float) -> None:
        """Print that runs up the left edge."""
        chosen = font(self.face, round(mm * DOTS_PER_MM))
        strip = Image.new("L", (round(chosen.getlength(text)) + 4, round(mm * DOTS_PER_MM * 1.3)), 0)
        ImageDraw.Draw(strip).text((2, 0), text, font=chosen, fill=255)
        turned = strip.rotate(90, expand=True)
        at = (round(x * DOTS_PER_MM), round(y * DOTS_PER_MM))
        self.sheet.picture.paste(Image.new("RGB", turned.size, GREY), at, turned)

    def block(self, x: float, y: float, text: str, mm: float, columns: int, *, to: float) -> float:
        """A paragraph of so many letters a line; returns where the next line would begin."""
        for line in textwrap.wrap(text, columns, break_on_hyphens=False):
            self.write(x, y, line, mm, to=to)
            y += mm * 1.42
        self.sheet.printed.append(text)
        return y


def _script_of(character: str) -> str:
    """The face that has a character: the scripts' blocks of Unicode follow each other."""
    return next(script for script, block in BLOCKS.items() if block[0] <= ord(character) <= block[1])
