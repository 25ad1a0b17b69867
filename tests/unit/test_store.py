"""The data folder as a whole: first start, what is refused, and what the ledger is checked for."""

import io
import json
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pysqlite3
import pytest

from appliance.domain.credential import AuditEntry
from appliance.errors import (
    DataFolderInUse,
    DataFolderUnusable,
    LedgerBroken,
    StorageFailed,
    StorageFull,
)
from appliance.services import admin
from appliance.store import ledger
from appliance.store.folder import write_durably
from appliance.store.keys import KeyFile, Keyring, seal, unseal
from appliance.store.space import DiskSpace
from appliance.store.store import Store


def opened(path: Path, **more: object) -> Store:
    return Store.open(path, **{"floor_bytes": 0, "ballast_bytes": 65536, "serving": False, **more})


def actions(store: Store) -> list[str]:
    rows = store.database.read_blocking(lambda c: list(ledger.leaves(c, 0, ledger.size(c))))
    return [json.loads(body)["action"] for _, body, _ in rows]


# -- start ---------------------------------------------------------------------------------------


def test_the_first_start_makes_the_folder_and_one_technician(tmp_path):
    path = tmp_path / "a" / "data"
    store = opened(path, serving=True)
    assert store.technicians.login("technician", store.first_password).name == "technician"
    assert actions(store) == [
        "box.create",
        "capture_key.create",
        "box.start",
        "technician.create",
        "technician.login",
    ]
    assert path.stat().st_mode & 0o777 == 0o700
    for name in ("box.key", "kycbox.db", "kycbox.db-wal", "lock"):
        assert (path / name).stat().st_mode & 0o077 == 0, name
    store.close()
    store = opened(path, serving=True)
    assert store.first_password is None
    store.close()


def test_a_command_on_a_new_folder_leaves_the_first_password_to_the_box(tmp_path):
    opened(tmp_path / "data").close()
    store = opened(tmp_path / "data", serving=True)
    assert store.first_password
    store.close()


def test_nothing_of_the_write_ahead_log_is_left_after_a_clean_stop(tmp_path):
    store = opened(tmp_path / "data")
    store.database.commit_blocking(AuditEntry("a", "b", "c"))
    store.close()
    assert sorted(file.name for file in (tmp_path / "data").iterdir()) == [
        "ballast",
        "box.key",
        "kycbox.db",
        "lock",
        "uploads",
        "vault.keys",
    ]


