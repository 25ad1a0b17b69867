"""The state of the machine under the box: disk, memory, temperature, clock, time since start."""

import ctypes
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

EARLIEST_YEAR: Final = 2026
"""A clock before this release was made is wrong: a board without battery starts at 1970."""
_TIME_ERROR: Final = 5
_STA_UNSYNC: Final = 0x0040
_TIMEX_BYTES: Final = 208
_TIMEX_STATUS: Final = 40
"""Size of `struct timex` on 64-bit Linux, and where its status stands (adjtimex(2))."""


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of the file system under a path."""

    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes; `available` is what can be had without swapping."""

    available: int
    total: int


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock.

    Attributes:
        year: as the clock has it, UTC.
        plausible: not before this release.
        synchronised: by NTP, as the kernel knows; None where it cannot be asked.
    """

    year: int
    plausible: bool
    synchronised: bool | None


def disk(path: Path) -> Disk:
    """Room for this user on the file system of `path`, or of its nearest folder that exists.

    Raises:
        OSError: as the system gave it.
    """
    while not path.exists():
        path = path.parent
    usage = shutil.disk_usage(path)
    return Disk(free=usage.free, total=usage.total)


def memory(root: Path = Path("/")) -> Memory:
    """Read /proc/meminfo."""
    rows = (row.split() for row in (root / "proc/meminfo").read_text().splitlines())
    fields = {row[0].rstrip(":"): int(row[1]) * 1024 for row in rows if len(row) >= 2}
    return Memory(available=fields["MemAvailable"], total=fields["MemTotal"])


def temperature(root: Path = Path("/")) -> float | None:
    """Degrees Celsius of the hottest thermal zone; None where the machine tells none."""
    degrees = []
    for zone in (root / "sys/class/thermal").glob("thermal_zone*/temp"):
        try:
            degrees.append(int(zone.read_text()) / 1000)
        except (OSError, ValueError):  # a zone that is switched off answers with an error
            continue
    return max(degrees, default=None)


def uptime(root: Path = Path("/")) -> float:
    """Seconds since the machine started."""
    return float((root / "proc/uptime").read_text().split()[0])


def clock(now: float | None = None, synchronised: Callable[[], bool | None] | None = None) -> Clock:
    """The wall clock's state.

    Args:
        now: seconds since 1970; None asks the clock.
        synchronised: answers in the kernel's place.
    """
    year = time.gmtime(time.time() if now is None else now).tm_year
    return Clock(
        year=year,
        plausible=year >= EARLIEST_YEAR,
        synchronised=(synchronised or kernel_synchronised)(),
    )


def kernel_synchronised() -> bool | None:
    """What the kernel's clock discipline says; every NTP client of Linux reports to it."""
    if os.uname().machine not in ("x86_64", "aarch64"):
        return None
    state = ctypes.create_string_buffer(_TIMEX_BYTES)
    answer = ctypes.CDLL(None, use_errno=True).adjtimex(state)
    if answer < 0:
        return None
    status = int.from_bytes(state.raw[_TIMEX_STATUS : _TIMEX_STATUS + 4], "little")
    return bool(answer != _TIME_ERROR and not status & _STA_UNSYNC)
