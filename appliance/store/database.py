"""The database of the box: one writer with group commit, read-only readers, one file.

`pysqlite3` only: the SQLite of Debian 12's Python (3.40) can corrupt a database when two connections
checkpoint (fixed in 3.51.3), and two SQLite libraries in one process break each other's file locks.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

import pysqlite3
import sqlite_utils

from appliance.domain import merkle
from appliance.domain.credential import AuditEntry
from appliance.errors import DataFolderUnusable, KycboxError
from appliance.store import faults
from appliance.store import ledger as ledgers
from appliance.store.folder import sync_folder
from appliance.store.ledger import Ledger
from appliance.store.migrations import migrate
from appliance.store.readers import Readers
from appliance.store.space import DiskSpace
from appliance.store.transaction import Connection, Transaction
from appliance.store.writer import Effect, Writer

T = TypeVar("T")

OLDEST_SQLITE = (3, 51, 3)


class Database:
    """Writes through one thread, reads through a pool.

    Made by `open`; the folder must be held by this process.
    """

    def __init__(self, path: Path, writer: Writer, readers: Readers) -> None:
        self.path = path
        self._writer = writer
        self._readers = readers

    @classmethod
    def open(  # noqa: PLR0913  clocks and chance enter here, for tests
        cls,
        path: Path,
        space: DiskSpace,
        *,
        check: Callable[[Connection], None] | None = None,
        tick: Effect[None] | None = None,
        tick_seconds: float = 60.0,
        readers: int = 4,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        uptime: Callable[[], float] = time.monotonic,
        boot: str = "",
    ) -> Self:
        """Create or open, migrate, and start the writer.

        Args:
            path: the database file, absolute.
            space: room on its disk.
            check: called once, before anything can write; raises where the content may not be used.
            tick: effect that the writer runs every `tick_seconds`.
            tick_seconds: seconds between two.
            readers: threads that read.
            wall: the time of day, with zone.
            uptime: seconds since some start, never jumping.
            boot: id of this run in the ledger; "" draws one.

        Raises:
            DataFolderUnusable: no database, a newer release's, or an SQLite library that is too old.
            LedgerBroken: leaves or nodes are missing.
        """
        if pysqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise DataFolderUnusable(
                f"the SQLite library is {pysqlite3.sqlite_version}; before 3.51.3 it can lose data",
                remedy="Install pysqlite3 from its wheel: run make setup.",
            )
        try:
            raw = _prepare(path)
            try:
                content = Connection(raw)
                count = ledgers.size(content)
                frontier = merkle.frontier(ledgers.stored_nodes(content), count)
                if check is not None:
                    check(content)
            except BaseException:
                raw.close()
                raise
        except (pysqlite3.Error, OSError) as error:
            raise DataFolderUnusable(
                f"the database {path} cannot be opened: {error}",
                remedy="Check the disk and the rights on the data folder, or restore a backup.",
            ) from error
        ledger = Ledger(frontier, boot or secrets.token_hex(4), wall, uptime)
        writer = Writer(
            raw,
            path.with_name(path.name + "-wal"),
            ledger,
            space,
            tick=tick or (lambda _: None),
            tick_seconds=tick_seconds,
        )
        return cls(path, writer, Readers(path, readers))

    async def write(self, effect: Effect[T], *, urgent: bool = False) -> T:
        """Run an effect in the next group commit; returns its value when it is on disk.

        Args:
            effect: runs in the writer's thread, in a savepoint of its own: an exception undoes it and is
                raised here. It may run twice and acts through its transaction alone.
            urgent: goes through below the disk floor too.

        Raises:
            StorageFull: no room; nothing was written.
            StorageFailed: the disk failed; nothing was acknowledged.
        """
        return await asyncio.wrap_future(self._writer.submit(effect, urgent=urgent))

    async def commit(
        self, entry: AuditEntry, effect: Effect[T] | None = None, *, urgent: bool = False
    ) -> T | None:
        """Write an effect and its audit leaf: both are kept, or none. Raises as `write` does."""
        return await self.write(with_leaf(entry, effect), urgent=urgent)

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query on one snapshot. It sees every write that was acknowledged before.

        Raises:
            Busy: too many queries wait.
            StorageFailed: the disk failed.
        """
        return await asyncio.wrap_future(self._readers.submit(query))

    def write_blocking(self, effect: Effect[T], *, urgent: bool = False) -> T:
        """Write for callers that have a thread of their own. Raises as `write` does."""
        return self._writer.submit(effect, urgent=urgent).result()

    def commit_blocking(
        self, entry: AuditEntry, effect: Effect[T] | None = None, *, urgent: bool = False
    ) -> T | None:
        """Commit for callers that have a thread of their own. Raises as `write` does."""
        return self.write_blocking(with_leaf(entry, effect), urgent=urgent)

    def read_blocking(self, query: Callable[[Connection], T]) -> T:
        """Read for callers that have a thread of their own. Raises as `read` does."""
        return self._readers.submit(query).result()

    def snapshot(self, target: Path) -> None:
        """Copy the database as it stands into a new file, beside all reading and writing. Blocks.

        Row by row, not page by page: what was deleted, and may have stayed in a gap of a page, is not in it.

        Args:
            target: made with mode 0600.

        Raises:
            StorageFull: no room for it.
            StorageFailed: the disk failed.
            OSError: the file cannot be made.
        """
        target.touch(mode=0o600, exist_ok=False)
        raw = pysqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5)
        try:
            raw.execute("VACUUM INTO ?", (str(target),))
        except pysqlite3.Error as error:
            raise faults.storage_error(error) from error
        finally:
            raw.close()

    @property
    def failure(self) -> KycboxError | None:
        """Why nothing can be written any more, or None."""
        return self._writer.failure

    @property
    def alive(self) -> bool:
        """Whether the writer's thread runs and accepts work."""
        return self._writer.alive()

    @property
    def effects_per_commit(self) -> float:
        """How many effects shared a commit on average since the start."""
        return self._writer.effects / max(1, self._writer.commits)

    def close(self) -> None:
        """Write what is queued, then close every connection. Blocks; may be called twice."""
        self._readers.close()  # first: the last read-write connection removes the write-ahead log
        self._writer.close()


def with_leaf(entry: AuditEntry, effect: Effect[T] | None) -> Effect[T | None]:
    """Join an effect and its audit leaf."""

    def joined(transaction: Transaction) -> T | None:
        value = effect(transaction) if effect is not None else None
        transaction.audit(entry)
        return value

    return joined


def _prepare(path: Path) -> pysqlite3.Connection:
    """Open read-write and migrate.

    A new database is made under synchronous=EXTRA and its folder synced: else a power cut can bring the
    rollback journal of the change to WAL back, and with it an empty database.
    """
    raw = pysqlite3.connect(str(path), isolation_level=None, check_same_thread=False, timeout=5)
    try:
        path.chmod(0o600)
        raw.execute("PRAGMA synchronous = EXTRA")
        raw.execute("PRAGMA journal_mode = WAL").fetchall()
        raw.execute("PRAGMA mmap_size = 0").fetchall()
        raw.execute("PRAGMA secure_delete = ON").fetchall()
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute("PRAGMA trusted_schema = OFF")
        raw.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
        migrate(sqlite_utils.Database(raw, execute_plugins=False))
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        sync_folder(path.parent)
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA busy_timeout = 250").fetchall()
    except BaseException:
        raw.close()
        raise
    return raw
