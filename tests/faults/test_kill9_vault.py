"""kill -9 while payloads are masked, unmasked, erased, and keys rotated: nothing lost, nothing twice."""

import json
import random
import runpy
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.domain.masking.payload import restore
from appliance.errors import KycboxError
from appliance.store.store import Store
from appliance.store.vault_upkeep import VaultUpkeep

HERE = Path(__file__).parent
acknowledged = runpy.run_path(str(HERE / "acknowledged.py"))
load = runpy.run_path(str(HERE / "vault_load.py"))
TENANT = load["TENANT"]


@dataclass
class Told:
    """What all runs said so far."""

    masked: dict[str, int] = field(default_factory=dict)
    unmasking: set[str] = field(default_factory=set)
    unmasked: set[str] = field(default_factory=set)
    erasing: dict[str, list[str]] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    past: set[str] = field(default_factory=set)
    rotated: int = 0
    wrong: list[str] = field(default_factory=list)

    def take(self, told: bytes) -> int:
        lines = told.split(b"\n")[:-1]
        for line in lines:
            ((kind, value),) = json.loads(line).items()
            if kind == "masked":
                self.masked[value["id"]] = value["seed"]
            elif kind == "erasing":
                self.erasing[value["id"]] = value["traces"] or []
            elif kind == "rotated":
                self.rotated += 1
            elif kind == "wrong":
                self.wrong.append(value)
            else:
                getattr(self, kind).add(value)
        return len(lines)


def leaves(store: Store) -> dict[str, list[str]]:
    """Objects of the leaves that went well, by action; of a purge the records it names."""
    rows = store.database.read_blocking(lambda c: c.rows("SELECT body FROM ledger_leaf ORDER BY seq"))
    found: dict[str, list[str]] = {}
    for (body,) in rows:
        leaf = json.loads(body)
        if leaf["outcome"] == "ok":
            named = leaf["details"].get("records")
            found.setdefault(leaf["action"], []).extend(named.split(",") if named else [leaf["object"]])
    return found


def opened(store: Store, identity: str) -> object:
    values = store.database.read_blocking(lambda c: store.vault.open(c, TENANT, identity))
    plain = {name: json.loads(value) for name, value in values.items()}
    return restore(plain.pop(""), plain)


def wrong(store: Store, told: Told, look_at: set[str]) -> list[str]:
    """Compare an opened store with what was told; name everything that does not fit."""
    found = [f"{one} came back otherwise" for one in told.wrong]
    rows = store.database.read_blocking(lambda c: c.rows("SELECT lower(hex(id)) FROM vault_record"))
    there = {f"mask_{row[0]}" for row in rows}
    found += [
        f"{one} was acknowledged and is lost" for one in told.masked.keys() - told.erasing.keys() - there
    ]
    found += [f"{one} was erased and is there" for one in told.erased & there]
    for one in sorted(look_at & there):
        try:
            if opened(store, one) != load["payload"](told.masked[one]):
                found.append(f"{one} opens to something else")
        except KycboxError as error:
            found.append(f"{one} does not open: {error}")
    on_record = leaves(store)
    begun = Counter(on_record.get("masking.apply", []) + on_record.get("vault.put", []))
    ended = Counter(on_record.get("masking.erase", []) + on_record.get("vault.purge", []))
    found += [f"{one} was done {count} times" for one, count in (begun | ended).items() if count > 1]
    if set(begun) - set(ended) != there:
        found.append(f"{len(there)} records, {len(set(begun) - set(ended))} by the ledger")
    unmasked = on_record.get("masking.unmask", [])
    found += [f"{one} was unmasked without a leaf" for one in told.unmasked - set(unmasked)]
    found += [f"{one} was unmasked on record, nobody asked" for one in set(unmasked) - told.unmasking]
    events = store.database.read_blocking(lambda c: c.rows("SELECT stream FROM outbox"))
    if Counter(unmasked) != Counter(row[0] for row in events):
        found.append(f"{len(unmasked)} unmaskings and {len(events)} events")
    return found + keys(store, on_record)


def keys(store: Store, on_record: dict[str, list[str]]) -> list[str]:
    """What is wrong with the wrapping keys."""
    vault = store.vault
    rows = store.database.read_blocking(
        lambda c: c.rows("SELECT id, destroyed_at IS NULL FROM vault_wrapping_key")
    )
    live = {number for number, lives in rows if lives}
    used = set(store.database.read_blocking(vault.counts).wrapping)
    found = []
    if used - live or live - set(vault.wrapping._keys):
        found.append(f"keys in use {used}, live {live}, in the file {set(vault.wrapping._keys)}")
    if len(rows) != 1 + len(on_record.get("vault.rotate", [])):
        found.append(f"{len(rows)} keys, {len(on_record.get('vault.rotate', []))} rotations on record")
    if len(rows) - len(live) != len(on_record.get("vault.destroy_key", [])):
        found.append(f"{len(rows) - len(live)} keys destroyed, other by the ledger")
    if set(vault.wrapping._keys) & ({number for number, _ in rows} - live):
        found.append("a destroyed key is still there")
    return found


