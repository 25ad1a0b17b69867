"""Exact search over templates in RAM: one matrix, one product per probe.

Measured against approximate indexes the product needs no excuse: 100,000 templates of 512 numbers take a few
milliseconds, and nobody who is enrolled is ever missed by the index.
"""

import threading
import uuid
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.domain.gallery import Hit

_FIRST: Final = 256
"""Rows of the first allocation."""
_GROWTH: Final = 1.25
"""A matrix that is full grows by a quarter: at most a fifth of it lies idle."""


class ExactGallery:
    """A gallery of float32 unit vectors (`domain.gallery.Gallery`).

    Rows up to the count never change under a search: one that runs holds the lock for reading by holding the
    lock at all; a product of 100,000 rows takes milliseconds and searches of one collection take turns.
    """

    def __init__(self, width: int) -> None:
        """Hold nothing yet; `width` numbers per vector."""
        self._matrix = np.empty((0, width), np.float32)
        self._ids = np.empty((0, 16), np.uint8)
        self._rows: dict[bytes, int] = {}
        self._lock = threading.Lock()

    def reserve(self, rows: int) -> None:
        """Make room for as many rows in all, so that loading grows only once."""
        with self._lock:
            self._grow(rows)

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Take in records.

        Raises:
            ValueError: the vectors are not len(ids) x width, or an id is there already.
        """
        keys = [uuid.UUID(one).bytes for one in ids]
        with self._lock:
            count = len(self._rows)
            if vectors.shape != (len(keys), self._matrix.shape[1]):
                raise ValueError(f"{len(keys)} ids for vectors of shape {vectors.shape}")
            if len(set(keys)) != len(keys) or any(key in self._rows for key in keys):
                raise ValueError("a record is in this gallery already")
            if count + len(keys) > len(self._matrix):
                self._grow(max(count + len(keys), int(count * _GROWTH), _FIRST))
            self._matrix[count : count + len(keys)] = vectors
            for row, key in enumerate(keys, count):
                self._ids[row] = np.frombuffer(key, np.uint8)
                self._rows[key] = row

    def remove(self, record_id: str) -> None:
        """Take one out: the last row moves to its place.

        Raises:
            KeyError: it is not there.
        """
        key = uuid.UUID(record_id).bytes
        with self._lock:
            row, last = self._rows[key], len(self._rows) - 1
            if row != last:
                self._matrix[row] = self._matrix[last]
                self._ids[row] = self._ids[last]
                self._rows[self._ids[last].tobytes()] = row
            self._matrix[last] = 0.0  # nothing of a removed face stays in RAM
            del self._rows[key]

    def search(self, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """Give the most alike records, best first, equal ones by id."""
        with self._lock:
            count = len(self._rows)
            if not count or limit < 1:
                return []
            cosines = self._matrix[:count] @ vector
            if limit < count:
                least = np.partition(cosines, count - limit)[count - limit]
                rows = np.flatnonzero(cosines >= least)
            else:
                rows = np.arange(count)
            found = [(-float(cosines[row]), self._ids[row].tobytes()) for row in rows]
        found.sort()
        return [Hit(str(uuid.UUID(bytes=key)), -cosine) for cosine, key in found[:limit]]

    def __contains__(self, record_id: object) -> bool:
        """Whether a record is there."""
        if not isinstance(record_id, str):
            return False
        try:
            return uuid.UUID(record_id).bytes in self._rows
        except ValueError:
            return False

    def __len__(self) -> int:
        """How many records."""
        return len(self._rows)

    def _grow(self, rows: int) -> None:
        if rows <= len(self._matrix):
            return
        count = len(self._rows)
        matrix, ids = np.empty((rows, self._matrix.shape[1]), np.float32), np.empty((rows, 16), np.uint8)
        matrix[:count], ids[:count] = self._matrix[:count], self._ids[:count]
        self._matrix, self._ids = matrix, ids
