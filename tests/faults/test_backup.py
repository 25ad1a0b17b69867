"""A backup holds the whole box and shows none of it; a kill or a full disk leaves nothing half done."""

import argparse
import io
import json
import os
import random
import runpy
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance import tls
from appliance.commands import backup as commands
from appliance.config import Settings
from appliance.control import ControlServer
from appliance.domain.credential import AuditEntry
from appliance.errors import BackupRefused, DataFolderUnusable, KycboxError, StartError
from appliance.store import backup, folder, restore
from appliance.store.sealed_stream import HEAD, SealedReader
from appliance.store.store import Store
from tests.faults.test_disk import MOUNT

HERE = Path(__file__).parent
acknowledged = runpy.run_path(str(HERE / "acknowledged.py"))
load = runpy.run_path(str(HERE / "backup_load.py"))
TENANT, CANARY, WORDS = load["TENANT"], load["CANARY"], load["WORDS"]


def opened(path: Path) -> Store:
    return Store.open(path, floor_bytes=0, ballast_bytes=65536, serving=False)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A box with something of everything that lies beside the database."""
    store = opened(tmp_path / "data")
    (store.folder.path / "kycbox.toml").write_text('log_level = "warning"\n')
    (store.folder.path / "risk-policy.toml").write_text("# ours\n")
    (store.folder.path / "ballast.log").write_text("not ours")
    yield store
    store.close()


def archive(store: Store) -> bytes:
    """The archive before it is sealed."""
    out = io.BytesIO()
    backup.write(store, out, "tester")
    return out.getvalue()


def sealed(store: Store, file: Path) -> Path:
    with file.open("wb") as out:
        load["write"](store, out)
    return file


def upload(store: Store) -> str:
    address = store.database.write_blocking(
        lambda tx: store.uploads.presign(tx, TENANT, "image/jpeg", len(CANARY))
    )
    store.uploads.put(address, "image/jpeg", CANARY)
    return address.key


def opens(store: Store, identity: str) -> bool:
    values = store.database.read_blocking(lambda c: store.vault.open(c, TENANT, identity))
    return bool(values == {"": CANARY})


def test_the_same_box_comes_back(store: Store, tmp_path: Path) -> None:
    certificate = tls.ensure(store.folder.path / "tls", ["localhost"], tls.dt.datetime.now(tls.dt.UTC))
    key = store.database.write_blocking(lambda tx: store.credentials.create(tx, "deepidv", "bank"))
    identity, picture = load["put"](store), upload(store)
    before = tmp_path / "before.tar"
    with before.open("wb") as out:
        acknowledged["export"](store.database, store.checkpoints, out)
    told = load["restored"](sealed(store, tmp_path / "file"), tmp_path / "new")
    assert told.about.box == store.box_id
    there = {
        path.relative_to(store.folder.path).as_posix()
        for path in store.folder.path.rglob("*")
        if path.is_file()
    }
    back = {
        path.relative_to(tmp_path / "new").as_posix()
        for path in (tmp_path / "new").rglob("*")
        if path.is_file()
    }
    gone = {"ballast.log", "kycbox.db-wal", "kycbox.db-shm"}
    assert there - back == gone & there
    assert back - there == set(), "a file that is not in the first box"
    for path in (tmp_path / "new").rglob("*"):
        wanted = 0o700 if path.is_dir() else 0o600
        assert path.name == "ballast" or stat.S_IMODE(path.stat().st_mode) == wanted, path
    for name in ("box.key", "vault.keys", "kycbox.toml", "risk-policy.toml", "tls/ca.crt", "tls/box.key"):
        assert (tmp_path / "new" / name).read_bytes() == (store.folder.path / name).read_bytes()
    again = tls.ensure(tmp_path / "new" / "tls", ["localhost"], tls.dt.datetime.now(tls.dt.UTC))
    assert again.fingerprint == certificate.fingerprint
    new = opened(tmp_path / "new")
    try:
        assert new.credentials.authenticate(key.secret, "deepidv").id == key.id
        assert new.database.read_blocking(lambda c: new.vault.open(c, TENANT, identity)) == {"": CANARY}
        assert new.uploads.open(picture, TENANT).data == CANARY
        after = tmp_path / "after.tar"
        with after.open("wb") as out:
            acknowledged["export"](new.database, new.checkpoints, out)
        rows = new.database.read_blocking(lambda c: c.rows("SELECT body FROM ledger_leaf ORDER BY seq"))
    finally:
        new.close()
    leaves = [json.loads(body) for (body,) in rows]
    actions = [leaf["action"] for leaf in leaves]
    assert actions.index("box.backup") < actions.index("box.restore") == told.entries
    details = {"made_at": told.about.made_at, "entries": told.about.entries, "ended": 0, "user": "tester"}
    assert leaves[told.entries]["details"] == details
    verifier = acknowledged["_verifier"]()
    verifier.verify(after, store.checkpoints.verifier_key, [verifier.note_in(str(before))])


def test_nothing_of_the_box_can_be_seen_in_the_file_or_beside_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values, keys, names: in the sealed file, in the temporary copy, in what is unpacked, nothing plain."""
    load["put"](store)
    key = store.folder.box_key.read_bytes()
    seen: list[bytes] = []

    def look(path: Path) -> None:
        seen.extend(one.read_bytes() for one in path.rglob("*") if one.is_file())
        modes = {one.name: one.stat().st_mode & 0o077 for one in path.rglob("*")}
        assert not any(mode for name, mode in modes.items() if name != "ballast"), "that is zeros"

    snapshot, place = type(store.database).snapshot, folder.DataFolder.put_in_place

    def watched(database: object, target: Path) -> None:
        snapshot(database, target)
        look(target.parent)

    def placed(data: object, restored: Path) -> None:
        look(restored)
        place(data, restored)

    monkeypatch.setattr(type(store.database), "snapshot", watched)
    monkeypatch.setattr(folder.DataFolder, "put_in_place", placed)
    file = sealed(store, tmp_path / "file")
    load["restored"](file, tmp_path / "new")
    assert len(seen) > 5
    assert not any(CANARY in content for content in seen)
    whole = file.read_bytes()
    plain = archive(store)
    assert key in plain, "the search finds what is there"
    for secret in (CANARY, key, store.box_id.encode(), b"SQLite format", b"vault.keys", b"log_level"):
        assert secret not in whole
        assert secret == CANARY or secret in plain
    assert not list(store.folder.path.glob(".*")), "no copy stays behind"


