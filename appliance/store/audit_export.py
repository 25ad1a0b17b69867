"""The ledger as one file that an auditor can verify without the box.

A tar archive of four members, in this order: `key.txt` (public key), `checkpoint.txt` (signed note over all
entries), `consistency.jsonl` (older checkpoints, each with its proof), `entries.jsonl` (one stored body per
line). Every byte of it is determined by its content, headers and padding too, so that the verifier can refuse
a file in which any byte was changed. Written as a stream, on a running box, in constant memory.
"""

from collections.abc import Iterator
from functools import partial
from typing import Protocol

from appliance.domain import merkle
from appliance.domain.credential import AuditEntry
from appliance.store import ledger
from appliance.store.checkpoints import Checkpoints
from appliance.store.database import Database
from appliance.store.transaction import Connection, Transaction

BLOCK = 512
LARGEST = 8**11 - 1
"""Bytes of one member: the field of the header has eleven octal digits."""
OLDER = 500
"""Older checkpoints that go along, evenly chosen."""


class Sink(Protocol):
    """What an export is written to: a file, or a connection."""

    def write(self, data: bytes, /) -> object:
        """Take all of the bytes."""


def export(database: Database, checkpoints: Checkpoints, out: Sink, actor: str = "box") -> int:
    """Write the whole ledger as it stands, with an entry that it was exported. Blocks.

    Args:
        database: of the box.
        checkpoints: sign it.
        out: gets the archive; need not be seekable.
        actor: who exports, for the ledger.

    Returns:
        The number of entries.

    Raises:
        OSError: `out` cannot be written.
        LedgerBroken: leaves or nodes are missing.
    """

    def seal(transaction: Transaction) -> tuple[int, str]:
        transaction.audit(AuditEntry(actor, "box", "audit.export"))
        note = checkpoints.make(transaction)
        return transaction.ledger.frontier.size, note

    size, note = database.write_blocking(seal, urgent=True)
    length = database.read_blocking(lambda connection: _length(connection, size))
    older = database.read_blocking(lambda connection: _older(connection, size))
    out.write(
        _member("key.txt", f"{checkpoints.verifier_key}\n".encode())
        + _member("checkpoint.txt", note.encode())
        + _member("consistency.jsonl", older)
        + header("entries.jsonl", length)
    )
    written = 0
    for chunk in _entries(database, size):
        out.write(chunk)
        written += len(chunk)
    if written != length:
        raise ledger.broken(f"{written} bytes of entries instead of {length}")
    out.write(_padding(length) + bytes(2 * BLOCK))
    return size


def header(name: str, length: int) -> bytes:
    """One POSIX ustar header with everything that could vary set to nothing.

    Raises:
        ValueError: the member is over LARGEST bytes.
    """
    if length > LARGEST:
        message = f"a member of {length} bytes"
        raise ValueError(message)
    fields = (
        name.encode("ascii").ljust(100, b"\0")
        + b"0000444\0"
        + b"0000000\0" * 2
        + b"%011o\0" % length
        + b"00000000000\0"
        + b"        "  # the checksum counts itself as spaces
        + b"0".ljust(101, b"\0")
        + b"ustar\x0000".ljust(8 + 32 + 32, b"\0")
        + b"0000000\0" * 2
    ).ljust(BLOCK, b"\0")
    return fields[:148] + b"%06o\0 " % sum(fields) + fields[156:]


def _member(name: str, data: bytes) -> bytes:
    return header(name, len(data)) + data + _padding(len(data))


def _padding(length: int) -> bytes:
    return bytes(-length % BLOCK)


def _length(connection: Connection, size: int) -> int:
    found = connection.row(
        "SELECT coalesce(sum(length(body) + 1), 0) FROM ledger_leaf WHERE seq < ?", (size,)
    )
    return int(found[0]) if found else 0


def _entries(database: Database, size: int) -> Iterator[bytes]:
    """Bodies with line ends, a query per batch: a long one would hold the write-ahead log back."""
    for first in range(0, size, ledger.BATCH):
        yield database.read_blocking(partial(_lines, first, min(first + ledger.BATCH, size)))


def _lines(first: int, last: int, connection: Connection) -> bytes:
    return b"".join(body + b"\n" for _, body, _ in ledger.leaves(connection, first, last))


def _older(connection: Connection, size: int) -> bytes:
    rows = connection.rows("SELECT size, note FROM ledger_checkpoint WHERE size < ? ORDER BY size", (size,))
    step = max(1, -(-len(rows) // OLDER))
    node = ledger.stored_nodes(connection)
    lines = []
    for old, note in rows[::-step][::-1]:
        proof = [part.hex() for part in merkle.consistency_proof(node, old, size)]
        lines.append(ledger.canonical({"note": note, "proof": proof}) + b"\n")
    return b"".join(lines)
