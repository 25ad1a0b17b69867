"""The messages as a service manager's socket receives them."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import notify


@pytest.fixture(params=["path", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.settimeout(2)
        if request.param == "path":
            listener.bind(str(tmp_path / "notify"))
            monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        else:
            listener.bind("")  # the kernel picks an abstract name
            monkeypatch.setenv("NOTIFY_SOCKET", "@" + listener.getsockname()[1:].decode())
        yield listener


def test_each_message(manager: socket.socket) -> None:
    notify.status("loading models")
    notify.ready()
    notify.watchdog()
    notify.status("two\nlines")
    notify.status("")
    notify.stopping()
    received = [manager.recv(4096) for _ in range(6)]
    assert received == [
        b"STATUS=loading models",
        b"READY=1",
        b"WATCHDOG=1",
        b"STATUS=two",
        b"STATUS=",
        b"STOPPING=1",
    ]


@pytest.mark.parametrize("address", [None, "", "vsock:2:1234"])
def test_silent_without_a_manager(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)

    def no_socket(*_given: object) -> socket.socket:
        raise AssertionError

    monkeypatch.setattr(socket, "socket", no_socket)
    notify.ready()


def test_a_dead_manager_does_not_stop_the_box(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify.ready()
    assert "does not listen" in caplog.text
