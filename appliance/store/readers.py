"""The read-only side: a few connections that cannot write, each query in one snapshot."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pysqlite3

from appliance.errors import Busy, StorageFailed
from appliance.store import faults
from appliance.store.transaction import Connection

T = TypeVar("T")

WAITING = 256
"""Queries that may wait or run at once; one more is refused."""


class Readers:
    """A pool of `mode=ro`, `query_only` connections, one per thread.

    Args:
        path: the database.
        count: threads, and so connections.
    """

    def __init__(self, path: Path, count: int = 4) -> None:
        self._address = f"{path.as_uri()}?mode=ro"
        self._here = threading.local()
        self._opened: list[pysqlite3.Connection] = []
        self._places = threading.BoundedSemaphore(WAITING)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="kycbox-reader")

    def submit(self, query: Callable[[Connection], T]) -> "Future[T]":
        """Queue a query; all its statements see the same state.

        Raises:
            Busy: too many wait.
            StorageFailed: the database is closed.
        """
        if not self._places.acquire(blocking=False):
            raise Busy("too many database queries wait", retry_after=1)
        try:
            future = self._threads.submit(self._run, query)
        except RuntimeError:
            self._places.release()
            raise StorageFailed("the database is closed") from None
        future.add_done_callback(lambda _: self._places.release())
        return future

    def close(self) -> None:
        """Finish what runs and close the connections."""
        self._threads.shutdown()
        for raw in self._opened:
            raw.close()
        self._opened.clear()

    def _run(self, query: Callable[[Connection], T]) -> T:
        try:
            raw = self._connection()
            raw.execute("BEGIN")
            try:
                return query(Connection(raw))
            finally:
                raw.execute("ROLLBACK")
        except pysqlite3.Error as error:
            raise faults.storage_error(error) from error

    def _connection(self) -> pysqlite3.Connection:
        raw: pysqlite3.Connection | None = getattr(self._here, "raw", None)
        if raw is None:
            raw = pysqlite3.connect(
                self._address, uri=True, isolation_level=None, check_same_thread=False, timeout=5
            )
            raw.execute("PRAGMA query_only = ON")
            raw.execute("PRAGMA mmap_size = 0")
            self._here.raw = raw
            self._opened.append(raw)
        return raw
