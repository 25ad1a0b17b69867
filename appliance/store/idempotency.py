"""Answers to calls that carry an idempotency key: kept a day, sealed, given again to the same call.

A row is found by a keyed hash of (credential, method, path, key) and sealed under another hash of the same,
so that the database and the box key do not open it without the caller's own key. What a row holds may be
personal data: expired rows are deleted and wiped from the write-ahead log, and those about a record with it.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import msgspec

from appliance.errors import StorageFailed
from appliance.store.keys import seal, unseal
from appliance.store.transaction import Connection, Transaction

KEPT_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call is answered with.

    Attributes:
        status: HTTP status.
        headers: names and values that belong to the answer, such as its type and request id.
        body: exactly as sent.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Scope:
    """What a key is good for; never logged.

    Attributes:
        hash: finds the row, 32 bytes.
        opener: seals its answer, 32 bytes.
    """

    hash: bytes
    opener: bytes

    def __repr__(self) -> str:
        return f"Scope({self.hash.hex()[:8]})"


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer on disk, and the fingerprint of the request that it answers."""

    fingerprint: bytes
    answer: Answer


class AlreadyAnswered(Exception):
    """Another call under the same key was faster: this effect is undone. Never leaves the box."""


class IdempotentAnswers:
    """The table.

    Args:
        key: 32 bytes, of this purpose.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def scope(self, credential: str, method: str, path: str, key: str) -> Scope:
        """The scope of a caller's key."""
        said = _joined(credential.encode(), method.encode(), path.encode(), key.encode())
        return Scope(self._digest(said, b"kyc:scope"), self._digest(said, b"kyc:opener"))

    def fingerprint(self, *pieces: bytes) -> bytes:
        """Hash of what makes two requests the same: body, or parts of a form with their names; 32 bytes."""
        return self._digest(_joined(*pieces), b"kyc:print")

    def find(self, connection: Connection, scope: Scope, now: int) -> Kept | None:
        """The kept answer, if there is one.

        Args:
            connection: to read by.
            scope: of the call.
            now: Unix seconds.

        Raises:
            StorageFailed: it was changed on disk.
        """
        sql = "SELECT fingerprint, sealed FROM idempotent_answer WHERE scope = ? AND expires > ?"
        row = connection.row(sql, (scope.hash, now))
        if row is None:
            return None
        plain = unseal(scope.opener, bytes(row[1]), scope.hash + bytes(row[0]))
        try:
            status, headers, body = msgspec.msgpack.decode(
                plain, type=tuple[int, tuple[tuple[str, str], ...], bytes]
            )
        except msgspec.MsgspecError:
            raise StorageFailed("a kept answer cannot be read: another release wrote it") from None
        return Kept(bytes(row[0]), Answer(status, headers, body))

    def keep(  # noqa: PLR0913  the fields of one row
        self,
        transaction: Transaction,
        scope: Scope,
        fingerprint: bytes,
        answer: Answer,
        now: int,
        *,
        about: str = "",
    ) -> None:
        """Keep an answer, in the transaction of the effect that it tells of.

        Args:
            transaction: of that effect.
            scope: of the call.
            fingerprint: of the request.
            answer: to give again.
            now: Unix seconds.
            about: id of a record with which it has to go, or "".

        Raises:
            AlreadyAnswered: there is one; leave the transaction by it, so that the effect is undone.
        """
        transaction.execute(
            "DELETE FROM idempotent_answer WHERE scope = ? AND expires <= ?", (scope.hash, now)
        )
        plain = msgspec.msgpack.encode((answer.status, answer.headers, answer.body))
        kept = transaction.execute(
            "INSERT INTO idempotent_answer (scope, fingerprint, about, sealed, expires)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                scope.hash,
                fingerprint,
                about,
                seal(scope.opener, plain, scope.hash + fingerprint),
                now + KEPT_SECONDS,
            ),
        )
        if not kept:
            raise AlreadyAnswered

    @staticmethod
    def forget(transaction: Transaction, now: int, count: int = 5000) -> int:
        """Wipe what has expired; returns how many answers that were."""
        gone = transaction.execute(
            "DELETE FROM idempotent_answer WHERE scope IN"
            " (SELECT scope FROM idempotent_answer WHERE expires <= ? LIMIT ?)",
            (now, count),
        )
        if gone:
            transaction.shred()
        return gone

    @staticmethod
    def forget_about(transaction: Transaction, about: str) -> int:
        """Wipe the answers about a record that is erased; returns how many that were."""
        gone = transaction.execute("DELETE FROM idempotent_answer WHERE about = ? AND about <> ''", (about,))
        if gone:
            transaction.shred()
        return gone

    def _digest(self, message: bytes, purpose: bytes) -> bytes:
        return hashlib.blake2b(message, key=self._key, person=purpose, digest_size=32).digest()


def _joined(*pieces: bytes) -> bytes:
    """Pieces with their lengths: no two lists of pieces join to the same bytes."""
    return b"".join(len(piece).to_bytes(8, "big") + piece for piece in pieces)
