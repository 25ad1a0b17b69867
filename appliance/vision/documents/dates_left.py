"""Dates whose labels could not be read, told by their order: birth, issue, expiry."""

from collections.abc import Mapping, Sequence
from typing import Final

from appliance.domain.printed_date import read_date
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.values import Situation

_NAMES: Final = ("date_of_birth", "issue_date", "expiry_date")
_LONGEST_TEXT: Final = 24
"""Characters of a line that is a date and hardly anything else."""


def dates_left(
    lines: Sequence[Print], found: Mapping[str, Found], known: Mapping[str, str], situation: Situation
) -> dict[str, Found]:
    """Dates that only one meaning is left for.

    Args:
        lines: print of the page.
        found: values that labels gave.
        known: values from the machine-readable zone, by name.
        situation: how dates read.
    """
    told = {name: found[name].value if name in found else known.get(name, "") for name in _NAMES}
    missing = [name for name in _NAMES if name not in found]
    if not missing:
        return {}
    used = {id(value.print) for value in found.values()}
    loose = {}
    for line in lines:
        if id(line) not in used and len(line.text) <= _LONGEST_TEXT:
            # The meaning only matters for two-digit years, which order would decide wrongly: left out.
            as_birth, as_expiry = (
                read_date(line.text, m, situation.today, situation.issuer) for m in ("birth", "expiry")
            )
            if as_birth and as_birth == as_expiry:
                loose[as_birth] = line
    unlabelled = {
        day: line for day, line in loose.items() if day not in (value for value in told.values() if value)
    }
    unknown = [name for name in missing if not told[name]]
    matched = {
        name: Found(told[name], loose[told[name]], inferred=True) for name in missing if told[name] in loose
    }
    if len(unlabelled) != len(unknown):
        return matched
    guess = dict(zip(unknown, sorted(unlabelled), strict=True))
    order = [guess.get(name) or told[name] for name in _NAMES]
    if order != sorted(order):
        return matched
    return matched | {name: Found(day, unlabelled[day], inferred=True) for name, day in guess.items()}
