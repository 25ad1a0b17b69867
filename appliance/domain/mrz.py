"""The machine-readable zone of ICAO Doc 9303: taking its fields apart and writing it.

Layouts and check digits are `domain.mrz_layout`, spelling of names is `domain.mrz_names`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from appliance.domain.mrz_layout import (
    ALPHABET,
    FILLER,
    KINDS,
    OVERFLOW,
    Layout,
    check_digit,
    checks,
    covered_by,
    fitted,
    identify,
    long_number,
)
from appliance.domain.mrz_names import name_field
from appliance.domain.states import normalised_code
from appliance.errors import InvalidRequest

__all__ = ["KINDS", "MrzFields", "check_digit", "checks", "compose", "identify", "parse"]

EXPIRY_AHEAD: Final = 30
"""Years into the future that a two-digit year of expiry may point; later ones mean the century before.

Longest validity in use is 15 years (older French cards); the rest is room for wrong clocks.
"""


_NUMBER: Final = 9
"""Columns of the document number."""


@dataclass(frozen=True, slots=True)
class MrzFields:
    """What a zone says. A field that the kind lacks, or that makes no sense, is "".

    Attributes:
        kind: TD1, TD2, TD3, MRVA, MRVB or FRID.
        document_code: one or two characters, for example `P`, `ID`.
        issuing_country, nationality: alpha-3 or ICAO code (`DEU` for `D<<`); as read where unknown.
        document_number: without fillers, with the part that stands in the optional data.
        date_of_birth, expiry_date: ISO 8601 YYYY-MM-DD.
        sex: M, F or X (unspecified).
        last_name, first_name: primary and secondary identifier, words parted by one blank.
        personal_number: optional data of TD3; first optional data of the others, without a number's overflow.
        optional_data: second optional data of TD1; department and office of FRID.
        names_truncated: the name field is full to its last column: letters may be missing.
    """

    kind: str
    document_code: str = ""
    issuing_country: str = ""
    document_number: str = ""
    nationality: str = ""
    date_of_birth: str = ""
    sex: str = ""
    expiry_date: str = ""
    last_name: str = ""
    first_name: str = ""
    personal_number: str = ""
    optional_data: str = ""
    names_truncated: bool = False


def parse(kind: str, lines: Sequence[str], *, today: date | None = None) -> MrzFields:
    """Take a zone's fields apart. Any text is taken; check digits are not looked at (see `checks`).

    Args:
        kind: a key of `KINDS`.
        lines: the zone's lines; wrong lengths count as filled up or cut.
        today: decides the century of two-digit years; None takes the clock (UTC).
    """
    layout = KINDS[kind]
    rows = fitted(layout, lines)
    now = today or datetime.now(tz=UTC).date()
    if kind == "TD1":
        return _parse_td1(rows, now)
    return _parse_frid(rows, now) if kind == "FRID" else _parse_two_lines(layout, rows, now)


def _parse_td1(rows: tuple[str, ...], today: date) -> MrzFields:
    first, second, names = rows
    number, optional = _number_and_optional("TD1", rows, first[5:14], first[14], first[15:30])
    last_name, first_name = _names(names)
    return MrzFields(
        kind="TD1",
        document_code=first[:2].rstrip(FILLER),
        issuing_country=normalised_code(first[2:5]),
        document_number=number,
        nationality=normalised_code(second[15:18]),
        date_of_birth=birth_date(second[:6], today),
        sex=_sex(second[7]),
        expiry_date=expiry_date(second[8:14], today),
        last_name=last_name,
        first_name=first_name,
        personal_number=optional,
        optional_data=second[18:29].rstrip(FILLER),
        names_truncated=names[-1] != FILLER,
    )


def _parse_two_lines(layout: Layout, rows: tuple[str, ...], today: date) -> MrzFields:
    names, second = rows
    end = {"TD3": 42, "TD2": 35}.get(layout.kind, layout.columns)
    number, optional = _number_and_optional(layout.kind, rows, second[:9], second[9], second[28:end])
    last_name, first_name = _names(names[5:])
    return MrzFields(
        kind=layout.kind,
        document_code=names[:2].rstrip(FILLER),
        issuing_country=normalised_code(names[2:5]),
        document_number=number,
        nationality=normalised_code(second[10:13]),
        date_of_birth=birth_date(second[13:19], today),
        sex=_sex(second[20]),
        expiry_date=expiry_date(second[21:27], today),
        last_name=last_name,
        first_name=first_name,
        personal_number=optional,
        names_truncated=names[-1] != FILLER,
    )


def _parse_frid(rows: tuple[str, ...], today: date) -> MrzFields:
    first, second = rows
    return MrzFields(
        kind="FRID",
        document_code=first[:2].rstrip(FILLER),
        issuing_country=normalised_code(first[2:5]),
        document_number=_number(second[:12]),
        nationality="FRA" if first[2:5] == "FRA" else "",
        date_of_birth=birth_date(second[27:33], today),
        sex=_sex(second[34]),
        last_name=_words(first[5:30]),
        first_name=_words(second[13:27]),
        optional_data=first[30:36].rstrip(FILLER),
        names_truncated=first[29] != FILLER or second[26] != FILLER,
    )


def _number_and_optional(
    kind: str, rows: Sequence[str], principal: str, digit: str, optional: str
) -> tuple[str, str]:
    if kind in OVERFLOW and digit == FILLER:
        number, found, rest = long_number(kind, rows, principal)
        if found and check_digit(number) == found:
            return _number(number), rest.strip(FILLER)
    return _number(principal), optional.strip(FILLER)


def _number(text: str) -> str:
    return text.replace(FILLER, "")


def _names(text: str) -> tuple[str, str]:
    primary, _, secondary = text.strip(FILLER).partition(2 * FILLER)
    return _words(primary), _words(secondary)


def _words(text: str) -> str:
    return " ".join(re.findall("[^<]+", text))


def _sex(character: str) -> str:
    return character if character in ("M", "F") else "X" if character in ("X", FILLER) else ""


def birth_date(digits: str, today: date) -> str:
    """ISO date of a two-digit birth date: the latest century that is not in the future; "" if no date."""
    return _dated(digits, (today.year // 100, today.year // 100 - 1), today)


def expiry_date(digits: str, today: date) -> str:
    """ISO date of a two-digit expiry: the latest century at most `EXPIRY_AHEAD` years away; "" if no date."""
    century = today.year // 100
    return _dated(digits, (century + 1, century, century - 1), date(today.year + EXPIRY_AHEAD, 12, 31))


def _dated(digits: str, centuries: tuple[int, ...], latest: date) -> str:
    if not re.fullmatch("[0-9]{6}", digits):
        return ""
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    for century in centuries:
        try:
            found = date(century * 100 + year, month, day)
        except ValueError:  # no such day in that year
            continue
        if found <= latest:
            return found.isoformat()
    return ""


def compose(fields: MrzFields) -> tuple[str, ...]:
    """Write a zone: the inverse of `parse`.

    Args:
        fields: states as three letters (`DEU` is written `D<<`), dates ISO 8601 or "" for unknown, names in
            any spelling: they are transliterated, and truncated where too long. A number of more than nine
            characters goes on in the optional data of TD1 and TD2. `names_truncated` is not looked at.

    Raises:
        InvalidRequest: something does not fit its field.
    """
    layout = KINDS[fields.kind]
    head = _padded(fields.document_code, 2, "document_code") + _state(fields.issuing_country)
    if layout.kind == "FRID":
        return _compose_frid(head, fields)
    number, overflow = _number_field(layout.kind, fields.document_number)
    optional = overflow + fields.personal_number
    nationality, person = _state(fields.nationality), _person(fields)
    names = name_field(fields.last_name, fields.first_name, layout.names[2] - layout.names[1])
    if layout.kind == "TD1":
        first = head + number + _padded(optional, 15, "personal_number")
        second = person + nationality + _padded(fields.optional_data, 11, "optional_data")
        return first, second + _composite_of("TD1", (first, second + FILLER, names)), names
    return head + names, _tail(layout.kind, number + nationality + person, optional)


def _person(fields: MrzFields) -> str:
    """Birth, sex and expiry with their check digits: 15 columns that all kinds but FRID share."""
    born, expires = _digits(fields.date_of_birth), _digits(fields.expiry_date)
    return born + check_digit(born) + _sex_mark(fields.sex) + expires + check_digit(expires)


def _sex_mark(sex: str) -> str:
    return sex if sex in ("M", "F") else FILLER


def _digits(iso: str) -> str:
    if not iso:
        return 6 * FILLER
    try:
        return date.fromisoformat(iso).strftime("%y%m%d")
    except ValueError:
        raise InvalidRequest("a date of the zone is no ISO 8601 date", remedy="Write YYYY-MM-DD.") from None


def _tail(kind: str, head: str, optional: str) -> str:
    """Complete the second line: optional data and the check digits after it."""
    room = KINDS[kind].columns - 28
    if kind.startswith("MRV"):
        return head + _padded(optional, room, "personal_number")
    if kind == "TD3":
        field = _padded(optional, 14, "personal_number")
        line = head + field + (check_digit(field) if optional else FILLER)
    else:
        line = head + _padded(optional, room - 1, "personal_number")
    return line + _composite_of(kind, ("", line + FILLER))


def _composite_of(kind: str, lines: tuple[str, ...]) -> str:
    check = next(check for check in KINDS[kind].checks if check.name == "composite")
    return check_digit(covered_by(check, lines))


def _compose_frid(head: str, fields: MrzFields) -> tuple[str, ...]:
    first = head + name_field(fields.last_name, "", 25) + _padded(fields.optional_data, 6, "optional_data")
    number, born = _padded(fields.document_number, 12, "document_number"), _digits(fields.date_of_birth)
    second = number + check_digit(number) + name_field(fields.first_name, "", 14)
    second += born + check_digit(born) + _sex_mark(fields.sex)
    return first, second + _composite_of("FRID", (first, second + FILLER))


def _number_field(kind: str, number: str) -> tuple[str, str]:
    """Ten columns of number and check digit, and what goes on in the optional data."""
    if len(number) <= _NUMBER or kind not in OVERFLOW:
        field = _padded(number, _NUMBER, "document_number")
        return field + check_digit(field), ""
    plain = _padded(number, len(number), "document_number")
    return plain[:_NUMBER] + FILLER, plain[_NUMBER:] + check_digit(plain) + FILLER


def _state(code: str) -> str:
    return _padded("D" if code == "DEU" else code, 3, "state code")


def _padded(text: str, width: int, name: str) -> str:
    if len(text) > width or set(text) - set(ALPHABET):
        raise InvalidRequest(
            f"{name} does not fit the machine-readable zone", remedy=f"At most {width} of A-Z, 0-9 and '<'."
        )
    return text.ljust(width, FILLER)
