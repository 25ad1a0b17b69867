"""The audit ledger: what happened, as leaves of a Merkle tree that only grows.

A leaf's bytes are made once and stored; hashing, signing and export take those stored bytes, so that no later
release can serialise an old entry differently. Bodies hold no personal data: erasing a person never touches
the tree.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pysqlite3

from appliance.domain import merkle
from appliance.domain.credential import AuditEntry
from appliance.errors import LedgerBroken

if TYPE_CHECKING:  # transactions append to the ledger, so at run time the arrow points the other way
    from appliance.store.transaction import Connection

BODY_BYTES = 8192
"""A longer body is a mistake in the caller: ids, codes and figures fit in a tenth of it."""

BATCH = 2000
"""Leaves read at a time when the whole ledger is walked."""


def canonical(value: Mapping[str, Any]) -> bytes:
    """One spelling per value: JSON in ASCII, keys sorted, no spaces, no NaN. Holds no line break.

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def parsed(line: bytes) -> dict[str, Any]:
    """Reverse `canonical`.

    Raises:
        ValueError: it is no JSON object.
    """
    value = json.loads(line)
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - callers tell damaged from right, not types
    return value


def spelled(moment: datetime) -> str:
    """A time as leaves spell it: UTC, milliseconds. Compares as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Ledger:
    """The growing end of the ledger. Used by the writer thread only.

    Args:
        frontier: of the tree on disk.
        boot: id of this run of the box.
        wall: the time of day.
        uptime: seconds on a clock that never jumps.
    """

    def __init__(
        self,
        frontier: merkle.Frontier,
        boot: str,
        wall: Callable[[], datetime],
        uptime: Callable[[], float],
    ) -> None:
        self.frontier = frontier
        self._boot = boot
        self._wall = wall
        self._uptime = uptime

    def append(self, raw: pysqlite3.Connection, entry: AuditEntry) -> int:
        """Write one leaf and the nodes it completes; returns its index, from 0.

        Raises:
            ValueError: the body is over BODY_BYTES, or holds a number that is not finite.
        """
        seq = self.frontier.size
        body = self.body(entry, seq)
        if len(body) > BODY_BYTES:
            message = f"an audit body of {len(body)} bytes; {BODY_BYTES} are allowed"
            raise ValueError(message)
        return self.adopt(raw, body)

    def adopt(self, raw: pysqlite3.Connection, body: bytes) -> int:
        """Write one leaf as it was spelled before; returns its index."""
        seq, leaf = self.frontier.size, merkle.leaf_hash(body)
        grown, nodes = self.frontier.append(leaf)
        raw.execute("INSERT INTO ledger_leaf (seq, body, hash) VALUES (?, ?, ?)", (seq, body, leaf))
        raw.executemany("INSERT INTO ledger_node (level, position, hash) VALUES (?, ?, ?)", nodes)
        self.frontier = grown
        return seq

    def body(self, entry: AuditEntry, seq: int) -> bytes:
        """Spell the leaf out: the entry, its index, wall time, boot and time since boot."""
        return canonical(
            {
                "action": entry.action,
                "actor": entry.actor,
                "at": spelled(self._wall()),
                "boot": self._boot,
                "details": dict(entry.details),
                "object": entry.object,
                "outcome": entry.outcome,
                "request_id": entry.request_id,
                "seq": seq,
                "tenant": entry.tenant,
                "uptime_ms": int(self._uptime() * 1000),
                "v": 1,
            }
        )


def stored_nodes(connection: "Connection") -> merkle.NodeAt:
    """Look nodes up in the database.

    Raises:
        LedgerBroken: (when called) a node that must be there is not.
    """

    def node(level: int, position: int) -> bytes:
        if level:
            sql = "SELECT hash FROM ledger_node WHERE level = ? AND position = ?"
            found = connection.row(sql, (level, position))
        else:
            found = connection.row("SELECT hash FROM ledger_leaf WHERE seq = ?", (position,))
        if found is None:
            raise broken(f"node {level}/{position} is missing")
        return bytes(found[0])

    return node


def size(connection: "Connection") -> int:
    """Count the leaves on disk.

    Raises:
        LedgerBroken: an index is missing.
    """
    found = connection.row("SELECT count(*), coalesce(max(seq), -1) FROM ledger_leaf")
    count, last = found or (0, -1)
    if count != last + 1:
        raise broken(f"{last + 1 - count} of {last + 1} leaves are missing")
    return int(count)


def leaves(connection: "Connection", first: int, last: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Walk index, body and hash of the leaves first..last-1, in short queries."""
    for start in range(first, last, BATCH):
        yield from (
            (int(seq), bytes(body), bytes(digest))
            for seq, body, digest in connection.rows(
                "SELECT seq, body, hash FROM ledger_leaf WHERE seq >= ? AND seq < ? ORDER BY seq",
                (start, min(start + BATCH, last)),
            )
        )


def broken(what: str) -> LedgerBroken:
    """Say that the ledger does not verify."""
    return LedgerBroken(
        f"the audit ledger is broken: {what}",
        remedy="Restore the last backup, and keep the broken folder: it is evidence.",
    )
