"""A call that is sent again under its key acts once and is answered with the same bytes."""

import asyncio
import json

import pytest

from appliance.domain.credential import Principal
from appliance.errors import IdempotencyMismatch, InvalidRequest, NotFound, RateLimited, StorageFailed
from appliance.services.audit import Audit
from appliance.services.call import Caller
from appliance.services.idempotent import Idempotency, Keyed
from appliance.services.metrics import Metrics
from appliance.services.webhooks import Webhooks
from appliance.store import box_settings, outbox
from appliance.store.idempotency import KEPT_SECONDS, Answer, IdempotentAnswers
from appliance.store.store import Store


class Bench:
    """A store with a use case that counts how often it acted."""

    def __init__(self, folder):
        self.now = 1_700_000_000.0
        self.store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
        self.database = self.store.database
        self.answers = IdempotentAnswers(self.store.keys.idempotency)
        self.idempotency = Idempotency(self.database, self.answers, lambda: self.now)
        self.audit = Audit(self.database, Metrics())
        self.webhooks = Webhooks(self.store.webhooks)
        self.acted = 0
        self.before_commit = asyncio.sleep

    def caller(self, number=0, credential="cred_a"):
        return Caller(Principal(credential, "t", "recspace", frozenset(), "scale"), f"req_{number}")

    def keyed(self, key="k1", body=b"{}", path="/v1/masking/apply", method="POST"):
        return Keyed(method, path, key, self.idempotency.fingerprint(body))

    async def apply(self, request, caller=None, status=200):
        """The use case: an effect, a leaf, an event and an answer that shows which run made it."""
        caller = caller or self.caller()

        async def act(claim):
            self.acted += 1
            run = self.acted
            await self.before_commit(0)
            if status >= 400:
                return Answer(status, (), f"refused in run {run}".encode())

            def effect(transaction):
                known = box_settings.get(transaction, "test.effects") or "0"
                box_settings.put(transaction, "test.effects", str(int(known) + 1))
                body = {"event": "masking.unmasked", "mask_id": f"msk_{run}"}
                self.webhooks.tell(
                    transaction, "recspace", "t", stream="s", body=body, url="https://a.example/"
                )
                return run

            def render(value):
                return Answer(status, (("X-Request-Id", caller.request_id),), b"made in run %d" % value)

            await self.audit.succeeded(caller, "masking.apply", effect=claim.joined(effect, render))
            return claim.answer

        return await self.idempotency.once(caller, request, act)

    def effects(self):
        return int(self.database.read_blocking(lambda c: box_settings.get(c, "test.effects")) or 0)

    def leaves(self):
        rows = self.database.read_blocking(lambda c: c.rows("SELECT body FROM ledger_leaf"))
        return sum(json.loads(row[0])["action"] == "masking.apply" for row in rows)

    def kept(self):
        return self.database.read_blocking(lambda c: c.row("SELECT count(*) FROM idempotent_answer")[0])

    def events(self):
        return self.database.read_blocking(outbox.waiting)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path / "data")
    yield bench
    bench.store.close()


async def test_fifty_equal_calls_at_once_act_once(bench):
    bench.before_commit = lambda _: asyncio.sleep(0.02)
    callers = [bench.caller(n) for n in range(50)]
    made = await asyncio.gather(*(bench.apply(bench.keyed(), each) for each in callers))
    assert len({answer for answer, _ in made}) == 1
    assert sorted(replayed for _, replayed in made) == [False] + [True] * 49
    assert (bench.acted, bench.effects(), bench.leaves(), bench.events(), bench.kept()) == (1, 1, 1, 1, 1)
    assert sum(len(each.leaves) for each in callers) == 50
    assert bench.idempotency.replays == 49


async def test_an_answer_survives_the_box(bench, tmp_path):
    first, replayed = await bench.apply(bench.keyed())
    assert not replayed
    bench.store.close()
    again = Bench(tmp_path / "data")
    answer, replayed = await again.apply(again.keyed(), again.caller(7))
    assert (answer, replayed, again.acted) == (first, True, 0)
    assert answer.headers == (("X-Request-Id", "req_0"),)
    again.store.close()


@pytest.mark.parametrize(
    "other",
    [{"key": "k2"}, {"path": "/v1/masking/unmask"}, {"method": "PUT"}, {"key": "k1", "credential": "cred_b"}],
)
async def test_a_key_is_of_one_credential_method_and_path(bench, other):
    credential = other.pop("credential", "cred_a")
    await bench.apply(bench.keyed())
    _, replayed = await bench.apply(bench.keyed(**other), bench.caller(1, credential))
    assert not replayed
    assert bench.effects() == 2


async def test_without_a_key_every_call_acts(bench):
    for _ in range(2):
        assert (await bench.apply(None))[1] is False
    assert (bench.effects(), bench.kept()) == (2, 0)


async def test_another_body_is_refused_before_and_while_the_first_acts(bench):
    await bench.apply(bench.keyed())
    with pytest.raises(IdempotencyMismatch):
        await bench.apply(bench.keyed(body=b"{1}"))
    bench.before_commit = lambda _: asyncio.sleep(0.05)
    first = asyncio.create_task(bench.apply(bench.keyed("k2")))
    await asyncio.sleep(0.01)
    with pytest.raises(IdempotencyMismatch):
        await bench.apply(bench.keyed("k2", body=b"{1}"))
    await first
    assert bench.effects() == 2


@pytest.mark.parametrize("key", ["", " k", "k ", "k\n", "\u00e9", "x" * 256])
async def test_what_is_no_key_is_refused(bench, key):
    with pytest.raises(InvalidRequest):
        await bench.apply(bench.keyed(key))
    assert bench.acted == 0


