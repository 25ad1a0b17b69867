"""The demographic data that UIDAI signs, in the normal forms of documents.

Secure QR codes, offline e-KYC files and the unsigned QR codes of cards before 2018 carry the same data
under different names. Sources: UIDAI, User Manual for QR Code (15 March 2019), section 3.1; UIDAI, Aadhaar
Paperless Offline e-KYC, and its FAQ "How will service providers use Aadhaar Offline e-KYC?".
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from appliance.domain.foreign_text import plain

ADDRESS: Final = (
    "care_of",
    "house",
    "street",
    "landmark",
    "location",
    "vtc",
    "post_office",
    "sub_district",
    "district",
    "state",
    "pin",
)
"""Parts of an address in the order in which cards print them."""

INDIA_TIME: Final = timezone(timedelta(hours=5, minutes=30))
_SEXES: Final = {"M": "M", "MALE": "M", "F": "F", "FEMALE": "F", "T": "X", "TRANSGENDER": "X", "X": "X"}
_DAY_FIRST: Final = re.compile(r"([0-9]{2})[-/.]([0-9]{2})[-/.]([0-9]{4})")
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})[-/.]([0-9]{2})[-/.]([0-9]{2})")
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_FATHER: Final = re.compile(r"\s*[SD]\s*/\s*[Oo0]\s*[:.,]?\s*(.+)")
_REFERENCE: Final = re.compile(r"([0-9]{4})([0-9]{4})" + r"([0-9]{2})" * 5 + r"([0-9]{0,6})")
_MASK: Final = "X" * 8


def fields(values: Mapping[str, str]) -> dict[str, str]:
    """Fields of a document; what is absent or no valid value is left out.

    Args:
        values: by the names of `ADDRESS` and `name`, `birth`, `sex`, `number` (twelve digits, or the last
            four behind a mask).
    """
    found = {
        "full_name": plain(values.get("name", ""), 120),
        "date_of_birth": birth(values.get("birth", "")),
        "sex": _SEXES.get(plain(values.get("sex", "")).upper(), ""),
        "document_number": values.get("number", ""),
        "address": address(values),
        "issuing_country": "IND",
    }
    if father := _FATHER.match(plain(values.get("care_of", ""), 120)):
        found["father_name"] = father[1]
    return {name: value for name, value in found.items() if value}


def address(values: Mapping[str, str]) -> str:
    """The parts that there are, joined by commas, each once."""
    parts: list[str] = []
    for name in ADDRESS:
        part = plain(values.get(name, ""), 120).strip(" ,")
        if part and part not in parts:
            parts.append(part)
    return ", ".join(parts)


def birth(text: str) -> str:
    """A birth date as ISO 8601, or the year alone where no more is told; "" where it is neither."""
    text = text.strip()
    if day_first := _DAY_FIRST.fullmatch(text):
        return _day(day_first[3], day_first[2], day_first[1])
    if year_first := _YEAR_FIRST.fullmatch(text):
        return _day(year_first[1], year_first[2], year_first[3])
    return text if _YEAR.fullmatch(text) else ""


def masked(last_digits: str) -> str:
    """An Aadhaar number of which only the last four digits are known, as masked cards print it."""
    return _MASK + last_digits if re.fullmatch(r"[0-9]{4}", last_digits) else ""


def reference(text: str) -> tuple[str, str]:
    """What a reference id tells: the last four digits, and the time of issue as ISO 8601 in Indian time.

    Each is "" where the id does not tell it.
    """
    text = text.strip()
    last_digits = text[:4] if re.match(r"[0-9]{4}", text) else ""
    told = _REFERENCE.fullmatch(text) if text.isascii() else None
    if told is None:
        return last_digits, ""
    parts = [int(part) for part in told.groups()[1:7]]
    micro = int(told[8].ljust(6, "0")) if told[8] else 0
    try:
        moment = datetime(*parts, micro, tzinfo=INDIA_TIME)  # type: ignore[arg-type, misc]  # six numbers
    except ValueError:
        return last_digits, ""
    return last_digits, moment.isoformat(timespec="milliseconds" if told[8] else "seconds")


def age_in_days(issued_at: str, now: datetime) -> int | None:
    """Whole days since issue, below 0 for a time to come; None where the time is not told."""
    if not issued_at:
        return None
    return (now.astimezone(UTC) - datetime.fromisoformat(issued_at)).days


def contact_hash(contact: str, share_code: str, last_digit: int) -> str:
    """The hash that stands for a mobile number: SHA-256 in lower-case hex, of itself again and again.

    Args:
        contact: the mobile number's ten digits.
        share_code: of an offline e-KYC file; "" for a Secure QR code.
        last_digit: of the Aadhaar number, 0..9: how often is hashed; 0 counts as 1.
    """
    value = contact + share_code
    for _ in range(max(last_digit, 1)):
        value = hashlib.sha256(value.encode()).hexdigest()
    return value


def _day(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
