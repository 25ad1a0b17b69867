"""Where a name and an address stand in the holder's own script: above or beside the Latin ones."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from appliance.domain.document import Field
from appliance.vision.documents import quad as quads
from appliance.vision.documents.anchors import Print
from appliance.vision.documents.labels import compact
from appliance.vision.documents.text_geometry import joined
from appliance.vision.documents.types.indian import holds, ordered

_LATIN_SURE: Final = 0.93
"""Mean certainty from which the recogniser has read Latin letters: other scripts give 0.3 to 0.9."""
_LATIN_LEAST: Final = 8
"""Letters and digits of the shortest Latin line that ends a block of another script."""
_REACH: Final = 2.8
"""Heights from one line to the next, middle to middle."""
_LABEL_WIDTH: Final = 10.0
"""Heights left of the Latin name that its label takes; the line above may be as short as that."""
_WHOLE: Final = 0.6
"""Heights of the Latin name of the lowest line that may be a name: signs below letters are found apart."""
_BELOW: Final = 0.9
_LEVEL: Final = 0.4
"""Heights of a line from its middle to that of a sign below its letters, and of a further word of it."""
_WORD: Final = 2.5
"""Heights that a line is wide from which it holds a word."""
_CODE: Final = re.compile(r"(?<![0-9/])[1-9][0-9]{5}\W*$")
"""A postal code, which ends addresses in every script."""
_ADDRESS: Final = ("ADDRESS",)


def of_name(lines: Sequence[Print], fields: Mapping[str, Field]) -> list[Print]:
    """The line above the Latin name, if it is in another script.

    Args:
        lines: all lines found, page pixels.
        fields: what was read of the page.
    """
    latin = _placed(fields, "full_name")
    if latin is None:
        return []
    centre = latin.quad.mean(0)[None]
    above = [
        line
        for line in lines
        if 0.4 < (latin.middle - line.middle) / max(latin.height, line.height) < _REACH
        and line.left < latin.right
        and line.right > latin.left - _LABEL_WIDTH * latin.height
        and line.height > _WHOLE * latin.height
        and _lies(line)
        and not quads.inside(centre, line.quad[None])[0, 0]  # askew, the Latin line is above its own end
    ]
    above = [line for line in above if line.right > latin.left] or above
    nearest = max(above, key=lambda line: line.middle, default=None)
    return [_with_pieces(nearest, lines)] if nearest and not _is_latin(nearest) else []


def witnesses(lines: Sequence[Print], known: Sequence[Print]) -> list[Print]:
    """Words of another script besides name and address: headings and labels, the widest first.

    Args:
        lines: all lines found, page pixels.
        known: the lines of name and address.
    """
    taken = {id(line) for line in known}
    words = [
        line
        for line in lines
        if id(line) not in taken
        and _lies(line)
        and not _is_latin(line)
        and line.right - line.left > _WORD * line.height
    ]
    return sorted(words, key=lambda line: line.left - line.right)


def _with_pieces(line: Print, lines: Sequence[Print]) -> Print:
    """A line with what was found apart from it: a second word, or signs that hang below its letters."""
    whole = line.quad
    for other in lines:
        if other is line or not _lies(other) or (_is_latin(other) and other.height > _WHOLE * line.height):
            continue
        low = (other.middle - line.middle) / line.height
        if other.height < _WHOLE * line.height:
            belongs = 0 < low < _BELOW and line.left < other.left and other.right < line.right + line.height
        else:
            level = abs(low) < _LEVEL and other.height < line.height / _WHOLE
            belongs = (
                level and line.left - line.height < other.right and other.left < line.right + line.height
            )
        if belongs:
            whole = joined(whole, other.quad)
    return line if whole is line.quad else replace(line, quad=whole)


def of_address(lines: Sequence[Print], fields: Mapping[str, Field]) -> list[Print]:
    """The lines left or right of the Latin address if they are in another script, else those above it.

    Args:
        lines: all lines found, page pixels.
        fields: what was read of the page.
    """
    latin = _placed(fields, "address")
    if latin is None:
        return []
    height = float(np.median([line.height for line in lines]))
    top, foot = latin.quad[:, 1].min(), latin.quad[:, 1].max()
    level = [line for line in lines if top - 3 * height < line.middle < foot + 2 * height]
    columns = [
        [line for line in level if line.right < latin.left + 0.5 * height],
        [line for line in level if line.left > latin.right - 0.5 * height],
    ]
    for column in columns:
        if sum(not _is_latin(line) for line in column) >= 2:
            return ordered(line for line in column if not _ends(line))
    return _above(lines, latin, top, height)


def _above(lines: Sequence[Print], latin: Print, edge: float, height: float) -> list[Print]:
    found: list[Print] = []
    last = edge
    for line in reversed(ordered(lines)):
        if line.middle > edge or line.left > latin.right or line.right < latin.left:
            continue
        if holds([compact(line.text)[0]], _ADDRESS):
            last = min(last, line.middle)
            continue
        if last - line.middle > _REACH * max(height, line.height) or _ends(line):
            break
        found.insert(0, line)
        last = line.middle
    return ordered(found)


def _placed(fields: Mapping[str, Field], name: str) -> Print | None:
    field = fields.get(name)
    return Print(field.printed, (), field.quad) if field and field.quad is not None else None


def _is_latin(line: Print) -> bool:
    return bool(compact(line.text)[0]) and bool(line.sure) and float(np.mean(line.sure)) >= _LATIN_SURE


def _ends(line: Print) -> bool:
    """A Latin line too long for a house's number or postal code between words of another script."""
    return _is_latin(line) and len(compact(line.text)[0]) >= _LATIN_LEAST and not _CODE.search(line.text)


def _lies(line: Print) -> bool:
    """Whether it runs across the page: some print runs up the card's edge."""
    along = line.quad[1] - line.quad[0]
    return abs(float(along[0])) > abs(float(along[1]))
