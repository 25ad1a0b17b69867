"""How likely a field is right, from what is known about its reading.

The tables are isotonic regressions (pool adjacent violators, each block's share drawn half a case towards one
half) by source and form of value, over 2,150 values of 251 drawn documents photographed in software; the
figures in their comments are from there. `tests/bench/test_bench_documents.py` prints what other documents
give. On real documents expect somewhat less.
"""

import itertools
from collections.abc import Mapping
from typing import Final

Table = tuple[tuple[float, float], ...]
"""Certainty of the least certain character -> share of right values; straight lines between."""

_RULED: Final[Table] = ((0.0, 0.3), (0.5, 0.9), (0.7, 0.97), (0.9, 0.99), (1.0, 0.995))
"""Values of a form that few misreadings keep: a date that exists, a known state, a sex. 744 of 744 right."""
_NUMBER: Final[Table] = ((0.0, 0.1), (0.5, 0.25), (0.85, 0.5), (0.9, 0.93), (0.99, 0.96), (1.0, 0.99))
"""169 of 173 right, 115 of 115 at 1.0. The one of 55 that was wrong above 0.86 had its end under glare."""
_NAME: Final[Table] = (
    *((0.0, 0.1), (0.45, 0.33), (0.75, 0.41), (0.83, 0.65), (0.9, 0.7), (0.91, 0.89)),
    *((0.97, 0.93), (0.985, 0.94), (0.999, 0.955), (1.0, 0.985)),
)
"""Lost accents and names cut short by glare: 256 of 276 right, 34 of 34 at 1.0."""
_WORDS: Final[Table] = (
    *((0.0, 0.2), (0.48, 0.5), (0.75, 0.66), (0.88, 0.89), (0.95, 0.93), (0.987, 0.945)),
    *((0.998, 0.975), (1.0, 0.99)),
)
"""Places and addresses: 267 of 279 right, 90 of 90 above 0.998."""
_AGREED_NAME: Final[Table] = ((0.0, 0.3), (0.44, 0.5), (0.9, 0.75), (0.91, 0.97), (0.95, 0.985), (1.0, 0.995))
"""Names that a zone spells the same: it confirms the letters, not their accents. 140 of 140 above 0.9."""
_OF: Final[Mapping[str, Table]] = {
    **dict.fromkeys(("date_of_birth", "issue_date", "expiry_date"), _RULED),
    **dict.fromkeys(("sex", "nationality", "issuing_country"), _RULED),
    **dict.fromkeys(("document_number", "personal_number", "vid"), _NUMBER),
    **dict.fromkeys(("last_name", "first_name", "full_name", "father_name"), _NAME),
}

CHECKED: Final = 0.99
"""A zone's value whose check digit holds, nothing repaired: 68 of 68 right."""
REPAIRED: Final = 0.88
"""The same after repair: two of nine repaired real documents were wrong, so never above 0.9."""
UNCHECKED: Final = 0.95
"""A zone's value that no check digit covers: names, states, sex; times the zone's own confidence at most.

124 of 125 right; on real documents five of six silent errors are in these."""
FAILED: Final = 0.45
"""A zone's value whose check digit does not hold."""
SIGNED: Final = 0.999
"""A value that the issuer's signature covers: what remains is a mistaken layout."""
BARCODE: Final = 0.99
"""A value of a barcode without a signature: its error correction leaves hardly a misreading."""
UNVERIFIED: Final = 0.95
"""A value of a barcode whose signature does not hold, or that no key is there for."""
AGREED: Final = 0.995
"""Two sources say the same: 497 of 497 right."""
MAYBE_MARKED: Final = 0.9
"""Certainty of the least certain character at most where a letter may carry a mark that is never seen."""
INFERRED: Final = 0.95
"""Factor for a value without a label of its own."""
CONTESTED: Final = 0.6
"""Factor for a value that another source contradicts."""
OPPOSED: Final = 0.95
"""The same where a check digit or signature speaks for the value."""
CROSSED: Final = 0.6
"""A whole zone's confidence at most where print contradicts its number or names."""


def of_print(name: str, least: float, *, inferred: bool = False) -> float:
    """Confidence of a printed value.

    Args:
        name: of the field.
        least: certainty of the least certain character, 0..1.
        inferred: no label says which field it is.
    """
    sure = _looked_up(_OF.get(name, _WORDS), least)
    return round(sure * (INFERRED if inferred else 1.0), 4)


def of_agreed_name(least: float) -> float:
    """Confidence of a printed name whose letters another source confirms, but for its accents.

    Args:
        least: certainty of the print's least certain character, 0..1.
    """
    return round(_looked_up(_AGREED_NAME, least), 4)


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


def _looked_up(table: Table, least: float) -> float:
    place = min(max(least, 0.0), 1.0)
    for (low, below), (high, above) in itertools.pairwise(table):
        if place <= high:
            return below + (above - below) * (place - low) / (high - low)
    return table[-1][1]
