"""The one thread that writes: group commit, write-ahead log upkeep, and what a failed commit means.

All effects that wait while a commit is on its way to the disk share the next one: one fsync for all of them.
Each runs in its own savepoint, so that one that fails does not undo its neighbours. A caller hears of success
only after COMMIT returned under synchronous=FULL, that is, after the fsync.
"""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import pysqlite3

from appliance.errors import ServiceError, StorageFailed
from appliance.store import faults
from appliance.store.ledger import Ledger
from appliance.store.space import DiskSpace
from appliance.store.transaction import Transaction

T = TypeVar("T")
Effect = Callable[[Transaction], T]

BATCH = 256
"""Effects of one commit at most: bounds what one failed commit takes with it."""

LOG_BYTES = 4 * 1024 * 1024
"""Write-ahead log that is copied into the database; SQLite's own default is about the same."""

LOG_BYTES_FORCED = 32 * 1024 * 1024
"""Write-ahead log that is worth waiting for readers to get it truncated."""

_LOG = logging.getLogger(__name__)


class _Job:
    """An effect that waits for its commit."""

    def __init__(self, effect: Effect[Any], *, urgent: bool) -> None:
        self.effect = effect
        self.urgent = urgent
        self.future: Future[Any] = Future()
        self.value: Any = None
        self.error: Exception | None = None
        self.transaction: Transaction | None = None


