"""What the box remembers of captures: keyed hashes, never pictures.

An exact hash finds the same file again, a 256-bit difference hash the same picture saved anew. Both are kept
under keys of the box: the look is stored with a keyed permutation of its bits, so that the table says nothing
about pictures to who does not have the key, and distances stay what they are.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.store.transaction import Connection, Transaction

LOOK_BYTES: Final = 32
NEAR: Final = 6
"""Bits of 256 that two savings of one picture may differ by; see models/injection/card.md."""
MOST: Final = 100_000
"""Captures remembered; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of a picture.

    Attributes:
        same: this very file was checked before.
        near: a picture that looks the same was.
        evidence: codes of what was held against it before, "bundle_replayed" ...
    """

    same: bool
    near: bool
    evidence: tuple[str, ...]


class CaptureMemory:
    """Remembers captures by keyed hashes.

    Args:
        key: 32 bytes.
        clock: Unix seconds.
        keep_seconds: how long a capture is remembered.
    """

    def __init__(self, key: bytes, clock: Callable[[], float], keep_seconds: int) -> None:
        self._key = key
        self._clock = clock
        self._keep = keep_seconds
        seed = hashlib.blake2b(b"look", key=key, digest_size=32).digest()
        draw = np.random.Generator(np.random.PCG64(int.from_bytes(seed, "big")))
        self._order = draw.permutation(LOOK_BYTES * 8)
        self._mask = draw.integers(0, 2, LOOK_BYTES * 8, np.uint8)

    def recall(self, connection: Connection, sha256: bytes, look: bytes) -> Memory:
        """What is known of a picture. Reads every look: 100,000 take about 10 ms."""
        after = int(self._clock()) - self._keep
        mine = self._hash(sha256)
        row = connection.row(
            "SELECT look, evidence FROM capture_memory WHERE hash = ? AND seen_at >= ?", (mine, after)
        )
        evidence = tuple(code for code in (row[1].split(",") if row else ()) if code)
        same = row is not None and len(row[0]) == LOOK_BYTES
        looks = b"".join(
            one
            for (one,) in connection.rows(
                "SELECT look FROM capture_memory WHERE seen_at >= ? AND length(look) = ? AND hash <> ?",
                (after, LOOK_BYTES, mine),
            )
        )
        return Memory(same, self._near(looks, look), evidence)

    def remember(self, transaction: Transaction, sha256: bytes, look: bytes) -> None:
        """Remember a picture that was checked."""
        self._put(transaction, sha256, self._keyed(look), "")
        transaction.execute(
            "DELETE FROM capture_memory WHERE seen_at < ?", (int(self._clock()) - self._keep,)
        )
        transaction.execute(
            "DELETE FROM capture_memory WHERE hash IN (SELECT hash FROM capture_memory"
            " ORDER BY seen_at DESC LIMIT -1 OFFSET ?)",
            (MOST,),
        )

    def suspect(self, transaction: Transaction, sha256: bytes, code: str) -> None:
        """Hold something against a picture: "bundle_stale", "bundle_replayed"."""
        known = transaction.row("SELECT evidence FROM capture_memory WHERE hash = ?", (self._hash(sha256),))
        codes = {one for one in (known[0].split(",") if known else ()) if one} | {code}
        self._put(transaction, sha256, b"", ",".join(sorted(codes)))

    def _put(self, transaction: Transaction, sha256: bytes, look: bytes, evidence: str) -> None:
        transaction.execute(
            "INSERT INTO capture_memory (hash, look, evidence, seen_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (hash) DO UPDATE SET seen_at = excluded.seen_at,"
            " look = iif(length(excluded.look) > 0, excluded.look, look),"
            " evidence = iif(excluded.evidence <> '', excluded.evidence, evidence)",
            (self._hash(sha256), look, evidence, int(self._clock())),
        )

    def _near(self, looks: bytes, look: bytes) -> bool:
        if not looks:
            return False
        table: NDArray[np.uint64] = np.frombuffer(looks, np.uint64).reshape(-1, LOOK_BYTES // 8)
        mine = np.frombuffer(self._keyed(look), np.uint64)
        return bool((np.bitwise_count(table ^ mine).sum(1) <= NEAR).any())

    def _keyed(self, look: bytes) -> bytes:
        bits = np.unpackbits(np.frombuffer(look, np.uint8))
        return np.packbits(bits[self._order] ^ self._mask).tobytes()

    def _hash(self, sha256: bytes) -> bytes:
        return hashlib.blake2b(sha256, key=self._key, digest_size=32).digest()
