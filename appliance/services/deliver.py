"""Delivers what waits in the outbox: bounded, in order within a stream, sparing targets that do not take it.

A tick calls `run`, which tries what is due until nothing is. An event is noted as delivered after its
endpoint has answered; a box that is killed in between sends it again, same bytes, same id (at least once).
"""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from appliance.domain import webhook
from appliance.domain.credential import AuditEntry
from appliance.domain.webhook import Met, Standing
from appliance.domain.webhook_signing import headers
from appliance.domain.webhook_target import Allowance, Target, parse_target
from appliance.errors import KycboxError
from appliance.services.webhook_post import Outcome, Poster
from appliance.store import outbox
from appliance.store.database import Database
from appliance.store.outbox import Waiting
from appliance.store.transaction import Connection, Transaction
from appliance.store.webhook_endpoints import WebhookEndpoints

LOG = logging.getLogger(__name__)

AT_ONCE: Final = 32
"""Tries in flight over all lanes."""
AT_ONCE_PER_LANE: Final = 16
LOOK_SECONDS: Final = 1.0
"""How often a round that waits for slow endpoints looks for what has become due."""
KEPT: Final = timedelta(days=7)
"""How long a delivered event stays on record, without its payload."""
CLOCK_STEP: Final = 60.0
"""Seconds by which the wall clock may differ from the monotonic one before it counts as set back."""


@dataclass(frozen=True, slots=True)
class _Try:
    """One event with all that a try of it needs; no target where its endpoint has lost its address."""

    waiting: Waiting
    lane: str
    target: Target | None
    secrets: tuple[str, ...]
    allowances: tuple[Allowance, ...]


