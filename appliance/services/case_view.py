"""One case as an officer reads it: who, why this score, which names on lists, what happened so far.

Made from the session and the contents of its evidence packets, which are what an auditor reads too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from appliance.domain.onboarding import OnboardingSession, State
from appliance.services.review import Case, Officer
from appliance.store.review_approvals import FirstApproval


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One session of the queue.

    Attributes:
        session_id, tenant, external_user_id, status: of it.
        risk_score, risk_level: None before submission.
        review_reasons: codes.
        created_at, completed_at: RFC 3339, UTC; `completed_at` None while it is open.
        approved_by: officer whose approval waits for a second one, or None.
    """

    session_id: str
    tenant: str
    external_user_id: str
    status: str
    risk_score: float | None
    risk_level: str | None
    review_reasons: tuple[str, ...]
    created_at: str
    completed_at: str | None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case. Its repr shows no personal data.

    Attributes:
        session: as in the queue.
        decision_reason: one sentence, of the box or of the officer.
        subject: what was read about the person.
        consent: reference that the partner gave, "" for none.
        inputs: kind, id, SHA-256, count and at (seconds since 1970) of what was judged.
        contributions: name, words, share, weight, signal and outcome of each, largest share first.
        measured: name, score, threshold, passed, model and details of each check.
        screening: state, reason, matches and lists; None where it was not done.
        query: that was screened; None likewise.
        policy: version and sha256; None before submission.
        client, clock: as in the evidence; None before submission.
        acts: kind, operator, decision, reason and at (RFC 3339) of each.
        first_approval: officer and at, while a second approval is waited for.
        two_person: whether approvals need two officers.
        pictures: kinds that are kept.
    """

    session: QueueRow
    decision_reason: str
    subject: Mapping[str, str]
    consent: str
    inputs: Sequence[Mapping[str, Any]]
    contributions: Sequence[Mapping[str, Any]]
    measured: Sequence[Mapping[str, Any]]
    screening: Mapping[str, Any] | None
    query: Mapping[str, Any] | None
    policy: Mapping[str, str] | None
    client: Mapping[str, Any] | None
    clock: Mapping[str, Any] | None
    acts: Sequence[Mapping[str, str]]
    first_approval: Mapping[str, str] | None
    two_person: bool
    pictures: tuple[str, ...]

    def __repr__(self) -> str:
        return f"CaseView({self.session.session_id}, {self.session.status})"


def acted(session: OnboardingSession, officer: Officer) -> QueueRow:
    """A session after an officer's act: still in review, that act was the first of two approvals."""
    waits = session.state is State.MANUAL_REVIEW
    return replace(row(session), approved_by=officer.id if waits else None)


def row(session: OnboardingSession, first: FirstApproval | None = None) -> QueueRow:
    """A session as the queue shows it."""
    outcome = session.outcome
    return QueueRow(
        session_id=session.id,
        tenant=session.tenant,
        external_user_id=session.external_user_id,
        status=session.state.value,
        risk_score=outcome.risk_score if outcome else None,
        risk_level=outcome.risk_level if outcome else None,
        review_reasons=outcome.review_reasons if outcome else (),
        created_at=stamp(session.created_at),
        completed_at=None if session.completed_at is None else stamp(session.completed_at),
        approved_by=first.officer if first else None,
    )


def view(case: Case) -> CaseView:
    """A case as a page or an answer shows it."""
    first: Mapping[str, Any] = case.evidence[0] if case.evidence else {}
    assessment, policy = first.get("assessment") or {}, first.get("policy")
    outcome = case.session.outcome
    return CaseView(
        session=row(case.session, case.first),
        decision_reason=outcome.reason if outcome else "",
        subject=first.get("subject", {}),
        consent=first.get("consent", ""),
        inputs=first.get("inputs", []),
        contributions=assessment.get("contributions", []),
        measured=first.get("measured", []),
        screening=first.get("screening"),
        query=first.get("query"),
        policy=None if policy is None else {key: policy[key] for key in ("version", "sha256")},
        client=first.get("client"),
        clock=first.get("clock"),
        acts=[{**one["act"], "at": stamp(one["act"]["at"])} for one in case.evidence],
        first_approval=None
        if case.first is None
        else {"officer": case.first.officer, "at": stamp(case.first.at)},
        two_person=case.two_person,
        pictures=case.pictures,
    )


def stamp(seconds: int) -> str:
    """RFC 3339 in UTC, seconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
