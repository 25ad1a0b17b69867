"""What goes over the wire in this dialect; absent fields are left out, never null."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Strictness = Literal["SOFT", "REGULAR", "HARD", "HARDENED"]
Probability = Annotated[float, Meta(ge=0, le=1)]


class FacePipeline(msgspec.Struct, frozen=True):
    """One check of the selfie."""

    type: Literal["PRESENTATION_ATTACK", "DEEPFAKE_ATTACK", "INJECTION_ATTACK"]
    pipeline: str | None = None
    calibration: Strictness | None = None


class DocumentPipeline(msgspec.Struct, frozen=True):
    """One check of the document."""

    type: Literal[
        "SCREEN_REPLAY_ATTACK",
        "PRINTED_COPY_ATTACK",
        "PORTRAIT_SUBSTITUTION_ATTACK",
        "DIGITAL_MANIPULATION_ATTACK",
    ]
    pipeline: str | None = None
    calibration: Strictness | None = None


class FaceParameters(msgspec.Struct, frozen=True):
    """Settings of the face checks."""

    domain: Literal["GENERAL", "DESKTOP"] | None = None
    pipelines: Annotated[list[FacePipeline], Meta(max_length=16)] | None = None


class DocumentParameters(msgspec.Struct, frozen=True):
    """Settings of the document checks."""

    pipelines: Annotated[list[DocumentPipeline], Meta(max_length=16)] | None = None
    errors_to_ignore: list[Literal["DOCUMENT_CROPPED", "DOCUMENT_IS_COLORLESS"]] | None = None


class SearchParameters(msgspec.Struct, frozen=True):
    """Settings of the search."""

    collections: Annotated[list[Annotated[str, Meta(max_length=256)]], Meta(min_length=1, max_length=64)]
    limit: Annotated[int, Meta(ge=1, le=1000)] | None = None
    max_faces: Annotated[int, Meta(ge=1, le=100)] | None = None


Operation = Literal["FACE_CHECK", "DOC_CHECK", "FACE_MATCH_VALIDATION", "FACE_MATCH_SEARCH"]


class CheckModel(msgspec.Struct, frozen=True):
    """What `/check` is asked for."""

    operations: Annotated[list[Operation], Meta(min_length=1, max_length=16)]
    face_check_parameters: FaceParameters | None = None
    document_check_parameters: DocumentParameters | None = None
    face_search_parameters: SearchParameters | None = None


class FaceResult(msgspec.Struct, frozen=True, kw_only=True):
    """One check of the selfie carried out, or why it was not."""

    type: str
    pipeline: str | UnsetType = UNSET
    calibration: str | UnsetType = UNSET
    probability: Probability | UnsetType = UNSET
    quality: Probability | UnsetType = UNSET
    error: str | UnsetType = UNSET
    status_code: str


class DocumentResult(msgspec.Struct, frozen=True, kw_only=True):
    """One check of the document carried out, or why it was not."""

    type: str
    pipeline: str
    calibration: str
    probability: Probability | UnsetType = UNSET
    quality_warnings: list[str] | UnsetType = UNSET
    status_code: str


class FaceResults(msgspec.Struct, frozen=True):
    """In the order of the request."""

    results: list[FaceResult]


class DocumentResults(msgspec.Struct, frozen=True):
    """In the order of the request."""

    results: list[DocumentResult]


class ValidationResult(msgspec.Struct, frozen=True, kw_only=True):
    """Whether selfie and document show one person; 0.5 decides."""

    probability: Probability | UnsetType = UNSET
    error: str | UnsetType = UNSET
    status_code: Literal["OK", "ERROR"]


class SearchHit(msgspec.Struct, frozen=True):
    """A record and how alike it is; 0.9 decides."""

    record_id: str
    probability: Probability


class CollectionResult(msgspec.Struct, frozen=True, kw_only=True):
    """One collection searched for the face of one picture, best hits first."""

    collection: str
    image_source: Literal["FACE", "DOCUMENT"]
    results: list[SearchHit] | UnsetType = UNSET
    error: str | UnsetType = UNSET
    status_code: Literal["OK", "ERROR"]


class SearchResults(msgspec.Struct, frozen=True):
    """By picture, then by collection in the order of the request."""

    results: list[CollectionResult]


class CheckResult(msgspec.Struct, frozen=True):
    """Sections of the operations that were asked for."""

    face_result: FaceResults | UnsetType = UNSET
    doc_result: DocumentResults | UnsetType = UNSET
    face_validation_result: ValidationResult | UnsetType = UNSET
    face_search_result: SearchResults | UnsetType = UNSET


class Collection(msgspec.Struct, frozen=True):
    """A collection. One made with another template model than the one in use needs re-enrolment to use it."""

    collection: str
    total_records: int
    model: str
    needs_reenrolment: bool
    created_at: str


class Collections(msgspec.Struct, frozen=True):
    """All collections of this key, by name."""

    collections: list[Collection]


class TemplateResult(msgspec.Struct, frozen=True):
    """A sealed template, base64."""

    template: str


class TemplatesInput(msgspec.Struct, frozen=True):
    """Templates to add, all or none."""

    templates: Annotated[list[Annotated[str, Meta(max_length=65_536)]], Meta(min_length=1, max_length=1000)]


class RecordsResult(msgspec.Struct, frozen=True):
    """Ids of the records added, in the order of what was added."""

    record_ids: list[str]


class ScoreResult(msgspec.Struct, frozen=True):
    """Whether picture and template show one person; 0.5 decides."""

    score: Probability


class PipelineStatus(msgspec.Struct, frozen=True):
    """A pipeline of this box; `detail` says how well it was measured, or what would enable it."""

    name: str
    type: str
    available: bool
    calibrations: list[str]
    detail: str


class Version(msgspec.Struct, frozen=True, rename="camel"):
    """Of the box and its pipelines."""

    product: str
    version: str
    default_pipeline: str
    available_pipelines: list[str]
    pipelines: list[PipelineStatus]
    template_model: str


class Health(msgspec.Struct, frozen=True):
    """UP or DOWN."""

    status: Literal["UP", "DOWN"]


class Failure(msgspec.Struct, frozen=True):
    """Every error."""

    status: int
    message: str
