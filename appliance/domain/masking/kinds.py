"""The kinds of personal data that are recognised, and what the name of a field says about its value."""

import re
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Twelve kinds, and OTHER for what is hidden because it was asked for.

    A GSTIN holds a PAN and counts as one; a machine-readable zone counts as a passport; IBAN and UPI
    addresses count as bank accounts.
    """

    AADHAAR = "aadhaar"
    VID = "vid"
    PAN = "pan"
    VOTER_ID = "voter_id"
    PASSPORT = "passport"
    DRIVING_LICENCE = "driving_licence"
    PHONE = "phone"
    EMAIL = "email"
    DATE_OF_BIRTH = "date_of_birth"
    PIN_CODE = "pin_code"
    BANK_ACCOUNT = "bank_account"
    CARD = "card"
    OTHER = "other"


ADDRESS: Final = "address"
"""What a field's name may say besides a kind: a PIN code stands somewhere in the text."""

_WORDS: Final = (
    (Kind.AADHAAR, {"aadhaar", "aadhar", "adhaar", "adhar", "uid", "uidai"}),
    (Kind.VID, {"vid"}),
    (Kind.PAN, {"pan", "gstin", "gst"}),
    (Kind.VOTER_ID, {"voter", "epic"}),
    (Kind.PASSPORT, {"passport", "mrz"}),
    (Kind.DRIVING_LICENCE, {"dl", "licence", "license", "driving"}),
    (Kind.PHONE, {"phone", "mobile", "tel", "telephone", "whatsapp", "msisdn", "cell", "cellphone", "fax"}),
    (Kind.EMAIL, {"email", "mail"}),
    (Kind.DATE_OF_BIRTH, {"dob", "birth", "birthday", "birthdate"}),
    (Kind.BANK_ACCOUNT, {"account", "acct", "iban", "upi", "vpa"}),
    (Kind.PIN_CODE, {"pin", "pincode", "postal", "postcode", "zip", "zipcode"}),
    (Kind.CARD, {"card", "cvv"}),
    (ADDRESS, {"address", "addr"}),
)
_ABOUT: Final = frozenset(
    (
        "class", "code", "confidence", "country", "count", "created", "date", "enabled", "expired", "expires",
        "expiry", "flag", "hash", "image", "issue", "issued", "issuer", "match", "name", "place", "provider",
        "score", "state", "status", "type", "updated", "url", "valid", "validated", "validity", "verified",
        "verification",
    )
)  # fmt: skip
"""Words that make a name one of something about the number: `passport_expiry`, `pan_status`."""
_CARRIERS: Final = frozenset({"data", "id", "no", "num", "number", "raw", "text", "value", "values"})
"""Names that only say that here the value stands: `"aadhaar": {"value": ...}`."""
_PIECES: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def hint_of(name: str, above: str) -> str:
    """What kind of value a field holds by its name: a Kind, ADDRESS, or "" where the name says nothing.

    Args:
        name: of the field.
        above: hint of the object it lies in; names such as `value` take it over.
    """
    words = {piece.lower() for piece in _PIECES.findall(name)}
    if not words or (above and words <= _CARRIERS):
        return above
    words |= {word.removesuffix("s") for word in words}
    kind = next((str(kind) for kind, known in _WORDS if not known.isdisjoint(words)), "")
    if kind == Kind.DATE_OF_BIRTH or (kind == Kind.PIN_CODE and "code" in words):
        return kind
    return kind if _ABOUT.isdisjoint(words) else ""
