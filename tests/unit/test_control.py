"""Commands reach the box while it runs and the files while it does not; both do the same."""

import argparse
import io
import json
import os
import socket
import stat
import threading

import pytest

from appliance.__main__ import main
from appliance.commands import audit, keys
from appliance.config import Settings
from appliance.control import NAME, ControlServer, call
from appliance.errors import DataFolderInUse, InvalidRequest, NotFound, StartError, StorageFailed
from appliance.store.store import Store


def settings_of(folder) -> Settings:
    return Settings(data=str(folder))


def opened(settings: Settings) -> Store:
    return Store.open(settings.data_folder, floor_bytes=0, ballast_bytes=4096)


@pytest.fixture
def box(tmp_path):
    """A running box with its control socket."""
    settings = settings_of(tmp_path / "data")
    store = opened(settings)
    server = ControlServer(store)
    yield settings, store
    server.close()
    store.close()


def given(**arguments: object) -> argparse.Namespace:
    return argparse.Namespace(**arguments)


NEW = {"api": "deepidv", "name": "Bank", "plan": "starter", "scope": [], "tenant": "", "json": True}


def test_a_key_works_at_once_and_not_after_its_revocation(box, capsys):
    settings, store = box
    assert keys.create(settings, given(**NEW)) == 0
    made = json.loads(capsys.readouterr().out)
    assert list(made) == ["id", "api", "secret"]
    assert store.credentials.authenticate(made["secret"], "deepidv").plan == "starter"
    assert keys.revoke(settings, given(id=made["id"])) == 0
    assert store.credentials.authenticate(made["secret"], "deepidv") is None
    capsys.readouterr()
    assert keys.show(settings, given(json=True)) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed["id"] == made["id"]
    assert listed["revoked_at"]
    assert made["secret"] not in json.dumps(listed)


@pytest.mark.parametrize("name", ["[/x]", "[red]x[/red]", "[conceal]", ":warning:", "[link=http://a]b"])
def test_a_name_is_listed_as_it_stands(box, capsys, name):
    settings, _ = box
    assert keys.create(settings, given(**(NEW | {"name": name}))) == 0
    capsys.readouterr()
    assert keys.show(settings, given(json=False)) == 0
    assert capsys.readouterr().out.rstrip().endswith(f"in use  {name}")


def test_the_same_without_a_running_box(tmp_path, capsys):
    settings = settings_of(tmp_path / "data")
    assert keys.create(settings, given(**{**NEW, "api": "apptenticate", "scope": ["document_liveness"]})) == 0
    made = json.loads(capsys.readouterr().out)
    assert list(made) == ["id", "api", "username", "password"]
    store = opened(settings)
    assert store.credentials.authenticate_account(made["username"], made["password"], "apptenticate")
    assert store.first_password  # the command has not taken it
    store.close()
    assert keys.create(settings, given(**{**NEW, "json": False})) == 0
    told = capsys.readouterr()
    assert "sk_live_" in told.out
    assert "secret" in told.err
    assert keys.show(settings, given(json=False)) == 0
    assert capsys.readouterr().out.count("Bank") == 2


@pytest.mark.parametrize("running", [True, False])
def test_errors_come_through_with_their_remedy(tmp_path, running):
    settings = settings_of(tmp_path / "data")
    store = opened(settings)
    server = ControlServer(store) if running else None
    if not running:
        store.close()
    with pytest.raises(NotFound) as caught:
        call(settings, "key.revoke", {"id": "cred_none"})
    assert "cred_none" in caught.value.message
    assert caught.value.remedy
    for verb, arguments in (
        ("key.create", {"api": "nonsense", "name": "x"}),
        ("key.create", {"api": 5, "name": "x"}),
        ("key.create", {"api": "deepidv", "name": "x", "scopes": "ocr"}),
        ("key.create", {}),
        ("sudo", {}),
    ):
        with pytest.raises(InvalidRequest):
            call(settings, verb, arguments)
    if server:
        server.close()
        store.close()


