"""Where a name and an address stand in the holder's own script: above or beside the Latin ones."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from appliance.domain.document import Field
from appliance.vision.documents.anchors import Print
from appliance.vision.documents.labels import compact
from appliance.vision.documents.types.indian import holds, ordered

_LATIN_SURE: Final = 0.93
"""Mean certainty from which the recogniser has read Latin letters: other scripts give 0.3 to 0.9."""
_LATIN_LEAST: Final = 8
"""Letters and digits of the shortest Latin line that ends a block of another script."""
_REACH: Final = 2.8
"""Heights from one line to the next, middle to middle."""
_LABEL_WIDTH: Final = 10.0
"""Heights left of the Latin name that its label takes; the line above may be as short as that."""
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
    above = [
        line
        for line in lines
        if 0.4 < (latin.middle - line.middle) / max(latin.height, line.height) < _REACH
        and line.left < latin.right
        and line.right > latin.left - _LABEL_WIDTH * latin.height
        and _lies(line)
    ]
    above = [line for line in above if line.right > latin.left] or above
    nearest = max(above, key=lambda line: line.middle, default=None)
    return [nearest] if nearest and not _is_latin(nearest) else []


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
    return bool(line.sure) and float(np.mean(line.sure)) >= _LATIN_SURE


def _ends(line: Print) -> bool:
    """A Latin line too long for a house's number or postal code between words of another script."""
    return _is_latin(line) and len(compact(line.text)[0]) >= _LATIN_LEAST and not _CODE.search(line.text)


def _lies(line: Print) -> bool:
    """Whether it runs across the page: some print runs up the card's edge."""
    along = line.quad[1] - line.quad[0]
    return abs(float(along[0])) > abs(float(along[1]))
