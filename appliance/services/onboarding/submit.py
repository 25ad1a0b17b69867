"""The last step: screen the name, weigh the evidence, decide, and keep the proof, in one transaction."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from appliance.domain import risk
from appliance.domain.evidence import Client
from appliance.domain.onboarding import AttackScore, OnboardingSession, Outcome, State, Step
from appliance.domain.onboarding_document import OF_THEIR_OWN
from appliance.domain.provenance import Channel
from appliance.domain.risk import Assessment, DeviceFacts, Signals
from appliance.domain.screening import LONGEST_NAME, Query, Screening, ScreeningState
from appliance.errors import InvalidRequest
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.evidence_packet import Judged
from appliance.services.onboarding import events
from appliance.services.onboarding.access import session_for
from appliance.store.transaction import Transaction

PASSED: Final = "All verification checks passed"
LONGEST_CONSENT: Final = 200
NO_NAME: Final = "no name could be read that could be screened"


async def submit_session(services: Services, caller: Caller, identity: str) -> OnboardingSession:
    """Decide a session and tell of it once. What was left out counts against approval.

    The caller needs the scope `sessions`.

    Raises:
        NotFound: no such session. InvalidRequest: not now, or no document yet.
        Conflict: another step was taken meanwhile; the session is as that left it.
    """
    caller.require("sessions")
    session = await session_for(services, caller, identity, Step.REVIEW)
    query = query_of(session)
    screening = await asyncio.to_thread(screen, services, query)
    assessment = risk.assess(signals(session, screening), services.risk_policy)
    decision = State(assessment.decision.value)
    judged = Judged(
        assessment=assessment,
        decision=decision,
        reason=reason_of(assessment),
        client=Client(channel=Channel.UPLOAD.value, credential=caller.principal.id),
        query=query,
        screening=screening,
        consent=consent_of(session),
    )
    sealed = await asyncio.to_thread(services.evidence.decided, session, judged, int(time.time()))
    outcome = Outcome(
        risk_score=assessment.score,
        risk_level=assessment.level.value,
        reason=judged.reason,
        review_reasons=assessment.reasons,
        screening=screening.state.value,
        screening_reason=screening.reason,
        contributions={one.name: one.share for one in assessment.contributions},
        policy=assessment.policy_version,
        packet=sealed.evidence,
    )
    made: list[OnboardingSession] = []

    def effect(transaction: Transaction) -> None:
        now = int(time.time())
        ended = services.onboarding.decide(transaction, session.tenant, session, decision, outcome, now)
        events.tell(services, transaction, events.COMPLETED, ended, now)
        made[:] = [ended]

    await services.audit.succeeded(
        caller,
        "onboarding.submit",
        effect=effect,
        about=identity,
        details={
            "decision": decision.value,
            "score": assessment.score,
            "level": assessment.level.value,
            "reasons": ",".join(assessment.reasons),
            "screening": screening.state.value,
            "policy": assessment.policy_version,
            "evidence": sealed.evidence,
        },
        after=lambda transaction, seq: services.evidence.keep(
            transaction, session.id, sealed, seq, int(time.time())
        ),
    )
    return made[0]


def consent_of(session: OnboardingSession) -> str:
    """Reference to the person's consent, as the partner gave it in the session's metadata; "" without one."""
    given = session.metadata.get("consent", "")
    return given[:LONGEST_CONSENT] if isinstance(given, str) else ""


def query_of(session: OnboardingSession) -> Query | None:
    """Who is screened; None where no name was read."""
    document = session.document
    if document is None or not document.full_name.strip():
        return None
    try:
        return Query(
            name=document.full_name[:LONGEST_NAME],
            birth=document.date_of_birth,
            country=document.nationality or document.issuer,
            sex=document.sex if document.sex in {"M", "F"} else "",
        )
    except InvalidRequest:  # a birth date of which a part could not be read
        return Query(name=document.full_name[:LONGEST_NAME], country=document.nationality or document.issuer)


def screen(services: Services, query: Query | None) -> Screening:
    """Screen a name; where that cannot be done, the screening says so, and is never clear. Blocks."""
    if query is None:
        return Screening(ScreeningState.UNAVAILABLE, NO_NAME, (), ())
    return services.screening.screen(query)


def signals(session: OnboardingSession, screening: Screening) -> Signals:
    """What the risk rules look at."""
    document, selfie, live = session.document, session.selfie, session.liveness
    return Signals(
        document=None
        if document is None
        else risk.DocumentFacts(
            confidence=document.confidence,
            valid=not set(document.errors) - OF_THEIR_OWN,
            expired=document.expired,
            mrz_valid=document.mrz_valid,
            conflicts=len(document.conflicts),
            signature=document.signature,
            genuine=_weakest(document.attacks),
            nationality=document.nationality,
            issuer=document.issuer,
        ),
        face=None
        if selfie is None
        else risk.FaceFacts(
            similarity=selfie.similarity, matched=selfie.matched, genuine=_weakest(selfie.attacks)
        ),
        liveness=None if live is None else risk.LivenessFacts(live.passed, live.confidence, live.spoofed),
        screening=screening,
        device=DeviceFacts(),
        attacks_before=session.tries.attacks - sum(one is not None and one.spoofed for one in (selfie, live)),
    )


def reason_of(assessment: Assessment) -> str:
    """One sentence for people: the gravest reasons, at most three."""
    if not assessment.reasons:
        return PASSED
    words = {one.name: one.words for one in assessment.contributions}
    told = [words[code] for code in assessment.reasons if code in words][:3]
    return " ".join(told) or f"The risk is {assessment.level.value}."


def _weakest(attacks: Sequence[AttackScore]) -> float | None:
    return min((one.probability for one in attacks), default=None)