@pytest.mark.parametrize("running", [True, False])
def test_export_and_verify(tmp_path, running, capsys):
    settings = settings_of(tmp_path / "data")
    store = opened(settings)
    server = ControlServer(store) if running else None
    note = store.checkpoint()
    if not running:
        store.close()
    out = tmp_path / "export.tar"
    (tmp_path / "note.txt").write_text(note, "utf-8")
    assert audit.export(settings, given(out=out)) == 0
    assert " entries " in capsys.readouterr().out
    assert audit.verify(settings, given(file=out, key=None, since=tmp_path / "note.txt")) == 0
    assert capsys.readouterr().out.startswith("verified: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "export.tar", "note.txt"]
    data = bytearray(out.read_bytes())
    data[-3000] ^= 1
    out.write_bytes(data)
    assert audit.verify(settings, given(file=out, key=None, since=None)) == 1
    assert audit.verify(settings, given(file=tmp_path / "none", key=None, since=None)) == 2
    with pytest.raises(StartError):
        audit.export(settings, given(out=tmp_path / "none" / "export.tar"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StartError):
        audit.export(settings, given(out=tmp_path / "pipe"))
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    if server:
        server.close()
        store.close()


def test_a_new_technician_password(box):
    settings, store = box
    told = call(settings, "technician.reset", {})
    assert store.technicians.login(told["name"], told["password"])


def test_a_deep_folder(tmp_path):
    """A unix socket's path is limited to 107 bytes; the folder's is not."""
    settings = settings_of(tmp_path / ("d" * 100) / ("e" * 100))
    store = opened(settings)
    server = ControlServer(store)
    assert (settings.data_folder / NAME).stat().st_mode & 0o777 == 0o600
    assert call(settings, "key.list", {}) == []
    server.close()
    store.close()
    assert not (settings.data_folder / NAME).exists()


def test_a_socket_left_by_a_killed_box_is_in_nobodys_way(tmp_path):
    settings = settings_of(tmp_path / "data")
    opened(settings).close()
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(settings.data_folder / NAME))
    left.close()
    assert call(settings, "key.list", {}) == []
    store = opened(settings)
    server = ControlServer(store)
    assert call(settings, "key.list", {}) == []
    server.close()
    store.close()


def test_a_command_waits_for_a_box_that_starts(tmp_path):
    settings = settings_of(tmp_path / "data")
    store = opened(settings)
    servers = []
    thread = threading.Timer(0.5, lambda: servers.append(ControlServer(store)))
    thread.start()
    assert call(settings, "key.list", {}) == []
    thread.join()
    servers[0].close()
    with pytest.raises(DataFolderInUse):
        call(settings, "key.list", {}, patience=0.3)
    store.close()


def test_hostile_frames_do_not_stop_the_server(box):
    settings, _ = box
    for frame in (
        b"",
        b"J",
        b"J\xff\xff\xff\xff",
        b"J\0\0\0\4[[[[",
        b"J\0\0\0\2[]",
        b"J\0\0\0\2{}",
        b'J\0\0\0\x0c{"verb":[1]}',
    ):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(settings.data_folder / NAME))
            peer.sendall(frame)
            peer.shutdown(socket.SHUT_WR)
            peer.settimeout(10)
            while peer.recv(4096):
                pass
    assert call(settings, "key.list", {}) == []


def test_a_box_that_dies_in_the_middle_is_told(tmp_path):
    settings = settings_of(tmp_path / "data")
    settings.data_folder.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(settings.data_folder / NAME))
        listener.listen()

        def die() -> None:
            peer, _ = listener.accept()
            peer.recv(1)
            peer.sendall(b"D\0\0\0\5ab")
            peer.close()

        thread = threading.Thread(target=die)
        thread.start()
        with pytest.raises(StorageFailed, match="did not finish"):
            call(settings, "audit.export", {}, io.BytesIO())
        thread.join()


def test_many_commands_at_once(box):
    settings, store = box
    errors = []

    def work() -> None:
        try:
            for _ in range(5):
                call(settings, "key.create", {"api": "deepidv", "name": "x"})
        except Exception as error:  # noqa: BLE001  looked at below
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(store.database.read_blocking(store.credentials.list)) == 20


@pytest.mark.parametrize("running", [True, False])
def test_the_command_line_itself(tmp_path, running, capsys):
    """From the words that a person types to the exit status."""
    folder = tmp_path / "data"
    store = opened(settings_of(folder))
    server = ControlServer(store) if running else None
    if not running:
        store.close()
    data, out = ["--data", str(folder)], str(tmp_path / "export.tar")
    assert main(["key", "create", "--api", "idlive", "--name", "Bank", "--json", *data]) == 0
    made = json.loads(capsys.readouterr().out)
    assert main(["key", "list", *data]) == 0
    assert made["id"] in capsys.readouterr().out
    assert main(["key", "revoke", made["id"], *data]) == 0
    assert main(["key", "revoke", made["id"], *data]) == 1
    assert "kycbox key list" in capsys.readouterr().err
    assert main(["audit", "export", "--out", out, *data]) == 0
    key = capsys.readouterr().out.split("signed by ")[1].strip()
    assert main(["audit", "verify", out]) == 0
    assert "came with the export" in capsys.readouterr().out
    assert main(["audit", "verify", out, "--key", key, "--since", out]) == 0
    assert "came with the export" not in capsys.readouterr().out
    assert main(["audit", "verify", out, "--key", key[:-1] + ("B" if key[-1] == "A" else "A")]) == 1
    assert capsys.readouterr().err.startswith("BROKEN:")
    if server:
        server.close()
        store.close()
