"""Room on the data disk: the floor below which work is refused, and the ballast that is let go last.

A full disk must not stop what frees room or what has to be on record. Ordinary writes therefore end at a
floor well above nothing, and a ballast file of allocated blocks can be dropped for purges and revocations.
"""

import os
from pathlib import Path

from appliance.errors import StorageFull
from appliance.store.folder import sync_folder

BALLAST_BYTES = 16 * 1024 * 1024


class DiskSpace:
    """Free room of the disk that holds the data folder.

    Args:
        folder: any folder on that disk.
        floor: bytes that ordinary writes leave free.
        ballast: the file that keeps room back.
        ballast_bytes: its length.
    """

    def __init__(self, folder: Path, floor: int, ballast: Path, ballast_bytes: int = BALLAST_BYTES) -> None:
        self._folder = folder
        self._floor = floor
        self._ballast = ballast
        self._ballast_bytes = ballast_bytes

    def free(self) -> int:
        """Bytes that this user may still write."""
        figures = os.statvfs(self._folder)
        return figures.f_bavail * figures.f_frsize

    def low(self, wanted: int = 0) -> bool:
        """Whether writing `wanted` bytes would go below the floor."""
        return self.free() - wanted < self._floor

    def require(self, wanted: int = 0) -> None:
        """Refuse work that writes about `wanted` bytes.

        Raises:
            StorageFull: it would go below the floor.
        """
        if self.low(wanted):
            raise self.refusal()

    def refusal(self) -> StorageFull:
        """Tell a caller that there is no room."""
        return StorageFull(
            f"the data disk has less than {self._floor} bytes free",
            remedy="Free room on the disk of the data folder; see limits.disk_floor_bytes.",
            retry_after=60,
        )

    def keep_ballast(self) -> bool:
        """Make the ballast where it is missing and there is room; whether it stands."""
        if self._ballast.exists():
            return True
        if self.low(self._ballast_bytes):
            return False
        try:
            with self._ballast.open("xb") as file:
                os.posix_fallocate(file.fileno(), 0, self._ballast_bytes)
        except OSError:  # no room after all: the next turn tries again
            self._ballast.unlink(missing_ok=True)
            return False
        return True

    def drop_ballast(self) -> bool:
        """Give the ballast's blocks back to the disk; whether there were any."""
        if not self._ballast.exists():
            return False
        self._ballast.unlink()
        sync_folder(self._folder)
        return True
