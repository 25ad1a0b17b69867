"""The queue against real endpoints that fail, flap, stall and come back, with a clock that the test turns."""

import asyncio
import json
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from appliance.domain.webhook import MOST_TRIES, Met
from appliance.domain.webhook_signing import plain_signature
from appliance.errors import Busy, StorageFull
from appliance.services import deliver
from appliance.services.deliver import Deliverer
from appliance.services.webhook_post import Outcome, Poster
from appliance.store import outbox
from appliance.store.store import Store
from tests.receiver import Receiver, answering, receiving, silent

SECRET = "a secret of the bank"
HOUR, DAY = 3600.0, 86_400.0


class Clock:
    """Wall clock and monotonic clock, moved together."""

    def __init__(self):
        self.seconds = 0.0
        self.jumped = timedelta()

    def wall(self):
        return datetime(2026, 2, 3, tzinfo=UTC) + timedelta(seconds=self.seconds) + self.jumped

    def uptime(self):
        return 1000.0 + self.seconds


class Bank:
    """A store, a queue and its deliverer; endpoints by name."""

    def __init__(self, folder, poster=None):
        self.clock = Clock()
        self.store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
        self.poster = poster or Poster(seconds=1.0)
        self.deliverer = self.new_deliverer()
        self.count = 0

    def new_deliverer(self):
        chance = random.Random(11)
        return Deliverer(
            self.store.database,
            self.store.webhooks,
            self.poster,
            wall=self.clock.wall,
            uptime=self.clock.uptime,
            chance=chance.random,
        )

    async def endpoint(self, port, tenant=""):
        def put(transaction):
            self.store.webhooks.allow(transaction, f"127.0.0.1:{port}")
            url = f"http://127.0.0.1:{port}/hook"
            return self.store.webhooks.put(transaction, "recspace", tenant, url, SECRET).id

        return await self.store.database.write(put)

    async def happen(self, endpoint, stream="kyc_1", count=1):
        """Queue events; returns their numbers."""
        numbers = [self.count + n for n in range(count)]
        self.count += count
        now = self.clock.wall()

        def enqueue(transaction):
            for number in numbers:
                body = json.dumps({"event": "kyc.completed", "session_id": stream, "n": number}).encode()
                event = outbox.Event("recspace", "t", stream, "kyc.completed", "", body, endpoint)
                outbox.enqueue(transaction, event, now=now)

        await self.store.database.write(enqueue)
        return numbers

    async def pass_time(self, seconds, step=60.0):
        """Let time go by, with a tick at every step."""
        until = self.clock.seconds + seconds
        while self.clock.seconds < until:
            self.clock.seconds += min(step, until - self.clock.seconds)
            await self.deliverer.run()

    def states(self):
        rows = self.store.database.read_blocking(
            lambda c: c.rows("SELECT state, count(*) FROM outbox GROUP BY state")
        )
        return dict(rows)

    def attempts(self):
        rows = self.store.database.read_blocking(lambda c: c.rows("SELECT attempts FROM outbox ORDER BY seq"))
        return [row[0] for row in rows]

    def close(self):
        self.poster.close()
        self.store.close()


@pytest.fixture
def bank(tmp_path):
    bank = Bank(tmp_path / "data")
    yield bank
    bank.close()


def numbers(receiver: Receiver) -> list[int]:
    return [json.loads(got.body)["n"] for got in receiver.got]


async def test_an_event_arrives_signed(bank):
    async with receiving() as receiver:
        await bank.happen(await bank.endpoint(receiver.port))
        await bank.deliverer.run()
    (got,) = receiver.got
    assert got.path == "/hook"
    assert got.headers["x-recspace-signature"] == plain_signature(SECRET, got.body)
    assert got.headers["x-recspace-attempt"] == "1"
    assert got.headers["webhook-id"] == got.headers["x-recspace-delivery"]
    assert bank.states() == {"delivered": 1}
    await bank.deliverer.run()
    assert len(receiver.got) == 1


