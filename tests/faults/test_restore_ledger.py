"""A backup restored with a later export: what was ended since stays ended, and auditors see one ledger."""

import runpy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.credential import AuditEntry
from appliance.domain.face import Template
from appliance.errors import BackupRefused, NotFound
from appliance.store import ledger, restore
from appliance.store.audit_export import export
from appliance.store.database import with_leaf
from appliance.store.sealed_stream import SealedReader
from appliance.store.store import Store
from appliance.store.vault_upkeep import VaultUpkeep

HERE = Path(__file__).parent
acknowledged = runpy.run_path(str(HERE / "acknowledged.py"))
load = runpy.run_path(str(HERE / "backup_load.py"))
TENANT, WORDS = load["TENANT"], load["WORDS"]


def opened(path: Path) -> Store:
    return Store.open(path, floor_bytes=0, ballast_bytes=65536)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = opened(tmp_path / "data")
    yield store
    store.close()


def exported(store: Store, file: Path) -> Path:
    with file.open("wb") as out:
        export(store.database, store.checkpoints, out)
    return file


def restored(file: Path, target: Path, later: Path | None = None) -> restore.Restored:
    with file.open("rb") as source:
        return restore.restore(SealedReader(source, WORDS), target, "tester", floor_bytes=0, export=later)


def backed_up(store: Store, file: Path) -> Path:
    with file.open("wb") as out:
        load["write"](store, out)
    return file


def noted(store: Store, action: str, about: str, effect: object, **details: str) -> None:
    entry = AuditEntry(TENANT, TENANT, action, object=about, details=details)
    store.database.write_blocking(with_leaf(entry, effect), urgent=True)


def enrolled(store: Store, name: str) -> list[str]:
    store.database.write_blocking(store.collections.create(TENANT, name, "m", "key"))
    vectors = np.eye(2, 128, dtype=np.float32)
    effect, ids = store.collections.add(TENANT, name, [Template("m", one) for one in vectors])
    store.database.write_blocking(effect)
    return ids


def there(store: Store, identity: str) -> bool:
    try:
        store.database.read_blocking(lambda c: store.vault.open(c, TENANT, identity))
    except NotFound:
        return False
    return True


def test_what_was_ended_after_the_backup_stays_ended(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "BATCH", 3)
    kept, erased, held, due = (load["put"](store) for _ in range(4))
    store.database.write_blocking(store.vault.hold(TENANT, held, "case 7"))
    live, dead = (
        store.database.write_blocking(lambda tx: store.credentials.create(tx, "deepidv", "x")) for _ in "12"
    )
    first, second = enrolled(store, "staff")
    enrolled(store, "guests")
    store.technicians.create("zaphod")
    file = backed_up(store, tmp_path / "file")
    store.technicians.remove("zaphod")
    noted(store, "masking.erase", erased, store.vault.erase(TENANT, erased))
    store.database.write_blocking(store.vault.hold(TENANT, held, ""))
    noted(store, "masking.erase", held, store.vault.erase(TENANT, held))
    store.database.write_blocking(
        lambda tx: tx.execute("UPDATE vault_record SET expires = 1 WHERE id = ?", (due_id(due),))
    )
    assert VaultUpkeep(store.database, store.vault).purge() == 1
    noted(store, "collection.remove", "staff", store.collections.remove(TENANT, "staff", first), record=first)
    noted(store, "collection.delete", "guests", store.collections.delete(TENANT, "guests", force=True))
    store.database.write_blocking(lambda tx: store.credentials.revoke(tx, dead.id))
    late = load["put"](store)
    noted(store, "masking.erase", late, store.vault.erase(TENANT, late))
    lost = exported(store, tmp_path / "lost.tar")

    told = restored(file, tmp_path / "new", lost)
    assert told.ended == 7
    assert told.adopted >= 8
    new = opened(tmp_path / "new")
    try:
        assert [there(new, one) for one in (kept, erased, held, due)] == [True, False, False, False]
        assert new.credentials.authenticate(live.secret, "deepidv")
        assert new.credentials.authenticate(dead.secret, "deepidv") is None
        assert [one.name for one in new.technicians.known()] == ["technician"]
        assert new.collections.get(TENANT, "staff").total_records == 1
        assert [one.name for one in new.collections.all(TENANT)] == ["staff"]
        with pytest.raises(NotFound):
            new.database.write_blocking(new.collections.remove(TENANT, "staff", first))
        new.database.write_blocking(new.collections.remove(TENANT, "staff", second))
        new.database.read_blocking(lambda c: new.checkpoints.check(c, deep=True))
        after = exported(new, tmp_path / "after.tar")
    finally:
        new.close()
    verifier = acknowledged["_verifier"]()
    verifier.verify(after, store.checkpoints.verifier_key, [verifier.note_in(str(lost))])


def test_without_the_export_it_is_back_and_auditors_see_two_ledgers(store: Store, tmp_path: Path) -> None:
    """Else the test above shows nothing."""
    identity = load["put"](store)
    file = backed_up(store, tmp_path / "file")
    noted(store, "masking.erase", identity, store.vault.erase(TENANT, identity))
    lost = exported(store, tmp_path / "lost.tar")
    restored(file, tmp_path / "new")
    new = opened(tmp_path / "new")
    try:
        assert there(new, identity)
        forked = exported(new, tmp_path / "forked.tar")
    finally:
        new.close()
    verifier = acknowledged["_verifier"]()
    verifier.verify(forked, store.checkpoints.verifier_key)
    with pytest.raises(verifier.Broken):
        verifier.verify(forked, store.checkpoints.verifier_key, [verifier.note_in(str(lost))])


def due_id(identity: str) -> bytes:
    return bytes.fromhex(identity.removeprefix("mask_"))


def test_an_export_that_does_not_fit_is_refused_and_nothing_is_restored(store: Store, tmp_path: Path) -> None:
    early = exported(store, tmp_path / "early.tar")
    load["put"](store)
    for number in range(5):
        store.database.commit_blocking(AuditEntry("a", "a", "b", object=str(number)))
    file = backed_up(store, tmp_path / "file")
    store.database.commit_blocking(AuditEntry("a", "a", "c"))
    right = exported(store, tmp_path / "right.tar").read_bytes()
    stranger = opened(tmp_path / "stranger")
    foreign = exported(stranger, tmp_path / "foreign.tar").read_bytes()
    stranger.close()
    before, after = right.index(b'"object":"3"'), right.index(b'"action":"c"')
    root = right.index(b"kycbox/", 1024 + 512) + 30
    wrongs = [
        early.read_bytes(),
        foreign,
        b"",
        bytes(2048),
        right[:-3000],
        *(right[:place] + b"~" + right[place + 1 :] for place in (before + 10, after + 10, root)),
    ]
    bad = tmp_path / "bad.tar"
    for number, content in enumerate(wrongs):
        bad.write_bytes(content)
        with pytest.raises(BackupRefused, match="--ledger") as caught:
            restored(file, tmp_path / "new", bad)
        assert caught.value.remedy, number
        restore.refuse_full(tmp_path / "new")
    (tmp_path / "bad.tar").write_bytes(right)
    assert restored(file, tmp_path / "new", bad).adopted == 2