@pytest.mark.parametrize("key", ["k", "a b", "x" * 255, "8e03978e-40d5-43e8-bc93-6894a57f9324"])
async def test_what_is_a_key(bench, key):
    await bench.apply(bench.keyed(key))
    assert (await bench.apply(bench.keyed(key)))[1] is True


@pytest.mark.parametrize(
    ("status", "kept"), [(400, True), (404, True), (422, True), (429, False), (500, False), (503, False)]
)
async def test_refusals_are_kept_unless_they_may_pass(bench, status, kept):
    first, _ = await bench.apply(bench.keyed(), status=status)
    again, replayed = await bench.apply(bench.keyed(), status=status)
    assert replayed is kept
    assert (first == again) is kept
    assert bench.acted == (1 if kept else 2)


async def test_twins_of_a_call_that_fails_act_in_its_place(bench):
    failures = [RateLimited("no", retry_after=1.0), StorageFailed("no"), NotFound("no")]

    async def fails(_):
        await asyncio.sleep(0.01)
        if failures:
            raise failures.pop()

    bench.before_commit = fails
    made = await asyncio.gather(*(bench.apply(bench.keyed()) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(each, Exception) for each in made) == 3
    answers = {each[0] for each in made if not isinstance(each, Exception)}
    assert len(answers) == 1
    assert (bench.effects(), bench.leaves(), bench.kept()) == (1, 1, 1)


async def test_an_effect_that_fails_keeps_nothing(bench):
    async def act(claim):
        def effect(transaction):
            box_settings.put(transaction, "test.effects", "1")
            raise NotFound("no such mask")

        await bench.audit.succeeded(
            bench.caller(), "masking.apply", effect=claim.joined(effect, lambda _: Answer(200, (), b""))
        )
        return claim.answer

    with pytest.raises(NotFound):
        await bench.idempotency.once(bench.caller(), bench.keyed(), act)
    assert (bench.effects(), bench.leaves(), bench.kept()) == (0, 0, 0)
    assert (await bench.apply(bench.keyed()))[1] is False


async def test_a_client_that_goes_away_in_the_commit_leaves_one_effect(bench):
    """Its write is under way when its twin takes over: the table lets one of them through."""
    for number in range(30):
        key = f"k{number}"
        first = asyncio.create_task(bench.apply(bench.keyed(key)))
        await asyncio.sleep(0.0005 * (number % 8))
        first.cancel()
        second = await bench.apply(bench.keyed(key))
        await asyncio.gather(first, return_exceptions=True)
        third = await bench.apply(bench.keyed(key))
        assert third == (second[0], True)
        assert bench.effects() == bench.leaves() == bench.events() == bench.kept() == number + 1


async def test_success_has_to_be_kept_with_its_effect(bench):
    async def act(_claim):
        return Answer(200, (), b"")

    with pytest.raises(RuntimeError):
        await bench.idempotency.once(bench.caller(), bench.keyed(), act)


async def test_an_answer_is_kept_a_day_and_then_wiped(bench):
    await bench.apply(bench.keyed())
    bench.now += KEPT_SECONDS - 1
    assert (await bench.apply(bench.keyed()))[1] is True
    await bench.idempotency.forget()
    assert bench.kept() == 1
    bench.now += 1
    assert (await bench.apply(bench.keyed()))[1] is False  # also while the row is still there
    assert bench.effects() == 2
    bench.now += KEPT_SECONDS
    await bench.idempotency.forget()
    assert bench.kept() == 0


async def test_answers_about_an_erased_record_go_with_it(bench):
    caller = bench.caller()

    async def act(claim):
        answer = Answer(200, (), b"the originals")
        await bench.audit.succeeded(caller, "masking.unmask", effect=claim.with_answer(answer, about="msk_1"))
        return answer

    await bench.idempotency.once(caller, bench.keyed(), act)
    await bench.apply(bench.keyed("k2"))
    assert bench.kept() == 2
    assert bench.database.write_blocking(lambda tx: bench.answers.forget_about(tx, "msk_1")) == 1
    assert bench.database.write_blocking(lambda tx: bench.answers.forget_about(tx, "")) == 0
    assert bench.kept() == 1


async def test_nothing_of_it_lies_on_disk_in_clear(bench):
    canary, key = b"XXXX canary 9012", "a-canary-key"

    async def act(claim):
        answer = Answer(200, (), canary * 50)
        await bench.audit.succeeded(bench.caller(), "masking.unmask", effect=claim.with_answer(answer))
        return answer

    await bench.idempotency.once(bench.caller(), bench.keyed(key, canary), act)
    files = [file.read_bytes() for file in bench.store.folder.path.rglob("*") if file.is_file()]
    assert sum(map(len, files)) > 10_000
    assert not any(canary in data or key.encode() in data for data in files)


async def test_a_changed_row_is_noticed(bench):
    await bench.apply(bench.keyed())
    sql = "UPDATE idempotent_answer SET fingerprint = ?"
    other = bench.idempotency.fingerprint(b"{1}")
    await bench.database.write(lambda tx: tx.execute(sql, (other,)))
    with pytest.raises(StorageFailed):
        await bench.apply(bench.keyed(body=b"{1}"))


def test_fingerprints_tell_pieces_apart(bench):
    make = bench.idempotency.fingerprint
    assert make(b"ab", b"c") != make(b"a", b"bc")
    assert make(b"ab") != make(b"ab", b"")
    assert make(b"ab") == make(b"ab")
