"""One person of a sanctions list, in one form for all lists.

Birth dates are spelled `1960`, `1960-05`, `1960-05-17`, or `1958/1962` where a list gives a span or says
"circa".
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec

from appliance.domain import states
from appliance.domain.screening import NameKind

CIRCA_YEARS: Final = 2
"""How far to either side a date goes that a list calls approximate."""
LONGEST: Final = 300
"""Characters of one name that are kept; the longest real alias has about half of that."""
MOST_NAMES: Final = 400
"""Names of one person."""
MOST_VALUES: Final = 40
"""Birth dates, countries or programmes of one person."""

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ALSO: Final = {
    "bosnia-herzegovina": "BIH",
    "gaza": "PSE",
    "palestinian": "PSE",
    "palestinian territories": "PSE",
    "state of palestine": "PSE",
    "west bank": "PSE",
}
_ISO: Final = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*)?\Z")
_ENGLISH: Final = re.compile(r"^(?:(\d{1,2}) )?(?:([A-Za-z]{3})[a-z]* )?(\d{4})\Z")
_EUROPEAN: Final = re.compile(r"^(\d{1,2}|dd)/(\d{1,2}|mm)/(\d{4})\Z", re.IGNORECASE)
_YEARS: Final = range(1850, 2100)


class ListedName(msgspec.Struct, frozen=True, array_like=True):
    """A name as the list spells it, and its kind."""

    text: str
    kind: NameKind


class ListedPerson(msgspec.Struct, frozen=True, array_like=True):
    """One person.

    Attributes:
        id: the list's own.
        names: the first one is the primary name.
        births: see the module.
        countries: alpha-3 where known, else as listed.
        sex: `M`, `F` or "".
        programmes: under which the person is listed.
    """

    id: str
    names: tuple[ListedName, ...]
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    sex: str = ""
    programmes: tuple[str, ...] = ()


def person(  # noqa: PLR0913  the columns of every list
    identity: str,
    names: Iterable[tuple[str, NameKind]],
    *,
    births: Iterable[str] = (),
    countries: Iterable[str] = (),
    sex: str = "",
    programmes: Iterable[str] = (),
) -> ListedPerson | None:
    """Put a person together: spaces collapsed, repetitions and empty values dropped; None without a name."""
    kept: dict[str, NameKind] = {}
    for text, kind in names:
        plain = tidy(text)
        if not any(letter.isalpha() for letter in plain):
            continue
        if kind != NameKind.WEAK and kept.get(plain, kind) == NameKind.WEAK:
            kept[plain] = kind  # the same words, once called weak and once not: they count in full
        kept.setdefault(plain, kind)
    if not kept:
        return None
    return ListedPerson(
        id=tidy(identity)[:80],
        names=tuple(ListedName(text, kind) for text, kind in kept.items())[:MOST_NAMES],
        births=_distinct(births),
        countries=_distinct(country(one) for one in countries),
        sex=_sex(sex),
        programmes=_distinct(programmes),
    )


def tidy(text: str) -> str:
    """One line, no control or direction marks, at most LONGEST characters."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:LONGEST].rstrip()


def country(text: str) -> str:
    """The alpha-3 code of a country's name or code, or the text as it is."""
    plain = tidy(text).strip(" .")
    last, _, first = plain.partition(",")  # "Korea, North"
    swapped = f"{first.strip()} {last.strip()}".strip()
    return _ALSO.get(swapped.lower()) or states.from_print(swapped) or states.from_print(plain) or plain


def birth(text: str, *, circa: bool = False) -> str:
    """Read a birth date of a list; "" where it is none.

    Takes ISO dates, `17 May 1960`, `May 1960`, `17/05/1960` with `dd` or `mm` for what is unknown, `1960`,
    `circa 1960`, and spans `1958 to 1962`.
    """
    plain = tidy(text).strip(" .;")
    lower = plain.lower()
    for word in ("approximately ", "approx. ", "circa ", "about ", "c. ", "c."):
        if lower.startswith(word):
            return birth(plain[len(word) :], circa=True)
    first, to, last = plain.partition(" to ")
    if to:
        return span(birth(first)[:4], birth(last)[:4])
    spelled = _one_date(plain)
    if circa and spelled:
        year = int(spelled[:4])
        return span(str(year - CIRCA_YEARS), str(year + CIRCA_YEARS))
    return spelled


def span(first: str, last: str) -> str:
    """Spell the years from one to another; "" without either."""
    if not first or not last:
        return first or last
    if int(last) < int(first):
        first, last = last, first
    return first if first == last else f"{first}/{last}"


def years(spelled: str) -> tuple[int, int]:
    """First and last year of a birth date as it is spelled here."""
    return int(spelled[:4]), int(spelled[5:9]) if "/" in spelled else int(spelled[:4])


def _one_date(plain: str) -> str:
    if found := _ISO.match(plain):
        return _spelled(found[1], found[2] or "", found[3] or "")
    if found := _ENGLISH.match(plain):
        month = _MONTHS.get((found[2] or "").lower(), 0)
        if found[2] and not month:
            return ""
        return _spelled(found[3], str(month or ""), found[1] or "" if month else "")
    if found := _EUROPEAN.match(plain):
        day, month_text = (part if part.isdigit() else "" for part in (found[1], found[2]))
        return _spelled(found[3], month_text, day)
    return ""


def _spelled(year: str, month: str, day: str) -> str:
    if int(year) not in _YEARS:
        return ""
    if not month or not 1 <= int(month) <= 12:
        return year
    try:
        return date(int(year), int(month), int(day)).isoformat() if day else f"{year}-{int(month):02}"
    except ValueError:  # lists do hold 31 June, and 00
        return f"{year}-{int(month):02}"


def _sex(text: str) -> str:
    first = text.strip()[:1].upper()
    return first if first in ("M", "F") else ""


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tidy(value) for value in values if value.strip()))[:MOST_VALUES]
