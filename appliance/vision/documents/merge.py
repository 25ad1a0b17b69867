"""Puts print, machine-readable zone and barcodes together: one value per field, disagreements kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.domain.document import Conflict, Evidence, Field, Mrz, Source
from appliance.domain.mrz import MrzFields
from appliance.domain.mrz_layout import check_digit
from appliance.domain.mrz_names import transliterate
from appliance.domain.states import is_known
from appliance.vision.documents import confidence
from appliance.vision.documents.accents import restored, spelled
from appliance.vision.documents.agreement import NAMES, agree
from appliance.vision.documents.alphabets import ACCENTED, may_be_marked
from appliance.vision.documents.anchors import Found, Print

_CHECKED: Final = frozenset({"document_number", "date_of_birth", "expiry_date", "personal_number"})
"""Fields of the zone that have a check digit in some kind."""
_FROM_ZONE: Final = (
    "last_name",
    "first_name",
    "date_of_birth",
    "sex",
    "nationality",
    "document_number",
    "expiry_date",
    "issuing_country",
    "personal_number",
)
_STATES: Final = frozenset({"nationality", "issuing_country"})
_SPELLED: Final = NAMES | {"place_of_birth", "address"}
_NEARLY: Final = 0.6
"""Likeness (Ratcliff and Obershelp) from which two names are one name, read differently."""
_SOUGHT: Final = ("last_name", "first_name", "full_name", "document_number")
"""Fields looked for among all lines where no label led to what a zone or barcode says."""


class Rank(IntEnum):
    """Which source the field's value is taken from: the higher one's."""

    DOUBTFUL = 0
    """Print that can hardly be read, a zone's value whose check digit does not hold."""
    BROKEN = 1
    """A barcode with a signature that does not hold, or that no key is there for."""
    PRINTED = 2
    UNCHECKED = 3
    """A zone's value that no check digit covers."""
    BARCODE = 4
    CHECKED = 5
    """A zone's value whose check digit holds."""
    SIGNED = 6


@dataclass(frozen=True, slots=True)
class Merged:
    """Fields by name, and where the sources disagree."""

    fields: dict[str, Field]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Said:
    """What one source says of a field."""

    rank: Rank
    field: Field
    least: float = 1.0


def merged(  # noqa: PLR0913 - one argument per source
    printed: Mapping[str, Found],
    mrz: Mrz | None,
    zone: MrzFields | None,
    lines: Sequence[Print] = (),
    evidence: Sequence[Evidence] = (),
    *,
    state: str = "",
) -> Merged:
    """One field per name.

    What an issuer signed outranks a zone's value with a valid check digit, that a barcode, that the print;
    printed names are preferred where they spell the zone's, for their accents and length. A contradiction is
    recorded and makes the value less certain, agreement makes it more certain. What a label was not read
    for, or read for in another script, is looked for among all lines.

    Args:
        printed: values of the printed zone.
        mrz: the machine-readable zone, None where there is none.
        zone: its fields.
        lines: all print.
        evidence: barcodes and signed files.
        state: whose alphabet the holder's names are in, "" where not known.
    """
    told = _told(mrz, zone, evidence)
    truncated = zone is not None and zone.names_truncated
    alphabet = ACCENTED.get(state, "")
    fields: dict[str, Field] = {}
    conflicts: list[Conflict] = []
    for name in {**told, **printed}:
        sayings = told.get(name, [])
        values = [said.field.value for said in sayings]
        found = _found(printed.get(name), name, values, lines, alphabet)
        every = [*sayings, *([_from_print(name, found, alphabet)] if found else [])]
        fields[name] = _one(name, every, conflicts, truncated=truncated)
    whole = fields.get("full_name")
    if whole is None or (whole.source is Source.VIZ and mrz and zone):
        _whole_name(fields)
    return Merged(fields, tuple(conflicts))


def _told(mrz: Mrz | None, zone: MrzFields | None, evidence: Sequence[Evidence]) -> dict[str, list[_Said]]:
    """What all sources but the print say, by field."""
    told: dict[str, list[_Said]] = {}
    for one in evidence:
        for name, value in one.fields.items():
            if value:
                told.setdefault(name, []).append(_from_evidence(value, one))
    if mrz and zone:
        for name in _FROM_ZONE:
            if value := getattr(zone, name):
                told.setdefault(name, []).append(_from_zone(name, value, mrz))
    return told


def _found(
    found: Found | None, name: str, told: Sequence[str], lines: Sequence[Print], alphabet: str
) -> Found | None:
    """The printed value, spelled as print and zone together show it, sought everywhere where it differs."""
    if not told:
        return found
    same = _as_told(found, name, told, alphabet) if found else None
    return same or _elsewhere(name, told, lines, alphabet) or found


def _as_told(found: Found, name: str, told: Sequence[str], alphabet: str) -> Found | None:
    """The printed value where another source says the same; None where none does."""
    if name in NAMES:
        for value in told:
            if text := restored(found.value, value, alphabet):
                return replace(found, value=text)
    return found if any(agree(name, found.value, value) for value in told) else None


def _from_print(name: str, found: Found, alphabet: str) -> _Said:
    least = found.print.least
    if name in _SPELLED and may_be_marked(found.value, alphabet):
        least = min(least, confidence.MAYBE_MARKED)
    sure = confidence.of_print(name, least, inferred=found.inferred)
    rank = Rank.PRINTED if sure > confidence.FAILED else Rank.DOUBTFUL
    return _Said(rank, Field(found.value, found.print.text, sure, Source.VIZ, found.print.quad), least)


