"""The vault: values that come back only for whoever may see them, and are gone for good when they are erased.

Each record has a key of its own; every value is sealed with it (XChaCha20-Poly1305), bound to tenant, record
and name. That key lies beside the record, wrapped by a wrapping key (`vault_keys`) and bound to tenant,
record, purpose and class. Erasing deletes key, record and index entries, overwrites them in the database and
takes them out of the write-ahead log before the caller hears of it.
"""

import hashlib
import json
import secrets
import struct
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from appliance.domain.retention import Retention
from appliance.errors import Conflict, NotFound, StorageFailed
from appliance.store.idempotency import IdempotentAnswers
from appliance.store.keys import KEY_BYTES, Keyring, seal, unseal
from appliance.store.transaction import Connection, Row, Transaction
from appliance.store.vault_keys import WrappingKeys

Effect: TypeAlias = Callable[[Transaction], None]
Rewrapped: TypeAlias = tuple[int, int, bytes, bytes]
"""A record's number, its new wrapping key's, its key as it was wrapped and as it is now."""

PREFIX: Final = "mask_"
_LENGTH: Final = struct.Struct(">I")
_COLUMNS: Final = "id, tenant, purpose, class, created_at, expires, hold"
_ERASE: Final = tuple(
    f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608  constants
    for table, column in (
        ("vault_data_key", "record"),
        ("vault_index", "record"),
        ("vault_approval", "record"),
        ("vault_record", "seq"),
    )
)
_ANSWERED: Final = (
    "SELECT DISTINCT about FROM idempotent_answer"
    " WHERE about <> '' AND about IN (SELECT value FROM json_each(?))"
)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a record without opening it. Times are seconds since 1970.

    Attributes:
        id: `mask_` and 32 hex digits.
        tenant: owner.
        purpose: tag it was stored under.
        retention: why it is kept.
        created_at: when it was stored.
        expires: from when on it is not given any more, and erased unless held.
        hold: reference of the legal hold on it, or "".
    """

    id: str
    tenant: str
    purpose: str
    retention: Retention
    created_at: int
    expires: int
    hold: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is.

    Attributes:
        records: by retention class.
        held: under a legal hold.
        due: past their time, still to be erased; held ones do not count.
        wrapping: records by number of the key that wraps theirs.
    """

    records: Mapping[Retention, int]
    held: int
    due: int
    wrapping: Mapping[int, int]


