"""What of this machine can run networks: processor instructions, graphics, neural processor.

Read from /proc and /sys only; whether OpenVINO can use a device is the engine's to find out.
"""

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FLAGS: Final = {
    "avx2": "avx2",
    "fma": "fma",
    "avx_vnni": "avx_vnni",
    "avx512_vnni": "avx512_vnni",
    "avx512_bf16": "avx512_bf16",
    "amx_int8": "amx_int8",
    "amx_bf16": "amx_bf16",
    "asimddp": "dotprod",
    "i8mm": "i8mm",
    "bf16": "bf16",
}
"""Flags of /proc/cpuinfo that inference gains from, x86-64 and AArch64, by the names used here."""
_VENDORS: Final = {"0x8086": "Intel", "0x1002": "AMD", "0x10de": "NVIDIA"}


@dataclass(frozen=True, slots=True)
class Processor:
    """The CPU.

    Attributes:
        model: as the kernel names it, "" where it does not.
        cores: logical processors in use.
        instructions: those that inference gains from, in a fixed order.
    """

    model: str
    cores: int
    instructions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accelerator:
    """A device beside the CPU.

    Attributes:
        kind: `GPU` or `NPU`, as OpenVINO names them.
        vendor: name, or the PCI number where it is not known here, or "".
        node: device file that inference opens, such as /dev/dri/renderD128.
        driver: kernel driver, "" where none is bound.
        present: whether the device file is there; containers often hide it.
    """

    kind: str
    vendor: str
    node: Path
    driver: str
    present: bool


def processor(root: Path = Path("/")) -> Processor:
    """Read /proc/cpuinfo."""
    rows = [row.partition(":") for row in (root / "proc/cpuinfo").read_text(errors="replace").splitlines()]
    fields = [(name.strip(), value.strip()) for name, _, value in rows]
    named = next((value for name, value in fields if name in ("model name", "Model", "Hardware")), "")
    flags = next((set(value.split()) for name, value in fields if name in ("flags", "Features")), set())
    return Processor(
        model=named or platform.machine(),
        cores=sum(name == "processor" for name, _ in fields),
        instructions=tuple(shown for flag, shown in _FLAGS.items() if flag in flags),
    )


def accelerators(root: Path = Path("/")) -> list[Accelerator]:
    """Graphics processors with a render node, then neural processors; by node name."""
    found = []
    for kind, folder, pattern, nodes in (
        ("GPU", "sys/class/drm", "renderD*", "dev/dri"),
        ("NPU", "sys/class/accel", "accel*", "dev/accel"),
    ):
        for entry in sorted((root / folder).glob(pattern)):
            node = root / nodes / entry.name
            vendor = _read(entry / "device/vendor")
            driver = entry / "device/driver"
            found.append(
                Accelerator(
                    kind=kind,
                    vendor=_VENDORS.get(vendor, vendor),
                    node=node,
                    driver=driver.resolve().name if driver.exists() else "",
                    present=node.exists(),
                )
            )
    return found


def _read(path: Path) -> str:
    """A one-line file of /sys; "" where the device has none."""
    return path.read_text(errors="replace").strip() if path.exists() else ""
