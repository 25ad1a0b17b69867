"""The data folder: what lies where, who holds it, and how a file is put there so that it stays.

One process owns the folder, by `flock`: SQLite would let two in, the ledger and the caches in RAM would not
survive it. The command line reaches a running box through its control socket instead.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from appliance.errors import DataFolderInUse, DataFolderUnusable

RESTORED: Final = ".restored"
"""Folder in the data folder with all that was restored: it is right, and only has to be moved up."""


def write_durably(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put a whole file on disk or none: temporary name, fsync, rename, fsync of the folder.

    Raises:
        OSError: as the system gave it; no file of that name is left half written.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make names in a folder (created, renamed, removed files) survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move_restored(path: Path) -> bool:
    """Move what was restored to where it belongs; whether there was anything. Goes on after a kill."""
    restored = path / RESTORED
    if not restored.is_dir():
        return False
    for entry in sorted(restored.iterdir()):
        entry.replace(path / entry.name)
    sync_folder(path)
    restored.rmdir()
    sync_folder(path)
    return True


class DataFolder:
    """A data folder held by this process.

    Attributes:
        path: absolute.
    """

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def hold(cls, path: Path) -> Self:
        """Make the folder where it is missing, and lock it.

        Raises:
            DataFolderInUse: another process holds it.
            DataFolderUnusable: it cannot be made or written, or a restore that was killed was finished now.
        """
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unusable(path, error) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise DataFolderInUse(
                f"another kycbox process holds the data folder {path}",
                remedy="Stop it, or name another folder with --data.",
            ) from None
        except OSError as error:
            os.close(lock)
            raise _unusable(path, error) from None
        folder = cls(path, lock)
        try:
            if move_restored(path):
                folder.release()
                raise DataFolderUnusable(  # settings may have come with it, and were read before
                    f"a restore into {path} that was cut short is finished now",
                    remedy="Start the command again.",
                )
            folder.uploads.mkdir(exist_ok=True, mode=0o700)
            for stray in path.glob(".*.part"):  # a kill between making and renaming left it
                if stray.is_dir():
                    shutil.rmtree(stray)
                else:
                    stray.unlink()
            sync_folder(path)
            sync_folder(path.parent)
        except OSError as error:
            folder.release()
            raise _unusable(path, error) from None
        return folder

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Make a folder of mode 0700 that is gone afterwards, and after a kill at the next start."""
        path = self.path / f".{secrets.token_hex(4)}.part"
        path.mkdir(mode=0o700)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def put_in_place(self, restored: Path) -> None:
        """Let a folder's content be this folder's: whole, or after a kill not at all."""
        restored.rename(self.path / RESTORED)
        sync_folder(self.path)
        move_restored(self.path)

    def release(self) -> None:
        """Let another process have the folder. May be called twice."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    @property
    def database(self) -> Path:
        """The SQLite file; `-wal` and `-shm` stand beside it."""
        return self.path / "kycbox.db"

    @property
    def box_key(self) -> Path:
        """The key that everything sealed depends on."""
        return self.path / "box.key"

    @property
    def vault_keys(self) -> Path:
        """The vault's wrapping keys, sealed. Beside the database, so that no copy of that holds them."""
        return self.path / "vault.keys"

    @property
    def ballast(self) -> Path:
        """Room kept for writes that must still succeed on a full disk."""
        return self.path / "ballast"

    @property
    def uploads(self) -> Path:
        """Sealed uploads."""
        return self.path / "uploads"


def _unusable(path: Path, error: OSError) -> DataFolderUnusable:
    return DataFolderUnusable(
        f"the data folder {path} cannot be used: {error.strerror}",
        remedy="Give this user the right to write there, or name another folder with --data.",
    )
