"""Batches of documents that wait to be read: all of it sealed, and each picture gone once it is read."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from appliance.errors import NotFound
from appliance.store.keys import seal, unseal
from appliance.store.transaction import Connection, Transaction

KEPT_SECONDS: Final = 86_400
"""Readings are given out for a day."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch.

    Attributes:
        id: `batch_...`.
        documents: how many were sent.
        readings: per document what was read, as it is rendered; None while it waits.
        whole_numbers: whether its readings show Aadhaar numbers whole.
    """

    id: str
    documents: int
    readings: tuple[bytes | None, ...]
    whole_numbers: bool

    def __repr__(self) -> str:
        return f"Batch({self.id}, {self.done} of {self.documents})"

    @property
    def done(self) -> int:
        """Documents that have been read."""
        return sum(one is not None for one in self.readings)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that waits."""

    batch: str
    tenant: str
    place: int
    wish: str
    whole_numbers: bool
    picture: bytes

    def __repr__(self) -> str:
        return f"Waiting({self.batch}, {self.place})"


class ReadingBatches:
    """The tables.

    Args:
        key: seals, 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def create(  # noqa: PLR0913 - the fields of one row
        self,
        transaction: Transaction,
        tenant: str,
        pictures: Sequence[bytes],
        *,
        wish: str,
        whole_numbers: bool,
        now: int,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> Batch:
        """Keep a batch.

        Args:
            transaction: of the call.
            tenant: whose.
            pictures: files as sent.
            wish: of the caller, in the dialect's own words.
            whole_numbers: whether Aadhaar numbers stay whole.
            now: Unix seconds.
            random: source of the id.
        """
        identity = f"batch_{random(12).hex().upper()}"
        transaction.execute(
            "INSERT INTO reading_batch (id, tenant, wish, whole_numbers, documents, expires)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (identity, tenant, wish, int(whole_numbers), len(pictures), now + KEPT_SECONDS),
        )
        for place, picture in enumerate(pictures):
            sealed = seal(self._key, picture, _context(identity, place, "picture"))
            transaction.execute(
                "INSERT INTO reading_item (batch, place, picture) VALUES (?, ?, ?)", (identity, place, sealed)
            )
        return Batch(identity, len(pictures), (None,) * len(pictures), whole_numbers)

    def get(self, connection: Connection, tenant: str, identity: str, now: int) -> Batch:
        """Find a batch of a tenant with what has been read of it.

        Raises:
            NotFound: it has none of that id, or it is past its day.
        """
        row = connection.row(
            "SELECT documents, whole_numbers FROM reading_batch WHERE id = ? AND tenant = ? AND expires > ?",
            (identity, tenant, now),
        )
        if row is None:
            raise NotFound("there is no such batch", remedy="Batches are kept for a day.")
        rows = connection.rows(
            "SELECT place, reading FROM reading_item WHERE batch = ? ORDER BY place", (identity,)
        )
        readings = tuple(
            None
            if sealed is None
            else unseal(self._key, bytes(sealed), _context(identity, int(place), "reading"))
            for place, sealed in rows
        )
        return Batch(identity, int(row[0]), readings, bool(row[1]))

    def next(self, connection: Connection) -> Waiting | None:
        """The document that has waited longest."""
        row = connection.row(
            "SELECT b.id, b.tenant, i.place, b.wish, b.whole_numbers, i.picture FROM reading_item i"
            " JOIN reading_batch b ON b.id = i.batch WHERE i.reading IS NULL"
            " ORDER BY b.expires, i.place LIMIT 1"
        )
        if row is None:
            return None
        batch, place = str(row[0]), int(row[2])
        picture = unseal(self._key, bytes(row[5]), _context(batch, place, "picture"))
        return Waiting(batch, str(row[1]), place, str(row[3]), bool(row[4]), picture)

    def keep(self, transaction: Transaction, waiting: Waiting, reading: bytes) -> tuple[int, int] | None:
        """Keep what was read and wipe the picture; once per document.

        Returns:
            How many of the batch have been read and how many there are; None where this one had been.
        """
        sealed = seal(self._key, reading, _context(waiting.batch, waiting.place, "reading"))
        changed = transaction.execute(
            "UPDATE reading_item SET reading = ?, picture = NULL"
            " WHERE batch = ? AND place = ? AND reading IS NULL",
            (sealed, waiting.batch, waiting.place),
        )
        if not changed:
            return None
        transaction.shred()
        row = transaction.row(
            "SELECT count(reading), count(*) FROM reading_item WHERE batch = ?", (waiting.batch,)
        )
        return (int(row[0]), int(row[1])) if row else None

    @staticmethod
    def forget(transaction: Transaction, now: int) -> int:
        """Wipe batches that are past their day; returns how many."""
        past = "SELECT id FROM reading_batch WHERE expires <= ?"
        transaction.execute(f"DELETE FROM reading_item WHERE batch IN ({past})", (now,))  # noqa: S608 - a constant
        gone = transaction.execute("DELETE FROM reading_batch WHERE expires <= ?", (now,))
        if gone:
            transaction.shred()
        return gone


def _context(batch: str, place: int, what: str) -> bytes:
    return f"reading batch {batch} {place} {what}".encode()
