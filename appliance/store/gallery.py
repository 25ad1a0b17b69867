"""Exact search over templates in RAM: one matrix, one product per probe.

100,000 templates of 512 numbers are 205 MB, which two cores read in 6 ms: no approximate index is needed, and
nobody who is enrolled is ever missed by one. The product in float32 only proposes; what it proposes is
compared again in float64, so that the answer does not depend on the row in which a record lies.
"""

import math
import mmap
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from appliance.domain.gallery import Hit
from appliance.store.product import Product

_Number = TypeVar("_Number", np.float32, np.uint8, np.uint64)
_STEP: Final = 2 << 20
"""Bytes by which memory grows at least: one huge page."""
_GROWTH: Final = 8
"""Memory that is full grows by an eighth: pages that no record has reached cost nothing."""
_TILE: Final = 64
"""Neighbouring rows whose best cosine stands for them when the candidates are sought."""
_AGAIN: Final = 4096
"""Candidates compared again at once: bounds the memory of it where all records are alike."""


class ExactGallery:
    """A gallery of float32 unit vectors (`domain.gallery.Gallery`).

    Searches run side by side; a change waits for those that run and then has the matrix for itself.
    """

    def __init__(self, width: int, product: Product) -> None:
        """Hold nothing yet; `width` numbers per vector, `product` compares a probe with all."""
        self.width = width
        self._vectors = _Growing(4 * width)
        self._ids = _Growing(16)
        self._count = 0
        self._turns = _Turns()
        self._product = product
        # |fl(x.y) - x.y| <= n u / (1 - n u) |x| |y| (Higham, Accuracy and Stability, 2nd ed., 3.5); twice,
        # because both the record and the one it is compared with may be off, and some room for the lengths
        self._doubt = 2.5 * width * 2.0**-24

    def reserve(self, rows: int) -> None:
        """Make room for as many rows in all, so that loading grows once."""
        with self._turns.alone():
            self._vectors.reserve(rows)
            self._ids.reserve(rows)

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Take in records. That no id is there already is the caller's word.

        Raises:
            ValueError: the vectors are not len(ids) x width, or an id is no UUID.
        """
        if vectors.shape != (len(ids), self.width):
            raise ValueError(f"{len(ids)} ids for vectors of shape {vectors.shape}")
        packed = np.frombuffer(bytes.fromhex("".join(ids).replace("-", "")), np.uint8).reshape(len(ids), 16)
        with self._turns.alone():
            until = self._count + len(ids)
            self._vectors.reserve(until)
            self._ids.reserve(until)
            self._vectors.rows(np.float32)[self._count : until] = vectors
            self._ids.rows(np.uint8)[self._count : until] = packed
            self._count = until

    def remove(self, record_id: str) -> None:
        """Take one out: the last row moves to its place. Reads all ids: a millisecond per million.

        Raises:
            KeyError: it is not there.
        """
        with self._turns.alone():
            row = self._row(record_id)
            if row is None:
                raise KeyError(record_id)
            self._count -= 1
            self._vectors.move(self._count, row)
            self._ids.move(self._count, row)

    def search(self, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """Give the most alike records, best first, equal ones by id. `vector` has length 1."""
        probe = np.ascontiguousarray(vector, np.float32)
        with self._turns.shared():
            if not self._count or limit < 1:
                return []
            ids, cosines = self._nearest(probe, limit)
        np.clip(cosines, -1.0, 1.0, out=cosines)
        order = np.lexsort((*ids.T[::-1], -cosines))[:limit]
        return [Hit(str(uuid.UUID(bytes=ids[one].tobytes())), float(cosines[one])) for one in order]

    def __contains__(self, record_id: object) -> bool:
        """Whether a record is there. Reads all ids."""
        with self._turns.shared():
            return isinstance(record_id, str) and self._row(record_id) is not None

    def __len__(self) -> int:
        """How many records."""
        return self._count

    def _nearest(
        self, probe: NDArray[np.float32], limit: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Ids and cosines of the best `limit` and perhaps some more; returns copies, never views."""
        matrix = self._vectors.rows(np.float32)[: self._count]
        candidates = _candidates(self._product(matrix, probe), limit, self._doubt)
        cosines = np.empty(len(candidates))
        for begin in range(0, len(candidates), _AGAIN):
            part = candidates[begin : begin + _AGAIN]
            cosines[begin : begin + _AGAIN] = (matrix[part].astype(np.float64) * probe).sum(axis=1)
        return self._ids.rows(np.uint8)[candidates], cosines

    def _row(self, record_id: str) -> int | None:
        wanted = np.frombuffer(uuid.UUID(record_id).bytes, np.uint64)
        ids = self._ids.rows(np.uint64)[: self._count]
        found = np.flatnonzero((ids[:, 0] == wanted[0]) & (ids[:, 1] == wanted[1]))
        return int(found[0]) if len(found) else None


