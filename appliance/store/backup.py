"""The whole box as one archive: what goes into it, and how it is written while the box serves.

A tar archive, to be sealed by whoever writes it: `backup.json` first, the files in the middle, last
`manifest.json` with the SHA-256 of each. What is in the data folder for a moment only, or can be had again,
stays out: the lock, the control socket, the ballast, models.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, Self, cast

import msgspec

from appliance import __version__
from appliance.domain.credential import AuditEntry
from appliance.store import ledger
from appliance.store.audit_export import Sink
from appliance.store.folder import DataFolder
from appliance.store.sealed_stream import CHUNK
from appliance.store.store import Store
from appliance.store.transaction import Transaction

FORMAT: Final = 1
ABOUT: Final = "backup.json"
MANIFEST: Final = "manifest.json"
KEPT: Final = ("*.toml", "box.key", "vault.keys", "tls/*")
"""Beside the database and uploads: settings and policies, keys, certificates."""


class About(msgspec.Struct, frozen=True):
    """What a backup says of itself.

    Attributes:
        format: of the archive.
        release: of kycbox that made it.
        box: id of the box.
        made_at: ISO 8601, UTC.
        entries: of the ledger when it was begun; a few more may be in it.
        checkpoint: signed note over these.
        bytes: of all files, about.
    """

    format: int
    release: str
    box: str
    made_at: str
    entries: int
    checkpoint: str
    bytes: int


def write(store: Store, out: Sink, user: str) -> About:
    """Write the box as it stands, while it serves, with an entry in the ledger. Blocks.

    The copy of the database lies in the data folder meanwhile; nothing in it is plainer than in the database.

    Args:
        store: of the box.
        out: gets the archive, whose box key is not sealed.
        user: who wants it, for the ledger.

    Raises:
        StorageFull: no room for the copy of the database.
        StorageFailed: the disk failed.
        OSError: `out` cannot be written.
    """
    folder = store.folder
    moment = datetime.now(UTC)

    def begin(transaction: Transaction) -> tuple[int, str]:
        entry = AuditEntry("box", "box", "box.backup", object=store.box_id, details={"user": user})
        return transaction.audit(entry) + 1, store.checkpoints.make(transaction)

    with folder.scratch() as scratch:
        snapshot = scratch / folder.database.name
        with store.vault_upkeep.standing():
            store.space.require(folder.database.stat().st_size)
            entries, note = store.database.write_blocking(begin)
            store.database.snapshot(snapshot)
            files = [(_name(path, folder), path) for path in _kept(folder.path)]
            small = [(name, path.read_bytes()) for name, path in files]
        uploads = [path for path in sorted(folder.uploads.iterdir()) if not path.name.startswith(".")]
        size = snapshot.stat().st_size + sum(len(data) for _, data in small)
        about = About(
            format=FORMAT,
            release=__version__,
            box=store.box_id,
            made_at=ledger.spelled(moment),
            entries=entries,
            checkpoint=note,
            bytes=size + sum(_size(path) for path in uploads),
        )
        with _Archive(out, moment) as archive:
            archive.add(ABOUT, io.BytesIO(msgspec.json.encode(about)))
            for name, data in small:
                archive.add(name, io.BytesIO(data))
            with snapshot.open("rb") as file:
                archive.add(snapshot.name, file)
            for path in uploads:
                try:
                    with path.open("rb") as file:
                        archive.add(_name(path, folder), file)
                except FileNotFoundError:  # purged meanwhile: nobody is given it any more
                    continue
            archive.add(MANIFEST, io.BytesIO(msgspec.json.encode(archive.digests)))
    return about


def _kept(folder: Path) -> Iterator[Path]:
    for pattern in KEPT:
        yield from (path for path in sorted(folder.glob(pattern)) if path.is_file() and path.name[0] != ".")


def _name(path: Path, folder: DataFolder) -> str:
    return path.relative_to(folder.path).as_posix()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


class _Archive:
    """A tar archive on its way out, and the SHA-256 of what is in it."""

    def __init__(self, out: Sink, moment: datetime) -> None:
        self.digests: dict[str, str] = {}
        self._seconds = int(moment.timestamp())
        self._tar = tarfile.open(  # noqa: SIM115  closed by __exit__
            fileobj=cast("IO[bytes]", out), mode="w|", bufsize=CHUNK, format=tarfile.PAX_FORMAT
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:  # else the end of a half archive would be written
            self._tar.close()

    def add(self, name: str, file: IO[bytes]) -> None:
        entry = tarfile.TarInfo(name)
        entry.size = file.seek(0, os.SEEK_END)
        file.seek(0)
        entry.mode, entry.mtime = 0o600, self._seconds
        hashed = _Hashed(file)
        self._tar.addfile(entry, cast("IO[bytes]", hashed))
        self.digests[name] = hashed.digest.hexdigest()


class _Hashed:
    """Reads a file and remembers the hash of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.digest = hashlib.sha256()
        self._file = file

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data
