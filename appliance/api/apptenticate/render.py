"""Results of the services in the words of this dialect."""

import math

import msgspec
from msgspec import UNSET, UnsetType

from appliance.api.apptenticate import codes, wire
from appliance.api.apptenticate.codes import Refusal
from appliance.api.apptenticate.parse import WANTED, DocumentAsked
from appliance.config import Apptenticate
from appliance.domain.attack import Finding
from appliance.domain.document import Document, DocumentType
from appliance.errors import NotInstalled, ServiceError
from appliance.services.check_shapes import Checked, FaceEntry
from appliance.services.compare_faces import Comparison
from appliance.services.judge_document import Judged

_LEAST = 1e-9
"""Probabilities nearer to 0 or 1 than this have the score of this."""
_CARDS = frozenset({DocumentType.NATIONAL_ID, DocumentType.DRIVING_LICENCE})


def document(
    judged: Judged, asked: DocumentAsked, settings: Apptenticate, number: int
) -> wire.DocumentRead | wire.DocumentRefused:
    """Render a document, read or refused."""
    told = number if asked.return_id else UNSET
    refusal = refused(judged, asked, settings)
    if refusal is not None:
        return wire.DocumentRefused(valid=False, error_code=refusal.code, error=refusal.text, id=told)
    assert judged.reading is not None
    found = judged.reading.document
    data = {key: value(found, name) for key, name in settings.fields.items()}
    return wire.DocumentRead(valid=True, document_type=asked.document_type, data=data, id=told)  # type: ignore[arg-type]  # one of the choices, parse has seen to it


def refused(judged: Judged, asked: DocumentAsked, settings: Apptenticate) -> Refusal | None:
    """Why a document is refused: its picture, an attack, or that it cannot be read as what was asked for."""
    if judged.faults:
        return codes.of_faults(judged.faults)
    if judged.attack is not None:
        return codes.of_attack(judged.attack, settings)
    found = None if judged.reading is None else judged.reading.document
    if found is None or not is_readable(found) or not is_kind(found, asked.document_type):
        return codes.NOT_DETECTED
    return None


def is_readable(found: Document) -> bool:
    """Whether anything that names the holder or the document was read."""
    return any(found.value(name) for name in ("document_number", "full_name", "first_name", "last_name"))


def is_kind(found: Document, document_type: str) -> bool:
    """Whether a document may be what was asked for; one that was not recognised may be anything."""
    group = found.type.group
    if group is DocumentType.UNKNOWN:
        return found.type is not DocumentType.VISA
    passport = WANTED[document_type] is DocumentType.PASSPORT
    return group is DocumentType.PASSPORT if passport else group in _CARDS


def value(found: Document, name: str) -> str:
    """A value of a document, "" where it was not found. A name that is not parted stands with the names."""
    if name == "mrz":
        return "\n".join(found.mrz.lines) if found.mrz is not None else ""
    if name == "first_name" and not found.value("first_name") and not found.value("last_name"):
        return found.value("full_name")
    return found.value(name)


def liveness(
    checked: Checked, number: int | UnsetType, *, details: bool
) -> wire.Liveness | wire.LivenessPlus:
    """Render the proof of life of a selfie, or of a sealed capture.

    Raises:
        NotInstalled: no model for it is installed.
        ServiceError: a check could not be carried out.
    """
    face, *capture = checked.face or ()
    if face.code is not None:
        return wire.Liveness(valid=False, error=codes.FACES[face.code], id=number)
    found = _finding(face)
    live = _share(found.probability)
    if capture:
        way = _finding(capture[0])
        real = _share(way.probability)
        plus = wire.Plus(wire.FaceLiveness(live), wire.CaptureLiveness(score(real), real))
        return wire.LivenessPlus(
            valid=min(live, real) >= 0.5, api_response=plus if details else UNSET, id=number
        )
    passive = wire.Passive(score(live), _share(found.quality), live)
    valid = min(live, passive.quality) >= 0.5
    return wire.Liveness(valid=valid, api_response=passive if details else UNSET, id=number)


def match(result: Comparison, number: int | UnsetType) -> wire.Match:
    """Render a comparison."""
    missing = "frontside" if not result.reference_found else "selfie" if not result.probe_found else ""
    return wire.Match(
        valid=result.matched,
        similarity=round(result.percent / 100, 4),
        error=f"The face is not detected in the {missing}." if missing else UNSET,
        id=number,
    )


def score(probability: float) -> float:
    """Log-odds of a probability: 0 at the threshold, without bounds."""
    p = min(max(probability, _LEAST), 1 - _LEAST)
    return round(math.log(p / (1 - p)), 4)


def is_valid(body: msgspec.Struct) -> bool:
    """What a body says of itself."""
    return bool(getattr(body, "valid", True))


def _finding(entry: FaceEntry) -> Finding:
    finding = entry.finding
    if finding is not None and finding.probability is not None:
        return finding
    if finding is not None and finding.reason:
        raise NotInstalled(finding.reason)
    raise ServiceError("a check could not be carried out", remedy="Send the call again.")


def _share(probability: float | None) -> float:
    """Four decimals, never rounded across 0.5."""
    p = probability or 0.0
    return max(round(p, 4), 0.5) if p >= 0.5 else min(round(p, 4), 0.4999)
