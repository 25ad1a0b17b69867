"""kill -9 while events are made and delivered: none lost, none out of order, repeats with the same bytes."""

import asyncio
import json
import random
import runpy
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from appliance.services.deliver import Deliverer
from appliance.services.webhook_post import Poster
from appliance.store import outbox
from appliance.store.store import Store
from tests.receiver import receiving

HERE = Path(__file__).parent
killed_run = runpy.run_path(str(HERE / "acknowledged.py"))["killed_run"]


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(6, id="6"),
        pytest.param(500, id="500", marks=[pytest.mark.soak, pytest.mark.timeout(7200)]),
    ],
)
async def test_every_acknowledged_event_arrives_in_order(tmp_path, kills):
    chance = random.Random(20261121)
    folder, made = tmp_path / "data", []
    async with receiving() as receiver:
        for run in range(kills):
            command = [
                sys.executable,
                str(HERE / "webhook_load.py"),
                str(folder),
                str(receiver.port),
                str(run),
            ]
            told = await asyncio.to_thread(killed_run, command, chance, longest=0.5)
            made += [tuple(json.loads(line)) for line in told.split(b"\n")[:-1]]
        before_the_last = len(receiver.got)
        store = Store.open(folder, floor_bytes=0, ballast_bytes=65536, serving=False)
        poster = Poster()
        await Deliverer(store.database, store.webhooks, poster).run()
        assert store.database.read_blocking(outbox.waiting) == 0
        leaves = store.database.read_blocking(
            lambda c: c.row("SELECT count(*) FROM ledger_leaf WHERE instr(body, 'event.made') > 0")[0]
        )
        rows = store.database.read_blocking(lambda c: c.row("SELECT count(*) FROM outbox")[0])
        poster.close()
        store.close()
    arrived, bytes_of = defaultdict(list), defaultdict(set)
    for got in receiver.got:
        body = json.loads(got.body)
        arrived[body["session_id"]].append((body["run"], body["n"]))
        bytes_of[got.headers["webhook-id"]].add(got.body)
    assert before_the_last > 0
    assert leaves == rows == len(bytes_of)
    assert all(len(bodies) == 1 for bodies in bytes_of.values())
    for stream, run, number in made:
        assert (run, number) in arrived[stream], (stream, run, number)
    for stream, each in arrived.items():
        first = list(dict.fromkeys(each))
        assert first == sorted(first), stream
    print(f"{kills} kills, {len(made)} acknowledged, {len(receiver.got)} posts for {rows} events")
