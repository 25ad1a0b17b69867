"""The data of an American or Canadian driving licence's PDF417, by the AAMVA card design standard annex D.

Written apart from the code under test on purpose: a mistake shared by writer and reader would not show.
"""

import datetime as dt

from tests.specimen.mrz_lines import transliterate
from tests.specimen.people import Person

UTOPIA_ISSUER = "636099"
"""No state has this number."""


def payload(person: Person, number: str, *, street: str, town: str, country: str = "USA") -> bytes:
    """A file of version 9 with one subfile; names as the zone writes them, in capitals without marks."""
    american = country == "USA"
    day = _american if american else _canadian
    given, _, middle = transliterate(person.given).replace("<", " ").partition(" ")
    elements = {
        "DAQ": number,
        "DCS": transliterate(person.surname).replace("<", " "),
        "DDE": "N",
        "DAC": given,
        "DDF": "N",
        "DAD": middle or "NONE",
        "DDG": "N",
        "DCA": "C",
        "DCB": "NONE",
        "DCD": "NONE",
        "DBD": day(person.issue),
        "DBB": day(person.birth),
        "DBA": day(person.expiry),
        "DBC": {"M": "1", "F": "2"}[person.sex],
        "DAU": "069 in" if american else f"{person.height_cm} cm",
        "DAY": "BRO",
        "DAG": street.upper(),
        "DAI": transliterate(town.split(" ", 1)[1]).replace("<", " "),
        "DAJ": "NU",
        "DAK": town.split(" ", 1)[0].ljust(9, "0") if american else "K1A 0B1    ",
        "DCF": f"{number[:6]}0123456789",
        "DCG": country,
    }
    body = "DL" + "\n".join(f"{name}{value}" for name, value in elements.items()) + "\r"
    head = f"@\n\x1e\rANSI {UTOPIA_ISSUER}090001DL"
    start = len(head) + 8
    return f"{head}{start:04d}{len(body):04d}{body}".encode("ascii")


def _american(day: dt.date) -> str:
    return f"{day:%m%d%Y}"


def _canadian(day: dt.date) -> str:
    return f"{day:%Y%m%d}"
