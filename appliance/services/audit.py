"""Leaves of the audit ledger about calls: one per authenticated call, one a minute about floods.

A call that succeeds writes its leaf in the transaction of its effect. A call that was refused has no effect
and leaves a leaf of its own. Calls without a valid credential, and those over the rate of their plan, are
summed up: whoever can reach the port could otherwise fill the disk.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from appliance.domain.credential import AuditEntry
from appliance.errors import KycboxError, RateLimited
from appliance.services.call import Caller
from appliance.services.metrics import Metrics
from appliance.store.database import Database
from appliance.store.transaction import Transaction

LOG = logging.getLogger(__name__)
STRANGERS_EVERY = 60.0
"""Seconds between two leaves about calls without a valid credential."""
KINDS = 32
"""How many kinds of strangers' calls one leaf tells apart; the rest is summed."""


class Audit:
    """Writes leaves about calls."""

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._database = database
        self._metrics = metrics
        self._strangers: Counter[str] = Counter()
        self._limited: Counter[tuple[str, str]] = Counter()

    async def succeeded(  # noqa: PLR0913 - what one leaf is about
        self,
        caller: Caller,
        action: str,
        *,
        effect: Callable[[Transaction], None] | None = None,
        about: str = "",
        details: Mapping[str, str | int | float | bool] | None = None,
        after: Callable[[Transaction, int], None] | None = None,
    ) -> None:
        """Commit a call's effect and its leaf in one transaction; returns once both are on disk.

        Args:
            caller: who called.
            action: `document.scan` ...
            effect: what the call changes; what it raises undoes everything.
            about: id of the thing acted on.
            details: ids, codes and figures, no personal data.
            after: runs after the leaf in the same transaction, with its index: for what proves the leaf.
        """
        entry = self._entry(caller, action, "ok", about, details or {})

        def write(transaction: Transaction) -> None:
            if effect is not None:
                effect(transaction)
            seq = transaction.audit(entry)
            if after is not None:
                after(transaction, seq)

        await self._database.write(write)
        caller.leaves.append("ok")

    async def refused(
        self,
        caller: Caller,
        action: str,
        outcome: str,
        *,
        about: str = "",
        details: Mapping[str, str | int | float | bool] | None = None,
    ) -> None:
        """Leave a leaf about a call that was not carried out, unless the call has one already.

        Calls over the rate of their plan are counted for the next minute's leaf.

        A ledger that cannot be written (full disk) does not change the refusal: it is logged and counted.

        Args:
            caller: who called.
            action: what was called.
            outcome: code of the error.
            about: id of the thing that was to be acted on.
            details: ids, codes and figures, no personal data.
        """
        if caller.leaves:
            return
        if outcome == RateLimited.code:
            self._limited[caller.principal.id, caller.principal.tenant] += 1
            caller.leaves.append(outcome)
            return
        try:
            await self._database.commit(self._entry(caller, action, outcome, about, details or {}))
        except KycboxError as error:
            self._metrics.leaves_lost.inc()
            LOG.error("audit leaf of request %s not written: %s", caller.request_id, error.code)  # noqa: TRY400 - a code says it; a trace adds nothing
        else:
            caller.leaves.append(outcome)

    def stranger(self, kind: str) -> None:
        """Count a call without a valid credential; `kind` is dialect and status, `deepidv.401`."""
        known = kind in self._strangers or len(self._strangers) < KINDS
        self._strangers[kind if known else "other"] += 1

    async def flush(self) -> None:
        """Write what was summed: a leaf about strangers, and one for each caller that went over its rate."""
        if seen := self._strangers.copy():
            told: dict[str, str | int | float | bool] = {"calls": seen.total(), **seen}
            entry = AuditEntry("box", "box", "access.unauthenticated", outcome="refused", details=told)
            if await self._summed(entry):  # else they stay counted for the next leaf
                self._strangers -= seen
        for (who, tenant), calls in list(self._limited.items()):
            entry = AuditEntry(who, tenant, "access.rate_limited", RateLimited.code, details={"calls": calls})
            if await self._summed(entry):
                self._limited -= Counter({(who, tenant): calls})

    async def _summed(self, entry: AuditEntry) -> bool:
        try:
            await self._database.commit(entry)
        except KycboxError as error:
            LOG.error("audit leaf about refused calls not written: %s", error.code)  # noqa: TRY400 - as above
            return False
        return True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write about strangers once a minute, and once more at the end."""

        async def every_minute() -> None:
            while True:
                await asyncio.sleep(STRANGERS_EVERY)
                await self.flush()

        task = asyncio.create_task(every_minute(), name="audit-strangers")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self.flush()

    @staticmethod
    def _entry(
        caller: Caller, action: str, outcome: str, about: str, details: Mapping[str, str | int | float | bool]
    ) -> AuditEntry:
        who = caller.principal
        grounds = {"consent": caller.consent, "purpose": caller.purpose}
        told = {name: value for name, value in grounds.items() if value} | dict(details)
        return AuditEntry(who.id, who.tenant, action, outcome, about, caller.request_id, told)
