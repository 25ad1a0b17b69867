"""Character errors of printed values in what a reader says of a whole page."""

from collections.abc import Iterable

import numpy as np

SHORTEST = 4
"""Values of fewer letters are left out: chance finds them anywhere."""


def distance(value: str, text: str) -> int:
    """Least edit distance between a value and any part of the text, marks and case included.

    Sellers' algorithm: edit distance whose first row is zero, so that a match may begin anywhere.
    """
    symbols = np.array([ord(c) for c in text] or [0])
    reach = np.arange(len(symbols) + 1)
    row = np.zeros(len(symbols) + 1, np.int64)
    for count, letter in enumerate(value, 1):
        best = np.minimum(row[:-1] + (symbols != ord(letter)), row[1:] + 1)
        # What is left of an entry may be reached by insertion, one a step: a running minimum.
        row = np.minimum.accumulate(np.concatenate([[count], best]) - reach) + reach
    return int(row.min())


def errors(values: Iterable[str], lines: Iterable[str]) -> list[tuple[int, int]]:
    """Errors and letters of each value that is long enough; `lines` in the order they were read."""
    text = " ".join(" ".join(lines).split())
    wanted = [" ".join(value.split()) for value in values]
    return [(distance(value, text), len(value)) for value in wanted if len(value) >= SHORTEST]
