"""The packages that the box is measured against, in a process of their own."""

import json
import os
import subprocess

import pytest

from appliance.config import PROJECT, debian_file

PEER = PROJECT / ".cache" / "peers" / "bin" / "python"


@pytest.fixture(scope="session")
def peers(tmp_path_factory):
    """A function (peer, path) -> answer, served by one process for the whole run."""
    if not PEER.exists():
        pytest.skip("skipped: no peers, run `make bench`")
    data = tmp_path_factory.mktemp("tessdata")
    (data / "mrz.traineddata").symlink_to(debian_file("usr/share/tesseract-ocr/5/tessdata/eng.traineddata"))
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS"), "1")
    box_packages = next((PROJECT / ".venv" / "lib").glob("python3*")) / "site-packages"
    command = [str(PEER), str(PROJECT / "tests" / "bench" / "peer_mrz.py"), str(box_packages), str(data)]
    log = (tmp_path_factory.mktemp("peers") / "log").open("w")
    with (
        log,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **threads},
        ) as process,
    ):
        assert process.stdout.readline() == "ready\n"

        def ask(peer, path):
            print(json.dumps({"peer": peer, "path": str(path)}), file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()
