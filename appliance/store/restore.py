"""A data folder made of a backup: all of it, or nothing."""

import hashlib
import os
import re
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol, Self, cast

import msgspec

from appliance.domain.credential import AuditEntry
from appliance.errors import BackupRefused, StartError
from appliance.store import later_entries, ledger
from appliance.store.backup import ABOUT, FORMAT, MANIFEST, About
from appliance.store.folder import RESTORED, DataFolder, sync_folder
from appliance.store.sealed_stream import CHUNK
from appliance.store.store import Store

Advance = Callable[[int], object]
"""Is told how many bytes more are done."""

_NAME: Final = re.compile(r"((tls|uploads)/)?[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
_EMPTY: Final = frozenset({"lock", "models", "lost+found", RESTORED})
"""What may be in a folder that counts as empty, or has a restore in it that only has to be finished."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back.

    Attributes:
        about: the backup.
        entries: of the restored ledger, that of the restoring not counted.
        adopted: entries that came from a later export of the ledger.
        ended: of these, how many erased or revoked something that was back.
        checkpoint: signed note over the restored ledger as it is now.
    """

    about: About
    entries: int
    adopted: int
    ended: int
    checkpoint: str


class Source(Protocol):
    """An archive to read, once, from its beginning."""

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end."""


def check(source: Source, advance: Callable[[int], object] = lambda _: None) -> About:
    """Read a backup to its end and compare every file with its SHA-256; nothing is kept.

    Raises:
        BackupRefused: damaged, cut short, or of a newer release.
    """
    with _members(source) as members:
        about = _about(members)
        _take(members, lambda _, file: _digest(file, lambda data: advance(len(data))))
    return about


def restore(  # noqa: PLR0913  the options of one command
    source: Source,
    target: Path,
    user: str,
    *,
    floor_bytes: int,
    export: Path | None = None,
    advance: Callable[[int], object] = lambda _: None,
) -> Restored:
    """Make a data folder of a backup: all of it, or the folder stays empty. Blocks.

    Everything is unpacked beside, compared with its SHA-256, and opened as a box opens it, its ledger hashed
    anew, before it gets its place.

    Args:
        source: the archive, opened.
        target: the data folder; made where it is missing.
        user: who wants it, for the ledger.
        floor_bytes: free disk that a box wants.
        export: of the ledger, made after the backup: the restored one goes on where that ends.
        advance: told of bytes unpacked.

    Raises:
        BackupRefused: damaged, cut short, or of a newer release.
        StartError: the folder is not empty, in use or cannot be written; the ledger is broken.
        StorageFull: no room.
    """
    refuse_full(target)
    with _members(source) as members:
        about = _about(members)
        folder = DataFolder.hold(target)
        try:
            refuse_full(target)
            _require_room(target, about.bytes + floor_bytes)
            with folder.scratch() as scratch:
                _unpack(members, scratch, advance)
                told = _open(scratch, about, user, export)
                (scratch / "lock").unlink()
                for path in (scratch / "tls", scratch / "uploads", scratch):
                    if path.is_dir():
                        sync_folder(path)
                folder.put_in_place(scratch)
        except OSError as error:
            raise StartError(
                f"cannot restore into {target}: {error.strerror}",
                remedy="Name a folder on a disk that this user may write and that has room.",
            ) from None
        finally:
            folder.release()
    return told


def refuse_full(target: Path) -> None:
    """Refuse a data folder that has a box, or anything else, in it.

    Raises:
        StartError: naming what is there.
    """
    try:
        there = [path for path in target.iterdir() if not _is_nothing(path)] if target.exists() else []
    except OSError as error:
        raise StartError(f"cannot read {target}: {error.strerror}", remedy="Name another folder.") from None
    if there:
        raise StartError(
            f"the data folder {target} is not empty: {min(path.name for path in there)} is in it",
            remedy="Name an empty folder with --data. If a box is there: stop it, and move its folder away.",
        )


def _is_nothing(path: Path) -> bool:
    name = path.name
    empty = name == "uploads" and path.is_dir() and not any(path.iterdir())
    return empty or name in _EMPTY or (name.startswith(".") and name.endswith(".part"))


def _require_room(target: Path, wanted: int) -> None:
    figures = os.statvfs(target)
    free = figures.f_bavail * figures.f_frsize
    if free < wanted:
        raise StartError(
            f"the disk of {target} has {free} bytes free; the box needs {wanted}",
            remedy="Free room, or name a folder on another disk.",
        )


class _Members:
    """The members of an archive, in order."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tar = tarfile.open(  # noqa: SIM115  nothing to close: the source is the caller's
            fileobj=cast("IO[bytes]", source), mode="r|", bufsize=CHUNK
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tar.close()

    def next(self) -> tuple[str, IO[bytes]]:
        """Name and content of the next file; read it before the one after it.

        Raises:
            BackupRefused: there is none.
        """
        entry = self._tar.next()
        file = self._tar.extractfile(entry) if entry is not None and entry.isreg() else None
        if entry is None or file is None:
            raise _strange()
        return entry.name, file

    def end(self) -> None:
        """Read what comes after the last file: the end of the stream shows that it is whole.

        Raises:
            BackupRefused: another file, or a stream that is cut short.
        """
        if self._tar.next() is not None:
            raise _strange()
        while self._source.read(CHUNK):
            pass


def _members(source: Source) -> _Members:
    try:
        return _Members(source)
    except tarfile.TarError:
        raise _strange() from None


def _about(members: _Members) -> About:
    name, file = members.next()
    try:
        about = msgspec.json.decode(file.read(), type=About)
    except msgspec.DecodeError:
        raise _strange() from None
    if name != ABOUT or about.format != FORMAT:
        raise _strange()
    return about


def _take(members: _Members, take: Callable[[str, IO[bytes]], str]) -> None:
    """Give each file to `take`, which returns its SHA-256, and compare them with the manifest.

    Raises:
        BackupRefused: they differ, or a name that is none of a data folder's.
    """
    found: dict[str, str] = {}
    while True:
        name, file = members.next()
        if name == MANIFEST:
            break
        if not _NAME.fullmatch(name) or name in found:
            raise _strange()
        found[name] = take(name, file)
    wanted = msgspec.json.decode(file.read(), type=dict[str, str])
    wanted.pop(ABOUT, None)
    if found != wanted:
        raise BackupRefused("the backup's files are not those of its manifest", remedy=_BEFORE)
    members.end()


def _unpack(members: _Members, folder: Path, advance: Callable[[int], object]) -> None:
    def take(name: str, file: IO[bytes]) -> str:
        path = folder / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as out:

            def put(data: bytes) -> None:
                out.write(data)
                advance(len(data))

            digest = _digest(file, put)
            out.flush()
            os.fsync(out.fileno())
        return digest

    _take(members, take)


def _digest(file: IO[bytes], put: Callable[[bytes], object]) -> str:
    digest = hashlib.sha256()
    while data := file.read(CHUNK):
        digest.update(data)
        put(data)
    return digest.hexdigest()


def _open(folder: Path, about: About, user: str, export: Path | None) -> Restored:
    """Open what was unpacked as a box does, hash its ledger anew, and note there that it was restored."""
    adopted, ended = later_entries.adopt(folder, export) if export else (0, [])
    store = Store.open(folder, floor_bytes=0, serving=False)
    try:
        wrapping = store.vault.wrapping
        for number in (wrapping.current, *store.database.read_blocking(wrapping.older)):
            wrapping.get(number)
        store.database.read_blocking(lambda connection: store.checkpoints.check(connection, deep=True))
        entries = store.database.read_blocking(ledger.size)
        done = later_entries.do_again(store, ended)
        details: dict[str, str | int | float | bool] = {
            "made_at": about.made_at,
            "entries": about.entries,
            "ended": done,
            "user": user,
        }
        entry = AuditEntry("box", "box", "box.restore", object=store.box_id, details=details)
        store.database.commit_blocking(entry, urgent=True)
        return Restored(about, entries, adopted, done, store.checkpoint())
    finally:
        store.close()


_BEFORE: Final = "Take another copy of it, or the backup before."


def _strange() -> BackupRefused:
    return BackupRefused(
        "the backup is not of a form that this release knows", remedy="Restore it with a newer release."
    )
