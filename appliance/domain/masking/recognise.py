"""Finding personal data in a text: by its form, by its check digits, and by what the field is called.

Kinds with a check digit (Aadhaar, virtual ID, card, IBAN, GSTIN) and kinds with an unmistakable form (PAN,
e-mail, mobile number, driving licence) are found anywhere. Others look like any other number and are found
where the field's name or the words before them say what they are: dates of birth, PIN codes, bank accounts,
voter IDs whose check digit fails, passports other than India's. Letters of any case, blanks and dashes of
any script, and decimal digits of any script count as their ASCII cousins.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final

from appliance.domain.ids import india
from appliance.domain.masking import checks
from appliance.domain.masking.kinds import ADDRESS, Kind
from appliance.domain.masking.shown import compact

IFSC: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{4}0[A-Za-z0-9]{6}(?![A-Za-z0-9])")
"""A bank's branch: not personal, but the number beside it is an account."""

_DATE: Final = (
    r"(?:(?:19|20)\d{2}[\-/. ]\d{1,2}[\-/. ]\d{1,2}|\d{1,2}[\-/. ]\d{1,2}[\-/. ](?:19|20)?\d{2}"
    r"|\d{1,2}(?:st|nd|rd|th)?[\-/. ,]{1,2}(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
    r"[\-/. ,]{1,2}(?:19|20)?\d{2}"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}[. ]{1,2}\d{1,2}(?:st|nd|rd|th)?"
    r"[, ]{1,2}(?:19|20)\d{2})(?:T\d\d:\d\d[\d:.]{0,10}(?:Z|[+\-]\d\d:?\d\d)?)?"
)
_FLAGS: Final = re.ASCII | re.IGNORECASE
_CODES: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?P<gstin>\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z])"
    r"|(?P<pan>[A-Z]{3}[ABCFGHJLPT][A-Z][ \-]?\d{4}[ \-]?[A-Z])"
    r"|(?P<licence>[A-Z]{2}[ \-]?\d{2}[ /\-]?(?:19|20)\d{2}[ /\-]?\d{7})"
    r"|(?P<old_epic>[A-Z]{2}/\d{2}/\d{3}/\d{6,7})"
    r"|(?P<epic>[A-Z]{3}[ \-]?\d{7})"
    r"|(?P<passport>[A-PR-WY][ \-]?[1-9]\d ?\d{4}[1-9])"
    r"|(?P<iban>[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)"
    r")(?![A-Za-z0-9])",
    _FLAGS,
)
_EMAIL: Final = re.compile(r"(?<![\w.%+'\-*])[\w.%+'\-]+@(?:[\w\-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@])")
_UPI: Final = re.compile(
    r"(?<![\w.\-*])[\w.\-]{2,}@(?:upi|apl|axl|ibl|ybl|axisb|axisbank|barodampay|cnrb|fbl|fam|hdfcbank|icici|idfcbank|ikwik"
    r"|indus|jupiteraxis|kotak|kbl|naviaxis|okaxis|okhdfcbank|okicici|oksbi|paytm|pnb|ptaxis|pthdfc|ptsbi|ptyes"
    r"|pz|rbl|sbi|timecosmos|unionbank|waaxis|wahdfcbank|waicici|wasbi|yapl|yesbank|yescred)(?![\w.@])",
    _FLAGS,
)
_ZONE: Final = re.compile(r"(?<![A-Z0-9<])(?=[A-Z0-9]*<)[A-Z0-9<]{28,46}(?![A-Z0-9<])")
_BORN: Final = re.compile(
    r"(?:dob|d\.o\.b\.?|birth(?: ?date|day)?|born(?: on)?|जन्म[^\d]{0,10})[^\dA-Za-z]{0,12}"
    rf"(?P<value>{_DATE})",
    re.IGNORECASE | re.ASCII,
)
_PIN: Final = re.compile(
    r"(?<![A-Za-z])(?:pin|pin ?code|postal code|zip)[^0-9A-Za-z]{0,6}(?P<value>[1-9]\d{2} ?\d{3})(?!\d)",
    _FLAGS,
)
_ADDRESS_PIN: Final = re.compile(r"(?<![\d\-])(?P<value>[1-9]\d{2} ?\d{3})(?![\d\-])", re.ASCII)
_WHOLE_DATE: Final = re.compile(rf"{_DATE}|(?:19|20)\d{{6}}|\d{{4}}(?:19|20)\d{{2}}", _FLAGS)
_GROUP: Final = re.compile(r"\d+", re.ASCII)
_GAP: Final = re.compile(r"[ \-]{1,2}|[ \-]?[()][ \-]?")
_MOST_GROUPS: Final = 6
_MOST_DIGITS: Final = 19
_FEWEST_DIGITS: Final = 10
_FEWEST_ABROAD: Final = 8
_LETTER: Final = re.compile(r"[A-Za-z]")
_HINTED: Final = {
    Kind.AADHAAR: re.compile(r"\d{4}[ \-]?\d{4}[ \-]?\d{4}|\d{12}"),
    Kind.VID: re.compile(r"\d{4}[ \-]?\d{4}[ \-]?\d{4}[ \-]?\d{4}"),
    Kind.PAN: re.compile(r"[A-Z]{5}[ \-]?\d{4}[ \-]?[A-Z]|\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]{3}", _FLAGS),
    Kind.VOTER_ID: re.compile(r"[A-Z]{2,3}[ /\-]?[0-9/]{6,18}", _FLAGS),
    Kind.PASSPORT: re.compile(r"(?=[A-Z0-9 \-]*\d)[A-Z0-9](?:[ \-]?[A-Z0-9]){5,11}", _FLAGS),
    Kind.DRIVING_LICENCE: re.compile(r"(?=(?:\D*\d){4})[A-Z0-9](?:[ /\-]?[A-Z0-9]){6,19}", _FLAGS),
    Kind.PHONE: re.compile(r"[+(]{0,2}\d(?:[ \-().]{0,2}\d){5,14}\)?"),
    Kind.EMAIL: re.compile(r"[^\s@]{1,255}@[^\s@]{1,255}"),
    Kind.DATE_OF_BIRTH: _WHOLE_DATE,
    Kind.PIN_CODE: re.compile(r"[1-9]\d{2} ?\d{3}"),
    Kind.BANK_ACCOUNT: re.compile(r"(?=(?:\D*\d){4})[A-Z0-9](?:[ \-]?[A-Z0-9]){5,33}", _FLAGS),
    Kind.CARD: re.compile(r"\d(?:[ \-]?\d){11,18}"),
}
"""What a whole value may look like where the field's name says what it is, check digit or not."""


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data in a text, from `start` up to `end`."""

    start: int
    end: int
    kind: Kind


def plain(text: str) -> str:
    """The text with digits, blanks and dashes of all scripts as ASCII, character by character."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() else _ascii(c) for c in text)