async def test_tries_come_at_the_published_times_with_identical_bytes(bank):
    async with receiving(answering(500)) as receiver:
        await bank.happen(await bank.endpoint(receiver.port))
        times = []
        for _ in range(int(9 * HOUR / 5)):
            before = len(receiver.got)
            await bank.deliverer.run()
            if len(receiver.got) > before:
                times.append(bank.clock.seconds)
            bank.clock.seconds += 5.0
    gaps = [after - before for before, after in pairwise(times)]
    for gap, nominal in zip(gaps, [10, 60, 300, 1800, 7200, 21600], strict=False):
        assert 0.8 * nominal <= gap <= 1.2 * nominal + 5.0
    assert len(gaps) == 6
    assert len({got.body for got in receiver.got}) == 1
    assert len({got.headers["x-recspace-delivery"] for got in receiver.got}) == 1
    assert len({got.headers["x-recspace-signature"] for got in receiver.got}) == 1
    assert [got.headers["x-recspace-attempt"] for got in receiver.got] == [str(n) for n in range(1, 8)]


async def test_after_thirty_days_of_failure_an_event_is_a_dead_letter_and_can_be_sent_again(bank):
    async with receiving(answering(400)) as receiver:
        endpoint = await bank.endpoint(receiver.port)
        (first, second) = await bank.happen(endpoint, count=2)
        await bank.pass_time(29 * DAY, step=HOUR)
        assert bank.states() == {"pending": 2}
        await bank.pass_time(8 * DAY, step=HOUR)
        assert bank.states() == {"pending": 1, "dead": 1}
        assert numbers(receiver).count(first) == MOST_TRIES
        receiver.behave = answering(200)
        await bank.pass_time(2 * DAY, step=HOUR)
        assert numbers(receiver)[-1] == second
        (letter,) = bank.store.database.read_blocking(outbox.dead_letters)
        assert (letter.answer, letter.failures) == ("http_400", MOST_TRIES)
        now = bank.clock.wall()
        await bank.store.database.write(lambda tx: outbox.resend(tx, letter.id, now))
        await bank.deliverer.run()
        assert numbers(receiver)[-1] == first
        assert receiver.got[-1].body == receiver.got[0].body
        assert receiver.got[-1].headers["webhook-id"] == receiver.got[0].headers["webhook-id"]
    assert bank.states() == {"delivered": 2}


async def test_time_without_a_network_is_no_try(bank):
    """Thirty days in which nothing listens anywhere: no try counts, nothing dies, all arrives in order."""
    async with receiving() as receiver:
        port = receiver.port
    endpoint = await bank.endpoint(port)
    for stream in ("a", "b", "c"):
        await bank.happen(endpoint, stream, count=5)
    await bank.pass_time(30 * DAY, step=HOUR)
    assert bank.states() == {"pending": 15}
    assert set(bank.attempts()) == {0}
    async with receiving(port=port) as receiver:
        await bank.pass_time(120.0, step=10.0)
        assert bank.states() == {"delivered": 15}
        assert [got.headers["x-recspace-attempt"] for got in receiver.got] == ["1"] * 15
        assert sorted(numbers(receiver)) == list(range(15))
    arrived = defaultdict(list)
    for got in receiver.got:
        body = json.loads(got.body)
        arrived[body["session_id"]].append(body["n"])
    assert all(each == sorted(each) for each in arrived.values())


async def test_offline_targets_are_probed_singly(bank):
    async with receiving() as receiver:
        endpoint = await bank.endpoint(receiver.port)
    for number in range(100):
        await bank.happen(endpoint, f"s{number}")
    await bank.pass_time(HOUR, step=5.0)
    assert bank.deliverer.met["offline"] <= 100  # of 720 ticks; the first burst is one lane wide
    assert bank.deliverer.met["failed"] == 0


async def test_a_target_that_refuses_while_another_answers_is_at_fault_itself(bank):
    async with receiving() as gone:
        pass
    async with receiving() as there:
        good, bad = await bank.endpoint(there.port, "good"), await bank.endpoint(gone.port, "bad")
        for step in range(20):
            await bank.happen(good, f"g{step}")
            if step == 5:
                await bank.happen(bad, "b")
            await bank.pass_time(20.0, step=5.0)
    assert bank.deliverer.met["failed"] > 0
    assert bank.store.database.read_blocking(
        lambda c: c.row("SELECT attempts > 0 FROM outbox WHERE stream = 'b'")
    ) == (1,)


