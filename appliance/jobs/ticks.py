"""What the box does by itself at intervals. Each job looks for what is due and is safe to repeat.

Schedules live in code: what is due is a question to the database, so nothing is lost by a restart.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from apscheduler.schedulers.asyncio import AsyncIOScheduler

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tick:
    """One job: its name, how often, and what it does; an exception is logged and the next tick comes."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[None]]


@asynccontextmanager
async def ticking(ticks: Sequence[Tick]) -> AsyncIterator[None]:
    """Run the jobs until the block ends. A job never overlaps itself; missed ticks are made up by one."""
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it logs two lines per run
    scheduler = AsyncIOScheduler()
    for tick in ticks:
        scheduler.add_job(
            _guarded(tick),
            "interval",
            seconds=tick.seconds,
            name=tick.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def _guarded(tick: Tick) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            await tick.run()
        except Exception:
            LOG.exception("job %s failed; it runs again in %g s", tick.name, tick.seconds)

    return run
