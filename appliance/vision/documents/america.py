"""Who issues driving licences in the United States and Canada, and what those are called."""

from typing import Final

TITLES: Final = ("DRIVERLICENSE", "DRIVERSLICENSE")
"""The American spelling: Canada writes `licence`."""
CANADIAN_TITLES: Final = (
    "DRIVERSLICENCE",
    "DRIVERLICENCE",
    "OPERATORSLICENCE",
    "PERMISDECONDUIRE",
    "DRIVINGLICENCE",
)
UNITED_STATES: Final = frozenset({
    "ALABAMA", "ALASKA", "ARIZONA", "ARKANSAS", "CALIFORNIA", "COLORADO", "CONNECTICUT", "DELAWARE",
    "DISTRICTOFCOLUMBIA", "FLORIDA", "HAWAII", "IDAHO", "ILLINOIS", "INDIANA", "IOWA", "KANSAS",
    "KENTUCKY", "LOUISIANA", "MAINE", "MARYLAND", "MASSACHUSETTS", "MICHIGAN", "MINNESOTA",
    "MISSISSIPPI", "MISSOURI", "MONTANA", "NEBRASKA", "NEVADA", "NEWHAMPSHIRE", "NEWJERSEY",
    "NEWMEXICO", "NEWYORK", "NORTHCAROLINA", "NORTHDAKOTA", "OHIO", "OKLAHOMA", "OREGON",
    "PENNSYLVANIA", "RHODEISLAND", "SOUTHCAROLINA", "SOUTHDAKOTA", "TENNESSEE", "TEXAS", "UTAH",
    "VERMONT", "VIRGINIA", "WASHINGTON", "WESTVIRGINIA", "WISCONSIN", "WYOMING",
})  # fmt: skip
"""Names without blanks, as `labels.compact` gives them."""
CANADA: Final = frozenset({
    "ALBERTA", "BRITISHCOLUMBIA", "MANITOBA", "NEWBRUNSWICK", "NOUVEAUBRUNSWICK",
    "NEWFOUNDLANDANDLABRADOR", "NEWFOUNDLANDLABRADOR", "NORTHWESTTERRITORIES", "NOVASCOTIA", "NUNAVUT",
    "ONTARIO", "PRINCEEDWARDISLAND", "QUEBEC", "SASKATCHEWAN", "YUKON",
})  # fmt: skip


def is_canadian(word: str) -> bool:
    """Whether a compacted line is Canada's name, or begins with that of a province."""
    return word == "CANADA" or word.removeprefix("CANADA").startswith(tuple(CANADA))
