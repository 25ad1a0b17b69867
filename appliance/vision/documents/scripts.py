"""Names and addresses in the holder's own script, as Indian documents print them beside the Latin ones.

The box's recogniser knows no Indian script, but its detector finds their lines. Which of them hold the name
and the address follows from where the Latin name and address stand; Tesseract reads them. Measured on drawn
cards: `docs/documents.md`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from appliance.domain.capture import Pixels
from appliance.domain.document import Document, DocumentType, Field, Source
from appliance.vision.documents import confidence, local_lines
from appliance.vision.documents import quad as quads
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.labels import compact
from appliance.vision.documents.text import TextLine
from appliance.vision.documents.text_geometry import crop
from appliance.vision.documents.types.indian import joined
from appliance.vision.tesseract import LanguageReader

SCRIPTS: Final[Mapping[str, tuple[str, tuple[int, int]]]] = {
    "devanagari": ("hin", (0x900, 0x97F)),
    "bengali": ("ben", (0x980, 0x9FF)),
    "tamil": ("tam", (0xB80, 0xBFF)),
    "telugu": ("tel", (0xC00, 0xC7F)),
    "kannada": ("kan", (0xC80, 0xCFF)),
    "gujarati": ("guj", (0xA80, 0xAFF)),
}
"""Script -> Tesseract's data for it, first and last code point."""
USUAL: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("RAJASTHAN", "UTTARPRADESH", "MADHYAPRADESH", "BIHAR", "MAHARASHTRA", "HARYANA", "DELHI",
         "UTTARAKHAND", "HIMACHALPRADESH", "JHARKHAND", "CHHATTISGARH"),
        "devanagari",
    ),
    **dict.fromkeys(("WESTBENGAL", "TRIPURA"), "bengali"),
    **dict.fromkeys(("TAMILNADU", "PUDUCHERRY"), "tamil"),
    **dict.fromkeys(("TELANGANA", "ANDHRAPRADESH"), "telugu"),
    "KARNATAKA": "kannada",
    "GUJARAT": "gujarati",
}  # fmt: skip
"""State, as an address ends, and the script that its cards are printed in beside Latin."""
TYPES: Final = frozenset({DocumentType.AADHAAR, DocumentType.VOTER_ID})
"""Documents that print names or addresses in two scripts."""

_LATIN: Final = "eng"
_SURE: Final = 0.93
"""Certainty from which a script is taken without trying the others: a wrong one reached 0.91 at most."""
_SURE_USUAL: Final = 0.65
"""The same for the script that is usual where the holder lives: digits between words cost certainty."""
_TRIED: Final = 2
"""Lines of name and address read to tell the script, and as many of the headings beside them."""
_LEAST: Final = 0.45
"""Certainty below which a line counts as not read."""
_SHARE: Final = 0.6
"""Part of a line's letters that belong to its script."""
_JOINERS: Final = re.compile("[\u200c\u200d](?![^\\s,.;:-])")
"""Joiners at a word's end join nothing; Tesseract writes them after every final virama."""
_TWICE: Final = re.compile("([\u094d\u09cd\u0acd\u0bcd\u0c4d\u0ccd])[\u200c\u200d]\\1")
"""A virama that Tesseract writes twice, with a joiner between."""
_LABEL: Final = re.compile(r"^.*?(?:[:\uff1a;]|\u0903(?=\s))\s*")
_LAST_LABEL: Final = re.compile(r"^.*(?:[:\uff1a;]|\u0903(?=\s))\s*")
_NAME_WORD: Final = re.compile(r"^.*(?:नाम|নাম|பெயர்|పేరు|ಹೆಸರು|નામ)\s+(?=\S)")
"""The word `name`, where the colon behind it was not read."""
_LONGEST_LABEL: Final = 14
"""Characters of the word `Address` with what stands before its colon, in the longest of the scripts."""
_KIN: Final = (
    *("आत्मज", "पुत्र", "पत्नी", "पिता", "পিতা", "স্বামী", "த/பெ", "க/பெ"),
    *("తండ్రి", "భర్త", "ತಂದೆ", "ಗಂಡ", "પિતા", "પતિ"),
)
"""Begins of the words before a parent's or husband's name in an address: they have a colon too."""
_FIRST_INDIAN: Final = 0x900
_AFTER_INDIAN: Final = 0xE00
"""Code points of India's scripts."""
_CODE: Final = re.compile(
    r"\s*(?:(?<=\s)\S{1,2}(?=\s)|(?:[^\w\s\u0900-\u0dff]\s*){0,3})\s*([0-9\u0964\u0965|]{3,7})\W*$"
)
"""The postal code at an address's end; danda is what digits of its height are misread for."""
_ONLY_CODE: Final = re.compile(r"\W*[1-9][0-9]{2} ?[0-9]{3}\W*")
_CODE_WRONG: Final = 2
_WIDEST_DIGIT: Final = 0.55
"""Heights of a found line that a digit takes at most."""
_EDGE: Final = " .,:;*|_~'\"\u0964-\u201c\u201d\u2018\u2019"