def _candidates(cosines: NDArray[np.float32], limit: int, doubt: float) -> NDArray[np.intp]:
    """Rows among which the true best `limit` are, given cosines of which each may be off by `doubt` / 2.

    The `limit`-th best of the tiles' best is below or at the `limit`-th best of all: what lies below it by
    more than `doubt` cannot be among the best. One pass, where sorting out the best takes several.
    """
    if limit >= len(cosines):
        return np.arange(len(cosines))
    whole = len(cosines) // _TILE * _TILE
    best = cosines[:whole].reshape(-1, _TILE).max(axis=1)
    if limit > len(best):
        best = cosines
    least = np.partition(best, len(best) - limit)[len(best) - limit]
    return np.flatnonzero(cosines >= least - doubt)


class _Growing:
    """Rows of bytes that grow where they are: the kernel moves pages, nothing is copied or held twice.

    The memory is left out of core dumps: it is biometric data.
    """

    def __init__(self, row_bytes: int) -> None:
        self._row_bytes = row_bytes
        self._map = self._mapped(_STEP)

    def rows(self, dtype: type[_Number]) -> NDArray[_Number]:
        """See all rows there is room for.

        The view must be gone before the turn ends in which it was made: memory that is looked at cannot grow.
        """
        count = len(self._map) // self._row_bytes
        size = np.dtype(dtype).itemsize
        return np.frombuffer(self._map, dtype, count * self._row_bytes // size).reshape(count, -1)

    def reserve(self, rows: int) -> None:
        """Make room for as many rows in all; rows keep their content, new ones are zero."""
        wanted = rows * self._row_bytes
        if wanted > len(self._map):
            wanted = max(wanted, len(self._map) + len(self._map) // _GROWTH)
            self._map.resize(math.ceil(wanted / _STEP) * _STEP)

    def move(self, last: int, row: int) -> None:
        """Put the last row in the place of another, and leave nothing where it was."""
        begin, end = last * self._row_bytes, (last + 1) * self._row_bytes
        self._map[row * self._row_bytes : (row + 1) * self._row_bytes] = self._map[begin:end]
        self._map[begin:end] = bytes(self._row_bytes)

    @staticmethod
    def _mapped(size: int) -> mmap.mmap:
        made = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        made.madvise(mmap.MADV_HUGEPAGE)  # a fifth faster: fewer translations per product
        made.madvise(mmap.MADV_DONTDUMP)
        return made


class _Turns:
    """Many may read at once, one may write alone; a writer that waits goes before readers that come."""

    def __init__(self) -> None:
        self._door = threading.Lock()
        self._changed = threading.Condition(threading.Lock())
        self._reading = 0

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Read beside others."""
        with self._door, self._changed:
            self._reading += 1
        try:
            yield
        finally:
            with self._changed:
                self._reading -= 1
                self._changed.notify()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Write while nobody reads."""
        with self._door:
            with self._changed:
                self._changed.wait_for(lambda: not self._reading)
            yield
