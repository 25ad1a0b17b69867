"""Scoring of zones, and picking of their lines from a package that reads text but knows no zones."""

import math
import re
from dataclasses import dataclass

from appliance.domain.mrz import KINDS, checks, identify, parse
from appliance.vision.documents.mrz_alphabet import LOOK_ALIKES

SIX = ("document_number", "date_of_birth", "expiry_date", "sex", "nationality", "names")
"""What every package gives: the comparison that is fair to those that miscount fillers."""

_FOLD = str.maketrans({written: meant for meant, many in LOOK_ALIKES.items() for written in many})
_DATES = re.compile(r"\d{6}\d[MFX<]\d{6}")


def six_of(lines):
    """The six fields of a zone's lines; lines of wrong length count as filled up or cut."""
    length = sorted(len(line) for line in lines)[len(lines) // 2]
    columns = min((30, 36, 44), key=lambda size: abs(size - length))
    if identify(lines) == "FRID":
        return _six(parse("FRID", lines))
    kind = {3: "TD1"}.get(len(lines)) or ("TD3" if columns == 44 else "TD2")
    if len(lines) == 2 and lines[0].startswith("V"):
        kind = "MRVA" if columns == 44 else "MRVB"
    return _six(parse(kind, lines))


def _six(fields):
    names = f"{fields.last_name} {fields.first_name}".strip()
    values = (
        fields.document_number,
        fields.date_of_birth,
        fields.expiry_date,
        fields.sex,
        fields.nationality,
    )
    return dict(zip(SIX, (*values, names), strict=True))


def six_of_passporteye(said):
    """Its own parser's fields, brought to the same form by writing them into an empty zone."""
    born, expires = (said[name] or "" for name in ("date_of_birth", "expiration_date"))
    nationality = (said["nationality"] or "").ljust(3, "<")[:3]
    number = (said["number"] or "").ljust(9, "<")[:9]
    sex = (said["sex"] or "<")[:1]
    second = f"{number}0{nationality}{born.ljust(6, '<')[:6]}0{sex}{expires.ljust(6, '<')[:6]}0"
    fields = _six(parse("TD3", ("P<UTO", second)))
    words = f"{said['surname'] or ''} {said['names'] or ''}".split()
    return {**fields, "names": " ".join(words)}


def zone_lines(texts):
    """The last lines that look like a zone: folded, without blanks, at least 20 characters."""
    folded = [re.sub("[^A-Z0-9<]", "", text.upper().translate(_FOLD)) for text in texts]
    zone = [t for t in folded if len(t) >= 20 and (t.count("<") >= 2 or _DATES.search(t))]
    if len(zone) >= 3 and sorted(len(line) for line in zone[-3:])[1] <= 33:
        return tuple(zone[-3:])
    return tuple(zone[-2:]) if len(zone) >= 2 else ()


@dataclass(frozen=True)
class Score:
    exact: bool
    six: bool
    fields: int
    silent: bool


def score(lines, truth, six=None):
    """How a reading compares with the truth; `silent`: all its check digits hold and it is wrong."""
    exact = tuple(lines) == tuple(truth)
    expected = six_of(truth)
    found = six if six is not None else six_of(lines) if lines else {}
    fields = sum(found.get(name) == value for name, value in expected.items())
    kind = identify(lines) if lines else None
    holds = kind in KINDS and all(checks(kind, lines).values())
    return Score(exact, fields == len(SIX), fields, holds and not exact)


def wilson(right, count, z=1.96):
    """95 % bounds of a share."""
    if not count:
        return 0.0, 1.0
    share = right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return middle - half, middle + half
