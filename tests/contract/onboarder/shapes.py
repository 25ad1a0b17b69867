"""The answers of this dialect, key by key, as its page shows them."""

import re
import uuid
from datetime import datetime

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
STATES = {"pending", "in_progress", "approved", "rejected", "manual_review", "expired"}
CREATED = ["session_id", "status", "kyc_url", "expires_at", "created_at"]
SESSION = [
    *("session_id", "external_user_id", "status", "risk_level", "risk_score", "decision", "decision_reason"),
    *("created_at", "completed_at", "verification_results"),
]
RESULTS = [
    "document_verified",
    "face_match_passed",
    "face_match_score",
    "liveness_passed",
    "sanctions_clear",
]
DOCUMENT = [
    *("document_id", "document_type", "extraction_confidence", "full_name", "date_of_birth", "nationality"),
    *("document_number_masked", "expiry_date", "is_valid", "mrz_valid", "validation_errors"),
]
SELFIE = ["verification_id", "match_score", "match_passed", "confidence"]
CHALLENGE = ["challenge_id", "challenge_type", "instructions", "timeout_seconds"]
LIVENESS = ["check_id", "passed", "confidence", "spoof_detected", "checks_performed"]
SUBMITTED = [
    *("session_id", "status", "decision", "risk_score", "risk_level", "document_verified"),
    *("face_match_passed", "liveness_passed", "screening_passed", "review_reasons", "started_at"),
    "completed_at",
]
EVENT = ["event", "session_id", "status", "risk_level", "risk_score", "timestamp"]


def answered(response, keys: list[str]) -> dict:
    """A success of exactly these keys."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/json")
    body = response.json()
    assert list(body) == keys
    return body


def refused(response, status: int, says: str = "") -> str:
    """An error of exactly `detail` and `status_code`."""
    assert response.status_code == status, response.text
    body = response.json()
    assert list(body) == ["detail", "status_code"]
    assert body["status_code"] == status
    assert isinstance(body["detail"], str)
    assert says in body["detail"], body["detail"]
    return body["detail"]


def invalid(response) -> dict[str, str]:
    """A 422: the kind of mistake by the place of it."""
    assert response.status_code == 422, response.text
    body = response.json()
    assert list(body) == ["detail", "status_code"]
    assert body["status_code"] == 422
    for one in body["detail"]:
        assert list(one) == ["loc", "msg", "type"]
    return {".".join(map(str, one["loc"])): one["type"] for one in body["detail"]}


def created(response) -> dict:
    """A new session: UUID, a day to live, an address that ends in its id."""
    body = answered(response, CREATED)
    assert str(uuid.UUID(body["session_id"])) == body["session_id"]
    assert body["status"] == "pending"
    assert body["kyc_url"].endswith(f"/kyc/{body['session_id']}")
    assert TIME.fullmatch(body["created_at"])
    assert TIME.fullmatch(body["expires_at"])
    span = datetime.fromisoformat(body["expires_at"]) - datetime.fromisoformat(body["created_at"])
    assert span.total_seconds() == 24 * 3600
    return body


def session(response) -> dict:
    """A session."""
    body = answered(response, SESSION)
    assert list(body["verification_results"]) == RESULTS
    assert body["status"] in STATES
    return body
