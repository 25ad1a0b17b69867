"""The two-dimensional barcode of driving licences and identity cards of the United States and Canada.

No signature protects it: whoever prints a card prints its barcode. It is read without errors where print is
not, and a forger who changes the print often leaves the barcode as it was.

Source: AAMVA DL/ID Card Design Standard 2020, annex D; versions 1 (2000) to 10 (2020) of the layout. Dates
are CCYYMMDD in version 1 and in Canada, MMDDCCYY in the United States since version 2; the two cannot be
confused, since no month is 18, 19 or 20.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.domain.foreign_text import plain

LONGEST: Final = 8192
"""Characters looked at: a PDF417 symbol holds at most 2710."""
MOST_ELEMENTS: Final = 200

_HEADER: Final = re.compile(r"@[\s\x1c-\x1f]{1,6}(?:ANSI |AAMVA)\s*([0-9]{6})([0-9]{2})")
_ELEMENT: Final = re.compile(r"([DZ][A-Z][A-Z0-9])(.*)", re.DOTALL)
_SUBFILE: Final = re.compile(r"(?:DL|ID|EN)(?=D[A-Z]{2})")
_BREAKS: Final = re.compile(r"[\n\r\x1c-\x1f]+")
_SEXES: Final = {"1": "M", "M": "M", "2": "F", "F": "F", "9": "X", "X": "X"}
_PROVINCES: Final = frozenset(
    {"AB", "BC", "MB", "NB", "NL", "NF", "NS", "NT", "NU", "ON", "PE", "PQ", "QC", "SK", "YT"}
)
_CANADIAN: Final = frozenset(
    {"604426", "604428", "604429", "604432", "604433", "636012", "636013", "636016", "636017", "636028"}
    | {"636044", "636048"}
)
"""Issuer identification numbers of provinces and territories, for cards that name neither."""
_NOTHING: Final = frozenset({"", "NONE", "NONE.", "UNAVL", "UNAVAIL", "UNK", "N/A", "NA"})
"""What stands in a mandatory element without a value (annex D, table D.3: NONE, unavl)."""


@dataclass(frozen=True, slots=True)
class Aamva:
    """A decoded barcode.

    Attributes:
        issuer: identification number of the issuing jurisdiction, six digits.
        version: of the layout, 0..99; 1 to 10 are published.
        fields: by the names and in the normal forms of documents.
    """

    issuer: str
    version: int
    fields: Mapping[str, str]


def is_aamva(text: str) -> bool:
    """Whether a barcode says that it follows the standard."""
    return _HEADER.search(text[:64]) is not None


def decode(text: str) -> Aamva | None:
    """Read a barcode's elements; None where it does not follow the standard or holds none of them."""
    header = _HEADER.search(text[:64])
    if header is None:
        return None
    elements = _elements(text[header.end() : LONGEST])
    if not elements:
        return None
    issuer, version = header[1], int(header[2])
    country = _country(elements, issuer)
    found = {
        "document_number": elements.get("DAQ", ""),
        "date_of_birth": day(elements.get("DBB", ""), country),
        "expiry_date": day(elements.get("DBA", ""), country),
        "issue_date": day(elements.get("DBD", ""), country),
        "sex": _SEXES.get(elements.get("DBC", "").upper(), ""),
        "issuing_country": country,
        "address": _address(elements, country),
        "vehicle_classes": elements.get("DCA") or elements.get("DAR", ""),
        "place_of_birth": elements.get("DCI", ""),
        **_names(elements),
    }
    return Aamva(issuer, version, {name: value for name, value in found.items() if value})


def day(text: str, country: str = "USA") -> str:
    """Eight digits in either order as ISO 8601; "" where they are no date.

    Args:
        text: MMDDCCYY or CCYYMMDD, perhaps with separators.
        country: which order is tried first.
    """
    digits = re.sub(r"[^0-9]", "", text)
    if len(digits) != 8:
        return ""
    orders = [(digits[4:], digits[:2], digits[2:4]), (digits[:4], digits[4:6], digits[6:])]
    for year, month, day_of_month in orders if country == "USA" else orders[::-1]:
        try:
            found = date(int(year), int(month), int(day_of_month))
        except ValueError:
            continue
        if 1850 <= found.year < 2200:
            return found.isoformat()
    return ""


def _elements(text: str) -> dict[str, str]:
    """Elements by their three letters; where one stands twice the first counts.

    Subfiles are found by their names, not by the offsets of the header: in many printed barcodes those are
    wrong, since they were counted without the separators.
    """
    found: dict[str, str] = {}
    start = _SUBFILE.search(text)
    for line in _BREAKS.split(text[start.end() :] if start else text)[:MOST_ELEMENTS]:
        part = _ELEMENT.match(_SUBFILE.sub("", line, count=1) if _SUBFILE.match(line) else line)
        if part is None:
            continue
        value = plain(part[2], 128)
        if value.upper() not in _NOTHING:
            found.setdefault(part[1], value)
    return found


def _country(elements: Mapping[str, str], issuer: str) -> str:
    told = elements.get("DCG", "").upper()
    if told in {"USA", "CAN"}:
        return told
    if elements.get("DAJ", "").upper() in _PROVINCES or issuer in _CANADIAN:
        return "CAN"
    return "USA"


def _names(elements: Mapping[str, str]) -> dict[str, str]:
    """Family name, given names, and all of it in the order of speech.

    Version 1 has one element, family name first, its parts ended by commas (by blanks, `@` or `$` on some
    cards); versions 2 and 3 have all given names in one element.
    """
    last = elements.get("DCS") or elements.get("DAB", "")
    first = " ".join(part for part in (elements.get("DAC", ""), elements.get("DAD", "")) if part)
    first = first or _parted(elements.get("DCT", ""))
    suffix = elements.get("DCU") or elements.get("DAE", "")
    if not last and (whole := elements.get("DAA", "")):
        parts = [" ".join(part.split()) for part in re.split(r"[,@$]", whole)]
        if len(parts) == 1:
            parts = parts[0].split(" ", 1)
        last, first, suffix = parts[0], " ".join(parts[1:3]).strip(), " ".join(parts[3:]).strip()
    last = last.strip(" ,")
    full = " ".join(part for part in (first, last, suffix) if part)
    return {"last_name": last, "first_name": first, "full_name": full}


def _parted(given: str) -> str:
    return " ".join(part for part in re.split(r"[,\s]+", given) if part)


def _address(elements: Mapping[str, str], country: str) -> str:
    """Street, city, and state with postal code, as one line."""
    street = elements.get("DAG") or elements.get("DAL", "")
    second = elements.get("DAH") or elements.get("DAM", "")
    city = elements.get("DAI") or elements.get("DAN", "")
    state = elements.get("DAJ") or elements.get("DAO", "")
    code = _postal_code(elements.get("DAK") or elements.get("DAP", ""), country)
    last = " ".join(part for part in (state, code) if part)
    return ", ".join(part for part in (street, second, city, last) if part)


def _postal_code(code: str, country: str) -> str:
    """Five digits, or nine with a hyphen where the last four say something; Canadian codes in two halves."""
    letters = re.sub(r"[^0-9A-Z]", "", code.upper())
    if country == "CAN":
        letters = letters[:6] if re.fullmatch(r"[A-Z][0-9][A-Z][0-9][A-Z][0-9]0*", letters) else letters
        return f"{letters[:3]} {letters[3:]}".strip()
    if len(letters) == 9:
        return letters[:5] if letters[5:] in {"0000", "9999"} else f"{letters[:5]}-{letters[5:]}"
    return letters
