"""What this dialect sends: the very keys of its page."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class Failure(msgspec.Struct, frozen=True):
    """Every error."""

    error: str
    code: str
    request_id: str


class FieldRead(msgspec.Struct, frozen=True):
    """One value of a document; `bbox` is left, top, width and height in pixels of the upright picture."""

    value: str
    confidence: float
    bbox: tuple[int, int, int, int] | UnsetType = UNSET


class Disagreement(msgspec.Struct, frozen=True):
    """A field of which the sources of one document say different things; the first one's is returned."""

    field: str
    values: dict[str, str]


class Proof(msgspec.Struct, frozen=True):
    """A barcode that was read: what it is and whether its issuer's signature holds (null: it has none)."""

    kind: str
    verified: bool | None
    key: str
    reason: str
    issued_at: str


class Extracted(msgspec.Struct, frozen=True):
    """Answer of `/v1/ocr/extract`."""

    request_id: str
    document_type: str
    confidence: float
    fields: dict[str, FieldRead]
    processing_time_ms: int
    verhoeff_valid: bool | UnsetType = UNSET
    conflicts: list[Disagreement] | UnsetType = UNSET
    evidence: list[Proof] | UnsetType = UNSET


class Liveness(msgspec.Struct, frozen=True):
    """Passive liveness of a selfie; `score` is 0 to 1, 1 is live, 0.5 decides."""

    live: bool
    score: float
    attack_types: list[str]


class Matched(msgspec.Struct, frozen=True):
    """Answer of `/v1/face/match`; `match` does not depend on `liveness`."""

    request_id: str
    match: bool
    similarity: float
    threshold: float
    liveness: Liveness | None
    processing_time_ms: int
    liveness_error: str | UnsetType = UNSET


class Live(msgspec.Struct, frozen=True):
    """Answer of `/v1/face/liveness`."""

    request_id: str
    live: bool
    score: float
    processing_time_ms: int


class Match(msgspec.Struct, frozen=True):
    """One face of a collection."""

    face_id: str
    similarity: float
    metadata: dict[str, Any]


class Searched(msgspec.Struct, frozen=True):
    """Answer of `/v1/face/search`, best first."""

    request_id: str
    matches: list[Match]
    searched: int
    processing_time_ms: int


class Masked(msgspec.Struct, frozen=True):
    """Answer of `/v1/masking/apply`; `mask_id` and `expires_at` are null where nothing was kept."""

    request_id: str
    mask_id: str | None
    mask_mode: str
    payload: dict[str, Any]
    masked_fields: list[str]
    unmatched_fields: list[str]
    expires_at: str | None


class Unmasked(msgspec.Struct, frozen=True):
    """Answer of `/v1/masking/unmask`: the payload with originals where they may be seen."""

    request_id: str
    mask_id: str
    payload: dict[str, Any]
    fields: list[str]


class Approved(msgspec.Struct, frozen=True):
    """Answer of `/v1/masking/approve`: to be sent once as `X-Approval`."""

    request_id: str
    approval: str
    expires_at: str


class Erased(msgspec.Struct, frozen=True):
    """Answer of `/v1/masking/erase`; `certificate` is the path of its proof."""

    request_id: str
    mask_id: str
    status: str
    certificate: str


class MaskingsFound(msgspec.Struct, frozen=True):
    """Answer of `/v1/masking/find`, oldest first."""

    request_id: str
    mask_ids: list[str]


class Session(msgspec.Struct, frozen=True):
    """A customer's check: `status` created, completed or failed; `result` verified or rejected."""

    request_id: str
    session_id: str
    status: str
    customer_id: str
    metadata: dict[str, Any]
    result: str | None
    confidence: float | None
    reason: str | None
    created_at: str
    expires_at: str
    completed_at: str | None


class VcipEvidence(msgspec.Struct, frozen=True):
    """What was judged: `live_by` is `box` where a model judged liveness, `official` where there is none."""

    match: bool
    similarity: float
    live: bool
    live_by: str
    liveness: float | None
    questions: int


class VcipRecording(msgspec.Struct, frozen=True):
    """The stored video; `record_id` is its record in the vault, for a legal hold."""

    record_id: str
    sha256: str
    bytes: int
    media_type: str


class Vcip(msgspec.Struct, frozen=True):
    """A video identification: `missing` is what stands against completing it; `join_url` is always null."""

    request_id: str
    session_id: str
    status: str
    join_url: str | None
    customer_id: str
    official_id: str
    metadata: dict[str, Any]
    consent: str | None
    location_inside: bool | None
    evidence: VcipEvidence | None
    recording: VcipRecording | None
    missing: list[str]
    record_id: str | None
    result: str | None
    auditor_id: str | None
    reason: str | None
    created_at: str
    expires_at: str
    completed_at: str | None


class Blackened(msgspec.Struct, frozen=True):
    """One field that was blackened: left, top, width and height in pixels of the picture."""

    field: str
    bbox: tuple[int, int, int, int]


class MaskedImage(msgspec.Struct, frozen=True):
    """Answer of `/v1/masking/image`: a PNG file in base64."""

    request_id: str
    image: str
    boxes: list[Blackened]


class BatchTaken(msgspec.Struct, frozen=True):
    """Answer of POST `/v1/ocr/batch`."""

    request_id: str
    batch_id: str
    status: str
    documents: int


class BatchRead(msgspec.Struct, frozen=True):
    """Answer of GET `/v1/ocr/batch/{batch}`: `results` in the order sent, null where one still waits."""

    request_id: str
    batch_id: str
    status: str
    documents: int
    completed: int
    results: list[Extracted | None]