def test_what_was_erased_before_is_not_in_it(store: Store, tmp_path: Path) -> None:
    """Not even where SQLite leaves an old copy in a gap of a page, for rows are copied and not pages."""
    trace = "SELECT r.sealed, k.wrapped FROM vault_record r JOIN vault_data_key k ON k.record = r.seq"
    gone = load["put"](store)
    ((sealed_row, wrapped),) = store.database.read_blocking(lambda c: c.rows(trace))
    assert bytes(sealed_row) in archive(store), "the search finds what is there"
    store.database.write_blocking(store.vault.erase(TENANT, gone))
    plain = archive(store)
    assert bytes(sealed_row)[8:48] not in plain
    assert bytes(wrapped)[-32:] not in plain
    assert gone.encode() not in plain or b"masking" in plain


def test_a_damaged_backup_leaves_the_folder_empty(store: Store, tmp_path: Path) -> None:
    for _ in range(20):
        effect, _ = store.vault.put(TENANT, {"": os.urandom(200_000)}, "kyc", expires=2**40)
        store.database.write_blocking(effect)
    stream = sealed(store, tmp_path / "file").read_bytes()
    assert len(stream) > 4_000_000
    chance = random.Random(7)
    target, damaged = tmp_path / "new", tmp_path / "damaged"
    places = [
        0,
        16,
        30,
        60,
        HEAD.size,
        len(stream) - 1,
        *(chance.randrange(HEAD.size, len(stream)) for _ in "1234"),
    ]
    for place in places:
        damaged.write_bytes(stream[:place] + bytes([stream[place] ^ 1]) + stream[place + 1 :])
        with pytest.raises(BackupRefused) as caught:
            load["restored"](damaged, target)
        assert caught.value.remedy
    for length in (0, 10, HEAD.size, len(stream) // 2, len(stream) - 1):
        damaged.write_bytes(stream[:length])
        with pytest.raises(BackupRefused):
            load["restored"](damaged, target)
        with damaged.open("rb") as file, pytest.raises(BackupRefused):
            restore.check(SealedReader(file, WORDS))
    restore.refuse_full(target)
    with (tmp_path / "file").open("rb") as file:
        assert restore.check(SealedReader(file, WORDS)).box == store.box_id
    assert load["restored"](tmp_path / "file", target).about.box == store.box_id


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "tls/../x", "tls/a/b", ".hidden", "x\n", "uploads/.x", "tls/", "other/x", ""]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    out = io.BytesIO()
    about = backup.About(1, "x", "x", "2026-01-01T00:00:00Z", 1, "", 1)
    with backup._Archive(out, backup.datetime.now(backup.UTC)) as made:
        made.add(backup.ABOUT, io.BytesIO(backup.msgspec.json.encode(about)))
        made.add(name or "x", io.BytesIO(b"y"))
        if not name:
            made.digests["x"] = "0" * 64
        made.add(backup.MANIFEST, io.BytesIO(backup.msgspec.json.encode(made.digests)))
    out.seek(0)
    with pytest.raises(BackupRefused):
        restore.restore(out, tmp_path / "new", "tester", floor_bytes=0)
    assert {path.name for path in tmp_path.rglob("*")} <= {"new", "lock", "uploads"}


