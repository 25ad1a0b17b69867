"""The machine as read from made-up /proc, /sys and /dev trees, and once from this machine."""

import os
import struct
from pathlib import Path

import pytest

from hardware import accelerators, cameras, system

CPUINFO = """processor	: 0
model name	: Intel(R) N100
flags		: fpu sse2 avx2 fma avx_vnni
processor	: 1
model name	: Intel(R) N100
flags		: fpu sse2 avx2 fma avx_vnni
"""
ARM = """processor	: 0
Features	: fp asimd asimddp i8mm
Hardware	: A board
"""


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_processor(tmp_path: Path) -> None:
    put(tmp_path / "proc/cpuinfo", CPUINFO)
    assert accelerators.processor(tmp_path) == accelerators.Processor(
        "Intel(R) N100", 2, ("avx2", "fma", "avx_vnni")
    )
    put(tmp_path / "proc/cpuinfo", ARM)
    assert accelerators.processor(tmp_path) == accelerators.Processor("A board", 1, ("dotprod", "i8mm"))


def test_accelerators(tmp_path: Path) -> None:
    assert accelerators.accelerators(tmp_path) == []
    put(tmp_path / "sys/class/drm/renderD128/device/vendor", "0x8086\n")
    driver = tmp_path / "sys/bus/pci/drivers/i915"
    driver.mkdir(parents=True)
    (tmp_path / "sys/class/drm/renderD128/device/driver").symlink_to(driver)
    put(tmp_path / "sys/class/drm/card0/device/vendor", "0x8086\n")
    put(tmp_path / "sys/class/accel/accel0/device/vendor", "0x1af4\n")
    put(tmp_path / "dev/dri/renderD128", "")
    graphics, neural = accelerators.accelerators(tmp_path)
    assert graphics == accelerators.Accelerator("GPU", "Intel", tmp_path / "dev/dri/renderD128", "i915", True)
    assert neural == accelerators.Accelerator("NPU", "0x1af4", tmp_path / "dev/accel/accel0", "", False)


def test_cameras(tmp_path: Path) -> None:
    assert cameras.cameras(tmp_path) == []
    for number, name in ((10, "Document camera"), (2, "Integrated Camera")):
        put(tmp_path / f"sys/class/video4linux/video{number}/name", name + "\n")
    put(tmp_path / "dev/video10", "")
    links = tmp_path / "dev/v4l/by-id"
    links.mkdir(parents=True)
    (links / "usb-Acme_Document-video-index0").symlink_to("../../video10")
    opened = tmp_path / "proc/77/fd"
    opened.mkdir(parents=True)
    (opened / "3").symlink_to("/dev/video10")
    (opened / "4").symlink_to("/srv/video2")
    first, second = cameras.cameras(tmp_path)
    assert (first.name, first.node, first.stable, first.captures, first.in_use) == (
        *("Integrated Camera", tmp_path / "dev/video2", tmp_path / "dev/video2", None, False),
    )
    assert (second.name, second.stable, second.captures, second.in_use) == (
        *("Document camera", links / "usb-Acme_Document-video-index0", None, True),
    )


@pytest.mark.parametrize(
    ("whole", "device", "captures"),
    [
        (0x84A00001, 0x04200001, True),  # a webcam's picture node
        (0x84A00001, 0x04A00000, False),  # its metadata node
        (0x04000001, 0, True),  # an old driver without capabilities per node
        (0x84001000, 0x04001000, True),  # multi-planar
        (0x81000001, 0x01000001, False),  # read() only
    ],
)
def test_which_nodes_give_pictures(whole: int, device: int, captures: bool) -> None:
    answer = struct.pack("=16s32s32sIII12x", b"uvcvideo", b"Camera", b"usb", 0x060000, whole, device)
    assert len(answer) == 104
    assert cameras.captures_pictures(answer) is captures


def test_memory_temperature_uptime(tmp_path: Path) -> None:
    put(tmp_path / "proc/meminfo", "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\nHugePages: 0\n")
    assert system.memory(tmp_path) == system.Memory(available=400 * 1024, total=1000 * 1024)
    assert system.temperature(tmp_path) is None
    put(tmp_path / "sys/class/thermal/thermal_zone0/temp", "41000\n")
    put(tmp_path / "sys/class/thermal/thermal_zone1/temp", "63500\n")
    put(tmp_path / "sys/class/thermal/thermal_zone2/temp", "\n")
    assert system.temperature(tmp_path) == 63.5
    put(tmp_path / "proc/uptime", "123.45 200.00\n")
    assert system.uptime(tmp_path) == 123.45


def test_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    here = os.statvfs(tmp_path)
    seen = system.disk(tmp_path / "not/yet")
    assert seen.total == here.f_blocks * here.f_frsize
    assert 0 < seen.free <= seen.total


@pytest.mark.parametrize(
    ("now", "plausible"), [(0.0, False), (1_700_000_000.0, False), (1_800_000_000.0, True)]
)
def test_clock(now: float, plausible: bool) -> None:
    seen = system.clock(now, lambda: True)
    assert seen.plausible is plausible
    assert seen.synchronised is True
    assert system.clock(now, lambda: None).synchronised is None


def test_this_machine() -> None:
    assert accelerators.processor().cores >= 1
    assert system.memory().available <= system.memory().total
    assert system.uptime() > 0
    assert system.clock().synchronised in (True, False, None)
    assert all(camera.node.name.startswith("video") for camera in cameras.cameras())
    assert all(device.kind in ("GPU", "NPU") for device in accelerators.accelerators())
