"""Officers decide what the box left to them: the queue, one case, approve, reject; each act is on record.

An officer is a technician at the console or a key with the scope `review`. Whoever opens a case sees personal
data, so that is on record too.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from appliance.domain.credential import AuditEntry, Principal
from appliance.domain.evidence import Act
from appliance.domain.onboarding import OnboardingSession, State, Step
from appliance.errors import Conflict, Forbidden, InvalidRequest
from appliance.services.context import Services
from appliance.services.onboarding import events
from appliance.store import review_approvals
from appliance.store.review_approvals import FirstApproval
from appliance.store.transaction import Transaction

SCOPE: Final = "review"
"""A key needs it by name: a key that may do everything of its page may not do this."""
SHORTEST, LONGEST = 3, 1000
"""Characters of a reason."""
MOST_LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class Officer:
    """Who decides.

    Attributes:
        id: of the technician or key; two of them are two persons.
        tenant: whose cases it may see; "" is everybody's.
        request_id: of the call, or "".
    """

    id: str
    tenant: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One session with what was kept of its decisions.

    Attributes:
        session: as it stands.
        evidence: contents of its packets, oldest first; the first explains the score.
        first: approval that waits for a second officer, or None.
        two_person: whether approvals need two.
        pictures: kinds that are kept.
    """

    session: OnboardingSession
    evidence: tuple[Mapping[str, Any], ...]
    first: FirstApproval | None
    two_person: bool
    pictures: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Case({self.session.id}, {self.session.state})"


def officer_of(principal: Principal, request_id: str) -> Officer:
    """The officer behind a key.

    Raises:
        Forbidden: the key was not made for this.
    """
    if SCOPE not in principal.scopes:
        raise Forbidden(
            "insufficient permissions", remedy=f"Use a key that was created with --scope {SCOPE}."
        )
    return Officer(principal.id, principal.tenant, request_id)


async def queue(
    services: Services,
    officer: Officer,
    *,
    state: State | None = State.MANUAL_REVIEW,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[tuple[OnboardingSession, FirstApproval | None]], int]:
    """Sessions in a state (None: all) with approvals that wait, newest first, and their number; with a leaf.

    Raises:
        InvalidRequest: limit or offset out of range.
    """
    if not (1 <= limit <= MOST_LISTED and 0 <= offset < 2**31):
        raise InvalidRequest(f"limit is 1 to {MOST_LISTED}, offset 0 or more")

    def find(transaction: Transaction) -> tuple[list[tuple[OnboardingSession, FirstApproval | None]], int]:
        found, count = services.onboarding.page(
            transaction, officer.tenant, state=state, limit=limit, offset=offset
        )
        transaction.audit(
            AuditEntry(
                officer.id,
                officer.tenant or "box",
                "onboarding.review.list",
                request_id=officer.request_id,
                details={"status": state.value if state else "all", "shown": len(found)},
            )
        )
        return [(one, review_approvals.find(transaction, one.id)) for one in found], count

    return await services.database.write(find)


async def case(services: Services, officer: Officer, identity: str) -> Case:
    """Open a case, with a leaf: it shows personal data.

    Raises:
        NotFound: no such session of theirs.
    """

    def find(transaction: Transaction) -> Case:
        session = _session(services, transaction, officer, identity)
        _leave(transaction, officer, session, "onboarding.review.open", {})
        return Case(
            session,
            tuple(services.evidence.contents(transaction, identity)),
            review_approvals.find(transaction, identity),
            services.settings.risk.two_person,
            services.onboarding.pictures(transaction, identity),
        )

    return await services.database.write(find)


async def picture(services: Services, officer: Officer, identity: str, kind: str) -> bytes:
    """Give a kept picture, JPEG, with a leaf.

    Raises:
        NotFound: no such session of theirs, or none of that kind is kept.
    """

    def find(transaction: Transaction) -> bytes:
        session = _session(services, transaction, officer, identity)
        found = services.onboarding.picture(transaction, session.tenant, identity, kind)
        _leave(transaction, officer, session, "onboarding.review.picture", {"kind": kind})
        return found

    return await services.database.write(find)


