"""How likely a field is right, from what is known about its reading.

The figures are shares of right values among drawn documents photographed in software (`tests/bench/
bench_documents.py` prints the same table); on real documents expect somewhat less.
"""

from typing import Final

_CERTAINTY: Final = (0.0, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99, 1.0)
_RIGHT: Final = (0.10, 0.25, 0.40, 0.50, 0.65, 0.84, 0.93, 0.985)
"""Share of right printed values by the certainty of their least certain character, monotone.

Fitted to 217 values of 55 drawn documents; most of the wrong ones lost an accent or a blank."""

_RULED: Final = 0.25
"""Share of misreadings that keep the form of a date, state or sex."""
CHECKED: Final = 0.99
"""A zone's value whose check digit holds, nothing repaired."""
REPAIRED: Final = 0.88
"""The same after repair: two of nine repaired real documents were wrong, so never above 0.9."""
UNCHECKED: Final = 0.95
"""A zone's value that no check digit covers: names, states, sex; times the zone's own confidence at most."""
FAILED: Final = 0.45
"""A zone's value whose check digit does not hold."""
SIGNED: Final = 0.999
"""A value that the issuer's signature covers: what remains is a mistaken layout."""
BARCODE: Final = 0.99
"""A value of a barcode without a signature: its error correction leaves hardly a misreading."""
UNVERIFIED: Final = 0.95
"""A value of a barcode whose signature does not hold, or that no key is there for."""
AGREED: Final = 0.995
"""Two sources say the same."""
AGREED_NAME: Final = 0.9
"""The same of a name: zones confirm its letters, not its accents, and those are what is misread."""
INFERRED: Final = 0.95
"""Factor for a value without a label of its own."""
CONTESTED: Final = 0.6
"""Factor for a value that another source contradicts."""
OPPOSED: Final = 0.95
"""The same where a check digit or signature speaks for the value."""
_RULED_NAMES: Final = frozenset(
    {"date_of_birth", "issue_date", "expiry_date", "sex", "nationality", "issuing_country"}
)
"""Values of a form that few misreadings keep: a date that exists, a known state."""


def of_print(name: str, least: float, *, inferred: bool = False) -> float:
    """Confidence of a printed value.

    Args:
        name: of the field.
        least: certainty of the least certain character, 0..1.
        inferred: no label says which field it is.
    """
    at = next((k for k in range(1, len(_CERTAINTY)) if least <= _CERTAINTY[k]), len(_CERTAINTY) - 1)
    low, high = _CERTAINTY[at - 1], _CERTAINTY[at]
    share = (min(max(least, low), high) - low) / (high - low)
    plain = _RIGHT[at - 1] + (_RIGHT[at] - _RIGHT[at - 1]) * share
    sure = 1 - (1 - plain) * (_RULED if name in _RULED_NAMES else 1.0)
    return round(sure * (INFERRED if inferred else 1.0), 4)


def of_agreed_name(_least: float) -> float:
    """Confidence of a printed name whose letters another source confirms, but for its accents."""
    return AGREED_NAME


def of_zone(*, checked: bool | None, repaired: bool, zone: float) -> float:
    """Confidence of a value from the machine-readable zone.

    Args:
        checked: whether its check digit holds; None where none covers it.
        repaired: check digits changed characters of the zone.
        zone: 0..1 that the whole zone is right.
    """
    if checked is False:
        return FAILED
    best = UNCHECKED if checked is None else CHECKED
    if repaired:
        best = min(best, REPAIRED)
    return round(best if checked else min(best, max(zone, FAILED)), 4)