class ScriptReader:
    """Reads lines of Indian scripts. Safe to use from several threads."""

    def __init__(self, tessdata: Path | None = None) -> None:
        """Find which scripts can be read.

        Args:
            tessdata: folder of Tesseract's data; None looks where Debian's packages put them.
        """
        names = [language for language, _ in SCRIPTS.values()]
        self._reader = LanguageReader([*names, _LATIN], tessdata)

    @property
    def languages(self) -> tuple[str, ...]:
        """Scripts that can be read on this machine."""
        there = self._reader.languages
        return tuple(script for script, (language, _) in SCRIPTS.items() if language in there)

    def line(
        self, pixels: Pixels, script: str, *, mixed: bool = False, again: bool = True
    ) -> tuple[str, float]:
        """Read one upright line of a script. Blocks, about 15 ms.

        Args:
            pixels: the line.
            script: one of `languages`.
            mixed: Latin letters and digits stand in it too.
            again: whether it is read in another way too if doubtful.

        Returns:
            The text, "" where nothing of the script is in it, and its certainty, 0..1.
        """
        language, _ = SCRIPTS[script]
        both = mixed and _LATIN in self._reader.languages
        text, sure = self._reader.line(pixels, (language, _LATIN) if both else (language,), again=again)
        text = unicodedata.normalize("NFC", _TWICE.sub(r"\1", _JOINERS.sub("", text)))
        return (text, sure) if mixed or _share(text, script) >= _SHARE else ("", 0.0)

    def read_local(
        self, pixels: Pixels, lines: Sequence[Print], fields: Mapping[str, Field], hint: str = ""
    ) -> dict[str, Found]:
        """The holder's name and address in another script than Latin. Blocks.

        Args:
            pixels: the page.
            lines: all lines found on it, page pixels, those included of which nothing was read.
            fields: what was read of it; only where `full_name` and `address` stand matters.
            hint: the script if it is known.

        Returns:
            `full_name_local` and `address_local`, those that were found.
        """
        found: dict[str, Found] = {}
        places = {
            "full_name": local_lines.of_name(lines, fields),
            "address": local_lines.of_address(lines, fields),
        }
        known = [line for place in places.values() for line in place]
        if not known:
            return found
        told = [
            *sorted(known, key=lambda one: -_width(one))[:_TRIED],
            *local_lines.witnesses(lines, known)[:_TRIED],
        ]
        latin = fields["address"].value if "address" in fields else ""
        usual = usual_script(latin)
        script = hint if hint in self.languages else self._script(pixels, told, usual)
        script = script or self._script(pixels, told, usual, again=True)
        if not script:
            return found
        if name := self._name(pixels, places["full_name"], script):
            found["full_name_local"] = name
        if address := self._address(pixels, places["address"], script, fields):
            found["address_local"] = address
        return found

    def _script(self, pixels: Pixels, lines: Sequence[Print], usual: str, *, again: bool = False) -> str:
        """The script that reads some lines with most certainty, "" where none does.

        Names are short, and another script's reading of one may be the surer; headings decide then.

        Args:
            pixels: the page.
            lines: of one script.
            usual: the script of the holder's state, tried first and taken if it reads at all well.
            again: whether doubtful lines are read in another way too.
        """
        cuts = [crop(pixels, line.quad) for line in lines]
        best, script = 0.0, ""
        for name in sorted(self.languages, key=lambda one: one != usual):
            enough = _SURE_USUAL if name == usual else _SURE
            sures: list[float] = []
            for cut in cuts:
                sures.append(self.line(cut, name, again=again)[1])
                if sures[-1] >= enough:
                    return name
            if max(sures) >= _LEAST and sum(sures) > best:
                best, script = sum(sures), name
        return script

    def _name(self, pixels: Pixels, lines: Sequence[Print], script: str) -> Found | None:
        for line in lines:
            text, sure = self.line(crop(pixels, line.quad), script)
            value = _NAME_WORD.sub("", _LAST_LABEL.sub("", text)).strip(_EDGE)
            if sure >= _LEAST and _share(value, script) == 1.0 and len(value) > 1:
                return Found(value, Print(text, (sure,) * len(text), line.quad))
        return None

    def _address(
        self, pixels: Pixels, lines: Sequence[Print], script: str, fields: Mapping[str, Field]
    ) -> Found | None:
        read = []
        for line in lines:
            if _is_code(line):
                read.append(line)
                continue
            text, sure = self.line(crop(pixels, line.quad), script, mixed=True)
            if text and sure >= _LEAST:
                read.append(Print(text, (sure,) * len(text), line.quad))
        if not read:
            return None
        whole = joined(read)
        latin = fields["address"].value if "address" in fields else ""
        value = with_latin(without_label(whole.text).replace(";", ":"), latin).strip(_EDGE)
        return Found(value, whole) if _share(value, script) > 0.3 else None


