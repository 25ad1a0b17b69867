"""Layouts and check digits of the machine-readable zone of ICAO Doc 9303.

Parts 3 (common rules), 4 (TD3 passports), 5 (TD1 cards), 6 (TD2 cards), 7 (visas MRV-A and MRV-B), and the
older French identity card, two lines of 36 that follow no part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

FILLER: Final = "<"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS: Final = "0123456789"
ALPHABET: Final = LETTERS + DIGITS + FILLER

CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "A": LETTERS + FILLER,  # names, first letter of the document code
        "T": LETTERS + FILLER,  # state codes
        "N": DIGITS + FILLER,  # dates; fillers where a part is unknown
        "X": ALPHABET,
        "C": DIGITS,  # check digit
        "K": DIGITS + FILLER,  # check digit that a filler may replace
        "S": "MFX" + FILLER,  # sex
    }
)
"""Class letter of a layout's mask -> the characters it allows."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check digit.

    Attributes:
        name: document_number, date_of_birth, expiry_date, personal_number or composite.
        spans: (line, first, end) of the characters it covers, in order.
        at: (line, column) of the digit.
    """

    name: str
    spans: tuple[tuple[int, int, int], ...]
    at: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a kind of zone is laid out.

    Attributes:
        kind: its name.
        masks: per line one class letter per column (`CLASSES`).
        checks: its check digits.
        names: (line, first, end) of the name field; FRID keeps the surname there.
    """

    kind: str
    masks: tuple[str, ...]
    checks: tuple[Check, ...]
    names: tuple[int, int, int]

    @property
    def columns(self) -> int:
        """Characters per line: 30, 36 or 44."""
        return len(self.masks[0])

    @property
    def rows(self) -> int:
        """Lines: 2 or 3."""
        return len(self.masks)


def _two_lines(kind: str, tail: str, number_check: str, more: tuple[Check, ...] = ()) -> Layout:
    """The layouts of two lines differ after column 28 of the second and in their width."""
    second = "X" * 9 + number_check + "TTT" + "NNNNNN" + "C" + "S" + "NNNNNN" + "C" + tail
    columns = len(second)
    common = (
        Check("document_number", ((1, 0, 9),), (1, 9)),
        Check("date_of_birth", ((1, 13, 19),), (1, 19)),
        Check("expiry_date", ((1, 21, 27),), (1, 27)),
    )
    return Layout(kind, ("AX" + "TTT" + "A" * (columns - 5), second), common + more, (0, 5, columns))


def _composite(end: int) -> Check:
    return Check("composite", ((1, 0, 10), (1, 13, 20), (1, 21, end)), (1, end))


_PERSONAL: Final = Check("personal_number", ((1, 28, 42),), (1, 42))
_TD1: Final = Layout(
    "TD1",
    ("AX" + "TTT" + "X" * 9 + "K" + "X" * 15, "NNNNNNCSNNNNNNC" + "TTT" + "X" * 11 + "C", "A" * 30),
    (
        Check("document_number", ((0, 5, 14),), (0, 14)),
        Check("date_of_birth", ((1, 0, 6),), (1, 6)),
        Check("expiry_date", ((1, 8, 14),), (1, 14)),
        Check("composite", ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)), (1, 29)),
    ),
    (2, 0, 30),
)
_FRID: Final = Layout(
    "FRID",
    ("AATTT" + "A" * 25 + "X" * 6, "X" * 12 + "C" + "A" * 14 + "NNNNNN" + "C" + "S" + "C"),
    (
        Check("document_number", ((1, 0, 12),), (1, 12)),
        Check("date_of_birth", ((1, 27, 33),), (1, 33)),
        Check("composite", ((0, 0, 36), (1, 0, 35)), (1, 35)),
    ),
    (0, 5, 30),
)

