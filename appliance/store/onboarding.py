"""Sessions of applicants: what changes them.

Each method takes its step of the state machine on the row as the transaction sees it, so that two calls at
once, or a call and the end of its time, cannot both win. What a step was measured against is told with it: if
that changed meanwhile, the step is refused and the session stays as it is.
"""

from collections.abc import Sequence
from dataclasses import replace

from appliance.domain.challenge import Challenge
from appliance.domain.face import Template
from appliance.domain.onboarding import (
    DECISIONS,
    MOST_TRIES,
    OPEN,
    DocumentFacts,
    LivenessFacts,
    OnboardingSession,
    Outcome,
    SelfieFacts,
    State,
    Step,
    after,
)
from appliance.errors import Conflict, InvalidRequest
from appliance.store.onboarding_rows import OnboardingRows
from appliance.store.transaction import Transaction


class OnboardingSessions(OnboardingRows):
    """The table and the steps."""

    def document(  # noqa: PLR0913, PLR0917 - what one step found
        self,
        transaction: Transaction,
        tenant: str,
        identity: str,
        facts: DocumentFacts,
        portraits: Sequence[Template],
        now: int,
    ) -> OnboardingSession:
        """Take the document step. Selfie and liveness were measured against the last one: they go.

        Raises:
            NotFound: no such session. InvalidRequest: not now, or too often.
        """
        session = self._step(transaction, tenant, identity, Step.DOCUMENT, now)
        tries = replace(session.tries, documents=_once_more(session.tries.documents, "documents"))
        changed = replace(session, document=facts, selfie=None, liveness=None, challenge=None, tries=tries)
        self._put(transaction, changed)
        transaction.execute(
            "UPDATE onboarding_session SET portraits = ?, face = NULL WHERE id = ?",
            (self._templates(portraits, identity, "portraits"), identity),
        )
        return changed

    def selfie(  # noqa: PLR0913, PLR0917 - what one step found
        self,
        transaction: Transaction,
        tenant: str,
        identity: str,
        facts: SelfieFacts,
        face: Template,
        document: str,
        now: int,
    ) -> OnboardingSession:
        """Take the selfie step. The liveness was measured against the last one: it goes.

        Args:
            transaction: of the writer.
            tenant: owner.
            identity: of the session.
            facts: what was found.
            face: of the selfie.
            document: id of the document that it was compared with.
            now: seconds since 1970.

        Raises:
            NotFound: no such session. InvalidRequest: not now, or too often. Conflict: another document came.
        """
        session = self._step(transaction, tenant, identity, Step.SELFIE, now)
        _same(document, session.document.id if session.document else "")
        selfies = _once_more(session.tries.selfies, "selfies")
        tries = replace(session.tries, selfies=selfies, attacks=session.tries.attacks + facts.spoofed)
        changed = replace(session, selfie=facts, liveness=None, challenge=None, tries=tries)
        self._put(transaction, changed)
        transaction.execute(
            "UPDATE onboarding_session SET face = ? WHERE id = ?",
            (self._templates([face], identity, "face"), identity),
        )
        return changed

    def challenge(
        self, transaction: Transaction, tenant: str, drawn: Challenge, now: int
    ) -> OnboardingSession:
        """Take the challenge step: this one alone may be answered from now on.

        Raises:
            NotFound: no such session. InvalidRequest: not now, no selfie yet, or too often.
        """
        session = self._step(transaction, tenant, drawn.session, Step.CHALLENGE, now)
        if session.selfie is None:
            raise InvalidRequest("the session has no selfie yet", remedy="Upload the selfie first.")
        challenges = _once_more(session.tries.challenges, "challenges", 3 * MOST_TRIES)
        tries = replace(session.tries, challenges=challenges)
        changed = replace(session, challenge=drawn, tries=tries)
        self._put(transaction, changed)
        return changed

    def take_challenge(
        self, transaction: Transaction, tenant: str, identity: str, challenge: str, now: int
    ) -> OnboardingSession:
        """Use a challenge up, before its frames are looked at: it is answered once, whatever comes of it.

        Raises:
            NotFound: no such session. InvalidRequest: not now, too often, or a challenge that is not open.
        """
        session = self._step(transaction, tenant, identity, Step.LIVENESS, now)
        open_one = session.challenge
        if open_one is None or open_one.identity != challenge or not open_one.open_at(now):
            reason = "the challenge is not known, was used, or its time is over"
            raise InvalidRequest(reason, remedy="Ask for another challenge.")
        tries = replace(session.tries, checks=_once_more(session.tries.checks, "liveness checks"))
        changed = replace(session, challenge=replace(open_one, used=True), tries=tries)
        self._put(transaction, changed)
        return changed

    def liveness(  # noqa: PLR0913, PLR0917 - what one step found
        self,
        transaction: Transaction,
        tenant: str,
        identity: str,
        facts: LivenessFacts,
        selfie: str,
        now: int,
    ) -> OnboardingSession:
        """Take the liveness step.

        Args:
            transaction: of the writer.
            tenant: owner.
            identity: of the session.
            facts: what was found.
            selfie: id of the selfie that the frames were compared with.
            now: seconds since 1970.

        Raises:
            NotFound: no such session. InvalidRequest: not now.
            Conflict: another selfie or challenge came meanwhile.
        """
        session = self._step(transaction, tenant, identity, Step.LIVENESS, now)
        _same(selfie, session.selfie.id if session.selfie else "")
        _same(facts.challenge, session.challenge.identity if session.challenge else "")
        tries = replace(session.tries, attacks=session.tries.attacks + facts.spoofed)
        changed = replace(session, liveness=facts, tries=tries)
        self._put(transaction, changed)
        return changed

    def attacked(self, transaction: Transaction, tenant: str, identity: str, now: int) -> None:
        """Count an attack whose frames nobody waited for: another selfie came while they were judged.

        Raises:
            NotFound: no such session. InvalidRequest: not now.
        """
        session = self._step(transaction, tenant, identity, Step.LIVENESS, now)
        self._put(
            transaction,
            replace(session, tries=replace(session.tries, attacks=session.tries.attacks + 1)),
        )

    def decide(  # noqa: PLR0913, PLR0917 - what one step found
        self,
        transaction: Transaction,
        tenant: str,
        judged: OnboardingSession,
        decision: State,
        outcome: Outcome,
        now: int,
    ) -> OnboardingSession:
        """End a session by the box's decision, or hand it to an officer.

        Args:
            transaction: of the writer.
            tenant: owner.
            judged: the session as it was when it was judged.
            decision: approved, rejected or manual_review.
            outcome: what it rests on.
            now: seconds since 1970.

        Raises:
            NotFound: no such session. InvalidRequest: not now. Conflict: a step was taken meanwhile.
        """
        session = self._step(transaction, tenant, judged.id, DECISIONS[decision], now)
        _same(_basis(judged), _basis(session))
        changed = replace(
            session, state=after(session.state, DECISIONS[decision]), outcome=outcome, completed_at=now
        )
        self._put(transaction, changed)
        return self._ended(transaction, changed)

    def expire(self, transaction: Transaction, tenant: str, identity: str, now: int) -> OnboardingSession:
        """End a session whose time is over.

        Raises:
            NotFound: no such session. InvalidRequest: it has ended already, or its time is not over.
        """
        session = self.get(transaction, tenant, identity)
        state = after(session.state, Step.EXPIRE)
        if now < session.expires_at:
            raise InvalidRequest("the session's time is not over")
        changed = replace(session, state=state, completed_at=now)
        self._put(transaction, changed)
        return self._ended(transaction, changed)

    def review(  # noqa: PLR0913, PLR0917 - what one step found
        self, transaction: Transaction, tenant: str, identity: str, step: Step, outcome: Outcome, now: int
    ) -> OnboardingSession:
        """End a session in review by an officer's decision.

        Args:
            transaction: of the writer.
            tenant: owner.
            identity: of the session.
            step: OFFICER_APPROVE or OFFICER_REJECT.
            outcome: the one that it had, with officer and reason.
            now: seconds since 1970.

        Raises:
            NotFound: no such session. InvalidRequest: it is not in review.
        """
        if step not in (Step.OFFICER_APPROVE, Step.OFFICER_REJECT):
            raise InvalidRequest("an officer approves or rejects")
        session = self.get(transaction, tenant, identity)
        changed = replace(session, state=after(session.state, step), outcome=outcome, completed_at=now)
        self._put(transaction, changed)
        return self._ended(transaction, changed)

    def _step(
        self, transaction: Transaction, tenant: str, identity: str, step: Step, now: int
    ) -> OnboardingSession:
        session = self.get(transaction, tenant, identity)
        state = after(session.state, step)
        refuse_late(session, now)
        return session if state in DECISIONS else replace(session, state=state)

    @staticmethod
    def _ended(transaction: Transaction, session: OnboardingSession) -> OnboardingSession:
        """Faces and pictures outlive the decision only where an officer needs them."""
        if session.state is not State.MANUAL_REVIEW:
            transaction.execute(
                "UPDATE onboarding_session SET portraits = NULL, face = NULL WHERE id = ?", (session.id,)
            )
            transaction.execute(
                "DELETE FROM onboarding_picture"
                " WHERE session = (SELECT seq FROM onboarding_session WHERE id = ?)",
                (session.id,),
            )
        return session


def refuse_late(session: OnboardingSession, now: int) -> None:
    """Refuse a step of a session whose time is over though nothing has ended it yet.

    Raises:
        InvalidRequest: it is.
    """
    if session.state in OPEN and now >= session.expires_at:
        raise InvalidRequest("the session is expired already", remedy="Create another session.")


def _once_more(count: int, what: str, most: int = MOST_TRIES) -> int:
    if count >= most:
        raise InvalidRequest(f"the session has had {most} {what} already", remedy="Create another session.")
    return count + 1


def _same(known: object, found: object) -> None:
    if known != found:
        raise Conflict("another call changed the session meanwhile", remedy="Look at it and send again.")


def _basis(session: OnboardingSession) -> tuple[str, ...]:
    parts = (session.document, session.selfie, session.liveness)
    return tuple(part.id if part is not None else "" for part in parts)
