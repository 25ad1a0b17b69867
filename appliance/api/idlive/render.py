"""Results of a check as this dialect shows them: which fields an entry has depends on how it went."""

from typing import Literal

from msgspec import UNSET

from appliance.api.idlive.wire import (
    CheckResult,
    CollectionResult,
    DocumentResult,
    DocumentResults,
    FaceResult,
    FaceResults,
    SearchHit,
    SearchResults,
    ValidationResult,
)
from appliance.domain.attack import Attack
from appliance.domain.face_policy import FaceCode
from appliance.services.check_shapes import Checked, DocumentEntry, FaceEntry, Searched, Source, Validation

MESSAGES = {
    FaceCode.FACE_NOT_FOUND: "Failed to detect face",
    FaceCode.TOO_MANY_FACES: "Too many faces detected",
    FaceCode.FACE_CROPPED: "Face is cropped",
    FaceCode.FACE_TOO_CLOSE: "Face is too close to the camera",
    FaceCode.FACE_CLOSE_TO_BORDER: "Face is too close to the border",
    FaceCode.FACE_TOO_SMALL: "Absolute face size is too small",
    FaceCode.FACE_ANGLE_TOO_LARGE: "Facial out-of-plane rotation angle is extremely large",
    FaceCode.FACE_IS_OCCLUDED: "Face is occluded",
    FaceCode.EYES_CLOSED: "Eyes are closed",
}
INJECTION_FAILED = "Bad Request"
"""The text that this dialect has for every failed injection check; it tells the sender nothing."""


def result(checked: Checked) -> CheckResult:
    """All sections that were asked for."""
    face, document, search = checked.face, checked.document, checked.searches
    return CheckResult(
        face_result=UNSET if face is None else FaceResults([_face(entry) for entry in face]),
        doc_result=UNSET if document is None else DocumentResults([_document(entry) for entry in document]),
        face_validation_result=UNSET if checked.validation is None else _validation(checked.validation),
        face_search_result=UNSET if search is None else SearchResults([_searched(one) for one in search]),
    )


def _face(entry: FaceEntry) -> FaceResult:
    injection = entry.pipeline.attack is Attack.INJECTION_ATTACK
    probability = entry.finding.probability if entry.finding else None
    quality = entry.finding.quality if entry.finding else None
    done = probability is not None
    error = INJECTION_FAILED if injection else MESSAGES[entry.code] if entry.code else entry.reason
    return FaceResult(
        type=entry.pipeline.attack.value,
        pipeline=UNSET if injection else entry.pipeline.name,
        calibration=UNSET if injection else entry.strictness.value,
        probability=UNSET if probability is None else probability,
        quality=UNSET if quality is None or injection else quality,
        error=UNSET if done else error,
        status_code="OK" if done else (entry.code or "ERROR"),
    )


def _document(entry: DocumentEntry) -> DocumentResult:
    probability = entry.finding.probability if entry.finding else None
    return DocumentResult(
        type=entry.pipeline.attack.value,
        pipeline=entry.pipeline.name,
        calibration=entry.strictness.value,
        probability=UNSET if probability is None else probability,
        quality_warnings=UNSET if probability is None else [fault.value for fault in entry.warnings],
        status_code="OK" if probability is not None else (entry.code or "ERROR"),
    )


def _validation(validation: Validation) -> ValidationResult:
    if validation.probability is None:
        return ValidationResult(status_code="ERROR", error=validation.reason)
    return ValidationResult(status_code="OK", probability=validation.probability)


def _searched(searched: Searched) -> CollectionResult:
    source: Literal["FACE", "DOCUMENT"] = "FACE" if searched.source is Source.FACE else "DOCUMENT"
    if searched.reason:
        return CollectionResult(
            collection=searched.collection, error=searched.reason, image_source=source, status_code="ERROR"
        )
    hits = [SearchHit(record_id, probability) for record_id, probability in searched.hits]
    return CollectionResult(
        collection=searched.collection, results=hits, image_source=source, status_code="OK"
    )
