"""From the engine's words to this dialect's."""

import base64

import numpy as np
from msgspec import UNSET, UnsetType

from appliance.api.deepidv.wire import (
    THRESHOLD,
    BoundingBox,
    CompareResult,
    DetectResult,
    Landmark,
    LandmarkName,
    ScanResult,
    VerifyDocument,
    VerifyFace,
    VerifyMatch,
    VerifyResult,
)
from appliance.domain.document import Document, DocumentType, Mrz
from appliance.domain.face import Face
from appliance.services.compare_faces import Comparison
from appliance.services.detect_face import FaceFound
from appliance.services.parts import Failed
from appliance.services.read_document import Reading
from appliance.services.verify_identity import Identity

TYPES = {
    DocumentType.PASSPORT: "passport",
    DocumentType.NATIONAL_ID: "national_id",
    DocumentType.DRIVING_LICENCE: "drivers_license",
    DocumentType.UNKNOWN: "",
}
TYPES_BY_NAME = {name: kind for kind, name in TYPES.items() if name}

RAW = {
    "full_name": "FULL_NAME",
    "first_name": "FIRST_NAME",
    "last_name": "LAST_NAME",
    "date_of_birth": "DATE_OF_BIRTH",
    "sex": "SEX",
    "nationality": "NATIONALITY",
    "document_number": "DOCUMENT_NUMBER",
    "expiry_date": "EXPIRATION_DATE",
    "issue_date": "DATE_OF_ISSUE",
    "issuing_country": "ISSUING_COUNTRY",
    "place_of_birth": "PLACE_OF_BIRTH",
    "address": "ADDRESS",
    "personal_number": "PERSONAL_NUMBER",
}
"""Names of AWS Textract's AnalyzeID, and in its manner where it has none. It also splits off a MIDDLE_NAME;
documents do not say where one begins, so that all given names stand in FIRST_NAME."""
ID_TYPES = {
    DocumentType.PASSPORT: "PASSPORT",
    DocumentType.DRIVING_LICENCE: "DRIVER LICENSE FRONT",
    DocumentType.NATIONAL_ID: "IDENTITY CARD",
}
LANDMARKS: tuple[LandmarkName, ...] = ("eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight")


def detection(found: FaceFound) -> DetectResult:
    """Render the largest face; none is an answer like any other."""
    face = found.face
    if face is None:
        return DetectResult(face_detected=False, confidence=0.0)
    width, height = found.width, found.height
    left, right = (float(np.clip(x / width, 0, 1)) for x in (face.box.left, face.box.right))
    top, bottom = (float(np.clip(y / height, 0, 1)) for y in (face.box.top, face.box.bottom))
    return DetectResult(
        face_detected=True,
        confidence=round(float(face.score), 4),
        bounding_box=BoundingBox(
            top=round(top, 5),
            left=round(left, 5),
            width=round(right - left, 5),
            height=round(bottom - top, 5),
        ),
        landmarks=[
            Landmark(type=name, x=round(float(x) / width, 5), y=round(float(y) / height, 5))
            for name, (x, y) in zip(LANDMARKS, face.points, strict=True)
        ],
    )


def comparison(result: Comparison) -> CompareResult:
    """Render a comparison."""
    return CompareResult(
        is_match=result.matched,
        confidence=result.percent,
        threshold=THRESHOLD,
        source_face_detected=result.reference_found,
        target_face_detected=result.probe_found,
    )


def scan(reading: Reading) -> ScanResult:
    """Render a document, also one of which nothing could be read."""
    document = reading.document
    return ScanResult(
        **_fields(document),
        confidence=round(document.confidence, 4),
        raw_fields=raw_fields(document),
        address=document.value("address") or UNSET,
        mrz_data=_mrz(document.mrz),
        face_image=_base64(reading.portrait),
    )


def identity(result: Identity) -> VerifyResult:
    """Render a verification; a part that failed has zeros and empty strings."""
    reading, face, match = result.reading, result.face, result.comparison
    return VerifyResult(
        verified=result.verdict.verified,
        document=_no_document() if isinstance(reading, Failed) else _document(reading),
        face_detection=VerifyFace(
            face_detected=isinstance(face, Face),
            confidence=round(100 * float(face.score), 2) if isinstance(face, Face) else 0.0,
        ),
        face_match=VerifyMatch(
            is_match=not isinstance(match, Failed) and match.matched,
            confidence=0.0 if isinstance(match, Failed) else match.percent,
            threshold=THRESHOLD,
        ),
        overall_confidence=result.verdict.confidence,
    )


def raw_fields(document: Document) -> dict[str, str]:
    """All values as they stand on the document."""
    raw = {RAW[name]: field.printed for name, field in document.fields.items() if name in RAW}
    if kind := ID_TYPES.get(document.type.group):
        raw["ID_TYPE"] = kind
    if document.mrz is not None:
        raw["MRZ_CODE"] = "\n".join(document.mrz.lines)
    return raw


def _document(reading: Reading) -> VerifyDocument:
    document = reading.document
    return VerifyDocument(
        **_fields(document),
        confidence=round(100 * document.confidence, 2),
        address=document.value("address") or UNSET,
        face_image=_base64(reading.portrait),
    )


def _no_document() -> VerifyDocument:
    return VerifyDocument(**dict.fromkeys(_FIELDS, ""), document_type="", full_name="", confidence=0.0)


_FIELDS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "date_of_birth": "date_of_birth",
    "gender": "sex",
    "nationality": "nationality",
    "document_number": "document_number",
    "expiration_date": "expiry_date",
    "issuing_country": "issuing_country",
}


def _fields(document: Document) -> dict[str, str]:
    values = {name: document.value(field) for name, field in _FIELDS.items()}
    both = f"{values['first_name']} {values['last_name']}".strip()
    return values | {
        "document_type": TYPES[document.type.group],
        "full_name": document.value("full_name") or both,
    }


def _mrz(mrz: Mrz | None) -> str | UnsetType:
    return "\n".join(mrz.lines) if mrz is not None else UNSET


def _base64(jpeg: bytes) -> str | UnsetType:
    return base64.b64encode(jpeg).decode("ascii") if jpeg else UNSET
