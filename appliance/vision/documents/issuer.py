"""The state that issued a document, from its heading."""

from collections.abc import Sequence
from typing import Final

from appliance.domain.document import DocumentType
from appliance.vision.documents.america import TITLES, UNITED_STATES, is_canadian
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.labels import compact, parts
from appliance.vision.documents.values import state

_HEADING: Final = 0.34
"""Part of the print's height, from above, in which an issuer's name stands."""
_SHORTEST_NAME: Final = 4
# The oval or flag of a licence carries the sign of the Vienna Convention on Road Traffic, not an ISO code.
_ROAD_SIGNS: Final = {
    "A": "AUT", "B": "BEL", "D": "DEU", "E": "ESP", "F": "FRA", "H": "HUN", "I": "ITA", "L": "LUX",
    "M": "MLT", "N": "NOR", "P": "PRT", "S": "SWE", "BG": "BGR", "CY": "CYP", "CZ": "CZE", "DK": "DNK",
    "EE": "EST", "EST": "EST", "FIN": "FIN", "FL": "LIE", "GB": "GBR", "UK": "GBR", "GR": "GRC",
    "HR": "HRV", "IRL": "IRL", "IS": "ISL", "LT": "LTU", "LV": "LVA", "NL": "NLD", "PL": "POL",
    "RO": "ROU", "SI": "SVN", "SLO": "SVN", "SK": "SVK", "USA": "USA",
}  # fmt: skip


def printed_issuer(lines: Sequence[Print], kind: DocumentType) -> Found | None:
    """The issuing state as the heading names it; None where it names none, or several.

    Args:
        lines: print of the upright page.
        kind: licences may carry a distinguishing sign instead of a name.
    """
    if not lines:
        return None
    top = min(line.middle for line in lines)
    foot = max(line.middle for line in lines)
    heading = [line for line in lines if line.middle <= top + _HEADING * max(foot - top, 1.0)]
    bare = [line for line in heading if not any(part.label for part in parts(line.text))]
    named = [Found(code, line) for line in bare if (code := _named(line.text))]
    if kind is DocumentType.DRIVING_LICENCE:
        provinces = [line for line in heading if is_canadian(compact(line.text)[0])]
        if american := [line for line in heading if _is_american(compact(line.text)[0])]:
            return Found("USA", american[0])
        if provinces:
            return Found("CAN", provinces[0])
        if not named:
            named = [
                Found(_ROAD_SIGNS[t], line) for line in heading if (t := line.text.strip()) in _ROAD_SIGNS
            ]
    codes = {found.value for found in named}
    return named[0] if len(codes) == 1 else None


def _is_american(text: str) -> bool:
    return text.removeprefix("USA") in UNITED_STATES or any(word in text for word in TITLES)


def _named(text: str) -> str:
    """The state that a heading names; short codes mean too many other things."""
    bare = text.strip()
    if sum(c.isalpha() for c in bare) < _SHORTEST_NAME and bare != "USA":
        return ""
    if found := state(bare):
        return found
    # Two languages side by side: the first and last words are tried without the others.
    words = bare.split()
    cuts = [" ".join(words[:k]) for k in range(len(words) - 1, 0, -1)]
    cuts += [" ".join(words[k:]) for k in range(1, len(words))]
    codes = {code for cut in cuts if len(cut) > _SHORTEST_NAME and (code := state(cut))}
    return codes.pop() if len(codes) == 1 else ""
