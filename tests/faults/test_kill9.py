"""kill -9 under load, again and again on one folder: nothing that was acknowledged is lost."""

import json
import random
import runpy
import sys
import time
from pathlib import Path

import pytest

from appliance.domain.credential import AuditEntry
from appliance.store.store import Store

HERE = Path(__file__).parent
acknowledged = runpy.run_path(str(HERE / "acknowledged.py"))


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(8, id="8"),
        pytest.param(50, id="50", marks=[pytest.mark.soak, pytest.mark.timeout(1800)]),
    ],
)
def test_nothing_acknowledged_is_lost(tmp_path, kills):
    chance = random.Random(20261120)
    folder = tmp_path / "data"
    told = acknowledged["Acknowledged"]()
    command = [sys.executable, str(HERE / "store_load.py"), str(folder)]
    for number in range(kills):
        lines = told.take(acknowledged["killed_run"](command, chance, longest=0.4))
        assert lines > 0
        assert acknowledged["lost"](folder, told) == [], f"after kill {number + 1}"
    assert told.credentials
    assert told.revoked
    assert told.uploads
    assert told.leaves
    print(f"{kills} kills, {told.count()} acknowledged, none lost")


@pytest.mark.parametrize("number", range(6))
def test_killed_in_the_first_start(tmp_path, number):
    """At any moment of making the folder: the next start finds a box, or makes one."""
    command = [sys.executable, str(HERE / "store_load.py"), str(tmp_path / "data")]
    folder = tmp_path / "data"

    def begun(_process):
        for _ in range(3000):
            if folder.exists():
                return
            time.sleep(0.005)
        pytest.fail("it never made the folder")

    told = acknowledged["Acknowledged"]()
    chance = random.Random(number)
    told.take(acknowledged["killed_run"](command, chance, longest=0.15, ready=begun))
    assert acknowledged["lost"](folder, told) == []
    store = Store.open(folder, floor_bytes=0, ballast_bytes=4096)
    store.database.commit_blocking(AuditEntry("a", "a", "b"))
    store.close()


def test_the_checker_sees_every_kind_of_loss(tmp_path):
    store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=4096, serving=False)
    alive, dead = (
        store.database.write_blocking(lambda tx: store.credentials.create(tx, "deepidv", "x")) for _ in "ab"
    )
    store.database.write_blocking(lambda tx: store.credentials.revoke(tx, dead.id))
    store.database.commit_blocking(AuditEntry("a", "a", "upload.put"))
    store.close()
    told = acknowledged["Acknowledged"]()
    honest = [{"credential": {"id": alive.id, "api": "deepidv", "secret": alive.secret}}]
    told.take(b"".join(json.dumps(line).encode() + b"\n" for line in honest) + b'{"leaf": {"cut')
    assert acknowledged["lost"](tmp_path / "data", told) == ["0 rows and 1 leaves of upload.put"]
    lies = [
        {"credential": {"id": "cred_lost", "api": "deepidv", "secret": "sk_live_lost"}},
        {"revoked": alive.id},
        {"upload": {"key": "uploads/load/lost.jpg", "tenant": "load", "sha256": ""}},
        {"leaf": {"action": "face.detect", "object": "lost"}},
    ]
    told.take(b"".join(json.dumps(line).encode() + b"\n" for line in lies))
    found = acknowledged["lost"](tmp_path / "data", told)
    for word in ("cred_lost is lost", f"{alive.id} lives", "uploads/load/lost.jpg", "'lost') is lost"):
        assert any(word in one for one in found), (word, found)
