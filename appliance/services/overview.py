"""The state of the box in one look, for the console."""

import asyncio
import platform
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version

from appliance.engine.runtime import ModelStatus
from appliance.services.context import Services
from appliance.store import ledger
from appliance.store.transaction import Connection


class Light(StrEnum):
    """Green: working. Amber: working, and something wants attention. Red: not serving."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend or to know: what, what to do about it, and the light that it deserves."""

    name: str
    says: str
    remedy: str
    light: Light


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of checks gave: problems, and the machine as pairs of name and value."""

    problems: Sequence[Problem]
    hardware: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Minute:
    """API calls of one minute: when it began (seconds since 1970), how many, p95 in milliseconds."""

    began: float
    calls: int
    p95: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """One look. Facts are pairs of name and value, ready to show."""

    light: Light
    headline: str
    address: str
    problems: tuple[Problem, ...]
    models: tuple[ModelStatus, ...]
    database: Sequence[tuple[str, str]]
    hardware: Sequence[tuple[str, str]]
    versions: Sequence[tuple[str, str]]
    work: Sequence[tuple[str, str]]
    disk_free: int
    disk_total: int
    minutes: tuple[Minute, ...]


PROBLEMS_EVERY = 30.0
"""Seconds between two rounds of checks: some of them read files."""


class Watch:
    """Looks at the box for the console.

    Args:
        services: of the box.
        check: runs the checks; blocks, in a thread.
        address: where the box is reached, with the certificate's fingerprint where there is one.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        services: Services,
        check: Callable[[], Round],
        address: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._services = services
        self._check = check
        self._address = address
        self._clock = clock
        self._started = clock()
        self._checked_at = 0.0
        self._last = Round((), ())
        self._checking = asyncio.Lock()

    async def look(self) -> Overview:
        """Measure now; the checks are at most half a minute old."""
        seen = await self._checked()
        problems = tuple(seen.problems)
        light = max((p.light for p in problems), key=list(Light).index, default=Light.GREEN)
        disk = shutil.disk_usage(self._services.database.path.parent)
        return Overview(
            light=light,
            headline=_HEADLINES[light],
            address=self._address,
            problems=problems,
            models=tuple(self._services.runtime.status()),
            database=await self._database(),
            hardware=tuple(seen.hardware),
            versions=_versions(),
            work=tuple(self._work()),
            disk_free=disk.free,
            disk_total=disk.total,
            minutes=self._minutes(),
        )

    async def _checked(self) -> Round:
        async with self._checking:
            if self._clock() - self._checked_at > PROBLEMS_EVERY:
                self._last = await asyncio.to_thread(self._check)
                self._checked_at = self._clock()
        return self._last

    async def _database(self) -> tuple[tuple[str, str], ...]:
        path = self._services.database.path
        leaves, keys, sqlite = await self._services.database.read(self._counts)
        wal = path.with_name(path.name + "-wal")
        return (
            ("State", "writable" if self._services.database.failure is None else "read only"),
            ("Size", f"{path.stat().st_size / 1e6:.1f} MB"),
            ("Write-ahead log", f"{wal.stat().st_size / 1e6:.1f} MB" if wal.exists() else "empty"),
            ("Audit leaves", f"{leaves:,}"),
            ("Keys in use", str(keys)),
            ("SQLite", sqlite),
        )

    def _counts(self, connection: Connection) -> tuple[int, int, str]:
        known = self._services.credentials.list(connection)
        sqlite = connection.row("SELECT sqlite_version()")
        assert sqlite
        return ledger.size(connection), sum(not one.revoked_at for one in known), str(sqlite[0])

    def _work(self) -> Iterator[tuple[str, str]]:
        pool, decoder = self._services.pool.stats(), self._services.decoder.stats()
        yield "Running since", _duration(self._clock() - self._started)
        yield "Requests in work", f"{pool.admitted} of {pool.streams + pool.queue} places"
        yield "Requests done", f"{pool.done:,}"
        yield "Refused as too many", f"{pool.refused:,}"
        yield "Pictures decoded", f"{decoder.decoded:,}"
        yield "Pictures refused", f"{decoder.refused:,}"
        yield "Decoder restarts", f"{decoder.restarts:,}"
        yield "Decoder confined by", ", ".join(decoder.protection) or "nothing"

    def _minutes(self) -> tuple[Minute, ...]:
        """Every minute of the last hour, those without calls too."""
        seen = {int(began): (calls, p95) for began, calls, p95 in self._services.metrics.recent()}
        now = int(self._clock()) // 60 * 60
        hour = range(now - 59 * 60, now + 60, 60)
        return tuple(Minute(float(at), *seen.get(at, (0, None))) for at in hour)


_HEADLINES = {
    Light.GREEN: "Working",
    Light.AMBER: "Working; something wants attention",
    Light.RED: "Not serving",
}


def _versions() -> tuple[tuple[str, str], ...]:
    return (
        ("kycbox", version("kycbox")),
        ("Python", platform.python_version()),
        ("OpenVINO", version("openvino")),
        ("System", f"{platform.system()} {platform.release()}"),
    )


def _duration(seconds: float) -> str:
    minutes = int(seconds) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"
