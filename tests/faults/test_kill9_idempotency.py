"""kill -9 in the middle of calls with idempotency keys: nothing half done, nothing done twice."""

import asyncio
import json
import random
import runpy
import sys
from collections import Counter
from pathlib import Path

import pytest

from appliance.services.idempotent import Idempotency
from appliance.store import outbox
from appliance.store.idempotency import IdempotentAnswers
from appliance.store.store import Store

HERE = Path(__file__).parent
killed_run = runpy.run_path(str(HERE / "acknowledged.py"))["killed_run"]
once = runpy.run_path(str(HERE / "idempotent_load.py"))["once"]


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(6, id="6"),
        pytest.param(500, id="500", marks=[pytest.mark.soak, pytest.mark.timeout(7200)]),
    ],
)
async def test_each_key_acts_once_however_often_the_box_dies(tmp_path, kills):
    chance = random.Random(20261122)
    folder, begun, answered = tmp_path / "data", [], {}
    for run in range(kills):
        command = [sys.executable, str(HERE / "idempotent_load.py"), str(folder), f"r{run}"]
        told = await asyncio.to_thread(killed_run, command, chance, longest=0.3)
        for line in told.split(b"\n")[:-1]:
            ((kind, value),) = json.loads(line).items()
            if kind == "begun":
                begun += value
            else:
                assert answered.setdefault(value[0], value[1]) == value[1]
    store = Store.open(folder, floor_bytes=0, ballast_bytes=65536, serving=False)
    idempotency = Idempotency(store.database, IdempotentAnswers(store.keys.idempotency))
    assert answered
    again = [await once(store, idempotency, key, "again") for key in begun]
    replayed = sum(each for _, each in again)
    for key, (answer, was_replayed) in zip(begun, again, strict=True):
        assert answer.body.decode() == answered.get(key, answer.body.decode())
        assert was_replayed or key not in answered
    read = store.database.read_blocking
    effects = dict(read(lambda c: c.rows("SELECT name, value FROM box_setting WHERE name LIKE 'effect.%'")))
    leaves = Counter(
        body["object"]
        for body in (json.loads(row[0]) for row in read(lambda c: c.rows("SELECT body FROM ledger_leaf")))
        if body["action"] == "load.apply"
    )
    events = dict(read(lambda c: c.rows("SELECT stream, count(*) FROM outbox GROUP BY stream")))
    assert effects == {f"effect.{key}": "1" for key in begun}
    assert leaves == dict.fromkeys(begun, 1)
    assert events == dict.fromkeys(begun, 1)
    assert read(outbox.waiting) == len(begun)
    store.close()
    print(f"{kills} kills, {len(begun)} keys, {len(answered)} answered, {replayed} replayed, none twice")
