"""Search of 1:N against NumPy's dot product with argpartition and faiss's flat index, in one run.

The sides hold the same vectors and take turns on the same probes, each with the same number of threads; their
answers have to be the same records. Times of the clock: only the ratios of one run mean anything.
"""

import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack

import pytest

from appliance.config import PROJECT

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
PEER = PROJECT / ".cache" / "peers" / "bin" / "python"
REPORT = PROJECT / ".cache" / "bench" / "gallery.json"
HERE = PROJECT / "tests" / "bench"
SIZES = [(count, width) for count in (1_000, 10_000, 100_000) for width in (128, 256, 512)] + [
    (1_000_000, 128)
]
CORES = len(os.sched_getaffinity(0))
ALLOWED_MB = 250


def side(stack: ExitStack, name: str, count: int, width: int, threads: int) -> subprocess.Popen[str]:
    interpreter = str(PEER) if name == "faiss" else sys.executable
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT),
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "passive",  # whoever has no turn leaves the cores to the others
    }
    return stack.enter_context(
        subprocess.Popen(
            [interpreter, str(HERE / "gallery_side.py"), name, str(count), str(width)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
    )


def asked(process: subprocess.Popen[str], seed: int) -> dict[str, object]:
    process.stdin.write(f"{seed}\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def measured(count: int, width: int, threads: int) -> dict[str, dict[str, float]]:
    turns = 15 if count >= 1_000_000 else 31
    with ExitStack() as stack:
        sides = {name: side(stack, name, count, width, threads) for name in ("ours", "numpy", "faiss")}
        figures = {name: json.loads(process.stdout.readline()) for name, process in sides.items()}
        times = {name: [] for name in sides}
        for turn in range(turns):
            answers = {name: asked(process, 10**9 + turn) for name, process in sides.items()}
            assert answers["ours"]["rows"] == answers["numpy"]["rows"] == answers["faiss"]["rows"]
            for name, answer in answers.items():
                times[name].append(1e3 * answer["seconds"])
        for process in sides.values():
            process.stdin.close()
    for name, row in times.items():
        figures[name] |= {"median": statistics.median(row), "least": min(row), "most": max(row)}
    return figures


@pytest.mark.parametrize("threads", sorted({1, CORES}))
def test_search(threads):
    if not PEER.exists():
        pytest.skip("skipped: no peers, run `make bench`")
    report = {}
    print(f"\n1:N search, best five, {threads} thread(s): median ms (least) and MB of the process")
    print(
        f"  {'':16}"
        + "".join(f"{name:>28}" for name in ("kycbox", "NumPy", "faiss flat"))
        + "   to NumPy, faiss"
    )
    for count, width in SIZES:
        figures = report[f"{count} x {width}"] = measured(count, width, threads)
        cells = "".join(
            f"{one['median']:11.2f} ({one['least']:6.2f}) {one['process']:5.0f} MB"
            for one in figures.values()
        )
        ratios = [figures["ours"]["median"] / figures[name]["median"] for name in ("numpy", "faiss")]
        print(f"  {count:9,} x {width:3} {cells}   {ratios[0]:.2f}, {ratios[1]:.2f}")
    keep(f"{threads} threads", report)
    large = report["100000 x 512"]
    assert large["ours"]["process"] <= ALLOWED_MB
    for name in ("numpy", "faiss"):
        assert large["ours"]["least"] <= 1.5 * large[name]["least"]


@pytest.mark.parametrize(("count", "width"), [(100_000, 512), (1_000_000, 128)])
def test_load(tmp_path, count, width):
    """From sealed rows to searchable, in a process of its own, the file still in the cache of the system."""

    def run(action: str) -> dict[str, float]:
        command = [
            sys.executable,
            HERE / "gallery_load.py",
            action,
            tmp_path / "data",
            str(count),
            str(width),
        ]
        return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)

    made = run("make")
    loads = [run("load") for _ in range(3)]
    took = statistics.median(one["seconds"] for one in loads)
    matrix = count * width * 4 / 1e6
    grown = max(one["peak"] - one["before"] for one in loads)
    print(
        f"\n{count:,} x {width}: enrolled in {made['seconds']:.1f} s ({made['disk']:.0f} MB of database),"
        f" loaded in {took:.2f} s; memory grows by {grown:.0f} MB at its peak, the matrix is {matrix:.0f} MB"
    )
    keep(f"load {count} x {width}", {"make": made, "load": loads})
    assert grown <= 1.15 * matrix + 32, "never two copies"


def keep(name: str, figures: dict[str, object]) -> None:
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    REPORT.write_text(json.dumps({**known, name: figures}, indent=1))
