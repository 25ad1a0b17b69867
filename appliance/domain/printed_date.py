"""Dates as documents print them, to ISO 8601."""

import re
import unicodedata
from datetime import date
from typing import Final, Literal

Meaning = Literal["birth", "issue", "expiry"]

MONTH_FIRST: Final = frozenset({"USA", "FSM", "MHL", "PLW"})
"""States whose documents print month before day."""

_MONTHS: Final[tuple[tuple[str, ...], ...]] = (
    ("JAN", "ENE", "GEN", "STY", "SIJ", "LED", "TAM", "SAU", "OCA", "JAAN"),
    ("FEB", "FEV", "LUT", "VEL", "UNO", "HEL", "VAS", "SUB", "VEEBR"),
    ("MAR", "MRZ", "MAE", "MRT", "OZU", "BRE", "MAA", "KOV"),
    ("APR", "AVR", "ABR", "KWI", "TRA", "DUB", "HUH", "BAL", "NIS"),
    ("MAY", "MAI", "MAJ", "MAG", "MEI", "SVI", "KVE", "TOU", "GEG", "MAY"),
    ("JUN", "JUIN", "GIU", "CZE", "LIP", "CER", "KES", "BIR", "HAZ", "JUUN"),
    ("JUL", "JUIL", "LUG", "LIP", "SRP", "CVC", "HEI", "LIE", "TEM", "JUUL"),
    ("AUG", "AOU", "AGO", "SIE", "SRP", "AGU", "KOL", "ELO", "RUGP"),
    ("SEP", "SET", "WRZ", "RUJ", "ZAR", "SYY", "RUGS", "EYL"),
    ("OCT", "OKT", "OTT", "OUT", "PAZ", "LIS", "RIJ", "LOK", "SPA", "EKI"),
    ("NOV", "LIS", "STU", "MARR", "LAP", "KAS"),
    ("DEC", "DEZ", "DIC", "GRU", "PRO", "JOU", "GRD", "ARA", "DETS"),
)
"""Beginnings of month names in the languages of Europe. Some name different months in two languages (LIP,
LIS, SRP); documents print a second language beside, which decides: see `_month`."""

_GAP: Final = r"\s*[./\-\u2013 ]\s*"
_NUMERIC: Final = re.compile(
    rf"(?<![0-9])([0-9OIlSB]{{1,4}}){_GAP}([0-9OIlSB]{{1,2}}){_GAP}([0-9OIlSB]{{2,4}})(?![0-9])"
)
_WORDED: Final = re.compile(
    r"(?<![0-9])([0-9OIl]{1,2})[\s.\-]*([A-Z][A-Z./\s]{1,22}?)[\s.\-]*([0-9OIl]{4}|[0-9OIl]{2})(?![0-9])"
)
_AMERICAN: Final = re.compile(r"([A-Z]{3,9})[\s.]+([0-9OIl]{1,2})[\s,]+([0-9OIl]{4})(?![0-9])")
_DIGITS: Final = str.maketrans("OIlSB", "01158")
_EXPIRY_AHEAD: Final = 30
"""Years that a two-digit expiry may lie ahead; the longest validity in use is 15."""


def read_date(text: str, meaning: Meaning, today: date, issuer: str = "") -> str:
    """The date in `text` as YYYY-MM-DD, "" where there is none.

    Args:
        text: as printed, with anything around it.
        meaning: decides the century of two-digit years: births lie in the past, expiries at most 30 years
            ahead.
        today: the day of reading.
        issuer: three-letter code: where it prints the month first, so is the text read, unless that is no
            date.
    """
    plain = _plain(text)
    for first, middle, last in _NUMERIC.findall(plain):
        numbers = tuple(part.translate(_DIGITS) for part in (first, middle, last))
        for year, month, day in _orders(numbers, month_first=issuer in MONTH_FIRST):
            if found := _built(year, int(month), int(day), meaning, today):
                return found
    worded = [(year, words, day) for day, words, year in _WORDED.findall(plain.upper())]
    worded += [(year, words, day) for words, day, year in _AMERICAN.findall(plain.upper())]
    for year, words, day in worded:
        if found := _built(
            year.translate(_DIGITS), _month(words), int(day.translate(_DIGITS)), meaning, today
        ):
            return found
    return ""


def _orders(numbers: tuple[str, ...], *, month_first: bool) -> list[tuple[str, str, str]]:
    """Readings of three numbers as year, month, day, likeliest first."""
    first, middle, last = numbers
    if len(first) == 4 and len(last) <= 2:
        return [(first, middle, last)]
    if len(first) > 2 or len(last) == 3:
        return []
    orders = [(last, middle, first), (last, first, middle)]
    return orders[::-1] if month_first else orders


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text)
    return "".join(c for c in bare if not unicodedata.combining(c))


def _month(words: str) -> int:
    """Number of the month that a word, or words with strokes between, name; 0 for none.

    Of two languages the one that names one month only decides.
    """
    possible: list[set[int]] = []
    for word in re.findall("[A-Z]{3,}", words.upper()):
        numbers = {k for k, names in enumerate(_MONTHS, 1) if any(word.startswith(name) for name in names)}
        if numbers:
            possible.append(numbers)
    if not possible:
        return 0
    shared = set.intersection(*possible)
    narrowest = min(possible, key=len)
    return min(shared or narrowest)


def _built(year: str, month: int, day: int, meaning: Meaning, today: date) -> str:
    number = int(year)
    if len(year) == 2:
        number += today.year // 100 * 100
        latest = today.year + (_EXPIRY_AHEAD if meaning == "expiry" else 0)
        if number > latest:
            number -= 100
    elif not 1900 <= number <= today.year + 2 * _EXPIRY_AHEAD:
        return ""
    try:
        return date(number, month, day).isoformat()
    except ValueError:  # no such day
        return ""
