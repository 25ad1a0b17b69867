"""Using the engine writes nothing into the home folder and opens no connection."""

import os
import subprocess
import sys

from appliance.config import PROJECT

WATCHED = """
import sys

seen = []
watched = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "os.fork", "subprocess.Popen")
sys.addaudithook(lambda event, args: seen.append(event) if event in watched else None)
import appliance.engine.runtime
import appliance.engine.install
import openvino

openvino.Core().available_devices
import time

time.sleep(0.3)  # a sender's thread would have begun by now
assert not seen, seen
assert sys.modules["openvino_telemetry"] is None
"""


def test_openvino_sends_no_usage_data(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(home.rglob("*")) == []


def test_openvino_imported_too_early_is_refused():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.modules['openvino_telemetry'] = None; import openvino, appliance.engine",
        ],
        env={**os.environ, "PYTHONPATH": str(PROJECT), "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "imported before appliance.engine" in done.stderr
