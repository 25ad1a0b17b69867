"""Machine-readable lines for drawn documents, by ICAO Doc 9303 parts 3 to 6.

Written apart from the code under test on purpose: a mistake shared by writer and reader would not show.
"""

import datetime as dt
import unicodedata

from tests.specimen.people import Person

_WEIGHTS = (7, 3, 1)
# Doc 9303 part 3 section 6.A: letters whose transliteration is not the plain letter without its mark.
_LETTERS = {
    "Ä": "AE",
    "Ö": "OE",
    "Ü": "UE",
    "ß": "SS",
    "Ø": "OE",
    "Å": "AA",
    "Æ": "AE",
    "Þ": "TH",
    "Ł": "L",
    "Đ": "D",
}
_ONE_LETTER = {"DEU": "D"}


def digit(text: str) -> str:
    """The 7-3-1 check digit of `text`."""
    return str(sum(int(c, 36) * _WEIGHTS[i % 3] for i, c in enumerate(text.replace("<", "0"))) % 10)


def transliterate(name: str) -> str:
    """A name as the zone writes it: A to Z with fillers for spaces and hyphens, apostrophes left out."""
    upper = "".join(
        _LETTERS.get(c, _LETTERS.get(c.upper(), c)) for c in unicodedata.normalize("NFC", name)
    ).upper()
    plain = "".join(c for c in unicodedata.normalize("NFD", upper) if not unicodedata.combining(c))
    return "".join("<" if c in " -" else c for c in plain if c.isalpha() or c in " -")


def lines(kind: str, code: str, person: Person, issuer: str = "") -> tuple[str, ...]:
    """Lines of a document whose first letters are `code`.

    Two of 44 (TD3, MRVA) or 36 (TD2, MRVB), three of 30 (TD1). A visa's issuer is not its holder's state.
    """
    state, issued = (
        _ONE_LETTER.get(one, one).ljust(3, "<") for one in (person.state, issuer or person.state)
    )
    number = person.number.ljust(9, "<")
    number += digit(number)
    birth, expiry = (_six(day) + digit(_six(day)) for day in (person.birth, person.expiry))
    names = f"{transliterate(person.surname)}<<{transliterate(person.given)}"
    width = {"TD3": 44, "MRVA": 44, "TD2": 36, "MRVB": 36, "TD1": 30}[kind]
    head = code.ljust(2, "<") + issued
    if kind == "TD1":
        first = (head + number + person.personal_number).ljust(30, "<")
        second = (birth + person.sex + expiry + state).ljust(29, "<")
        return (
            first,
            second + digit(first[5:30] + second[:7] + second[8:15] + second[18:29]),
            names[:30].ljust(30, "<"),
        )
    body = number + state + birth + person.sex + expiry
    if kind.startswith("MRV"):  # part 7: optional data to the end, no check digit over all
        return (head + names)[:width].ljust(width, "<"), (body + person.personal_number[:8]).ljust(width, "<")
    if kind == "TD3":
        personal = person.personal_number.ljust(14, "<")
        body += personal + (digit(personal) if person.personal_number else "<")
    else:
        body = body.ljust(35, "<")
    body += digit(body[:10] + body[13:20] + body[21:])
    return (head + names)[:width].ljust(width, "<"), body


def french(person: Person, number: str) -> tuple[str, str]:
    """Two lines of 36 of the French identity card of 1988 to 2021; `number` has twelve digits."""
    first = f"IDFRA{transliterate(person.surname)[:25]:<<25}{number[4:7]}{number[7:10]}"
    second = f"{number}{digit(number)}{transliterate(person.given)[:14]:<<14}{_six(person.birth)}"
    second += digit(_six(person.birth)) + person.sex
    return first, second + digit(first + second)


def _six(day: dt.date) -> str:
    return f"{day:%y%m%d}"
