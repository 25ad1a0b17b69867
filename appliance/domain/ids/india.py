"""Numbers of Indian identity documents: Aadhaar, its virtual ID, PAN, EPIC, driving licence."""

import re
from datetime import date
from typing import Final

from appliance.domain.ids import verhoeff
from appliance.domain.ids.coerce import Coerced, coerced

AADHAAR_FORM: Final = "9" * 12
VID_FORM: Final = "9" * 16
PAN_FORM: Final = "AAAAA9999A"
EPIC_FORM: Final = "AAA9999999"
LICENCE_FORM: Final = "AA99" + "9" * 11

PAN_HOLDERS: Final = {
    "P": "person",
    "C": "company",
    "H": "Hindu undivided family",
    "F": "firm",
    "A": "association of persons",
    "T": "trust",
    "B": "body of individuals",
    "L": "local authority",
    "J": "artificial juridical person",
    "G": "government",
}
"""Kind of holder by a PAN's fourth letter (Income Tax Department, Know your PAN)."""

LICENCE_STATES: Final = {
    "AN": "Andaman and Nicobar Islands", "AP": "Andhra Pradesh", "AR": "Arunachal Pradesh", "AS": "Assam",
    "BR": "Bihar", "CG": "Chhattisgarh", "CH": "Chandigarh", "DD": "Daman and Diu", "DL": "Delhi",
    "DN": "Dadra and Nagar Haveli", "GA": "Goa", "GJ": "Gujarat", "HP": "Himachal Pradesh", "HR": "Haryana",
    "JH": "Jharkhand", "JK": "Jammu and Kashmir", "KA": "Karnataka", "KL": "Kerala", "LA": "Ladakh",
    "LD": "Lakshadweep", "MH": "Maharashtra", "ML": "Meghalaya", "MN": "Manipur", "MP": "Madhya Pradesh",
    "MZ": "Mizoram", "NL": "Nagaland", "OD": "Odisha", "OR": "Odisha", "PB": "Punjab", "PY": "Puducherry",
    "RJ": "Rajasthan", "SK": "Sikkim", "TG": "Telangana", "TN": "Tamil Nadu", "TR": "Tripura",
    "TS": "Telangana", "UA": "Uttarakhand", "UK": "Uttarakhand", "UP": "Uttar Pradesh", "WB": "West Bengal",
}  # fmt: skip
"""Registration codes of states and union territories (Motor Vehicles Act 1988, section 41(6)), with those
that have been renamed since: OR, TS, UA."""

_MASK: Final = re.compile(r"\s*[X*x\u2022\u00d7]{4}[\s\-]*[X*x\u2022\u00d7]{4}[\s\-]*([0-9OIlSBZG]{4})\s*")
_OLD_EPIC: Final = re.compile(r"\s*([A-Z0-9]{2})\s*/\s*(\d{2})\s*/\s*(\d{3})\s*/\s*(\d{6,7})\s*")
_FIRST_YEAR: Final = 1940
"""No licence that is still shown was issued before."""


def aadhaar_holds(number: str) -> bool:
    """Whether twelve digits are an Aadhaar number: Verhoeff's check holds, the first is neither 0 nor 1."""
    return len(number) == 12 and number[0] not in "01" and verhoeff.holds(number)


def vid_holds(number: str) -> bool:
    """Whether sixteen digits are a virtual ID, by the same check (UIDAI circular 1 of 2018)."""
    return len(number) == 16 and number[0] not in "01" and verhoeff.holds(number)


def aadhaar(text: str) -> Coerced | None:
    """Twelve digits printed in fours. Whether the check holds is `aadhaar_holds`."""
    return coerced(text, AADHAAR_FORM)


def vid(text: str) -> Coerced | None:
    """Sixteen digits printed in fours."""
    return coerced(text, VID_FORM)


def masked_aadhaar(text: str) -> str:
    """The normal form `XXXXXXXX9012` of a number printed with eight places hidden, "" where it is none."""
    match = _MASK.fullmatch(text)
    last = coerced(match[1], "9999") if match else None
    return "X" * 8 + last.value if last else ""


def is_masked(number: str) -> bool:
    """Whether an Aadhaar number in normal form shows its last four digits only."""
    return len(number) == 12 and number.startswith("X" * 8) and number[8:].isdigit()


def in_fours(number: str) -> str:
    """As it is printed: `1234 5678 9012`."""
    return " ".join(number[k : k + 4] for k in range(0, len(number), 4))


def hidden(number: str) -> str:
    """An Aadhaar number or virtual ID with all but its last four places hidden: `XXXX XXXX 9012`.

    UIDAI's regulations allow no more than that on display.
    """
    return in_fours("X" * (len(number) - 4) + number[-4:])


def pan(text: str) -> Coerced | None:
    """Five letters, four digits, one letter, of which the fourth says what kind of holder it is."""
    found = coerced(text, PAN_FORM)
    return found if found and found.value[3] in PAN_HOLDERS else None


def pan_fits(number: str, surname: str) -> bool:
    """Whether a PAN's fifth letter begins the surname of a person, or the name of another holder."""
    return bool(surname) and number[4:5] == surname[:1].upper()


def epic(text: str) -> Coerced | None:
    """Three letters and seven digits."""
    return coerced(text, EPIC_FORM)


def epic_check_holds(number: str) -> bool:
    """Whether the last of an EPIC's seven digits is the Luhn check of the six before.

    The Election Commission's handbook for registration officers promises a check digit without saying which;
    numbers from before the present series carry none, so a failure means nothing.
    """
    digits = number[3:]
    if len(number) != 10 or not digits.isdigit():
        return False
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def old_epic(text: str) -> str:
    """State, parliamentary and assembly constituency, serial: `UP/76/360/0123456`; "" where it is none."""
    match = _OLD_EPIC.fullmatch(text.upper())
    state = coerced(match[1], "AA") if match else None
    if not match or not state or state.value not in LICENCE_STATES:
        return ""
    return "/".join((state.value, *match.groups()[1:]))


def driving_licence(text: str, today: date) -> Coerced | None:
    """State, office, year of issue and serial: `MH12 20150012345`, `MH-1220150012345`, `MH12/2015/0012345`.

    Args:
        text: the number as printed, whatever parts its pieces.
        today: no licence is issued later.

    Returns:
        Fifteen characters; None where state or year do not exist.
    """
    found = coerced(text, LICENCE_FORM)
    if not found or found.value[:2] not in LICENCE_STATES:
        return None
    return found if _FIRST_YEAR <= int(found.value[4:8]) <= today.year else None
