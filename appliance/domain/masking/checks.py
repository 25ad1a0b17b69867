"""Check digits of numbers that are not identity documents: payment cards, IBAN."""

from typing import Final

_BASE36: Final = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_CARD_PREFIXES: Final = (
    (13, 4, 4), (14, 300, 305), (14, 36, 36), (14, 38, 39), (15, 34, 34), (15, 37, 37),
    (16, 4, 4), (16, 51, 55), (16, 2221, 2720), (16, 3528, 3589), (16, 60, 65), (16, 81, 82), (16, 508, 508),
    (16, 353, 353), (16, 356, 356), (17, 62, 62), (18, 62, 62), (19, 4, 4), (19, 62, 62), (19, 60, 65),
)  # fmt: skip
"""Length of a card number and the range its first digits lie in (ISO/IEC 7812): Visa, Mastercard, American
Express, Diners, JCB, Discover, RuPay, UnionPay. Thirteen digits occur in old Visa cards only, which keeps
timestamps in milliseconds out."""


def luhn_holds(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def card_holds(digits: str) -> bool:
    """Whether ASCII digits are the number of a payment card: a network's first digits, length, Luhn."""
    known = any(
        len(digits) == length and low <= int(digits[: len(str(low))]) <= high
        for length, low, high in _CARD_PREFIXES
    )
    return known and luhn_holds(digits)


def iban_holds(text: str) -> bool:
    """Whether capital letters and digits without blanks are an IBAN (ISO 13616: modulo 97 is 1)."""
    if not 15 <= len(text) <= 34 or not text[:2].isalpha() or not text[2:4].isdigit():
        return False
    return int("".join(str(_BASE36[c]) for c in text[4:] + text[:4])) % 97 == 1
