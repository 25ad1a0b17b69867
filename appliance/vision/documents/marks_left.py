"""Sex and nationality whose labels could not be read."""

from collections.abc import Mapping, Sequence
from typing import Final

from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.values import Situation, state

_SEXES: Final = frozenset({"M", "F"})


def marks_left(lines: Sequence[Print], found: Mapping[str, Found], situation: Situation) -> dict[str, Found]:
    """The only lone M or F on the page, and the only line below the name that names the issuer's nationals.

    Args:
        lines: print of the page.
        found: values that labels gave, the issuing country among them.
        situation: how values read.
    """
    used = {id(value.print) for value in found.values()}
    loose = [line for line in lines if id(line) not in used]
    fresh: dict[str, Found] = {}
    sexes = [line for line in loose if line.text.strip() in _SEXES]
    if "sex" not in found and len(sexes) == 1:
        fresh["sex"] = Found(sexes[0].text.strip(), sexes[0], inferred=True)
    names = [found[name].print.middle for name in ("last_name", "full_name") if name in found]
    nations = [
        line
        for line in loose
        if situation.issuer and names and line.middle > names[0] and state(line.text) == situation.issuer
    ]
    if "nationality" not in found and len(nations) == 1:
        fresh["nationality"] = Found(situation.issuer, nations[0], inferred=True)
    return fresh
