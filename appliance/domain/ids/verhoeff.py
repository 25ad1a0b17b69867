"""Verhoeff's check digit, which ends Aadhaar numbers and virtual IDs.

J. Verhoeff, Error Detecting Decimal Codes, Mathematical Centre Tract 29, Amsterdam 1969: the digits are
permuted by place and multiplied in the dihedral group of order ten; the product of a valid number is 0. It
catches every single wrong digit and every swap of neighbours.
"""

from typing import Final

MULTIPLICATION: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
"""The dihedral group of order ten: 0..4 are rotations, 5..9 reflections."""
PERMUTATION: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)
"""By place from the right, modulo eight."""
INVERSE: Final = (0, 4, 3, 2, 1, 5, 6, 7, 8, 9)


def holds(number: str) -> bool:
    """Whether the last digit of `number` checks the others; False for anything but ASCII digits."""
    return number.isascii() and number.isdigit() and _product(number, 0) == 0


def check_digit(number: str) -> str:
    """The digit to put behind `number`.

    Args:
        number: ASCII digits, at least one.
    """
    return str(INVERSE[_product(number, 1)])


def _product(number: str, first: int) -> int:
    product = 0
    for place, digit in enumerate(reversed(number), first):
        product = MULTIPLICATION[product][PERMUTATION[place % 8][int(digit)]]
    return product