async def evidence(services: Services, officer: Officer, identity: str) -> bytes:
    """Give the packets of a case, sealed and signed, with a leaf.

    Raises:
        NotFound: no such session of theirs, or nothing was decided yet.
    """

    def find(transaction: Transaction) -> bytes:
        session = _session(services, transaction, officer, identity)
        found = services.evidence.file(transaction, identity)
        _leave(transaction, officer, session, "onboarding.review.evidence", {})
        return found

    return await services.database.write(find)


async def approve(services: Services, officer: Officer, identity: str, reason: str) -> OnboardingSession:
    """Approve a case, or be the first of two to do so.

    Raises:
        NotFound: no such session of theirs. InvalidRequest: no reason.
        Conflict: it is not in review any more, or the same officer approved it first.
    """
    return await _act(services, officer, identity, Step.OFFICER_APPROVE, reason)


async def reject(services: Services, officer: Officer, identity: str, reason: str) -> OnboardingSession:
    """Reject a case; one officer is enough. Raises as `approve` does."""
    return await _act(services, officer, identity, Step.OFFICER_REJECT, reason)


async def _act(
    services: Services, officer: Officer, identity: str, step: Step, reason: str
) -> OnboardingSession:
    said = reason.strip()
    if not SHORTEST <= len(said) <= LONGEST:
        raise InvalidRequest(f"a reason has {SHORTEST} to {LONGEST} characters", remedy="Say why.")

    def effect(transaction: Transaction) -> OnboardingSession:
        now = int(time.time())
        session = _session(services, transaction, officer, identity)
        if session.state is not State.MANUAL_REVIEW or session.outcome is None:
            raise Conflict(f"the session is not in review: it is {session.state.value}")
        first = review_approvals.find(transaction, identity)
        if step is Step.OFFICER_APPROVE and services.settings.risk.two_person:
            if first is None:
                review_approvals.put(transaction, identity, FirstApproval(officer.id, now))
                act = Act("first_approval", officer.id, session.state.value, said, now)
                _prove(services, transaction, officer, session, act)
                return session
            if first.officer == officer.id:
                raise Conflict(
                    "this officer approved it first", remedy="A second, different person approves."
                )
        outcome = replace(session.outcome, officer=officer.id, reason=said)
        ended = services.onboarding.review(transaction, session.tenant, identity, step, outcome, now)
        review_approvals.drop(transaction, identity)
        _prove(
            services,
            transaction,
            officer,
            ended,
            Act(ended.state.value, officer.id, ended.state.value, said, now),
        )
        events.tell(services, transaction, events.REVIEWED, ended, now)
        return ended

    return await services.database.write(effect)


def _session(
    services: Services, transaction: Transaction, officer: Officer, identity: str
) -> OnboardingSession:
    if officer.tenant:
        return services.onboarding.get(transaction, officer.tenant, identity)
    return services.onboarding.anywhere(transaction, identity)


def _prove(
    services: Services, transaction: Transaction, officer: Officer, session: OnboardingSession, act: Act
) -> None:
    """Write the act's leaf and its packet, which name each other."""
    sealed = services.evidence.acted(session, act)
    details = {"act": act.kind, "decision": act.decision, "evidence": sealed.evidence}
    seq = _leave(transaction, officer, session, "onboarding.review", details)
    services.evidence.keep(transaction, session.id, sealed, seq, act.at)


def _leave(
    transaction: Transaction,
    officer: Officer,
    session: OnboardingSession,
    action: str,
    details: Mapping[str, str],
) -> int:
    entry = AuditEntry(
        officer.id,
        session.tenant,
        action,
        object=session.id,
        request_id=officer.request_id,
        details=details,
    )
    return transaction.audit(entry)