class Deliverer:
    """Works the outbox off.

    Args:
        database: of the outbox.
        endpoints: where to and under which secrets.
        poster: makes the tries.
        wall: the time of day, with zone.
        uptime: seconds that never go back.
        chance: even in 0..1.
    """

    def __init__(  # noqa: PLR0913  clocks and chance enter here, for tests
        self,
        database: Database,
        endpoints: WebhookEndpoints,
        poster: Poster,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        uptime: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database, self._endpoints, self._poster = database, endpoints, poster
        self._wall, self._uptime, self._chance = wall, uptime, chance
        self._standings: dict[str, Standing] = {}
        self._reached: dict[tuple[str, bool], float] = {}
        self._flying: dict[str, str] = {}
        self._offset: float | None = None
        self.met: Counter[str] = Counter()
        """Tries since the start, by what they met; those that failed without counting as `offline`."""

    async def run(self) -> None:
        """Try what is due, and what becomes due meanwhile, until nothing is in flight.

        Raises:
            KycboxError: the database cannot be read.
        """
        await self._mind_the_clock()
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                for each in await self._ready_or_none(tasks):
                    self._flying[each.waiting.id] = each.lane
                    tasks.add(asyncio.create_task(self._try(each), name="webhook"))
                if not tasks:
                    return
                done, tasks = await asyncio.wait(
                    tasks, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def forget(self) -> None:
        """Drop the record of events that were delivered long ago."""
        before = self._wall() - KEPT
        await self._database.write(lambda tx: outbox.forget(tx, before), urgent=True)

    # -- what to try ---------------------------------------------------------------------------------

    async def _ready_or_none(self, flying: Collection[asyncio.Task[None]]) -> list[_Try]:
        """What to try now. While some are in flight a busy database is no reason to break them off."""
        try:
            return await self._ready()
        except KycboxError as error:
            if not flying:
                raise
            LOG.warning("no more webhooks for the moment: %s", error.code)
            return []

    async def _ready(self) -> list[_Try]:
        if len(self._flying) >= AT_ONCE:
            return []
        now, moment = self._uptime(), self._wall()
        flying = dict(self._flying)
        busy = Counter(flying.values())

        def read(connection: Connection) -> list[_Try]:
            found: list[_Try] = []
            allowances = self._endpoints.allowed(connection)
            for lane in outbox.lanes(connection):
                room = self._standing(lane).room(busy[lane], AT_ONCE_PER_LANE, now)
                if not room:
                    continue
                without = {identity for identity, at in flying.items() if at == lane}
                found.extend(
                    self._prepared(connection, waiting, lane, allowances, moment)
                    for waiting in outbox.due(connection, lane, moment, room, without)
                )
            return found

        ready = await self._database.read(read)
        return _fairly(ready, AT_ONCE - len(self._flying))

    def _prepared(
        self,
        connection: Connection,
        waiting: Waiting,
        lane: str,
        allowances: tuple[Allowance, ...],
        now: datetime,
    ) -> _Try:
        event = waiting.event
        try:
            if event.endpoint:
                endpoint = self._endpoints.get(connection, event.endpoint, now)
            else:
                endpoint = self._endpoints.find(connection, event.api, event.tenant, now)
            plain = self._endpoints.open_event(event.payload, event.tenant, event.stream)
            waiting = replace(waiting, event=replace(event, payload=plain))
            target = parse_target(event.target or (endpoint.url if endpoint else ""))
        except KycboxError as error:
            LOG.error("webhook %s has no address to go to, or cannot be read: %s", waiting.id, error.code)  # noqa: TRY400 - a code says it; a trace adds nothing
            return _Try(waiting, lane, None, (), allowances)
        return _Try(waiting, lane, target, endpoint.secrets if endpoint else (), allowances)

    def _standing(self, lane: str) -> Standing:
        return self._standings.get(lane, Standing())

    # -- one try -------------------------------------------------------------------------------------

    async def _try(self, each: _Try) -> None:
        lane = each.lane
        try:
            outcome = await self._post(each)
            if self._learn(lane, outcome):
                await self._note(each.waiting, outcome)
            if outcome.met is Met.DELIVERED:
                self._standings.pop(lane, None)
        except KycboxError as error:
            # What is not noted will be sent again, so not at once.
            LOG.error("the outcome of a webhook is not noted: %s", error.code)  # noqa: TRY400 - a code says it; a trace adds nothing
            self._fail(lane, counted=False)
        finally:
            del self._flying[each.waiting.id]

    async def _post(self, each: _Try) -> Outcome:
        event = each.waiting.event
        if each.target is None:
            return Outcome(Met.FAILED, "no_address")
        made = headers(
            event.api,
            each.secrets,
            event.payload,
            identity=each.waiting.id,
            attempt=each.waiting.failures + 1,
            seconds=int(self._wall().timestamp()),
        )
        try:
            return await self._poster.post(each.target, each.allowances, made, event.payload)
        except Exception:  # one event that cannot be sent must not hold up the others
            LOG.exception("webhook %s cannot be sent", each.waiting.id)
            return Outcome(Met.FAILED, "internal")

    def _learn(self, lane: str, outcome: Outcome) -> bool:
        """Remember how the lane's target stands; returns whether the try counts."""
        now = self._uptime()
        if outcome.reached:
            self._reached[lane, outcome.public] = now
        if outcome.met is Met.DELIVERED:
            self.met["delivered"] += 1
            return True
        counted = webhook.counts(
            outcome.met, others_reached=self._reached_others(lane, now, public=outcome.public)
        )
        self._fail(lane, counted=counted)
        self.met["failed" if counted else "offline"] += 1
        return counted

    def _fail(self, lane: str, *, counted: bool) -> None:
        standing = self._standing(lane)
        self._standings[lane] = standing.after_failure(self._uptime(), self._chance(), counted=counted)

    def _reached_others(self, lane: str, now: float, *, public: bool) -> bool:
        fresh = {key: at for key, at in self._reached.items() if now - at <= webhook.NEWS_SECONDS}
        self._reached = fresh
        return any(other != lane and side == public for other, side in fresh)

    async def _note(self, waiting: Waiting, outcome: Outcome) -> None:
        now, identity = self._wall(), waiting.id
        if outcome.met is Met.DELIVERED:
            await self._database.write(
                lambda tx: outbox.delivered(tx, identity, now, outcome.says), urgent=True
            )
            return
        pause = webhook.delay(waiting.failures + 1, self._chance())
        if pause is not None:
            until = now + timedelta(seconds=max(pause, min(outcome.wait, webhook.DELAYS[-1])))
            await self._database.write(
                lambda tx: outbox.postpone(tx, identity, until, outcome.says), urgent=True
            )
            return

        def bury(transaction: Transaction) -> None:
            outbox.give_up(transaction, identity, now, outcome.says)
            details: dict[str, str | int | float | bool] = {
                "tries": waiting.failures + 1,
                "met": outcome.says,
            }
            entry = AuditEntry(
                "box", waiting.event.tenant, "webhook.dead", "failed", identity, details=details
            )
            transaction.audit(entry)

        await self._database.write(bury, urgent=True)
        LOG.warning("webhook %s is given up after %d tries", identity, waiting.failures + 1)

    # -- the clock -----------------------------------------------------------------------------------

    async def _mind_the_clock(self) -> None:
        """At the start, and where the wall clock was set back: let no event wait for a time far ahead."""
        moment = self._wall()
        offset = moment.timestamp() - self._uptime()
        if self._offset is None or offset < self._offset - CLOCK_STEP:
            await self._database.write(lambda tx: outbox.hurry(tx, moment), urgent=True)
        self._offset = offset


def _fairly(ready: list[_Try], count: int) -> list[_Try]:
    """Take from every lane in turn, so that a long lane leaves room for a short one."""
    ranks: Counter[str] = Counter()
    ranked = []
    for each in ready:
        ranked.append((ranks[each.lane], each))
        ranks[each.lane] += 1
    ranked.sort(key=lambda pair: pair[0])
    return [each for _, each in ranked[:count]]
