"""What of a value of each kind stays to be seen.

Published forms of the dialect: Aadhaar `XXXX XXXX 9012` (UIDAI allows the last four digits on display), PAN
`ABXXX1234F`, e-mail first and last two letters of the local part, date of birth its year, PIN code its first
four digits. Every other number keeps its last four places, a short one its last two or none. Hiding what is
hidden changes nothing.
"""

import re
from typing import Final

from appliance.domain.ids import india
from appliance.domain.masking.kinds import Kind

HIDDEN: Final = "****"
"""In place of a value of no known form: neither its length nor its type is told."""

_APART: Final = re.compile(r"[\W_]+")
_YEAR: Final = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}")
_ONE: Final = re.compile(r"[^\W_]")
_BETWEEN: Final = re.compile(r"[ ()/.+\-]")
_LAST_FOUR: Final = re.compile(r"X{3,}[A-Z0-9]{0,4}", re.ASCII | re.IGNORECASE)
_LONGEST: Final = 320
_MASKED: Final = tuple(
    re.compile(form, re.ASCII)
    for form in (
        r"\*{4,}",
        r"[A-Z]{2}XXX\d{4}[A-Z]",
        r"\d{2}[A-Z]{2}XXX\d{4}[A-Z][A-Z0-9]{3}",
        r"\S?\*{4}\S{0,2}@\S{1,253}",
        r"(?=[^*]*\*)[*\-/. ,:+]*(?:19|20)\d{2}[*\-/. ,:+]*",
        r"[1-9]\d{3}\*\*",
    )
)


def compact(text: str) -> str:
    """Letters and digits only, in capitals."""
    return _APART.sub("", text).upper()


def shown(kind: Kind, text: str) -> str:
    """The masked form of a value that is of this kind by its form."""
    number = compact(text)
    match kind:
        case Kind.AADHAAR | Kind.VID if number.isdigit() and len(number) in (12, 16):
            masked = india.hidden(number)
        case Kind.PAN if len(number) in (10, 15):
            first = 2 if len(number) == 10 else 4  # a GSTIN begins with the state
            masked = number[:first] + "XXX" + number[first + 3 :]
        case _ if "<" in text:
            masked = HIDDEN  # of a machine-readable zone nothing is shown
        case Kind.EMAIL | Kind.BANK_ACCOUNT if "@" in text:
            masked = _email(text)
        case Kind.DATE_OF_BIRTH:
            masked = _year_only(text)
        case Kind.PIN_CODE if len(number) == 6 and number.isdigit():
            masked = number[:4] + "**"
        case Kind.OTHER:
            masked = HIDDEN
        case _:
            masked = _last_four(text)
    return masked


def is_masked(text: str) -> bool:
    """Whether a text has the form of something masked; what such a form shows may be seen."""
    if len(text) > _LONGEST or not ("*" in text or "X" in text):
        return False
    if text.startswith(("X", "+X", "(X")) and _LAST_FOUR.fullmatch(_BETWEEN.sub("", text)):
        return True
    return any(form.fullmatch(text) for form in _MASKED)


def _email(text: str) -> str:
    local, _, host = text.rpartition("@")
    if len(local) <= 2:
        return f"*****@{host}"
    return f"{local[0]}****{local[-2:] if len(local) >= 6 else ''}@{host}"


def _year_only(text: str) -> str:
    years = [one.span() for one in _YEAR.finditer(text)]
    if not years and len(text) == 8 and text.isdigit() and text[4:6] in ("19", "20"):
        years = [(4, 8)]
    if len(years) != 1:
        return HIDDEN
    ((begin, end),) = years
    return _ONE.sub("*", text[:begin]) + text[begin:end] + _ONE.sub("*", text[end:])


def _last_four(text: str) -> str:
    places = [match.start() for match in _ONE.finditer(text)]
    keep = 4 if len(places) >= 8 else 2 if len(places) >= 5 else 0
    if not keep:
        return HIDDEN
    kept = set(places[-keep:])
    return "".join(c if place in kept or not _ONE.match(c) else "X" for place, c in enumerate(text))