def fits(kind: Kind, text: str) -> bool:
    """Whether a whole value may be of the kind that its field's name says."""
    form = _HINTED.get(kind)
    if kind == Kind.BANK_ACCOUNT and "@" in text:
        form = _HINTED[Kind.EMAIL]
    return form is not None and form.fullmatch(plain(text.strip())) is not None


def found_in(text: str, hint: str = "", *, beside_bank: bool = False) -> list[Found]:
    """Find personal data in a text, in order, without overlaps.

    Args:
        text: of any length; the time taken grows with it, not faster.
        hint: what the field's name says.
        beside_bank: a branch code stands beside, so that long numbers are accounts.
    """
    if not text or not _may_hold(text):
        return []
    text = plain(text)
    bank = beside_bank or hint == Kind.BANK_ACCOUNT or IFSC.search(text) is not None
    every = [*_marked(text, hint), *_coded(text, hint), *_numbers(text, bank=bank)]
    every.sort(key=lambda one: (one.start, -one.end))
    taken: list[Found] = []
    for one in every:
        if not taken or one.start >= taken[-1].end:
            taken.append(one)
        elif one.end > taken[-1].end:  # two that overlap are hidden as one
            taken[-1] = Found(taken[-1].start, one.end, Kind.OTHER)
    return taken


def normal(kind: Kind, text: str) -> str:
    """One spelling per value, for finding it again."""
    if kind == Kind.EMAIL or "@" in text:
        return text.strip().lower()
    spelled = compact(plain(text))
    return spelled[-10:] if kind == Kind.PHONE else spelled


def _may_hold(text: str) -> bool:
    if text.isascii():
        return "@" in text or _GROUP.search(text) is not None
    return "@" in text or any(c.isdecimal() for c in text)