class Writer:
    """Owner of the only read-write connection.

    Args:
        raw: the connection, in autocommit mode; used by the writer's thread alone from now on.
        log: path of its write-ahead log.
        ledger: its growing end.
        space: room on its disk.
        tick: an effect that runs every `tick_seconds` without a caller.
        tick_seconds: seconds between two.
    """

    def __init__(  # noqa: PLR0913  each is a different collaborator; the caller is one place
        self,
        raw: pysqlite3.Connection,
        log: Path,
        ledger: Ledger,
        space: DiskSpace,
        *,
        tick: Effect[None],
        tick_seconds: float = 60.0,
    ) -> None:
        self._raw = raw
        self._log = log
        self._ledger = ledger
        self._space = space
        self._tick = tick
        self._tick_seconds = tick_seconds
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._shredding = False
        self.failure: ServiceError | None = None
        """Why nothing is written any more; None while all is well."""
        self.commits = 0
        self.effects = 0
        self._thread = threading.Thread(target=self._run, name="kycbox-writer", daemon=True)
        self._thread.start()

    def submit(self, effect: Effect[T], *, urgent: bool = False) -> "Future[T]":
        """Queue an effect. It may run more than once and must act through its transaction alone.

        Args:
            effect: called in the writer's thread, in a transaction of its own; an exception undoes it.
            urgent: goes through below the disk floor too: what frees room, revokes, or is on record of it.

        Returns:
            A future of what the effect returned, resolved when that is on disk.
        """
        job = _Job(effect, urgent=urgent)
        with self._gate:
            if self._closed:
                job.future.set_exception(StorageFailed("the database is closed"))
            else:
                self._queue.put(job)
        return job.future

    def alive(self) -> bool:
        """Whether the thread runs and writes."""
        return self._thread.is_alive() and self.failure is None

    def close(self) -> None:
        """Write what is queued, empty the write-ahead log, and end."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    # -- the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        next_tick = time.monotonic() + self._tick_seconds
        more = True
        try:
            while more:
                jobs, more = self._next(max(0.0, next_tick - time.monotonic()))
                if time.monotonic() >= next_tick:
                    next_tick = time.monotonic() + self._tick_seconds
                    jobs.append(self._ticking())
                if jobs:
                    self._turn(jobs)
            self._copy_log("TRUNCATE")
        finally:
            self._raw.close()

    def _turn(self, jobs: list[_Job]) -> None:
        """Write one batch. Nobody waits for ever: a fault that no rule covers ends writing."""
        try:
            self._write(jobs)
            self._keep_log_short()
        except Exception:  # noqa: BLE001  logged, and told to every caller from now on
            _LOG.exception("writing stopped")
            self.failure = StorageFailed(
                "the database writer failed; nothing is written until the box is started again",
                remedy="Start the box again, and report the log.",
            )
            _fail([job for job in jobs if not job.future.done()], self.failure)

    def _next(self, seconds: float) -> tuple[list[_Job], bool]:
        """Wait for work; returns it, and whether more may come."""
        jobs: list[_Job] = []
        try:
            job = self._queue.get(timeout=seconds)
            while job is not None:
                jobs.append(job)
                if len(jobs) == BATCH:
                    return jobs, True
                job = self._queue.get_nowait()
        except queue.Empty:
            return jobs, True
        return jobs, False

    def _ticking(self) -> _Job:
        job = _Job(self._tick, urgent=True)
        job.future.add_done_callback(_report)
        self._space.keep_ballast()
        return job

    def _write(self, jobs: list[_Job]) -> None:
        jobs = [job for job in jobs if job.future.set_running_or_notify_cancel()]
        if self.failure is None and self._space.low():
            refused = [job for job in jobs if not job.urgent]
            jobs = [job for job in jobs if job.urgent]
            _fail(refused, self._space.refusal())
        if not jobs:
            return
        if self.failure is not None:
            _fail(jobs, self.failure)
            return
        error = self._commit(jobs)
        if error is not None and faults.is_full(error) and any(job.urgent for job in jobs):
            _fail([job for job in jobs if not job.urgent], faults.storage_error(error))
            jobs = [job for job in jobs if job.urgent]
            if self._space.drop_ballast():
                _LOG.warning("the data disk is full: the ballast was released")
                error = self._commit(jobs)
        if error is not None:
            self._lost(jobs, error)
            return
        self.commits += 1
        self.effects += len(jobs)
        if any(job.transaction and job.transaction.shreds for job in jobs):
            self._shredding = True
            self._copy_log("TRUNCATE")
        for job in jobs:
            _resolve(job)

    def _commit(self, jobs: list[_Job]) -> pysqlite3.Error | None:
        """Run all effects in one transaction; returns why nothing of it is on disk, or None."""
        before = self._ledger.frontier
        try:
            self._raw.execute("BEGIN IMMEDIATE")
            for job in jobs:
                self._apply(job)
            self._raw.execute("COMMIT")
        except pysqlite3.Error as error:
            self._ledger.frontier = before
            if self._raw.in_transaction:
                with contextlib.suppress(pysqlite3.Error):  # the first error is the one to report
                    self._raw.execute("ROLLBACK")
            return error
        return None

    def _apply(self, job: _Job) -> None:
        """Run one effect in its savepoint.

        Raises:
            pysqlite3.Error: the whole transaction is gone, not only this effect.
        """
        before = self._ledger.frontier
        transaction = Transaction(self._raw, self._ledger)
        job.value, job.error, job.transaction = None, None, transaction
        self._raw.execute("SAVEPOINT effect")
        try:
            job.value = job.effect(transaction)
        except Exception as error:
            if isinstance(error, pysqlite3.Error):
                if not self._raw.in_transaction or faults.is_full(error) or faults.loses_trust(error):
                    raise
                job.error = faults.storage_error(error)
            else:
                job.error = error
            self._ledger.frontier = before
            self._raw.execute("ROLLBACK TO effect")
        self._raw.execute("RELEASE effect")

    def _lost(self, jobs: list[_Job], error: pysqlite3.Error) -> None:
        told = faults.storage_error(error)
        if faults.loses_trust(error):
            self._distrust(error)
            told = self.failure or told
        _fail(jobs, told)

    def _distrust(self, error: pysqlite3.Error) -> None:
        name = getattr(error, "sqlite_errorname", "")
        self.failure = StorageFailed(
            f"the disk lost a write ({name}); nothing is written until the box is started again",
            remedy="Check the disk, then start the box again.",
        )
        _LOG.critical("writing stopped: %s", name)

    # -- the write-ahead log -----------------------------------------------------------------------

    def _keep_log_short(self) -> None:
        try:
            length = self._log.stat().st_size
        except FileNotFoundError:
            return
        if length > LOG_BYTES_FORCED or self._shredding:
            self._copy_log("TRUNCATE")
        elif length > LOG_BYTES:
            self._copy_log("RESTART" if self._queue.empty() else "PASSIVE")

    def _copy_log(self, mode: str) -> None:
        """Copy the write-ahead log into the database. Readers may hinder it; then a later turn does it."""
        if self.failure is not None:
            return
        try:
            hindered = self._raw.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()[0]
        except pysqlite3.Error as error:
            if faults.loses_trust(error):
                self._distrust(error)
            else:
                _LOG.warning("the write-ahead log was not copied: %s", faults.storage_error(error).message)
        else:
            if mode == "TRUNCATE" and not hindered:
                self._shredding = False


def _resolve(job: _Job) -> None:
    if job.error is not None:
        job.future.set_exception(job.error)
        return
    try:
        for hook in job.transaction.after_commit if job.transaction else ():
            hook()
    except Exception as error:  # noqa: BLE001  a broken hook is its caller's, not the writer's
        job.future.set_exception(error)
        return
    job.future.set_result(job.value)


def _fail(jobs: list[_Job], error: ServiceError) -> None:
    for job in jobs:  # an instance each: raising one instance again and again piles up its traceback
        job.future.set_exception(
            type(error)(error.message, remedy=error.remedy, retry_after=error.retry_after)
        )


def _report(future: "Future[Any]") -> None:
    if error := future.exception():
        _LOG.error("periodic upkeep of the database failed: %s", error)
