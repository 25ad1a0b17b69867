"""A box that crashes leaves nothing of its memory."""

import resource
import subprocess
import sys

import pytest

from appliance.config import PROJECT

CRASH = (
    "import os, resource, sys\n"
    "from hardware import core_files\n"
    "{before}\n"
    "core_files.forbid()\n"
    "print(resource.getrlimit(resource.RLIMIT_CORE), flush=True)\n"
    "pid = os.fork()\n"
    "if not pid:\n"
    "    os.abort()\n"
    "print(os.WCOREDUMP(os.waitpid(pid, 0)[1]))\n"
)


@pytest.mark.parametrize(
    ("before", "limit"),
    [
        ("pass", "(1, 1)"),
        ("resource.setrlimit(resource.RLIMIT_CORE, (0, 0))", "(0, 0)"),
    ],
)
def test_no_core_file(tmp_path, before, limit):
    if limit == "(1, 1)" and resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("skipped: this machine forbids core files altogether")
    told = subprocess.run(
        [sys.executable, "-c", CRASH.format(before=before)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(PROJECT)},
    )
    assert told.stdout.split("\n")[:2] == [limit, "False"]
    assert list(tmp_path.iterdir()) == []