class Unplugged(Poster):
    """A machine without a cable: connect() finds no route, as far as the box can tell."""

    def __init__(self):
        super().__init__(seconds=1.0)
        self.plugged = False

    async def post(self, target, allowances, headers, body):
        if not self.plugged:
            return Outcome(Met.NO_ROUTE, "no_route")
        return await super().post(target, allowances, headers, body)


async def test_no_route_is_never_a_try_even_where_others_answered(tmp_path):
    poster = Unplugged()
    bank = Bank(tmp_path / "data", poster)
    async with receiving() as receiver:
        endpoint = await bank.endpoint(receiver.port)
        poster.plugged = True
        await bank.happen(endpoint)
        await bank.deliverer.run()
        poster.plugged = False
        await bank.happen(endpoint)
        await bank.pass_time(5 * DAY, step=600.0)
        assert bank.attempts() == [1, 0]
        poster.plugged = True
        await bank.pass_time(75.0, step=5.0)  # the longest pause between probes
        assert numbers(receiver) == [0, 1]
    bank.close()


async def test_a_stalled_endpoint_does_not_hold_up_another(bank):
    async with receiving(silent) as stalled, receiving() as good:
        slow, fast = await bank.endpoint(stalled.port, "slow"), await bank.endpoint(good.port, "fast")
        for number in range(60):
            await bank.happen(slow, f"s{number}")
        for number in range(60):
            await bank.happen(fast, f"f{number}")
        task = asyncio.create_task(bank.deliverer.run())
        for _ in range(400):  # less than the stalled endpoint is waited for
            await asyncio.sleep(0.02)
            if len(good.got) == 60:
                break
        assert len(good.got) == 60
        assert stalled.most_open <= deliver.AT_ONCE_PER_LANE
        assert good.most_open <= deliver.AT_ONCE_PER_LANE
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not bank.deliverer._flying


async def test_one_event_that_is_refused_does_not_hold_up_the_others(bank):
    async def picky(receiver, got, writer):
        status = 422 if json.loads(got.body)["session_id"] == "poison" else 200
        await answering(status)(receiver, got, writer)

    async with receiving(picky) as receiver:
        endpoint = await bank.endpoint(receiver.port)
        await bank.happen(endpoint, "poison", count=2)
        for number in range(40):
            await bank.happen(endpoint, f"s{number}")
        await bank.deliverer.run()
        assert bank.states() == {"pending": 2, "delivered": 40}
        assert numbers(receiver).count(1) == 0  # its predecessor has not been taken


async def test_two_thousand_events_over_a_flapping_failing_slow_endpoint(bank):
    chance = random.Random(4)
    up = False

    async def flapping(receiver, got, writer):
        if not up:
            await answering(503)(receiver, got, writer)
        elif chance.random() < 0.1:
            writer.transport.abort()
        elif chance.random() < 0.1:
            await answering(429, "Retry-After: 5\r\n")(receiver, got, writer)
        else:
            taken[got.headers["webhook-id"]].append(json.loads(got.body))
            order.append(json.loads(got.body))
            await asyncio.sleep(0.002)
            await answering(200)(receiver, got, writer)

    taken, order = defaultdict(list), []
    async with receiving(flapping) as receiver:
        endpoint = await bank.endpoint(receiver.port)
        for number in range(200):
            await bank.happen(endpoint, f"s{number}", count=10)
        while bank.states().get("pending"):
            up = chance.random() < 0.7
            await bank.pass_time(600.0, step=60.0)
            assert bank.clock.seconds < 30 * DAY
    assert bank.states() == {"delivered": 2000}
    assert len(taken) == 2000
    arrived = defaultdict(list)
    for body in order:
        arrived[body["session_id"]].append(body["n"])
    assert all(list(dict.fromkeys(each)) == sorted(set(each)) for each in arrived.values())


async def test_a_new_address_gets_what_waits_for_the_old_one(bank):
    async with receiving(answering(500)) as old, receiving() as new:
        endpoint = await bank.endpoint(old.port)
        await bank.happen(endpoint)
        await bank.deliverer.run()
        assert await bank.endpoint(new.port) == endpoint
        await bank.pass_time(15.0, step=5.0)
        assert (len(old.got), len(new.got)) == (1, 1)


