"""What the inside of a transaction may do: read, change, append audit leaves, hook on to the commit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pysqlite3

from appliance.domain.credential import AuditEntry
from appliance.store.ledger import Ledger

Row: TypeAlias = tuple[Any, ...]
Parameters: TypeAlias = Sequence[Any] | Mapping[str, Any]


class Connection:
    """Reading, always to the end: an unfinished cursor would pin the write-ahead log."""

    def __init__(self, raw: pysqlite3.Connection) -> None:
        self._raw = raw

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query."""
        found: list[Row] = self._raw.execute(sql, parameters).fetchall()
        return found

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row of a query, or None."""
        found = self.rows(sql, parameters)
        return found[0] if found else None


class Transaction(Connection):
    """One effect inside the writer's transaction: all of it is kept, or none."""

    def __init__(self, raw: pysqlite3.Connection, ledger: Ledger) -> None:
        super().__init__(raw)
        self._ledger = ledger
        self.after_commit: list[Callable[[], None]] = []
        self.shreds = False

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one statement that changes rows; returns how many it changed."""
        cursor = self._raw.execute(sql, parameters)
        cursor.fetchall()
        changed: int = cursor.rowcount
        return changed

    def audit(self, entry: AuditEntry) -> int:
        """Append a leaf to the ledger; returns its index. It is kept only if the effect is."""
        return self._ledger.append(self._raw, entry)

    def adopt(self, body: bytes) -> int:
        """Append a leaf that this ledger had before, byte for byte; returns its index."""
        return self._ledger.adopt(self._raw, body)

    @property
    def ledger(self) -> Ledger:
        """The ledger as this transaction sees it."""
        return self._ledger

    def shred(self) -> None:
        """Have what this effect deletes wiped from the write-ahead log too, before the caller hears of it.

        Freed pages of the database are overwritten anyway (secure_delete); the log keeps old pages until it
        is copied and truncated.
        """
        self.shreds = True

    def on_commit(self, hook: Callable[[], None]) -> None:
        """Run `hook` once the effect is on disk and before the caller hears of it: for caches in RAM."""
        self.after_commit.append(hook)


Effect: TypeAlias = Callable[[Transaction], None]
"""What a call changes; committed with the leaf that tells of it."""
