"""The keys that wrap the keys of vault records: in a sealed file of their own, never in the database.

A copy of the database, with the box key or without, therefore opens no record by itself; and once a wrapping
key is destroyed, nothing that was wrapped by it opens from any copy. The database knows which keys there are,
which are destroyed, and a check value of each.
"""

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from appliance.errors import DataFolderUnusable, StorageFailed
from appliance.store import box_settings
from appliance.store.folder import write_durably
from appliance.store.keys import KEY_BYTES, seal, unseal
from appliance.store.transaction import Connection, Transaction

_CONTEXT: Final = b"vault wrapping keys"
_ERASED_UNDER: Final = "vault.erased_under"


class WrappingKeyGone(StorageFailed):
    """A record's wrapping key is not here. Right after a rotation, reading the record once more helps."""


class WrappingKeys:
    """Wrapping keys by number, the highest one in use. Thread-safe.

    Args:
        path: the sealed file.
        sealing: key that it is sealed with.
        random: source of keys and nonces.
    """

    def __init__(
        self, path: Path, sealing: bytes, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._path = path
        self._sealing = sealing
        self._random = random
        self._keys: dict[int, bytes] = {}
        self._current = 0
        self._lock = threading.Lock()

    def load(self, connection: Connection) -> None:
        """Read the file, and finish a destruction that a kill cut short. Once, before anything is wrapped.

        Raises:
            DataFolderUnusable: the file is missing or not of this box, and records depend on it.
        """
        rows = connection.rows("SELECT id, check_value, destroyed_at FROM vault_wrapping_key")
        in_file = self._read(needed=any(destroyed is None for _, _, destroyed in rows))
        live = {number: value for number, value, destroyed in rows if destroyed is None}
        gone = {number for number, _, destroyed in rows if destroyed is not None}
        wrong = [n for n, value in live.items() if n in in_file and check_value(in_file[n]) != value]
        if wrong:
            raise _unusable(f"the file {self._path} holds other keys than the database was written with")
        self._keys = {number: key for number, key in in_file.items() if number not in gone}
        if gone & in_file.keys():
            self._write(self._keys)
        self._current = max(live, default=0)

    @property
    def current(self) -> int:
        """Number of the key in use; 0 before the first."""
        return self._current

    def get(self, number: int) -> bytes:
        """A wrapping key.

        Raises:
            WrappingKeyGone: it is destroyed, or not in the file.
        """
        key = self._keys.get(number)
        if key is None:
            raise WrappingKeyGone(
                "the key that a vault record is wrapped by is not on this box",
                remedy="Put back the vault.keys that belongs to this database.",
            )
        return key

    def prepare(self) -> int:
        """Put the next key into the file; its number. Nothing uses it before `begin` is on disk. Blocks.

        Raises:
            StorageFailed: the file cannot be written.
        """
        with self._lock:
            number = self._current + 1
            if number not in self._keys:  # else a kill came before its row
                grown = {**self._keys, number: self._random(KEY_BYTES)}
                self._write(grown)
                self._keys = grown
            return number

    def begin(self, transaction: Transaction, number: int, now: int) -> None:
        """Take a prepared key into use."""
        transaction.execute(
            "INSERT INTO vault_wrapping_key (id, check_value, created_at) VALUES (?, ?, ?)",
            (number, check_value(self.get(number)), now),
        )
        transaction.on_commit(lambda: self._use(number))

    @staticmethod
    def is_live(connection: Connection, number: int) -> bool:
        """Whether a key is in use or still needed."""
        sql = "SELECT 1 FROM vault_wrapping_key WHERE id = ? AND destroyed_at IS NULL"
        return connection.row(sql, (number,)) is not None

    def older(self, connection: Connection) -> list[int]:
        """Keys that are not destroyed and not the one in use."""
        sql = "SELECT id FROM vault_wrapping_key WHERE destroyed_at IS NULL AND id <> ? ORDER BY id"
        return [int(row[0]) for row in connection.rows(sql, (self._current,))]

    def note_erasure(self, transaction: Transaction) -> None:
        """Remember that a record was erased whose key the one in use may have wrapped.

        SQLite overwrites the row, but may have moved it before and left a copy in a gap of a page.
        """
        if not self.has_erased(transaction):
            box_settings.put(transaction, _ERASED_UNDER, str(self._current))

    def has_erased(self, connection: Connection) -> bool:
        """Whether a record was erased since the key in use was taken into use."""
        return box_settings.get(connection, _ERASED_UNDER) == str(self._current)

    def retire(self, transaction: Transaction, number: int, now: int) -> bool:
        """Note that a key is destroyed, where nothing is wrapped by it any more; whether that is so."""
        used = transaction.row("SELECT 1 FROM vault_data_key WHERE wrapping = ? LIMIT 1", (number,))
        if used is not None or number == self._current:
            return False
        changed = transaction.execute(
            "UPDATE vault_wrapping_key SET destroyed_at = ? WHERE id = ? AND destroyed_at IS NULL",
            (now, number),
        )
        transaction.shred()
        return changed == 1

    def destroy(self, number: int) -> None:
        """Take a retired key out of memory and out of the file, whose old bytes are overwritten. Blocks.

        Raises:
            StorageFailed: the file cannot be written; the next start does it.
        """
        with self._lock:
            self._keys = {one: key for one, key in self._keys.items() if one != number}
            self._write(self._keys)

    def _use(self, number: int) -> None:
        self._current = max(self._current, number)

    def _read(self, *, needed: bool) -> dict[int, bytes]:
        try:
            sealed = self._path.read_bytes()
        except FileNotFoundError:
            if needed:
                raise _unusable(
                    f"the file {self._path} is missing; without it no vault record opens"
                ) from None
            return {}
        except OSError as error:
            raise _unusable(f"the file {self._path} cannot be read: {error.strerror}") from None
        try:
            keys = json.loads(unseal(self._sealing, sealed, _CONTEXT))
        except StorageFailed:
            raise _unusable(f"the file {self._path} was changed or is another box's") from None
        return {int(number): bytes.fromhex(key) for number, key in keys.items()}

    def _write(self, keys: Mapping[int, bytes]) -> None:
        plain = json.dumps({str(number): key.hex() for number, key in keys.items()}).encode()
        sealed = seal(self._sealing, plain, _CONTEXT, self._random)
        try:
            old = os.open(self._path, os.O_WRONLY) if self._path.exists() else None
            try:
                write_durably(self._path, sealed)
                if old is not None:  # the blocks are still ours: the descriptor holds them
                    os.pwrite(old, bytes(os.fstat(old).st_size), 0)
                    os.fsync(old)
            finally:
                if old is not None:
                    os.close(old)
        except OSError as error:
            raise StorageFailed(
                f"the file of the vault's keys cannot be written: {error.strerror}", remedy="Check the disk."
            ) from None


def check_value(key: bytes) -> bytes:
    """Sixteen bytes that tell a key from another without telling it."""
    return hashlib.blake2b(key=key, person=b"kyc:vault check", digest_size=16).digest()


def _unusable(what: str) -> DataFolderUnusable:
    return DataFolderUnusable(what, remedy="Put back the vault.keys that belongs to this database.")
