"""Text of barcodes and signed files, made safe to show, to store and to compare."""

import unicodedata
from typing import Final

MOST: Final = 512
"""Characters of one value; addresses are the longest and have about 200."""

_STEERING: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Marks that turn the direction of what follows: they let a name be shown as another one."""


def plain(text: str, most: int = MOST) -> str:
    """One line without control characters, direction marks, unassigned or private characters.

    Blanks of any kind become one blank each; letters of every script, their joiners and emoji stay. What is
    longer than `most` characters is cut.
    """
    kept = []
    for character in text[: 4 * most]:
        category = unicodedata.category(character)
        if category in {"Cc", "Zl", "Zp", "Zs"}:
            kept.append(" ")
        elif category not in {"Cs", "Co", "Cn"} and character not in _STEERING:
            kept.append(character)
    return " ".join("".join(kept).split())[:most].strip()
