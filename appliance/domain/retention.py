"""How long records of personal data are kept, and when a clock may be believed about it.

Two classes, because two laws pull apart: what was masked for a customer goes after at most a year (the
dialect's own limit), records of identification stay five years after the relationship ended (PMLA rules 2005,
rule 10; RBI Master Direction on KYC, section 46). Either is kept longer while a legal hold stands.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.errors import InvalidRequest

DAY: Final = 86_400
HOUR: Final = 3600
MASKING_DAYS: Final = 365
"""Longest of the class MASKING."""
MASKING_DAYS_DEFAULT: Final = 90
LAW_DAYS: Final = 1827
"""Shortest of the class LAW: five years with two leap days."""
JUMP: Final = DAY
"""Seconds that a clock may be off by without being doubted: box switched off overnight, summer time."""


class Retention(StrEnum):
    """Why a record is kept."""

    MASKING = "masking"
    LAW = "law"


def masking_days(days: int | None) -> int:
    """Days to keep what was masked.

    Raises:
        InvalidRequest: not 1 to 365.
    """
    chosen = MASKING_DAYS_DEFAULT if days is None else days
    if not 1 <= chosen <= MASKING_DAYS:
        raise InvalidRequest(
            f"retention_days is 1 to {MASKING_DAYS}",
            remedy="Records that the law wants longer are kept apart.",
        )
    return chosen


@dataclass(frozen=True, slots=True)
class ClockTrust:
    """What is known of the wall clock. Erasing by a wrong clock cannot be undone.

    Attributes:
        last: the wall clock's time when it was looked at last, seconds since 1970.
        believed_from: from this time on by that clock what it says is acted on.
    """

    last: float
    believed_from: float

    def looked(self, wall: float, passed: float | None) -> "ClockTrust":
        """Look at the clock again.

        A clock that went otherwise than time did, by more than a day in either direction, is doubted until it
        has run for a day without doing so again. How long the box was off nobody knows: a gap at its start
        counts.

        Args:
            wall: what the clock says now.
            passed: seconds since then on a clock that never jumps; None where the box was off between.
        """
        if abs(wall - self.last - (passed or 0.0)) > JUMP:
            return ClockTrust(wall, wall + DAY)
        return ClockTrust(wall, self.believed_from)

    @property
    def believed(self) -> bool:
        """Whether what it says may be acted on."""
        return self.last >= self.believed_from