async def test_a_target_that_is_not_allowed_any_more_is_not_called(bank):
    async with receiving() as receiver:
        endpoint = await bank.endpoint(receiver.port)
        entry = f"127.0.0.1:{receiver.port}"
        await bank.store.database.write(lambda tx: bank.store.webhooks.disallow(tx, entry))
        await bank.happen(endpoint)
        await bank.deliverer.run()
        assert receiver.got == []
        assert bank.attempts() == [1]


async def test_the_endpoint_may_ask_for_more_time(bank):
    async with receiving(answering(503, "Retry-After: 3000\r\n")) as receiver:
        await bank.happen(await bank.endpoint(receiver.port))
        await bank.pass_time(2990.0, step=30.0)
        assert len(receiver.got) == 1
        await bank.pass_time(60.0, step=30.0)
        assert len(receiver.got) == 2


@pytest.mark.parametrize("years", [-10, 10])
async def test_a_clock_that_jumps_holds_nothing_up_and_kills_nothing(bank, years):
    async with receiving(answering(500)) as receiver:
        await bank.happen(await bank.endpoint(receiver.port))
        await bank.deliverer.run()
        bank.clock.jumped = timedelta(days=365 * years)
        await bank.pass_time(30.0, step=1.0)
        assert len(receiver.got) >= 2
        assert bank.states() == {"pending": 1}
        receiver.behave = answering(200)
        await bank.pass_time(HOUR, step=30.0)
        assert bank.states() == {"delivered": 1}


async def test_a_full_disk_does_not_turn_into_a_flood_of_repeats(bank, monkeypatch):
    """What is delivered and cannot be noted is sent again, but not at every tick."""

    async def full(*_arguments, **_options):
        raise StorageFull("no room")

    async with receiving() as receiver:
        await bank.happen(await bank.endpoint(receiver.port))
        await bank.deliverer.run()
        await bank.happen(await bank.endpoint(receiver.port))
        with monkeypatch.context() as patch:
            patch.setattr(type(bank.store.database), "write", full)
            await bank.pass_time(600.0, step=1.0)
        assert 2 <= len(receiver.got) <= 30
        await bank.pass_time(120.0, step=5.0)
        assert bank.states() == {"delivered": 2}


async def test_an_endpoint_whose_secret_was_changed_on_disk_stops_no_other(bank):
    async with receiving() as receiver:
        broken, good = (
            await bank.endpoint(receiver.port, "broken"),
            await bank.endpoint(receiver.port, "good"),
        )
        sql = "UPDATE webhook_endpoint SET secret = x'00' WHERE id = ?"
        await bank.store.database.write(lambda tx: tx.execute(sql, (broken,)))
        await bank.happen(broken, "b")
        await bank.happen(good, "g")
        await bank.deliverer.run()
        assert numbers(receiver) == [1]
    assert bank.states() == {"pending": 1, "delivered": 1}


async def test_a_busy_database_breaks_off_nothing_in_flight(bank, monkeypatch):
    async def slow(receiver, got, writer):
        await asyncio.sleep(0.3)
        await answering(200)(receiver, got, writer)

    async with receiving(slow) as receiver:
        endpoint = await bank.endpoint(receiver.port)
        await bank.happen(endpoint)
        ready, calls = Deliverer._ready, []

        async def busy(self):
            calls.append(1)
            if len(calls) == 2:
                raise Busy("too many queries wait")
            return await ready(self)

        monkeypatch.setattr(Deliverer, "_ready", busy)
        monkeypatch.setattr(deliver, "LOOK_SECONDS", 0.05)
        await bank.deliverer.run()
        assert len(calls) > 2
        assert len(receiver.got) == 1
    assert bank.states() == {"delivered": 1}


async def test_what_was_delivered_long_ago_is_forgotten(bank):
    async with receiving() as receiver:
        await bank.happen(await bank.endpoint(receiver.port), count=3)
        await bank.deliverer.run()
        await bank.deliverer.forget()
        assert bank.states() == {"delivered": 3}
        bank.clock.seconds += 8 * DAY
        await bank.deliverer.forget()
    assert bank.states() == {}
