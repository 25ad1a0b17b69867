"""Lets a call that is sent again under the same key act once: later ones get the first one's answer.

Effect, audit leaf and kept answer are one transaction, so a box that dies on the way has either done
nothing and knows nothing, or has done it and gives the same answer again. Twins that come while the first is
under way wait for it in RAM; what makes it right is the table's own rule of one answer per key.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from appliance.errors import IdempotencyMismatch, InvalidRequest
from appliance.services.call import Caller
from appliance.store.database import Database
from appliance.store.idempotency import AlreadyAnswered, Answer, IdempotentAnswers, Scope
from appliance.store.transaction import Transaction

T = TypeVar("T")

KEY: Final = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")
REPLAYED: Final = "replayed"
"""Stands among a call's leaves where it got the answer of an earlier call: that one left the leaf."""


def is_kept(status: int) -> bool:
    """Whether an answer is given again: not what may turn out otherwise by itself."""
    return status < 500 and status != 429


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request with an idempotency key.

    Attributes:
        method: of HTTP.
        path: as routed.
        key: the header's value.
        fingerprint: of `Idempotency.fingerprint`.
    """

    method: str
    path: str
    key: str
    fingerprint: bytes


class Claim:
    """One call's right to act. Without a key it keeps nothing and the call simply acts."""

    def __init__(self, keep: Callable[[Transaction, Answer, str], None] | None = None) -> None:
        self._keep = keep
        self.answer: Answer | None = None
        """What was kept with the effect."""

    def joined(
        self, effect: Callable[[Transaction], T], render: Callable[[T], Answer], *, about: str = ""
    ) -> Callable[[Transaction], None]:
        """Join an effect and its answer: give it to `Audit.succeeded`, then take `answer`.

        Args:
            effect: what the call changes or reads; may run more than once.
            render: the answer, from what the effect returned; quick, for the writer's thread runs it.
            about: id of a record with which the kept answer has to go, or "".
        """

        def both(transaction: Transaction) -> None:
            answer = render(effect(transaction))
            if self._keep is not None and is_kept(answer.status):
                self._keep(transaction, answer, about)
            self.answer = answer

        return both

    def with_answer(self, answer: Answer, *, about: str = "") -> Callable[[Transaction], None]:
        """The same for a call that changes nothing and whose answer is known."""
        return self.joined(lambda _: None, lambda _: answer, about=about)


@dataclass(slots=True)
class _Flight:
    """A call under way."""

    fingerprint: bytes
    landed: "asyncio.Future[Answer | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Idempotency:
    """Answers of calls with a key.

    Args:
        database: of the answers.
        answers: the table.
        clock: Unix seconds.
    """

    def __init__(
        self, database: Database, answers: IdempotentAnswers, clock: Callable[[], float] = time.time
    ) -> None:
        self._database, self._answers, self._clock = database, answers, clock
        self._flights: dict[bytes, _Flight] = {}
        self.replays = 0
        """Answers given again since the start."""

    def fingerprint(self, *pieces: bytes) -> bytes:
        """Hash of what makes two requests the same: all that the answer depends on, in a fixed order."""
        return self._answers.fingerprint(*pieces)

    async def once(
        self, caller: Caller, request: Keyed | None, act: Callable[[Claim], Awaitable[Answer]]
    ) -> tuple[Answer, bool]:
        """Act, or give the answer of the call that acted under this key.

        Args:
            caller: who calls.
            request: None where it has no key.
            act: does the work and answers, refusals rendered too. An answer of success is kept by the claim
                in the transaction of its effect; what `act` raises is not kept.

        Returns:
            The answer, and whether it is an earlier one given again.

        Raises:
            InvalidRequest: the key is not of 1 to 255 printable ASCII characters.
            IdempotencyMismatch: the key was used for another request.
        """
        if request is None:
            return await act(Claim()), False
        if not KEY.fullmatch(request.key):
            raise InvalidRequest("an idempotency key has 1 to 255 printable ASCII characters")
        fingerprint = request.fingerprint
        scope = self._answers.scope(caller.principal.id, request.method, request.path, request.key)
        while (flight := self._flights.get(scope.hash)) is not None:
            _same(flight.fingerprint, fingerprint)
            if (answer := await asyncio.shield(flight.landed)) is not None:
                return self._again(caller, answer)
        flight = self._flights[scope.hash] = _Flight(fingerprint)
        landed: Answer | None = None
        try:
            if (landed := await self._kept(scope, fingerprint)) is not None:
                return self._again(caller, landed)
            try:
                answer = await self._act(scope, fingerprint, act)
            except AlreadyAnswered:  # by a call whose client went away while it was being written
                landed = await self._kept(scope, fingerprint)
                if landed is None:
                    raise InvalidRequest("the idempotency key has just expired") from None
                return self._again(caller, landed)
            landed = answer if is_kept(answer.status) else None
            return answer, False
        finally:
            del self._flights[scope.hash]
            flight.landed.set_result(landed)

    async def forget(self) -> None:
        """Wipe answers that have expired."""
        now = int(self._clock())
        await self._database.write(lambda tx: self._answers.forget(tx, now), urgent=True)

    async def _act(
        self, scope: Scope, fingerprint: bytes, act: Callable[[Claim], Awaitable[Answer]]
    ) -> Answer:
        def keep(transaction: Transaction, answer: Answer, about: str) -> None:
            now = int(self._clock())
            self._answers.keep(transaction, scope, fingerprint, answer, now, about=about)

        claim = Claim(keep)
        answer = await act(claim)
        if claim.answer is None and is_kept(answer.status):
            if answer.status < 400:
                raise RuntimeError("an answer of success was not kept in the transaction of its effect")
            await self._database.write(lambda tx: keep(tx, answer, ""))
        return answer

    async def _kept(self, scope: Scope, fingerprint: bytes) -> Answer | None:
        now = int(self._clock())
        kept = await self._database.read(lambda connection: self._answers.find(connection, scope, now))
        if kept is None:
            return None
        _same(kept.fingerprint, fingerprint)
        return kept.answer

    def _again(self, caller: Caller, answer: Answer) -> tuple[Answer, bool]:
        self.replays += 1
        caller.leaves.append(REPLAYED)
        return answer, True


def _same(known: bytes, given: bytes) -> None:
    if known != given:
        raise IdempotencyMismatch(
            "this idempotency key was used for another request", remedy="Draw a new key for a new request."
        )