def test_a_folder_with_something_in_it_is_refused(store: Store, tmp_path: Path) -> None:
    file = sealed(store, tmp_path / "file")
    with pytest.raises(StartError, match="not empty"):
        load["restored"](file, store.folder.path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter").touch()
    with pytest.raises(StartError, match="letter"):
        load["restored"](file, tmp_path / "other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["letter"]
    (tmp_path / "held").mkdir()
    held = folder.DataFolder.hold(tmp_path / "held")
    with pytest.raises(StartError, match="another kycbox process"):
        load["restored"](file, tmp_path / "held")
    held.release()
    (tmp_path / "held" / "models").mkdir()
    (tmp_path / "held" / ".1234.part").mkdir()
    load["restored"](file, tmp_path / "held")
    assert not list((tmp_path / "held").glob(".*"))


@pytest.mark.parametrize("moved", [0, 1, 3, 99])
def test_a_restore_killed_while_it_moved_is_finished_by_the_next_start(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    identity = load["put"](store)
    file, new = sealed(store, tmp_path / "file"), tmp_path / "new"

    def killed(path: Path) -> bool:
        for entry in sorted((path / folder.RESTORED).iterdir())[:moved]:
            entry.replace(path / entry.name)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(
            folder, "move_restored", lambda path: (path / folder.RESTORED).is_dir() and killed(path)
        )
        with pytest.raises(KeyboardInterrupt):
            load["restored"](file, new)
    with pytest.raises(DataFolderUnusable, match="is finished now"):
        opened(new)
    again = opened(new)
    assert again.database.read_blocking(lambda c: again.vault.open(c, TENANT, identity)) == {"": CANARY}
    again.close()
    assert not list(new.glob(".*"))


@pytest.mark.parametrize(
    ("kills", "seed"),
    [
        pytest.param(5, 20261121, id="5"),
        pytest.param(200, 1, id="soak", marks=[pytest.mark.soak, pytest.mark.timeout(1800)]),
    ],
)
def test_kills(tmp_path: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    command = [sys.executable, str(HERE / "backup_load.py"), str(tmp_path)]
    put: list[str] = []
    done = {"backed": 0, "restored": 0, "whole": 0, "nothing": 0}
    for _ in range(kills):
        told = [json.loads(line) for line in acknowledged["killed_run"](command, chance).split(b"\n")[:-1]]
        backed = {one["backed"] for one in told if "backed" in one}
        finished = {one["restored"] for one in told if "restored" in one}
        put += [one["put"] for one in told if "put" in one]
        done["backed"] += len(backed)
        done["restored"] += len(finished)
        box = opened(tmp_path / "data")
        assert all(opens(box, identity) for identity in put[-3:])
        box.close()
        assert not list((tmp_path / "data").glob(".*")), "a copy stays behind"
        for file in tmp_path.glob("*.backup"):
            with file.open("rb") as source:
                restore.check(SealedReader(source, WORDS))
            backed.discard(int(file.stem))
        assert not backed, "told, and not there"
        for target in sorted(path for path in tmp_path.iterdir() if path.name.isdecimal()):
            whole = _whole(target, put)
            assert whole or int(target.name) not in finished
            done["whole" if whole else "nothing"] += 1
        for path in tmp_path.iterdir():
            if path.name != "data":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert min(done["backed"], done["restored"]) > 0
    print(done)


def _whole(target: Path, put: list[str]) -> bool:
    """Whether there is a box, all of it; False where there is none."""
    try:
        restore.refuse_full(target)
    except StartError:
        pass
    else:
        if not (target / folder.RESTORED).exists():
            return False
        with pytest.raises(DataFolderUnusable):
            opened(target)
    box = opened(target)
    try:
        records = box.database.read_blocking(lambda c: c.rows("SELECT lower(hex(id)) FROM vault_record"))
        assert all(opens(box, f"mask_{identity}") for (identity,) in records)
        assert len(records) >= 1
        assert len({f"mask_{one}" for (one,) in records} - set(put)) <= 1, "one may be there and not be told"
        box.database.read_blocking(lambda c: box.checkpoints.check(c, deep=True))
    finally:
        box.close()
    return True


def test_full_disks(tmp_path: Path) -> None:
    own = ["unshare", "--mount", *(["--map-root-user"] if os.getuid() else []), "sh", "-c", MOUNT, "sh"]
    disk, elsewhere = tmp_path / "disk", tmp_path / "elsewhere"
    disk.mkdir()
    elsewhere.mkdir()
    if not shutil.which("unshare") or subprocess.run([*own, disk, "true"], check=False).returncode:
        pytest.skip("skipped: this machine lets no test mount a file system of its own")
    command = [*own, disk, sys.executable, HERE / "full_disk_backup.py", disk, elsewhere]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.stdout == "right\n", told.stderr


def test_beside_writing_erasing_and_rotating(store: Store, tmp_path: Path) -> None:
    """By the control socket of a running box: what was acknowledged before is in it, and everything opens."""
    server = ControlServer(store)
    stop = threading.Event()
    wrong: list[BaseException] = []

    def often(work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                while not stop.is_set():
                    work()
            except KycboxError as error:
                wrong.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    entry = AuditEntry("a", "a", "b")
    threads = [
        often(lambda: store.database.write_blocking(store.vault.erase(TENANT, load["put"](store)))),
        often(lambda: (load["put"](store), store.database.commit_blocking(entry))),
        often(store.vault_upkeep.rotate),
    ]
    settings = Settings(data=str(store.folder.path))
    secret = tmp_path / "secret"
    secret.write_text(WORDS + "\n")
    try:
        before = [load["put"](store) for _ in range(40)]
        file = tmp_path / "file"
        given = argparse.Namespace(file=file, passphrase_file=secret, config=None)
        assert commands.backup(settings, given) == 0
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        load["restored"](file, tmp_path / "new")
        new = opened(tmp_path / "new")
        rows = new.database.read_blocking(lambda c: c.rows("SELECT lower(hex(id)) FROM vault_record"))
        there = {f"mask_{row[0]}" for row in rows}
        assert set(before) <= there
        assert all(opens(new, identity) for identity in there)
        new.close()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        server.close()
    assert wrong == []