def left(folder: Path, told: Told) -> list[str]:
    """Traces of erased records and of anything plain in any file of the data folder.

    SQLite wipes what it deletes, but where it moves a row to another page the old copy may stay in the gap:
    of 16,000 wrapped keys 2 did, of as many sealed rows 19. So a few are no fault, and more are.
    """
    files = b"\0".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    found = ["something plain is on disk"] if load["CANARY"].encode() in files else []
    for number, (kind, share) in enumerate((("wrapped keys", 0.001), ("sealed rows", 0.02))):
        traces = [bytes.fromhex(told.erasing[one][number]) for one in told.erased if told.erasing[one]]
        count = sum(trace in files for trace in traces)
        if count > 2 + share * len(traces):
            found.append(f"{count} {kind} of {len(traces)} erased records are still there")
    return found


@pytest.mark.parametrize(
    ("kills", "seed"),
    [
        pytest.param(30, 20261121, id="30", marks=pytest.mark.timeout(400)),
        *(
            pytest.param(50, seed, id=f"soak-{seed}", marks=[pytest.mark.soak, pytest.mark.timeout(1800)])
            for seed in range(10)
        ),
    ],
)
def test_nothing_is_lost_and_nothing_is_done_twice(tmp_path, kills, seed):
    chance = random.Random(seed)
    folder = tmp_path / "data"
    told = Told()
    command = [sys.executable, str(HERE / "vault_load.py"), str(folder)]
    for number in range(kills):
        before = set(told.masked)
        assert told.take(acknowledged["killed_run"](command, chance, longest=0.15)) > 0
        store = Store.open(folder, floor_bytes=0, ballast_bytes=65536, serving=False)
        try:
            fresh = set(told.masked) - before
            old = chance.sample(sorted(before), min(10, len(before)))
            looked = set(told.masked) if number == kills - 1 else fresh | set(old)
            assert wrong(store, told, looked) == [], f"after kill {number + 1}"
            assert left(folder, told) == [], f"after kill {number + 1}"
        finally:
            store.close()
    store = Store.open(folder, floor_bytes=0, ballast_bytes=65536, serving=False)
    try:
        upkeep = VaultUpkeep(store.database, store.vault)
        upkeep.finish_rotation()
        upkeep.purge()
        assert wrong(store, told, set(told.masked)) == []
        assert len(store.database.read_blocking(store.vault.counts).wrapping) == 1
        on_record = leaves(store)
        assert told.past <= set(on_record["vault.purge"])
        assert left(folder, told) == []
    finally:
        store.close()
    rotations = len(on_record["vault.rotate"])
    assert min(len(told.unmasked), len(told.erased), len(told.past), rotations) > 0
    print(
        f"{kills} kills: {len(told.masked)} masked, {len(told.unmasked)} unmasked, {len(told.erased)} erased,"
        f" {len(told.past)} purged, {rotations} rotations begun, {told.rotated} told: all right"
    )


def test_the_checker_sees_what_is_wrong(tmp_path):
    folder = tmp_path / "data"
    store = Store.open(folder, floor_bytes=0, ballast_bytes=65536)
    told = Told()

    def change(sql):
        store.database.write_blocking(lambda tx: tx.execute(sql))

    def put(seed):
        effect, identity = store.vault.put(
            TENANT, {"": json.dumps(load["payload"](seed)).encode()}, "load", expires=2**40
        )
        entry = load["AuditEntry"]("load", TENANT, "vault.put", object=identity)
        store.database.commit_blocking(entry, effect)
        return identity

    try:
        first, second = put(1), put(2)
        told.masked = {first: 1, second: 2}
        assert wrong(store, told, {first, second}) == []
        assert len(wrong(store, Told(masked={first: 3}), {first})) == 1
        told.unmasked = {first}
        assert len(wrong(store, told, set())) == 1
        told.unmasked = set()
        change("INSERT INTO vault_wrapping_key (check_value, created_at) VALUES (zeroblob(16), 1)")
        assert len(wrong(store, told, set())) == 2, "a key that is not in the file, and no rotation on record"
        change("DELETE FROM vault_wrapping_key WHERE id = 2")
        change("DELETE FROM vault_data_key WHERE record = 1")
        assert len(wrong(store, told, {first})) == 1
        change("DELETE FROM vault_record WHERE seq = 1")
        assert len(wrong(store, told, set())) == 2, "lost, and the ledger knows better"
        (folder / "stray").write_text(load["CANARY"])
        told.erased = {"mask_a", "mask_b", "mask_c"}
        told.erasing = {one: [b"kycbox b".hex(), b"nowhere".hex()] for one in told.erased}
        (folder / "trace").write_text("a kycbox b")
        assert len(left(folder, told)) == 2
    finally:
        store.close()