KINDS: Final[Mapping[str, Layout]] = MappingProxyType(
    {
        "TD1": _TD1,
        "TD2": _two_lines("TD2", "X" * 7 + "C", "K", (_composite(35),)),
        "TD3": _two_lines("TD3", "X" * 14 + "KC", "C", (_PERSONAL, _composite(43))),
        "MRVA": _two_lines("MRVA", "X" * 16, "C"),
        "MRVB": _two_lines("MRVB", "X" * 8, "C"),
        "FRID": _FRID,
    }
)
"""Every kind of zone by its name."""

OVERFLOW: Final[Mapping[str, tuple[int, int, int]]] = MappingProxyType(
    {"TD1": (0, 15, 30), "TD2": (1, 28, 35)}
)
"""(line, first, end) of the optional data where a document number of more than nine characters goes on."""


def check_digit(text: str) -> str:
    """The check digit of Doc 9303 part 3 section 4.9: weights 7, 3, 1, modulo 10.

    Args:
        text: characters of `ALPHABET`; digits count themselves, letters 10 to 35, anything else 0.
    """
    return str(sum(_value(c) * (7, 3, 1)[i % 3] for i, c in enumerate(text)) % 10)


def _value(character: str) -> int:
    if character in DIGITS:
        return int(character)
    return ord(character) - 55 if character in LETTERS else 0


def checks(kind: str, lines: Sequence[str]) -> dict[str, bool]:
    """Which check digits hold.

    Args:
        kind: a key of `KINDS`.
        lines: the kind's number of lines, each of its length; others count as filled up or cut.

    Returns:
        Name of each check digit of the kind -> whether it holds. A filler stands for the check digit of an
        empty personal number, and for that of a document number which goes on in the optional data.
    """
    layout = KINDS[kind]
    lines = fitted(layout, lines)
    return {check.name: _holds(kind, lines, check) for check in layout.checks}


def covered_by(check: Check, lines: Sequence[str]) -> str:
    """The characters that a check digit covers."""
    return "".join(lines[line][first:end] for line, first, end in check.spans)


def _holds(kind: str, lines: Sequence[str], check: Check) -> bool:
    covered = covered_by(check, lines)
    digit = lines[check.at[0]][check.at[1]]
    if digit == FILLER:
        if check.name == "personal_number":
            return not covered.strip(FILLER)
        if check.name == "document_number" and kind in OVERFLOW:
            number, found, _rest = long_number(kind, lines, covered)
            return bool(found) and check_digit(number) == found
    return check_digit(covered) == digit


def long_number(kind: str, lines: Sequence[str], principal: str) -> tuple[str, str, str]:
    """Whole number, its check digit, rest of the optional data (Doc 9303 part 5 note j, part 6 note j)."""
    line, first, end = OVERFLOW[kind]
    head, _, rest = lines[line][first:end].partition(FILLER)
    return principal + head[:-1], head[-1:], rest


def fitted(layout: Layout, lines: Sequence[str]) -> tuple[str, ...]:
    """The lines in capitals, filled up or cut to the layout's size."""
    filled = (*lines, *("",) * layout.rows)[: layout.rows]
    return tuple(line.upper()[: layout.columns].ljust(layout.columns, FILLER) for line in filled)


def identify(lines: Sequence[str]) -> str | None:
    """The kind that lines of exact length are of, by their number, length and document code; None if none."""
    sizes = {len(line) for line in lines}
    if len(sizes) != 1:
        return None
    visa = lines[0][:1] == "V"
    match len(lines), sizes.pop():
        case 3, 30:
            return "TD1"
        case 2, 44:
            return "MRVA" if visa else "TD3"
        case 2, 36 if is_french_card(lines):
            return "FRID"
        case 2, 36:
            return "MRVB" if visa else "TD2"
    return None


def is_french_card(lines: Sequence[str]) -> bool:
    """Whether two lines of 36 are the older French card's: it has the sex where TD2 has optional data."""
    return lines[0].startswith("IDFRA") and lines[1][34:35] in ("M", "F") and not lines[1][10:13].isalpha()
