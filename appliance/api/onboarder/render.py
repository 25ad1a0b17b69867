"""From the engine's words to this dialect's."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from appliance.api.onboarder import wire
from appliance.domain.challenge import Challenge
from appliance.domain.onboarding import (
    MOST_TRIES,
    OPEN,
    DocumentFacts,
    LivenessFacts,
    OnboardingSession,
    SelfieFacts,
)
from appliance.domain.onboarding_document import DOUBTFUL
from appliance.domain.score import SIMILARITY
from appliance.domain.screening import ScreeningState

HIGH: Final = 0.90
"""Score from which a match is called highly confident."""


def created(session: OnboardingSession, base: str) -> wire.SessionCreated:
    """Render a new session."""
    return wire.SessionCreated(
        session_id=session.id,
        status=session.state.value,
        kyc_url=f"{base}/kyc/{session.id}",
        expires_at=stamp(session.expires_at),
        created_at=stamp(session.created_at),
    )


def session(found: OnboardingSession) -> wire.Session:
    """Render a session."""
    outcome, decision = found.outcome, found.decision
    return wire.Session(
        session_id=found.id,
        external_user_id=found.external_user_id,
        status=found.state.value,
        risk_level=outcome.risk_level if outcome else None,  # type: ignore[arg-type]  # of the policy's words
        risk_score=outcome.risk_score if outcome else None,
        decision=decision.value if decision else None,
        decision_reason=outcome.reason if outcome else None,
        created_at=stamp(found.created_at),
        completed_at=None if found.completed_at is None else stamp(found.completed_at),
        verification_results=wire.VerificationResults(
            document_verified=found.document.valid if found.document else None,
            face_match_passed=found.selfie.matched if found.selfie else None,
            face_match_score=_score(found.selfie.similarity) if found.selfie else None,
            liveness_passed=found.liveness.passed if found.liveness else None,
            sanctions_clear=outcome.screening == ScreeningState.CLEAR if outcome else None,
        ),
    )


def document(found: DocumentFacts) -> wire.DocumentRead:
    """Render what a document says; of its number the end alone."""
    return wire.DocumentRead(
        document_id=found.id,
        document_type=found.type,
        extraction_confidence=_score(found.confidence),
        full_name=found.full_name or None,
        date_of_birth=found.date_of_birth or None,
        nationality=found.nationality or None,
        document_number_masked=found.number_masked or None,
        expiry_date=found.expiry_date or None,
        is_valid=found.valid,
        mrz_valid=found.mrz_valid,
        validation_errors=list(found.errors),
    )


def selfie(found: SelfieFacts) -> wire.SelfieMatched:
    """Render a comparison. The word for the confidence follows the score that is shown."""
    score = _score(found.similarity)
    sure = "high" if score >= HIGH else "medium" if found.matched else "low"
    return wire.SelfieMatched(
        verification_id=found.id,
        match_score=score,
        match_passed=found.matched,
        confidence=sure,  # type: ignore[arg-type]  # one of the three words above
    )


def challenge(drawn: Challenge) -> wire.ChallengeDrawn:
    """Render a challenge."""
    return wire.ChallengeDrawn(
        challenge_id=drawn.identity,
        challenge_type=drawn.kind,  # type: ignore[arg-type]  # one of the domain's kinds
        instructions=drawn.instructions,
        timeout_seconds=drawn.seconds,
    )


def liveness(found: LivenessFacts) -> wire.LivenessChecked:
    """Render a liveness check."""
    return wire.LivenessChecked(
        check_id=found.id,
        passed=found.passed,
        confidence=_score(found.confidence),
        spoof_detected=found.spoofed,
        checks_performed=list(found.checks),
    )


def submitted(ended: OnboardingSession) -> wire.Submitted:
    """Render a decision. What was not done has not passed."""
    outcome, decision = ended.outcome, ended.decision
    if outcome is None or decision is None or ended.completed_at is None:
        raise RuntimeError("a submitted session has no outcome")
    return wire.Submitted(
        session_id=ended.id,
        status=ended.state.value,
        decision=decision.value,
        risk_score=outcome.risk_score,
        risk_level=outcome.risk_level,  # type: ignore[arg-type]  # of the policy's words
        document_verified=ended.document is not None and ended.document.valid,
        face_match_passed=ended.selfie is not None and ended.selfie.matched,
        liveness_passed=ended.liveness is not None and ended.liveness.passed,
        screening_passed=outcome.screening == ScreeningState.CLEAR,
        review_reasons=list(outcome.review_reasons),
        started_at=stamp(ended.created_at),
        completed_at=stamp(ended.completed_at),
    )


def page(found: OnboardingSession, now: int) -> wire.PageState:
    """Render where the applicant's page stands: no scores, and nothing of what attacks were looked for.

    Whoever tries to deceive the box must not learn from it how near they came.
    """
    document, selfie, live, tries = found.document, found.selfie, found.liveness, found.tries
    errors = [code for code in document.errors if code != DOUBTFUL] if document else []
    drawn = found.challenge if found.challenge is not None and found.challenge.open_at(now) else None
    return wire.PageState(
        open=found.state in OPEN and now < found.expires_at,
        expires_at=stamp(found.expires_at),
        redirect_url=found.redirect_url or None,
        document=_step(document, document is not None and document.valid, tries.documents, errors),
        selfie=_step(selfie, selfie is not None and selfie.matched, tries.selfies),
        liveness=_step(live, live is not None and live.passed, tries.checks),
        challenge_id=drawn.identity if drawn else None,
        actions=[action.value for action in drawn.actions] if drawn else [],
    )


def stamp(seconds: int) -> str:
    """ISO 8601 in UTC with `Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _step(found: object, passed: bool, tries: int, errors: Collection[str] = ()) -> wire.StepState:
    return wire.StepState(found is not None, passed, list(errors), max(0, MOST_TRIES - tries))


def _score(value: float) -> float:
    """Four digits, never rounded up over the decision point."""
    shown = round(value, 4)
    return shown - 0.0001 if value < SIMILARITY[1] <= shown else shown
