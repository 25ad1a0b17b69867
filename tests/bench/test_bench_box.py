"""How long a box takes to be ready, and what it holds in memory with all models loaded.

Peers in the same run: the start of a Python that imports the libraries alone, and its memory. Both goals are
of a quiet machine of two cores; the figures are printed beside the load average of the run.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from appliance.config import PROJECT
from tests import box as boxes
from tests.specimen.sets import specimen

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
REPORT = PROJECT / ".cache" / "bench" / "box.json"
READY_SECONDS = 10.0
RESIDENT_BYTES = 1_000_000_000
STARTS = 3
LIBRARIES = "import cv2, litestar, nicegui, numpy, openvino, pypdfium2, tesserocr"


def resident(process: int, field: str = "VmRSS") -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{field}:")).split()[1]) * 1024


def libraries() -> tuple[float, int]:
    """Seconds and bytes of an interpreter that only imports."""
    code = f"{LIBRARIES}\nprint(open('/proc/self/status').read())"
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    took = time.monotonic() - began
    line = next(line for line in done.stdout.splitlines() if line.startswith("VmRSS:"))
    return took, int(line.split()[1]) * 1024


def test_start_and_memory(tmp_path: Path, portraits: Path) -> None:
    document = specimen("TD3", 11, state="UTO", portrait=portraits / "obama.jpg").photograph.jpeg
    selfie = (portraits / "obama2.jpg").read_bytes()
    load, starts, imports = os.getloadavg()[0], [], []
    for _ in range(STARTS):
        imports.append(libraries())
        with boxes.running(tmp_path / "data") as box:
            starts.append(box.seconds_to_ready)
            idle = resident(box.process.pid)
            with httpx.Client(base_url=box.url, headers={"x-api-key": box.key()}, timeout=60) as client:
                for _ in range(6):
                    files = {"documentImage": ("d.jpg", document), "faceImage": ("f.jpg", selfie)}
                    assert client.post("/v1/identity/verify", files=files).status_code == 200
            worked, peak = resident(box.process.pid), resident(box.process.pid, "VmHWM")
    report = {
        "load_average": load,
        "seconds_to_ready": starts,
        "seconds_to_import": [took for took, _ in imports],
        "resident_megabytes": {
            "ready": idle // 10**6,
            "after 6 verifications": worked // 10**6,
            "peak": peak // 10**6,
        },
        "import_megabytes": imports[-1][1] // 10**6,
    }
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1))
    print(f"\n{json.dumps(report, indent=1)}")
    print(f"start to ready / import of the libraries: {min(starts) / min(t for t, _ in imports):.1f}")
    assert min(starts) <= READY_SECONDS
    assert worked <= RESIDENT_BYTES