def with_local(document: Document, lines: Sequence[TextLine], reader: ScriptReader) -> Document:
    """The same document with name and address in the holder's own script, where it prints them. Blocks.

    Args:
        document: as assembled, with `to_picture` set.
        lines: all lines found, picture pixels, those included of which nothing was read.
        reader: of scripts.
    """
    if document.type not in TYPES or not {"full_name", "address"} & document.fields.keys():
        return document
    to_page = np.linalg.inv(document.to_picture)
    prints = [Print(line.text, line.char_confidence, quads.mapped(line.quad, to_page)) for line in lines]
    local = reader.read_local(document.page, prints, document.fields)
    fresh = {
        name: Field(
            found.value,
            found.print.text,
            confidence.of_print(name, found.print.least, inferred=True),
            Source.VIZ,
            found.print.quad,
        )
        for name, found in local.items()
    }
    return replace(document, fields={**document.fields, **fresh}) if fresh else document


def usual_script(address: str) -> str:
    """The script of the state that a Latin address names, "" where it names none."""
    letters = compact(address)[0]
    return next((script for state, script in USUAL.items() if state in letters), "")


def without_label(text: str) -> str:
    """An address without the word `Address` before it, as far as a colon tells where that ends."""
    match = _LABEL.match(text)
    if not match or len(match[0]) > _LONGEST_LABEL or text.lstrip(_EDGE).startswith(_KIN):
        return text
    return text[match.end() :]


def with_latin(text: str, latin: str) -> str:
    """Digits and Latin letters in a line of another script as the Latin address has them.

    Both say the same house and postal code, and the recogniser of the Latin line is far the better one.

    Args:
        text: address in another script.
        latin: the same in Latin letters, "" where it was not read.
    """
    told, seen = _CODE.search(latin), _CODE.search(text)
    if told and seen:
        lost = max(len(told[1]) - len(seen[1]), 0)
        if _wrong(told[1], seen[1]) > _CODE_WRONG + min(lost, 1):
            return text  # another address
        text = text[: seen.start()] + told[0]
    known = [word.strip(",") for word in latin.split()]
    words = text.split(" ")
    for at, word in enumerate(words):
        bare = word.strip(",")
        if not bare.strip("-") or any(_FIRST_INDIAN <= ord(c) < _AFTER_INDIAN for c in bare):
            continue
        if at == 0 and known and any(c.isdigit() for c in known[0]):  # both begin with the house
            words[0] = word.replace(bare, known[0])
            continue
        beside = [words[k].strip(",") if 0 <= k < len(words) else "" for k in (at - 1, at + 1)]
        between = [
            one
            for before, one, after in zip(["", *known], known, [*known[1:], ""], strict=False)
            if (before and before == beside[0]) or (after.isdigit() and after == beside[1])
        ]
        near = min(known, key=lambda one: _wrong(one.upper(), bare.upper()), default="")
        wrong = _wrong(near.upper(), bare.upper())
        if near and abs(len(near) - len(bare)) <= 1 and 0 < 3 * wrong <= len(near):
            words[at] = word.replace(bare, near)
        elif between and wrong:
            words[at] = word.replace(bare, between[0])
    return " ".join(words)


def _is_code(line: Print) -> bool:
    """Whether nothing but a postal code stands in a line: letters of other scripts are passed over unread."""
    text = line.text.strip()
    fills = _width(line) < _WIDEST_DIGIT * line.height * len(text)
    return fills and bool(_ONLY_CODE.fullmatch(text)) and min(line.sure) >= _LEAST


def _wrong(first: str, second: str) -> int:
    """Letters to change, leave out or put in to make one of the other (Levenshtein)."""
    row = list(range(len(second) + 1))
    for at, letter in enumerate(first, 1):
        last, row[0] = row[0], at
        for k, other in enumerate(second, 1):
            last, row[k] = row[k], min(row[k] + 1, row[k - 1] + 1, last + (letter != other))
    return row[-1]


def _share(text: str, script: str) -> float:
    """Part of the letters and digits of a text that belong to a script, 0 where it has none."""
    first, last = SCRIPTS[script][1]
    counted = [c for c in text if c.isalnum() or first <= ord(c) <= last]
    return sum(first <= ord(c) <= last for c in counted) / len(counted) if counted else 0.0


def _width(line: Print) -> float:
    return line.right - line.left