def _ascii(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    category = unicodedata.category(character)
    if category == "Pd" or character == "\u2212":
        return "-"
    return " " if category in ("Zs", "Cf") else character


def _marked(text: str, hint: str) -> Iterator[Found]:
    """What a sign or the words before it give away."""
    if "@" in text:
        yield from (Found(*one.span(), Kind.EMAIL) for one in _EMAIL.finditer(text))
        yield from (Found(*one.span(), Kind.BANK_ACCOUNT) for one in _UPI.finditer(text))
    if "<" in text:
        yield from (Found(*one.span(), Kind.PASSPORT) for one in _ZONE.finditer(text))
    yield from (Found(*one.span("value"), Kind.DATE_OF_BIRTH) for one in _BORN.finditer(text))
    pins = _ADDRESS_PIN if hint == ADDRESS else _PIN
    yield from (Found(*one.span("value"), Kind.PIN_CODE) for one in pins.finditer(text))


def _coded(text: str, hint: str) -> Iterator[Found]:
    """Letters and digits together."""
    for one in _CODES.finditer(text):
        number = compact(one[0])
        if one.lastgroup == "iban":
            yield from _iban(one[0], one.start())
            continue
        if len(number) < len(one[0]) and not one[0].isupper():  # "total 1234 a" is prose
            continue
        kind: Kind | None = None
        match one.lastgroup:
            case "gstin" | "pan":  # a GSTIN's failing check character does not make the PAN in it another's
                kind = Kind.PAN
            case "licence" if india.driving_licence(number, date.max):
                kind = Kind.DRIVING_LICENCE
            case "old_epic" if india.old_epic(one[0]):
                kind = Kind.VOTER_ID
            case "epic" if hint == Kind.VOTER_ID or india.epic_check_holds(number):
                kind = Kind.VOTER_ID
            case "passport":
                kind = Kind.PASSPORT
        if kind is not None:
            yield Found(*one.span(), kind)


def _iban(text: str, start: int) -> Iterator[Found]:
    """The longest beginning that holds: words that follow look like groups of it."""
    while True:
        if checks.iban_holds(compact(text)):
            yield Found(start, start + len(text), Kind.BANK_ACCOUNT)
            return
        if " " not in text:
            return
        text = text.rpartition(" ")[0]


def _numbers(text: str, *, bank: bool) -> Iterator[Found]:
    """Digits alone, in groups as people write them."""
    groups = [one.span() for one in _GROUP.finditer(text)]
    counted = [0, *accumulate(end - start for start, end in groups)]
    at = 0
    while at < len(groups):
        if counted[min(at + _MOST_GROUPS, len(groups))] - counted[at] < _FEWEST_ABROAD:
            at += 1
            continue
        last, kind = _longest(text, groups, at, bank=bank)
        if kind is None:
            at += 1
            continue
        yield Found(groups[at][0], groups[last][1], kind)
        at = last + 1


def _longest(text: str, groups: list[tuple[int, int]], first: int, *, bank: bool) -> tuple[int, Kind | None]:
    """The longest number of a known kind that begins with a group; the last of its groups."""
    start = groups[first][0]
    if start and (_LETTER.match(text, start - 1) or _is_decimal(text, start)):
        return first, None
    best: tuple[int, Kind | None] = (first, None)
    digits = ""
    widths: list[int] = []
    for number in range(first, min(first + _MOST_GROUPS, len(groups))):
        begin, end = groups[number]
        if number > first and not _GAP.fullmatch(text, groups[number - 1][1], begin):
            break
        digits += text[begin:end]
        widths.append(end - begin)
        if len(digits) > _MOST_DIGITS:
            break
        plus = text[max(0, start - 1) : start] == "+"
        if len(digits) < (_FEWEST_ABROAD if plus else 9 if bank else _FEWEST_DIGITS) or _LETTER.match(
            text, end
        ):
            continue
        if kind := _kind_of(digits, widths, plus=plus, bank=bank):
            best = number, kind
    return best


def _kind_of(digits: str, widths: list[int], *, plus: bool, bank: bool) -> Kind | None:
    if min(widths) >= 3:
        checked = (
            (Kind.VID, india.vid_holds),
            (Kind.CARD, checks.card_holds),
            (Kind.AADHAAR, india.aadhaar_holds),
        )
        for kind, holds in checked:
            if holds(digits):
                return kind
    if (plus and len(digits) <= 15) or (min(widths[1:], default=2) >= 2 and _is_mobile(digits)):
        return Kind.PHONE
    return Kind.BANK_ACCOUNT if bank and len(widths) == 1 and 9 <= len(digits) <= 18 else None


def _is_mobile(digits: str) -> bool:
    """Ten digits from 6 on, with or without what stands before them at home or abroad."""
    for before in ("", "0", "91", "0091", "091"):
        rest = digits.removeprefix(before)
        if digits.startswith(before) and len(rest) == 10 and rest[0] in "6789":
            return True
    return False


def _is_decimal(text: str, start: int) -> bool:
    return start >= 2 and text[start - 1] == "." and text[start - 2].isdigit()
