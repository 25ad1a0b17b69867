"""A real box in a process of its own, on a scratch folder and a free port of 127.0.0.1."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

KYCBOX = Path(sys.executable).parent / "kycbox"
START_SECONDS = 60.0
STOP_SECONDS = 20.0


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Box:
    """A box that answers.

    Attributes:
        url: its base.
        data: its data folder.
        process: its main process.
        log: what it prints.
        seconds_to_ready: from the start of the process to the first good readyz.
    """

    url: str
    data: Path
    process: "subprocess.Popen[bytes]"
    log: Path
    seconds_to_ready: float

    def key(self, api: str = "deepidv", name: str = "test", *options: str) -> str:
        """Make a credential by the command line while the box runs; returns its secret."""
        command = [
            KYCBOX,
            "key",
            "create",
            "--data",
            self.data,
            "--api",
            api,
            "--name",
            name,
            *options,
            "--json",
        ]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        if done.returncode:
            raise RuntimeError(f"kycbox key create failed:\n{done.stderr.decode()}")
        return str(json.loads(done.stdout)["secret"])

    def first_password(self) -> str:
        """The technician password that the first start printed."""
        lines = self.log.read_text().splitlines()
        return next(line.split()[-1] for line in lines if "technician password" in line.lower())

    def printed(self) -> str:
        """All that the box has printed."""
        return self.log.read_text(errors="replace")


def start(data: Path, *options: str, environment: Mapping[str, str] | None = None) -> Box:
    """Start a box and wait until it is ready.

    Raises:
        RuntimeError: it ended or did not become ready; with what it printed.
    """
    data.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), data.with_name(data.name + ".log")
    began = time.monotonic()
    with log.open("ab") as out:
        process = subprocess.Popen(
            [KYCBOX, "serve", "--data", data, "--port", str(port), *options],
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
    url = f"http://127.0.0.1:{port}"
    while time.monotonic() - began < START_SECONDS:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/-/readyz", timeout=5).status_code == 200:
                return Box(url, data, process, log, time.monotonic() - began)
        except httpx.TransportError:  # not listening yet
            pass
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise RuntimeError(f"the box did not become ready:\n{log.read_text(errors='replace')[-4000:]}")


def stop(box: Box) -> int:
    """Stop as systemd does; returns the exit status."""
    if box.process.poll() is None:
        box.process.send_signal(signal.SIGTERM)
    try:
        return box.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        box.process.kill()
        box.process.wait()
        raise RuntimeError(f"the box did not stop on SIGTERM:\n{box.printed()[-4000:]}") from None


@contextmanager
def running(data: Path, *options: str, environment: Mapping[str, str] | None = None) -> Iterator[Box]:
    """A box for the length of a block."""
    box = start(data, *options, environment=environment)
    try:
        yield box
    finally:
        stop(box)
