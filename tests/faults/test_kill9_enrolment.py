"""kill -9 while faces are enrolled and removed: each acknowledged record is found after the restart, once."""

import json
import random
import runpy
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.store.store import Store

HERE = Path(__file__).parent
acknowledged = runpy.run_path(str(HERE / "acknowledged.py"))
load = runpy.run_path(str(HERE / "enrol_load.py"))
face = load["face"]


@dataclass
class Told:
    """What all runs said so far: record ids by what happened to them."""

    seeds: dict[str, int] = field(default_factory=dict)
    place: dict[str, str] = field(default_factory=dict)
    batches: list[list[str]] = field(default_factory=list)
    added: set[str] = field(default_factory=set)
    removing: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    missed: list[str] = field(default_factory=list)

    def take(self, told: bytes) -> int:
        lines = told.split(b"\n")[:-1]
        for line in lines:
            ((kind, value),) = json.loads(line).items()
            if kind == "adding":
                self.seeds.update(value["records"])
                self.place.update(dict.fromkeys(value["records"], value["collection"]))
                self.batches.append(list(value["records"]))
            elif kind == "added":
                self.added.update(value)
            elif kind == "missed":
                self.missed.append(value)
            else:
                getattr(self, kind).add(value)
        return len(lines)

    @property
    def standing(self) -> set[str]:
        """Records that have to be there."""
        return self.added - self.removing


def wrong(store: Store, told: Told) -> list[str]:
    """Compare an opened store with what was told; name everything that does not fit."""
    rows = store.database.read_blocking(
        lambda connection: connection.rows(
            "SELECT lower(hex(r.id)), c.name FROM face_record r JOIN face_collection c ON c.id = r.collection"
        )
    )
    stored = dict(rows)
    there = {one for one in told.seeds if one.replace("-", "") in stored}
    found = [f"{one} was acknowledged and is lost" for one in told.standing - there]
    found += [f"{one} was removed and is there" for one in told.removed & there]
    found += [f"{one} was not visible once acknowledged" for one in told.missed]
    if len(stored) != len(there):
        found.append(f"{len(stored) - len(there)} records that nobody began to add")
    for batch in told.batches:
        kept = [one for one in batch if one in there or one in told.removing]
        if kept and len(kept) != len(batch):
            found.append(f"{len(kept)} of the {len(batch)} records of one call are there")
    held = {one.name: one.total_records for one in store.collections.all("load")}
    if Counter(stored.values()) != Counter(held):
        found.append(f"in RAM {held}, on disk {dict(Counter(stored.values()))}")
    return found


def not_found(store: Store, told: Told, records: set[str]) -> list[str]:
    """Search each of the records: it is the best hit, with cosine 1, and it is a hit once."""
    found = []
    for one in records:
        hits = store.collections.search("load", told.place[one], face(told.seeds[one]), 3)
        alike = [hit.record_id for hit in hits if hit.cosine > 0.999]
        if alike != [one]:
            found.append(f"{one}: search gives {alike}")
    return found


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(12, id="12"),
        pytest.param(200, id="200", marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
)
def test_each_acknowledged_record_is_found_once(tmp_path, kills):
    chance = random.Random(20261121)
    folder = tmp_path / "data"
    told = Told()
    command = [sys.executable, str(HERE / "enrol_load.py"), str(folder)]
    for number in range(kills):
        before = set(told.added)
        assert told.take(acknowledged["killed_run"](command, chance, longest=0.15)) > 0
        store = Store.open(folder, floor_bytes=0, ballast_bytes=65536)
        try:
            assert wrong(store, told) == [], f"after kill {number + 1}"
            fresh = told.standing - before
            old = chance.sample(sorted(told.standing & before), min(20, len(told.standing & before)))
            searched = told.standing if number == kills - 1 else fresh | set(old)
            assert not_found(store, told, searched) == [], f"after kill {number + 1}"
        finally:
            store.close()
    assert len(told.standing) > kills
    assert told.removed
    print(f"{kills} kills, {len(told.added)} acknowledged, {len(told.removed)} of them removed: all right")


def test_the_checker_sees_what_is_wrong(tmp_path):
    store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=65536)
    try:
        store.database.write_blocking(store.collections.create("load", "staff", load["MODEL"], "x"))
        effect, ids = store.collections.add("load", "staff", [face(1), face(2), face(2)])
        store.database.write_blocking(effect)
        records = dict(zip(ids, (1, 2, 2), strict=True))
        told = Told()
        told.take(json.dumps({"adding": {"collection": "staff", "records": records}}).encode() + b"\n{cut")
        told.added = set(ids)
        assert wrong(store, told) == []
        assert not_found(store, told, {ids[0]}) == []
        assert len(not_found(store, told, set(ids))) == 2, "the same face twice"
        told.removed = told.removing = {ids[0]}
        assert wrong(store, told) == [f"{ids[0]} was removed and is there"]
        told.removed, told.removing = set(), set()
        store.database.write_blocking(lambda tx: tx.execute("DELETE FROM face_record WHERE seq = 1"))
        assert len(wrong(store, told)) == 3, "lost, a batch in part, and RAM and disk differ"
    finally:
        store.close()
