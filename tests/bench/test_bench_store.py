"""What group commit is worth: audited writes a second against one transaction each, in one run."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.bench
HERE = Path(__file__).parent
SECONDS = "1.5"
WHOLE = "256"


@pytest.fixture(scope="module")
def other_disk(tmp_path_factory):
    """A library that makes every sync slower."""
    if shutil.which("cc") is None:
        pytest.skip("skipped: no C compiler to build the slow fsync with")
    library = tmp_path_factory.mktemp("library") / "other_disk.so"
    source = HERE.parent / "faults" / "other_disk.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def measured(folder: Path, clients: int, batch: str, environment: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, HERE / "store_rate.py", folder, str(clients), batch, SECONDS]
    told = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, check=True
    )
    return json.loads(told.stdout)


@pytest.mark.parametrize(
    ("disk", "slower_us", "goal"),
    [("this disk", 0, 1.1), ("a disk with syncs of 5 ms more", 5000, 6.0)],
)
def test_group_commit(request, tmp_path, disk, slower_us, goal):
    environment = {}
    if slower_us:
        library = request.getfixturevalue("other_disk")
        environment = {"LD_PRELOAD": str(library), "SLOW_SYNC_US": str(slower_us)}
    print(f"\naudited writes a second, {disk}:")
    ratios = {}
    for clients in (1, 8, 32):
        each, group = (
            measured(tmp_path / f"{clients}-{batch}", clients, batch, environment) for batch in ("1", WHOLE)
        )
        ratios[clients] = group["rate"] / each["rate"]
        print(
            f"  {clients:3} clients: {group['rate']:6.0f} grouped (p50 {group['median']:.1f} ms,"
            f" p99 {group['p99']:.1f} ms), {each['rate']:6.0f} one each (p99 {each['p99']:.1f} ms),"
            f" ratio {ratios[clients]:.1f}"
        )
    assert ratios[32] >= goal
