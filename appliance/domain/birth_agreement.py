"""How a birth date of a query agrees with those that a list gives."""

from collections.abc import Iterable
from enum import IntEnum

from appliance.domain.listed_person import years

NEAR_YEARS = 1
APART_YEARS = 3


class Agreement(IntEnum):
    """From what speaks against to what speaks for it; the best of several dates counts.

    FAR: over APART_YEARS years apart. APART: over NEAR_YEARS. UNKNOWN: one side gives none. NEAR: the year
    before or after, or the same year and another day. SAME: the year, and the day where both give one.
    """

    FAR = 0
    APART = 1
    UNKNOWN = 2
    NEAR = 3
    SAME = 4


def agreement(birth: str, listed: Iterable[str]) -> Agreement:
    """Compare.

    Args:
        birth: of the query: "", `1992`, `1992-05` or `1992-05-17`.
        listed: dates of the list, spelled as in `listed_person`.
    """
    if not birth:
        return Agreement.UNKNOWN
    return max((_one(birth, other) for other in listed), default=Agreement.UNKNOWN)


def _one(birth: str, other: str) -> Agreement:
    first, last = years(other)
    year = int(birth[:4])
    apart = max(0, first - year, year - last)
    if apart > APART_YEARS:
        return Agreement.FAR
    if apart > NEAR_YEARS:
        return Agreement.APART
    if apart:
        return Agreement.NEAR
    mine, theirs = birth[5:], "" if "/" in other else other[5:]
    if len(mine) < 5 or len(theirs) < 5:
        return Agreement.SAME if mine[:2] == theirs[:2] or not mine or not theirs else Agreement.NEAR
    turned = f"{theirs[3:]}-{theirs[:2]}"  # day and month are mixed up often
    return Agreement.SAME if mine in (theirs, turned) else Agreement.NEAR