def _elsewhere(name: str, told: Sequence[str], lines: Sequence[Print], alphabet: str) -> Found | None:
    """The line of print that says what another source says of a name or number, whatever stands beside it."""
    if name not in _SOUGHT:
        return None
    for read in lines:
        line = spelled(read, alphabet) if name in NAMES and alphabet else read
        text = line.text.replace(" ", "") if name == "document_number" else line.text.strip(" .,:;")
        if len(text) > 1 and (same := _as_told(Found(text, line, inferred=True), name, told, alphabet)):
            return same
    return None


def _from_zone(name: str, value: str, mrz: Mrz) -> _Said:
    checked = mrz.checks.get(name) if name in _CHECKED else None
    if name in _STATES and not is_known(value):
        checked = False
    sure = confidence.of_zone(checked=checked, repaired=mrz.repaired > 0, zone=mrz.confidence)
    rank = Rank.UNCHECKED if checked is None else Rank.CHECKED if checked else Rank.DOUBTFUL
    return _Said(rank, Field(value, value, sure, Source.MRZ))


def _from_evidence(value: str, evidence: Evidence) -> _Said:
    """A barcode's own error correction leaves no doubt about what it says."""
    if evidence.verified:
        return _Said(Rank.SIGNED, Field(value, value, confidence.SIGNED, Source.SIGNED))
    if evidence.verified is None:
        return _Said(Rank.BARCODE, Field(value, value, confidence.BARCODE, Source.BARCODE))
    return _Said(Rank.BROKEN, Field(value, value, confidence.UNVERIFIED, Source.BARCODE))


def _one(name: str, sayings: Sequence[_Said], conflicts: list[Conflict], *, truncated: bool) -> Field:
    order = _ordered(name, sayings)
    first = order[0]
    same = [
        said
        for said in order
        if said is first
        or _agree(name, said.field.value, first.field.value, truncated=truncated and name in NAMES)
    ]
    best = _best_spelled(name, same)
    quad, text = _where(same)
    sure = _agreed(name, same)
    if len(same) < len(order):
        told = [(said.field.source, said.field.value) for said in order if said not in same]
        conflicts.append(Conflict(name, ((best.source, best.value), *dict.fromkeys(told))))
        # A check digit or signature leaves little doubt: the print is likelier to be misread.
        decided = first.rank >= Rank.CHECKED and not _undecided(name, order)
        doubt = confidence.OPPOSED if decided else confidence.CONTESTED
        sure = round(sure * doubt, 4)
    return Field(best.value, text or best.printed, sure, best.source, quad)


def _agree(name: str, one: str, other: str, *, truncated: bool) -> bool:
    return agree(name, one, other, truncated=truncated) or agree(name, other, one, truncated=truncated)


def _ordered(name: str, sayings: Sequence[_Said]) -> list[_Said]:
    """The weightiest first.

    Print is as good as a zone where no check digit decides between them: misreadings that it does not see,
    and names that are nearly the same, of which zones are misread as easily.
    """
    level = _undecided(name, sayings)

    def weight(said: _Said) -> tuple[int, float]:
        even = level and said.field.source in (Source.VIZ, Source.MRZ) and said.rank >= Rank.PRINTED
        return (-(Rank.PRINTED if even else said.rank), -said.field.confidence)

    return sorted(sayings, key=weight)


def _undecided(name: str, sayings: Sequence[_Said]) -> bool:
    values = {said.field.source: said.field.value for said in sayings}
    viz, mrz = values.get(Source.VIZ, ""), values.get(Source.MRZ, "")
    if not viz or not mrz or viz == mrz:
        return False
    if name in NAMES:
        one, other = (transliterate(value).replace("<", "") for value in (viz, mrz))
        return SequenceMatcher(None, one, other).ratio() >= _NEARLY
    return name == "document_number" and len(viz) == len(mrz) and check_digit(viz) == check_digit(mrz)


def _best_spelled(name: str, same: Sequence[_Said]) -> Field:
    """The value among those that agree: of names the printed one, unless it is signed; of dates the longest.

    Zones and barcodes of licences have neither accents nor, often, small letters.
    """
    first = same[0]
    if name in NAMES and first.rank is not Rank.SIGNED:
        return next((said.field for said in same if said.field.source is Source.VIZ), first.field)
    if "date" in name or "number" in name:  # a year against a day, a masked number against a whole one
        return max(same, key=lambda said: (len(said.field.value.replace("X", "")), said.rank)).field
    return first.field


def _where(same: Sequence[_Said]) -> tuple[NDArray[np.float32] | None, str]:
    """Where the value stands in print, and as it stands there."""
    for said in same:
        if said.field.source is Source.VIZ:
            return said.field.quad, said.field.printed
    return None, ""


def _agreed(name: str, same: Sequence[_Said]) -> float:
    sources = {said.field.source for said in same}
    best = max(said.field.confidence for said in same)
    if len(sources) == 1:
        return same[0].field.confidence
    if Source.SIGNED in sources:
        return max(best, confidence.SIGNED)
    if name in NAMES and Source.VIZ in sources:
        return confidence.of_agreed_name(min(said.least for said in same))
    return confidence.AGREED


def _whole_name(fields: dict[str, Field]) -> None:
    """Given names, then surname, from the two fields that were read."""
    pieces = [fields[name] for name in ("first_name", "last_name") if name in fields]
    if len(pieces) == 2:
        sure = round(pieces[0].confidence * pieces[1].confidence, 4)
        value, printed = (" ".join(getattr(p, key) for p in pieces) for key in ("value", "printed"))
        fields["full_name"] = Field(value, printed, sure, pieces[1].source)