def test_two_processes_do_not_share_a_folder(tmp_path):
    store = opened(tmp_path / "data")
    script = """
        import sys
        from pathlib import Path
        from appliance.errors import DataFolderInUse
        from appliance.store.store import Store
        try:
            Store.open(Path(sys.argv[1]), floor_bytes=0)
        except DataFolderInUse as error:
            print(error.message, "|", error.remedy)
            sys.exit(7)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "data")]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 7, told.stderr
    assert str(tmp_path / "data") in told.stdout
    with pytest.raises(DataFolderInUse):
        opened(tmp_path / "data")
    store.close()
    opened(tmp_path / "data").close()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderUnusable) as caught:
        opened(tmp_path / "file" / "data")
    assert caught.value.remedy


def test_no_start_below_the_floor(tmp_path):
    with pytest.raises(StorageFull) as caught:
        opened(tmp_path / "data", floor_bytes=2**62)
    assert caught.value.remedy
    opened(tmp_path / "data").close()  # and nothing is left held or half made


# -- keys ----------------------------------------------------------------------------------------


def test_a_key_that_others_may_read_is_refused(tmp_path):
    opened(tmp_path / "data").close()
    key = tmp_path / "data" / "box.key"
    key.chmod(0o640)
    with pytest.raises(DataFolderUnusable, match="other users") as caught:
        opened(tmp_path / "data")
    assert f"chmod 600 {key}" in caught.value.remedy
    key.chmod(0o600)
    opened(tmp_path / "data").close()


def test_a_lost_or_cut_key_is_refused_and_not_replaced(tmp_path):
    opened(tmp_path / "data").close()
    key = tmp_path / "data" / "box.key"
    data = key.read_bytes()
    key.write_bytes(data[:31])
    with pytest.raises(DataFolderUnusable, match="31 bytes"):
        opened(tmp_path / "data")
    key.unlink()
    with pytest.raises(DataFolderUnusable, match="missing"):
        opened(tmp_path / "data")
    assert not key.exists()


def test_the_key_of_another_box_is_refused(tmp_path):
    opened(tmp_path / "data").close()
    write_durably(tmp_path / "data" / "box.key", bytes(32))
    with pytest.raises(DataFolderUnusable, match="not the one of this database"):
        opened(tmp_path / "data")


def test_purposes_have_keys_of_their_own(tmp_path):
    write_durably(tmp_path / "key", bytes(range(32)))
    keys = Keyring(KeyFile(tmp_path / "key"))
    made = {
        keys.credentials,
        keys.uploads,
        bytes(keys.ledger),
        bytes.fromhex(keys.sessions),
        keys.first_capture,
        keys.captures,
        keys.templates,
        keys.collections,
        keys.memory,
    }
    assert len(made) == 9
    assert keys.credentials == Keyring(KeyFile(tmp_path / "key")).credentials
    assert repr(keys) == f"Keyring({keys.fingerprint})"


def test_sealed_things_open_with_their_key_and_context_only():
    sealed = seal(bytes(32), b"portrait", b"upload 1")
    assert unseal(bytes(32), sealed, b"upload 1") == b"portrait"
    assert b"portrait" not in sealed
    changed = bytearray(sealed)
    changed[30] ^= 1
    for key, data, context in (
        (bytes(31) + b"\1", sealed, b"upload 1"),
        (bytes(32), sealed, b"upload 2"),
        (bytes(32), bytes(changed), b"upload 1"),
        (bytes(32), sealed[:20], b"upload 1"),
    ):
        with pytest.raises(StorageFailed):
            unseal(key, data, context)


# -- the ledger at start -------------------------------------------------------------------------


def box(path: Path) -> None:
    store = opened(path)
    for number in range(9):
        store.database.commit_blocking(AuditEntry("a", "b", "c", details={"n": number}))
    store.close()


def vandal(path: Path, *statements: str) -> None:
    raw = pysqlite3.connect(str(path / "kycbox.db"), isolation_level=None)
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        assert raw.execute(statement).rowcount > 0
    raw.close()


FORGET = "DELETE FROM ledger_checkpoint"


@pytest.mark.parametrize(
    "statements",
    [
        ["DELETE FROM ledger_leaf WHERE seq = 9", "DELETE FROM ledger_node WHERE position > 3"],
        ["DELETE FROM ledger_leaf WHERE seq = 4"],
        ["DELETE FROM ledger_node WHERE level = 3"],
        ["UPDATE ledger_checkpoint SET note = replace(note, 'kycbox', 'kycbux')"],
        [FORGET, "UPDATE ledger_leaf SET body = x'7b7d' WHERE seq = 3"],
        [FORGET, "UPDATE ledger_leaf SET hash = zeroblob(32) WHERE seq = 3"],
        [FORGET, "UPDATE ledger_node SET hash = zeroblob(32) WHERE level = 1 AND position = 0"],
        ["DELETE FROM box_setting"],
    ],
)
def test_a_changed_ledger_stops_the_start(tmp_path, statements):
    path = tmp_path / "data"
    box(path)
    opened(path).close()
    vandal(path, *statements)
    with pytest.raises(LedgerBroken) as caught:
        opened(path)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_leaf SET hash = zeroblob(32) WHERE seq = 3",
        "UPDATE ledger_leaf SET body = x'7b7d' WHERE seq = 3",
        "UPDATE ledger_node SET hash = zeroblob(32) WHERE level = 1 AND position = 1",
    ],
)
def test_the_deep_check_finds_changes_under_a_checkpoint(tmp_path, statement):
    path = tmp_path / "data"
    box(path)
    vandal(path, statement)
    store = opened(path)
    with pytest.raises(LedgerBroken):
        admin.run(store, "audit.check", {}, io.BytesIO())
    store.close()


def test_an_unchanged_ledger_does_not(tmp_path):
    path = tmp_path / "data"
    box(path)
    vandal(path)
    store = opened(path)
    assert actions(store).count("c") == 9
    assert admin.run(store, "audit.check", {}, io.BytesIO()) == {"right": True}
    store.close()


def test_the_clock_of_the_ledger_is_given(tmp_path):
    store = opened(tmp_path / "data", wall=lambda: datetime(2026, 2, 3, tzinfo=UTC), uptime=lambda: 12.5)
    rows = store.database.read_blocking(lambda c: list(ledger.leaves(c, 0, 1)))
    assert b'"at":"2026-02-03T00:00:00.000Z"' in rows[0][1]
    assert b'"uptime_ms":12500' in rows[0][1]
    store.close()


def test_bodies_that_do_not_belong_in_a_ledger_are_refused(tmp_path):
    store = opened(tmp_path / "data")
    for details in ({"x": float("nan")}, {"x": "y" * 9000}):
        with pytest.raises(ValueError, match=r"."):
            store.database.commit_blocking(AuditEntry("a", "b", "c", details=details))
    assert actions(store) == ["box.create", "capture_key.create"]
    store.close()


# -- room ----------------------------------------------------------------------------------------


def test_the_ballast_holds_real_blocks_and_comes_back(tmp_path):
    space = DiskSpace(tmp_path, 0, tmp_path / "ballast", 1024 * 1024)
    assert space.keep_ballast()
    assert (tmp_path / "ballast").stat().st_blocks * 512 >= 1024 * 1024
    assert space.drop_ballast()
    assert not space.drop_ballast()
    assert space.keep_ballast()
    assert not DiskSpace(tmp_path, 2**62, tmp_path / "other", 1024).keep_ballast()
