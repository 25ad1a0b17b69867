"""What this dialect sends: the very keys of its page."""

from typing import Any, Literal

import msgspec

Status = Literal["pending", "in_progress", "approved", "rejected", "manual_review", "expired"]
RiskLevel = Literal["low", "medium", "high"]


class Failure(msgspec.Struct, frozen=True):
    """Every error but a body that is not as described."""

    detail: str
    status_code: int


class Wrong(msgspec.Struct, frozen=True):
    """One field that is not as described: where, what, and a word for the kind."""

    loc: list[str | int]
    msg: str
    type: str


class Invalid(msgspec.Struct, frozen=True):
    """The body or the query is not as described."""

    detail: list[Wrong]
    status_code: int


class CreateSession(msgspec.Struct, frozen=True):
    """Body of POST /partner/sessions."""

    external_user_id: str
    webhook_url: str | None = None
    redirect_url: str | None = None
    metadata: dict[str, Any] | None = None


class SessionCreated(msgspec.Struct, frozen=True):
    """Answer of POST /partner/sessions."""

    session_id: str
    status: Status
    kyc_url: str
    expires_at: str
    created_at: str


class VerificationResults(msgspec.Struct, frozen=True):
    """What is known so far; null is not known."""

    document_verified: bool | None
    face_match_passed: bool | None
    face_match_score: float | None
    liveness_passed: bool | None
    sanctions_clear: bool | None


class Session(msgspec.Struct, frozen=True):
    """One session; risk and decision are null before it is submitted."""

    session_id: str
    external_user_id: str
    status: Status
    risk_level: RiskLevel | None
    risk_score: float | None
    decision: Status | None
    decision_reason: str | None
    created_at: str
    completed_at: str | None
    verification_results: VerificationResults


class Sessions(msgspec.Struct, frozen=True):
    """Answer of GET /partner/sessions, newest first; `total` counts all that the filters leave."""

    sessions: list[Session]
    total: int
    limit: int
    offset: int


class DocumentRead(msgspec.Struct, frozen=True):
    """Answer of the document step; `mrz_valid` is null where the document has no such zone."""

    document_id: str
    document_type: str
    extraction_confidence: float
    full_name: str | None
    date_of_birth: str | None
    nationality: str | None
    document_number_masked: str | None
    expiry_date: str | None
    is_valid: bool
    mrz_valid: bool | None
    validation_errors: list[str]


class SelfieMatched(msgspec.Struct, frozen=True):
    """Answer of the selfie step; 0.80 is the score from which they match."""

    verification_id: str
    match_score: float
    match_passed: bool
    confidence: Literal["high", "medium", "low"]


class ChallengeDrawn(msgspec.Struct, frozen=True):
    """Answer of the challenge step: to be answered once, in time."""

    challenge_id: str
    challenge_type: Literal["head_turn", "nod", "blink", "smile", "open_mouth", "come_closer"]
    instructions: str
    timeout_seconds: int


class LivenessChecked(msgspec.Struct, frozen=True):
    """Answer of the liveness step."""

    check_id: str
    passed: bool
    confidence: float
    spoof_detected: bool
    checks_performed: list[str]


class Submitted(msgspec.Struct, frozen=True):
    """Answer of the last step."""

    session_id: str
    status: Status
    decision: Status
    risk_score: float
    risk_level: RiskLevel
    document_verified: bool
    face_match_passed: bool
    liveness_passed: bool
    screening_passed: bool
    review_reasons: list[str]
    started_at: str
    completed_at: str


class StepState(msgspec.Struct, frozen=True):
    """Where one step of the applicant's page stands; `errors` are codes."""

    done: bool
    passed: bool
    errors: list[str]
    tries_left: int


class PageState(msgspec.Struct, frozen=True):
    """What the applicant's page shows. It holds no decision: that is the partner's to tell."""

    open: bool
    expires_at: str
    redirect_url: str | None
    document: StepState
    selfie: StepState
    liveness: StepState
    challenge_id: str | None
    actions: list[str]


class Health(msgspec.Struct, frozen=True):
    """Answer of GET /health."""

    status: Literal["healthy", "unhealthy"]
    version: str
    database: Literal["connected", "disconnected"]
