"""Puts print and machine-readable zone together: one value per field, disagreements kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from appliance.domain.document import Conflict, Field, Mrz, Source
from appliance.domain.mrz import MrzFields
from appliance.domain.mrz_names import transliterate
from appliance.vision.documents import confidence
from appliance.vision.documents.anchors import Found, Print

_CHECK_OF: Final = {
    "document_number": "document_number",
    "date_of_birth": "date_of_birth",
    "expiry_date": "expiry_date",
    "personal_number": "personal_number",
}
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
_NAMES: Final = ("last_name", "first_name")
_RULED: Final = frozenset(
    {"date_of_birth", "issue_date", "expiry_date", "sex", "nationality", "issuing_country"}
)


@dataclass(frozen=True, slots=True)
class Merged:
    """Fields by name, and where the two sources disagree."""

    fields: dict[str, Field]
    conflicts: tuple[Conflict, ...]


def merged(
    printed: Mapping[str, Found], mrz: Mrz | None, zone: MrzFields | None, lines: Sequence[Print] = ()
) -> Merged:
    """One field per name.

    A zone's value with a valid check digit outranks print; printed names are preferred where they spell the
    zone's, for their accents and length; a contradiction is recorded and makes the value less certain. What
    a label was not read for, or read for in another script, is looked for among all lines.

    Args:
        printed: values of the printed zone.
        mrz: the machine-readable zone, None where there is none.
        zone: its fields.
        lines: all print.
    """
    fields = {name: _from_print(name, found) for name, found in printed.items()}
    conflicts: list[Conflict] = []
    if mrz and zone:
        for name in _FROM_ZONE:
            value = getattr(zone, name)
            if not value:
                continue
            if name not in fields or not _same(name, fields[name].value, value, truncated=False):
                fields |= _elsewhere(name, value, lines)
            fields[name] = _one(name, fields.get(name), _from_zone(name, value, mrz), zone, conflicts)
    if "full_name" not in fields or (mrz and zone):
        _whole_name(fields)
    return Merged(fields, tuple(conflicts))


def _from_print(name: str, found: Found) -> Field:
    sure = confidence.of_print(found.print.least, ruled=name in _RULED)
    if found.inferred:
        sure = round(sure * confidence.INFERRED, 4)
    return Field(found.value, found.print.text, sure, Source.VIZ, found.print.quad)


def _elsewhere(name: str, value: str, lines: Sequence[Print]) -> dict[str, Field]:
    """The line of print that says what the zone says of a name or number, whatever stands beside it."""
    if name not in (*_NAMES, "document_number"):
        return {}
    for line in lines:
        text = line.text.replace(" ", "") if name == "document_number" else line.text.strip(" .,:;")
        if len(text) > 1 and _same(name, text, value, truncated=False):
            return {name: _from_print(name, Found(text, line, inferred=True))}
    return {}


def _from_zone(name: str, value: str, mrz: Mrz) -> Field:
    checked = mrz.checks.get(_CHECK_OF.get(name, ""))
    sure = confidence.of_zone(checked=checked, repaired=mrz.repaired > 0, zone=mrz.confidence)
    return Field(value, value, sure, Source.MRZ)


def _one(name: str, viz: Field | None, mrz: Field, zone: MrzFields, conflicts: list[Conflict]) -> Field:
    if viz is None:
        return mrz
    if _same(name, viz.value, mrz.value, truncated=zone.names_truncated):
        best = viz if name in _NAMES else mrz
        sure = confidence.AGREED_NAME if name in _NAMES else confidence.AGREED
        return Field(best.value, viz.printed, sure, best.source, viz.quad)
    chosen = viz if mrz.confidence <= confidence.FAILED < viz.confidence else mrz
    other = mrz if chosen is viz else viz
    conflicts.append(Conflict(name, ((chosen.source, chosen.value), (other.source, other.value))))
    # A check digit leaves little doubt about the zone: the print is likelier to be misread.
    doubt = 0.95 if mrz.confidence >= confidence.CHECKED else confidence.CONTESTED
    return Field(
        chosen.value, chosen.printed, round(chosen.confidence * doubt, 4), chosen.source, chosen.quad
    )


def _same(name: str, viz: str, mrz: str, *, truncated: bool) -> bool:
    if name not in _NAMES:
        return viz == mrz
    spelled = transliterate(viz).replace("<", "")
    zone = mrz.replace(" ", "")
    return spelled == zone or (truncated and len(zone) > 1 and spelled.startswith(zone))


def _whole_name(fields: dict[str, Field]) -> None:
    """Given names, then surname, from the two fields that were read."""
    pieces = [fields[name] for name in ("first_name", "last_name") if name in fields]
    if len(pieces) == 2:
        sure = round(min(piece.confidence for piece in pieces), 4)
        value, printed = (" ".join(getattr(p, key) for p in pieces) for key in ("value", "printed"))
        fields["full_name"] = Field(value, printed, sure, pieces[1].source)