class Vault:
    """Stores, opens, finds and erases records. Thread-safe; a tenant sees its own only.

    Args:
        keys: of the box.
        wrapping: keys that wrap the records' keys.
        clock: seconds since 1970.
        random: source of ids, keys and nonces.
    """

    def __init__(
        self,
        keys: Keyring,
        wrapping: WrappingKeys,
        *,
        clock: Callable[[], float] = time.time,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._index = keys.vault_index
        self.wrapping = wrapping
        self._clock = clock
        self._random = random

    def now(self) -> int:
        """The time that expiry is held against."""
        return int(self._clock())

    def put(  # noqa: PLR0913  what makes a record
        self,
        tenant: str,
        values: Mapping[str, bytes],
        purpose: str,
        *,
        expires: int,
        retention: Retention = Retention.MASKING,
        found_by: Iterable[tuple[str, str]] = (),
    ) -> tuple[Effect, str]:
        """Seal values; the effect stores them. Blocks for a few microseconds per value.

        Args:
            tenant: owner.
            values: by name; names are sealed too.
            purpose: tag that says what they are kept for.
            expires: seconds since 1970.
            retention: why they are kept.
            found_by: kinds and spellings that `find` is to find the record by.

        Returns:
            The effect, and the record's id.
        """
        identity = self._random(16)
        key = self._random(KEY_BYTES)
        sealed = self._sealed(key, tenant, identity, values)
        digests = sorted({self._digest(tenant, kind, value) for kind, value in found_by})
        number = self.wrapping.current
        bound = _Bound(tenant, identity, purpose, retention)
        wrapped = self._wrap(number, key, bound)

        def effect(transaction: Transaction) -> None:
            used, kept = number, wrapped
            if not self.wrapping.is_live(transaction, number):  # rotation has ended since
                used = self.wrapping.current
                kept = self._wrap(used, key, bound)
            transaction.execute(
                "INSERT INTO vault_record (id, tenant, purpose, class, created_at, expires, sealed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (identity, tenant, purpose, retention, self.now(), expires, sealed),
            )
            found = transaction.row("SELECT last_insert_rowid()")
            seq = int(found[0]) if found else 0
            transaction.execute(
                "INSERT INTO vault_data_key (record, wrapping, wrapped) VALUES (?, ?, ?)", (seq, used, kept)
            )
            for digest in digests:
                transaction.execute("INSERT INTO vault_index (digest, record) VALUES (?, ?)", (digest, seq))

        return effect, PREFIX + identity.hex()

    def about(self, connection: Connection, tenant: str, identity: str) -> Record:
        """A record without its values, also one past its time that is not erased yet.

        Raises:
            NotFound: the tenant has none of that id.
        """
        sql = f"SELECT {_COLUMNS} FROM vault_record WHERE id = ? AND tenant = ?"  # noqa: S608  constants
        row = connection.row(sql, (record_id(identity), tenant))
        if row is None:
            raise unknown()
        return _record(row)

    def owner(self, connection: Connection, identity: str) -> str:
        """The tenant that a record belongs to: for the box's operator.

        Raises:
            NotFound: there is no such record.
        """
        row = connection.row("SELECT tenant FROM vault_record WHERE id = ?", (record_id(identity),))
        if row is None:
            raise unknown()
        return str(row[0])

    def require(self, connection: Connection, tenant: str, identity: str) -> Record:
        """A record that may still be opened.

        Raises:
            NotFound: the tenant has none of that id, or its time is over.
        """
        record = self.about(connection, tenant, identity)
        if record.expires <= self.now():
            raise unknown()
        return record

    def open(
        self,
        connection: Connection,
        tenant: str,
        identity: str,
        wanted: Callable[[Record, list[str]], Collection[str]] | None = None,
    ) -> dict[str, bytes]:
        """Open values of a record. Blocks for a few microseconds per value.

        Args:
            connection: to read by.
            tenant: owner.
            identity: of the record.
            wanted: chooses the names of the values to open; what it raises is raised here. None opens all.

        Raises:
            NotFound: the tenant has none of that id, or its time is over.
            StorageFailed: the record was changed on disk, or its wrapping key is not here.
        """
        record = self.require(connection, tenant, identity)
        row = connection.row(
            "SELECT r.sealed, k.wrapping, k.wrapped FROM vault_record r"
            " LEFT JOIN vault_data_key k ON k.record = r.seq WHERE r.id = ?",
            (record_id(identity),),
        )
        if row is None:
            raise unknown()
        sealed, number, wrapped = row
        if wrapped is None:
            raise StorageFailed("a vault record has lost its key", remedy="Restore a backup.")
        raw = record_id(identity)
        bound = _Bound(tenant, raw, record.purpose, record.retention)
        key = unseal(self.wrapping.get(number), wrapped, bound.context(number))
        pieces = _pieces(bytes(sealed))
        known: list[str] = json.loads(unseal(key, pieces[0], _context("layout", tenant, raw)))
        if len(known) != len(pieces) - 1:
            raise StorageFailed("a vault record was cut short on disk")
        names = known if wanted is None else set(wanted(record, known))
        return {
            name: unseal(key, piece, _context("value", tenant, raw, name))
            for name, piece in zip(known, pieces[1:], strict=True)
            if names is known or name in names
        }

    def find(self, connection: Connection, tenant: str, kind: str, value: str) -> list[str]:
        """Ids of a tenant's records that were stored to be found by a value, oldest first."""
        rows = connection.rows(
            "SELECT r.id FROM vault_index i JOIN vault_record r ON r.seq = i.record"
            " WHERE i.digest = ? AND r.tenant = ? ORDER BY r.seq",
            (self._digest(tenant, kind, value), tenant),
        )
        return [PREFIX + bytes(row[0]).hex() for row in rows]

    def erase(self, tenant: str, identity: str) -> Effect:
        """Erase one record before its time.

        The effect raises NotFound where the tenant has none of that id, and Conflict where a legal hold
        stands on it or the law wants it kept.
        """

        def effect(transaction: Transaction) -> None:
            record = self.about(transaction, tenant, identity)
            if record.hold:
                raise Conflict("a legal hold stands on the record", remedy="Lift the hold first.")
            if record.retention == Retention.LAW and record.expires > self.now():
                raise Conflict("the law wants the record kept", remedy="It is erased when its time is over.")
            found = transaction.row("SELECT seq FROM vault_record WHERE id = ?", (record_id(identity),))
            self._erase(transaction, {int(found[0]): identity} if found else {})

        return effect

    def erase_due(self, transaction: Transaction, now: int, count: int) -> dict[str, list[str]]:
        """Erase up to `count` records past their time, but none on hold; their ids by tenant."""
        rows = transaction.rows(
            "SELECT seq, id, tenant FROM vault_record WHERE expires <= ? AND hold IS NULL"
            " ORDER BY expires LIMIT ?",
            (now, count),
        )
        self._erase(transaction, {int(seq): PREFIX + bytes(identity).hex() for seq, identity, _ in rows})
        gone: dict[str, list[str]] = {}
        for _, identity, tenant in rows:
            gone.setdefault(tenant, []).append(PREFIX + bytes(identity).hex())
        return gone

    def erase_again(self, transaction: Transaction, identities: Iterable[str]) -> None:
        """Erase records that were erased before, and came back with a backup: held ones too.

        Raises:
            NotFound: none of them is there.
        """
        found = {}
        for identity in filter(is_id, identities):
            row = transaction.row("SELECT seq FROM vault_record WHERE id = ?", (record_id(identity),))
            if row is not None:
                found[int(row[0])] = identity
        if not found:
            raise unknown()
        self._erase(transaction, found)

    def _erase(self, transaction: Transaction, records: Mapping[int, str]) -> None:
        """Erase records, given by number and id, and the kept answers that tell what was in them."""
        if not records:
            return
        rows, ids = json.dumps(list(records)), json.dumps(list(records.values()))
        for sql in _ERASE:
            transaction.execute(sql, (rows,))
        for (about,) in transaction.rows(_ANSWERED, (ids,)):
            IdempotentAnswers.forget_about(transaction, about)
        self.wrapping.note_erasure(transaction)
        transaction.shred()

    def hold(self, tenant: str, identity: str, reference: str) -> Effect:
        """Put a legal hold on a record, or with "" lift it. The effect raises NotFound."""

        def effect(transaction: Transaction) -> None:
            changed = transaction.execute(
                "UPDATE vault_record SET hold = ? WHERE id = ? AND tenant = ?",
                (reference or None, record_id(identity), tenant),
            )
            if not changed:
                raise unknown()

        return effect

    def keep_until(self, tenant: str, identity: str, expires: int) -> Effect:
        """Keep what the law wants kept longer: counted anew from the end of the relationship.

        The effect raises NotFound, and Conflict for a record of another class or an earlier time.
        """

        def effect(transaction: Transaction) -> None:
            record = self.about(transaction, tenant, identity)
            if record.retention != Retention.LAW or expires < record.expires:
                raise Conflict("only what the law wants kept can be kept longer, never shorter")
            transaction.execute(
                "UPDATE vault_record SET expires = ? WHERE id = ?", (expires, record_id(identity))
            )

        return effect

    def counts(self, connection: Connection) -> Counts:
        """Count records. Reads all of them: seconds where there are a million."""
        classes = connection.rows("SELECT class, count(*) FROM vault_record GROUP BY class")
        held = connection.row("SELECT count(*) FROM vault_record WHERE hold IS NOT NULL")
        wrapping, due = self.figures(connection)
        return Counts(
            {Retention(name): int(count) for name, count in classes},
            int(held[0]) if held else 0,
            due,
            wrapping,
        )

    def figures(self, connection: Connection) -> tuple[dict[int, int], int]:
        """Records by number of their wrapping key, and how many are due, out of small indexes."""
        wrapping = connection.rows("SELECT wrapping, count(*) FROM vault_data_key GROUP BY wrapping")
        due = connection.row(
            "SELECT count(*) FROM vault_record WHERE expires <= ? AND hold IS NULL", (self.now(),)
        )
        return {int(number): int(count) for number, count in wrapping}, int(due[0]) if due else 0

    # -- rotation --------------------------------------------------------------------------------------

    def rewrapped(self, connection: Connection, count: int) -> list[Rewrapped]:
        """Wrap up to `count` records' keys anew that are not wrapped by the key in use.

        Returns:
            What `store_rewrapped` takes.
        """
        current = self.wrapping.current
        older = self.wrapping.older(connection)
        if not older:
            return []
        marks = ",".join("?" * len(older))
        rows = connection.rows(
            "SELECT r.seq, r.id, r.tenant, r.purpose, r.class, k.wrapping, k.wrapped FROM vault_data_key k"  # noqa: S608  marks only
            f" JOIN vault_record r ON r.seq = k.record WHERE k.wrapping IN ({marks}) LIMIT ?",
            (*older, count),
        )
        made = []
        for seq, identity, tenant, purpose, retention, number, wrapped in rows:
            bound = _Bound(tenant, bytes(identity), purpose, retention)
            key = unseal(self.wrapping.get(number), wrapped, bound.context(number))
            made.append((int(seq), current, bytes(wrapped), self._wrap(current, key, bound)))
        return made

    @staticmethod
    def store_rewrapped(transaction: Transaction, made: Iterable[Rewrapped]) -> int:
        """Store new wrappings; one whose record was erased or rewrapped in the meantime is dropped."""
        return sum(
            transaction.execute(
                "UPDATE vault_data_key SET wrapping = ?, wrapped = ? WHERE record = ? AND wrapped = ?",
                (number, again, seq, wrapped),
            )
            for seq, number, wrapped, again in made
        )

    # -- sealing ---------------------------------------------------------------------------------------

    def _sealed(self, key: bytes, tenant: str, identity: bytes, values: Mapping[str, bytes]) -> bytes:
        layout = json.dumps(list(values)).encode()
        pieces = [seal(key, layout, _context("layout", tenant, identity), self._random)]
        pieces += [
            seal(key, value, _context("value", tenant, identity, name), self._random)
            for name, value in values.items()
        ]
        return b"".join(_LENGTH.pack(len(piece)) + piece for piece in pieces)

    def _wrap(self, number: int, key: bytes, bound: "_Bound") -> bytes:
        return seal(self.wrapping.get(number), key, bound.context(number), self._random)

    def _digest(self, tenant: str, kind: str, value: str) -> bytes:
        """Blind index: whoever lacks the key can neither compute nor compare it; tenants' do not meet."""
        message = json.dumps([tenant, kind, value]).encode()
        return hashlib.blake2b(message, key=self._index, digest_size=16).digest()


def unknown() -> NotFound:
    """No such record, or no longer."""
    return NotFound("there is no such mask_id", remedy="It may have expired: see expires_at of the masking.")


def is_id(text: str) -> bool:
    """Whether a text has the form of a record's id."""
    hexadecimal = text.removeprefix(PREFIX)
    return len(text) == 37 and len(hexadecimal) == 32 and all(c in "0123456789abcdef" for c in hexadecimal)


def record_id(identity: str) -> bytes:
    """The sixteen bytes of a record's id.

    Raises:
        NotFound: it is none.
    """
    if not is_id(identity):
        raise unknown()
    return bytes.fromhex(identity.removeprefix(PREFIX))


def _record(row: Row) -> Record:
    identity, tenant, purpose, retention, created, expires, hold = row
    return Record(
        PREFIX + bytes(identity).hex(), tenant, purpose, Retention(retention), created, expires, hold or ""
    )


def _context(what: str, tenant: str, identity: bytes, *more: str) -> bytes:
    """What a seal is bound to; one spelling per meaning."""
    return json.dumps(["vault", what, tenant, identity.hex(), *more]).encode()


@dataclass(frozen=True, slots=True)
class _Bound:
    """What a record's key is bound to."""

    tenant: str
    identity: bytes
    purpose: str
    retention: str

    def context(self, number: int) -> bytes:
        return _context("key", self.tenant, self.identity, self.purpose, str(self.retention), str(number))


def _pieces(sealed: bytes) -> list[bytes]:
    pieces, at = [], 0
    while at + _LENGTH.size <= len(sealed):
        (length,) = _LENGTH.unpack_from(sealed, at)
        at += _LENGTH.size
        pieces.append(sealed[at : at + length])
        at += length
    if at != len(sealed) or not pieces:
        raise StorageFailed("a vault record was cut short on disk")
    return pieces
