"""Presigned uploads: an address that takes one picture once, and the sealed picture until it is purged.

Every blob is a file of its own: pictures are megabytes, and through the database each would be written twice.
It is sealed under a key of its own that lies, wrapped, in the row; deleting the row erases the picture.
Order on disk: blob, fsync, rename, fsync of the folder, then the row. A crash between leaves a nameless file
that the next start removes.
"""

import errno
import hmac
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.domain.credential import AuditEntry
from appliance.errors import Forbidden, InvalidRequest, NotFound, ServiceError, StorageFailed, StorageFull
from appliance.store.database import Database
from appliance.store.folder import write_durably
from appliance.store.keys import Keyring
from appliance.store.space import DiskSpace
from appliance.store.transaction import Connection, Transaction

SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png"}
PUT_SECONDS = 15 * 60
"""How long the address takes the picture."""
KEEP_SECONDS = 60 * 60
"""How long a picture may be used, from presigning; also the pace of the purge."""


@dataclass(frozen=True, slots=True)
class Presigned:
    """What an upload address says.

    Attributes:
        key: `uploads/<tenant>/<uuid>.jpg` or `.png`.
        media_type: that the PUT must have.
        length: bytes that the PUT must have.
        expires: Unix seconds.
        signature: hex HMAC-SHA256 over the four.
    """

    key: str
    media_type: str
    length: int
    expires: int
    signature: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An uploaded picture, opened.

    Attributes:
        media_type: as declared at presigning; the bytes may say otherwise.
        data: the plain bytes.
    """

    media_type: str
    data: bytes

    def __repr__(self) -> str:
        return f"Picture({self.media_type}, {len(self.data)} bytes)"


class Uploads:
    """All uploads of the box.

    Args:
        database: of the box.
        keys: sign the addresses and wrap the blob keys.
        folder: for the sealed files.
        space: room on its disk.
        clock: Unix seconds.
        random: source of ids and keys.
    """

    def __init__(  # noqa: PLR0913  collaborators and two sources of chance; the caller is one place
        self,
        database: Database,
        keys: Keyring,
        folder: Path,
        space: DiskSpace,
        *,
        clock: Callable[[], float] = time.time,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._database = database
        self._keys = keys
        self._folder = folder
        self._space = space
        self._clock = clock
        self._random = random

    def presign(self, transaction: Transaction, tenant: str, media_type: str, length: int) -> Presigned:
        """Make an address for one picture. The size limit is the dialect's to check.

        Raises:
            InvalidRequest: a type that is neither JPEG nor PNG, or no length.
        """
        suffix = SUFFIXES.get(media_type)
        if suffix is None:
            raise InvalidRequest("an upload is image/jpeg or image/png")
        if length < 1:
            raise InvalidRequest("an upload has at least one byte")
        now = int(self._clock())
        key = f"uploads/{tenant}/{uuid.UUID(bytes=self._random(16), version=4)}{suffix}"
        expires = now + PUT_SECONDS
        transaction.execute(
            "INSERT INTO upload (key, tenant, media_type, length, expires, purge, state)"
            " VALUES (?, ?, ?, ?, ?, ?, 'waiting')",
            (key, tenant, media_type, length, expires, now + KEEP_SECONDS),
        )
        return Presigned(key, media_type, length, expires, self._sign(key, media_type, length, expires))

    def check(self, address: Presigned) -> None:
        """Check an address before its body is read.

        Raises:
            Forbidden: not signed by this box, or expired.
        """
        wanted = self._sign(address.key, address.media_type, address.length, address.expires)
        if not hmac.compare_digest(wanted.encode(), address.signature.encode("utf-8", "surrogatepass")):
            raise Forbidden("the upload address is not valid")
        if self._clock() >= address.expires:
            raise Forbidden("the upload address has expired")

    def put(self, address: Presigned, media_type: str, data: bytes, request_id: str = "") -> None:
        """Keep a picture, sealed; with its audit leaf. Blocks for two syncs of the disk.

        Raises:
            Forbidden: a bad, expired or used address, or another type or length than it says.
            StorageFull: no room.
            StorageFailed: the disk failed.
        """
        self.check(address)
        if media_type != address.media_type or len(data) != address.length:
            raise Forbidden("the upload is not of the type and length that its address says")
        row = self._database.read_blocking(lambda connection: _row(connection, address.key))
        if row is None or row.state != "waiting":
            raise Forbidden("the upload address was used")
        self._space.require(len(data))
        wrapped, sealed = self._keys.seal_blob(data, _context(address.key, row.tenant), self._random)
        blob = self._random(16).hex()
        path = self._folder / blob
        self._write(path, sealed)
        entry = AuditEntry(
            row.tenant,
            row.tenant,
            "upload.put",
            object=address.key,
            request_id=request_id,
            details={"bytes": len(data), "media_type": media_type},
        )

        def stored(transaction: Transaction) -> None:
            changed = transaction.execute(
                "UPDATE upload SET state = 'stored', blob = ?, wrapped = ?"
                " WHERE key = ? AND state = 'waiting'",
                (blob, wrapped, address.key),
            )
            if changed != 1:
                raise Forbidden("the upload address was used")
            transaction.audit(entry)

        try:
            self._database.write_blocking(stored)
        except (Forbidden, StorageFull):  # after any other failure the row may be on disk all the same
            path.unlink(missing_ok=True)
            raise

    def open(self, key: str, tenant: str) -> Picture:
        """Open a picture for its owner, any number of times until it is purged. Blocks.

        Raises:
            Forbidden: the key is of another tenant, whether it exists or not.
            NotFound: no such key, nothing uploaded yet, or purged.
            StorageFailed: the sealed file was changed or lost.
        """
        if not key.startswith(f"uploads/{tenant}/"):
            raise Forbidden("the upload belongs to another customer")
        row = self._database.read_blocking(lambda connection: _row(connection, key))
        if row is None or row.state != "stored" or self._clock() >= row.purge:
            raise NotFound("there is no such upload")
        if row.tenant != tenant:
            raise Forbidden("the upload belongs to another customer")
        try:
            sealed = (self._folder / row.blob).read_bytes()
        except FileNotFoundError:
            raise StorageFailed("the sealed file of an upload is missing") from None
        except OSError as error:
            raise _disk_error(error) from None
        return Picture(row.media_type, self._keys.open_blob(row.wrapped, sealed, _context(key, tenant)))

    def purge_due(self) -> int:
        """Erase every upload past its time, used or not, with one audit leaf; returns how many. Blocks."""
        now = int(self._clock())

        def erase(transaction: Transaction) -> list[str]:
            due = transaction.rows("SELECT key, coalesce(blob, '') FROM upload WHERE purge <= ?", (now,))
            if due:
                transaction.execute("DELETE FROM upload WHERE purge <= ?", (now,))
                transaction.audit(AuditEntry("box", "box", "upload.purge", details={"count": len(due)}))
                transaction.shred()
            return [blob for _, blob in due]

        blobs = self._database.write_blocking(erase, urgent=True)
        for blob in filter(None, blobs):
            (self._folder / blob).unlink(missing_ok=True)
        return len(blobs)

    def sweep(self) -> int:
        """Remove files that no row knows; returns how many. Only at start: a PUT makes its file first."""
        known = self._database.read_blocking(
            lambda connection: {
                row[0] for row in connection.rows("SELECT blob FROM upload WHERE blob NOT NULL")
            }
        )
        strays = [path for path in self._folder.iterdir() if path.name not in known]
        for path in strays:
            path.unlink()
        return len(strays)

    def _sign(self, key: str, media_type: str, length: int, expires: int) -> str:
        message = f"{key}\n{media_type}\n{length}\n{expires}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._keys.uploads, message, "sha256").hex()

    def _write(self, path: Path, sealed: bytes) -> None:
        try:
            write_durably(path, sealed)
        except OSError as error:
            raise _disk_error(error) from None


@dataclass(frozen=True, slots=True)
class _Row:
    tenant: str
    media_type: str
    purge: int
    state: str
    blob: str
    wrapped: bytes


def _row(connection: Connection, key: str) -> _Row | None:
    found = connection.row(
        "SELECT tenant, media_type, purge, state, coalesce(blob, ''), coalesce(wrapped, x'')"
        " FROM upload WHERE key = ?",
        (key,),
    )
    return None if found is None else _Row(*found)


def _context(key: str, tenant: str) -> bytes:
    return f"upload\n{key}\n{tenant}".encode()


def _disk_error(error: OSError) -> ServiceError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageFull(
            "the data disk is full", remedy="Free room on the disk of the data folder.", retry_after=60
        )
    return StorageFailed(f"the data disk failed: {error.strerror}", remedy="Check the disk.")
