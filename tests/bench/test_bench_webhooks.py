"""The queue of events under load: how fast it drains, and what it costs beside the bare posts."""

import asyncio
import json
import random
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from appliance.domain.webhook_target import parse_allowance, parse_target
from appliance.services.deliver import AT_ONCE_PER_LANE, Deliverer
from appliance.services.webhook_post import Poster
from appliance.store import outbox
from appliance.store.store import Store
from tests.receiver import answering, receiving

BODY_BYTES = 300


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def wall(self):
        return datetime(2026, 2, 3, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def uptime(self):
        return 1000.0 + self.seconds


def opened(folder, clock):
    store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
    poster = Poster(seconds=2.0)
    chance = random.Random(3)
    deliverer = Deliverer(
        store.database,
        store.webhooks,
        poster,
        wall=clock.wall,
        uptime=clock.uptime,
        chance=chance.random,
    )
    return store, poster, deliverer


def fill(store, clock, port, streams, each):
    """Queue `streams` x `each` events, interleaved, with the box as fast as it goes; returns seconds."""

    def setting(transaction):
        store.webhooks.allow(transaction, f"127.0.0.1:{port}")
        return store.webhooks.put(transaction, "recspace", "", f"http://127.0.0.1:{port}/").id

    endpoint, now = store.database.write_blocking(setting), clock.wall()
    pairs = [(stream, number) for number in range(each) for stream in range(streams)]
    began = time.perf_counter()
    for start in range(0, len(pairs), 1000):

        def enqueue(transaction, some=tuple(pairs[start : start + 1000])):
            for stream, number in some:
                body = json.dumps({"s": stream, "n": number, "pad": "x" * BODY_BYTES}).encode()
                event = outbox.Event("recspace", "t", f"s{stream}", "kyc.completed", "", body, endpoint)
                outbox.enqueue(transaction, event, now=now)

        store.database.write_blocking(enqueue)
    return time.perf_counter() - began


@pytest.mark.bench
@pytest.mark.timeout(600)
async def test_drain_beside_bare_posts(tmp_path):
    count = 3000
    async with receiving() as receiver:
        poster, places = Poster(), asyncio.Semaphore(AT_ONCE_PER_LANE)
        target = parse_target(f"http://127.0.0.1:{receiver.port}/")
        allowed = [parse_allowance(f"127.0.0.1:{receiver.port}")]

        async def bare():
            async with places:
                await poster.post(target, allowed, {"Content-Type": "application/json"}, b"x" * BODY_BYTES)

        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(bare() for _ in range(count)))
        bare_rate, bare_cpu = count / (time.perf_counter() - began), (time.process_time() - cpu) / count
        poster.close()
        receiver.got.clear()

        clock = Clock()
        store, poster, deliverer = opened(tmp_path / "data", clock)
        fill(store, clock, receiver.port, count // 10, 10)
        began, cpu = time.perf_counter(), time.process_time()
        await deliverer.run()
        rate, spent = count / (time.perf_counter() - began), (time.process_time() - cpu) / count
        assert len(receiver.got) == count
        assert store.database.read_blocking(outbox.waiting) == 0
        poster.close()
        store.close()
    print(
        f"\ndrain {rate:.0f}/s, bare posts {bare_rate:.0f}/s: {rate / bare_rate:.2f}x;"
        f" processor {spent * 1e3:.2f} ms an event beside {bare_cpu * 1e3:.2f} ms, receiver included;"
        f" {spent * 50:.1%} of a core at 50/s"
    )
    assert rate >= 50


@pytest.mark.bench
@pytest.mark.timeout(600)
async def test_a_long_queue_is_as_quick_as_a_short_one(tmp_path):
    """Looking for what is due, with 100 and with 100,000 events waiting."""
    seconds = {}
    for streams, each in ((100, 1), (1000, 100), (1, 20_000)):
        clock = Clock()
        store, poster, _ = opened(tmp_path / f"{streams}", clock)
        filled = fill(store, clock, 9, streams, each)

        def look(connection, now=clock.wall()):  # noqa: B008  the same moment for every look
            return [outbox.due(connection, lane, now, 16) for lane in outbox.lanes(connection)]

        store.database.read_blocking(look)
        began = time.perf_counter()
        for _ in range(50):
            found = store.database.read_blocking(look)
        seconds[streams * each] = (time.perf_counter() - began) / 50
        assert len(found) == 1
        assert len(found[0]) == min(streams, 16)
        print(f"\n{streams * each} events queued at {streams * each / filled:.0f}/s", end="")
        poster.close()
        store.close()
    print(", a look takes " + ", ".join(f"{s * 1e3:.2f} ms of {n}" for n, s in seconds.items()))
    assert seconds[100_000] < 5 * seconds[100] + 0.002


@pytest.mark.soak
@pytest.mark.timeout(7200)
async def test_a_hundred_thousand_events_after_thirty_days_down(tmp_path):
    """Endpoint down for thirty days, then slow, failing, flapping: all arrive, in order per session."""
    streams, each = 2000, 50
    clock, chance, mood = Clock(), random.Random(6), ["good"]
    store, poster, deliverer = opened(tmp_path / "data", clock)
    arrived, seen = defaultdict(list), set()

    async def moody(receiver, got, writer):
        how = mood[0]
        if how == "slow":
            await asyncio.sleep(0.05)
        if how == "failing" or (how == "flapping" and chance.random() < 0.3):
            await answering(chance.choice((500, 429, 503)))(receiver, got, writer)
            return
        body = json.loads(got.body)
        if got.headers["webhook-id"] not in seen:
            seen.add(got.headers["webhook-id"])
            arrived[body["s"]].append(body["n"])
        receiver.got.clear()
        await answering(200)(receiver, got, writer)

    async with receiving() as receiver:
        port = receiver.port
    fill(store, clock, port, streams, each)
    cpu = time.process_time()
    for _ in range(30 * 24):
        clock.seconds += 3600.0
        await deliverer.run()
    offline_cpu = time.process_time() - cpu
    assert store.database.read_blocking(outbox.waiting) == streams * each
    assert deliverer.met["failed"] == 0
    began, cpu, delivered = time.perf_counter(), time.process_time(), 0
    async with receiving(moody, port=port) as receiver:
        while store.database.read_blocking(outbox.waiting):
            mood[0] = chance.choice(("good", "good", "slow", "flapping", "failing"))
            clock.seconds += 30.0
            task = asyncio.create_task(deliverer.run())
            await asyncio.wait({task}, timeout=10.0)
            while not task.done():
                mood[0] = chance.choice(("good", "slow", "flapping"))
                clock.seconds += 10.0
                await asyncio.wait({task}, timeout=10.0)
            await task
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    delivered = deliverer.met["delivered"]
    assert store.database.read_blocking(outbox.dead) == 0
    assert all(each_stream == list(range(each)) for each_stream in arrived.values())
    assert len(arrived) == streams
    print(
        f"\n{delivered} delivered, {deliverer.met['failed']} failed tries in {wall:.0f} s:"
        f" {delivered / wall:.0f}/s,"
        f" {spent / wall:.0%} of a core at that rate, {spent / delivered * 50:.1%} at 50/s;"
        f" thirty days offline took {offline_cpu:.1f} s of processor"
    )
    assert delivered == streams * each
    assert delivered / wall >= 50
    poster.close()
    store.close()
