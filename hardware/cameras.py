"""Which cameras this machine has, read from /sys; none is opened except to ask what it can do.

Sources: Linux media uapi (V4L2), VIDIOC_QUERYCAP.
"""

import fcntl
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_QUERYCAP: Final = 0x80685600
"""_IOR('V', 0, struct v4l2_capability), 104 bytes."""
_CAPABILITY: Final = struct.Struct("=16s32s32sIII12x")
_VIDEO_CAPTURE: Final = 0x00000001
_VIDEO_CAPTURE_MPLANE: Final = 0x00001000
_STREAMING: Final = 0x04000000
_DEVICE_CAPS: Final = 0x80000000


@dataclass(frozen=True, slots=True)
class Camera:
    """One video device.

    Attributes:
        node: device file, such as /dev/video0.
        stable: link of /dev/v4l/by-id that stays the same over restarts; `node` where there is none.
        name: as the driver names it.
        captures: whether it gives pictures (a camera has further nodes for metadata); None where this
            user may not ask.
        in_use: whether a process that this user may look into has it open.
    """

    node: Path
    stable: Path
    name: str
    captures: bool | None
    in_use: bool


def cameras(root: Path = Path("/")) -> list[Camera]:
    """All video devices, by number."""
    entries = (root / "sys/class/video4linux").glob("video*")
    held = _open_devices(root)
    links = _stable_names(root)
    found = []
    for entry in sorted(entries, key=lambda path: int(path.name.removeprefix("video"))):
        node = root / "dev" / entry.name
        label = entry / "name"
        found.append(
            Camera(
                node=node,
                stable=links.get(entry.name, node),
                name=label.read_text(errors="replace").strip() if label.exists() else "",
                captures=_captures(node),
                in_use=entry.name in held,
            )
        )
    return found


def _stable_names(root: Path) -> dict[str, Path]:
    folder = root / "dev/v4l/by-id"
    links = sorted(folder.iterdir()) if folder.is_dir() else []
    return {link.readlink().name: link for link in links if link.is_symlink()}


def _captures(node: Path) -> bool | None:
    """Ask the driver. Opening a V4L2 node does not start it and does not disturb who uses it."""
    try:
        descriptor = os.open(node, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        answer = bytearray(_CAPABILITY.size)
        fcntl.ioctl(descriptor, _QUERYCAP, answer)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return captures_pictures(bytes(answer))


def captures_pictures(capability: bytes) -> bool:
    """Whether a `struct v4l2_capability` is of a node that streams pictures."""
    *_, whole, device = _CAPABILITY.unpack(capability)
    mine = device if whole & _DEVICE_CAPS else whole
    return bool(mine & (_VIDEO_CAPTURE | _VIDEO_CAPTURE_MPLANE) and mine & _STREAMING)


def _open_devices(root: Path) -> set[str]:
    """Names of video devices that processes hold open, as far as this user may see."""
    held = set()
    for link in (root / "proc").glob("[0-9]*/fd/*"):
        try:
            target = link.readlink()
        except OSError:  # the process ended, or is another user's
            continue
        if target.parent.name == "dev" and target.name.startswith("video"):
            held.add(target.name)
    return held
