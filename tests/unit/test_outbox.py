"""Events are kept with what they tell of, in order, or not at all."""

import random
from datetime import UTC, datetime

import pytest

from appliance.errors import NotFound
from appliance.store import outbox
from appliance.store.database import Database
from appliance.store.space import DiskSpace

EVENT = outbox.Event("recspace", "bank", "session 1", "masking.unmasked", "https://bank.example/hook", b"{}")


@pytest.fixture
def database(tmp_path):
    database = Database.open(tmp_path / "box.db", DiskSpace(tmp_path, 0, tmp_path / "ballast", 4096))
    yield database
    database.close()


def test_events_wait_in_the_order_in_which_they_happened(database):
    now = datetime(2026, 2, 3, tzinfo=UTC)
    chance = random.Random(3)
    made = [
        database.write_blocking(lambda tx: outbox.enqueue(tx, EVENT, random=chance.randbytes, now=now))
        for _ in range(3)
    ]
    assert sorted(made) != made  # so that the order below is not that of the ids
    sql = "SELECT id, payload, next_at, attempts, state FROM outbox ORDER BY seq"
    rows = database.read_blocking(lambda c: c.rows(sql))
    assert [row[0] for row in rows] == made
    assert {row[1:] for row in rows} == {(b"{}", "2026-02-03T00:00:00.000Z", 0, "pending")}
    assert database.read_blocking(outbox.waiting) == 3


def test_no_event_of_what_did_not_happen(database):
    def failing(transaction):
        outbox.enqueue(transaction, EVENT)
        raise NotFound("no")

    with pytest.raises(NotFound):
        database.write_blocking(failing)
    assert database.read_blocking(outbox.waiting) == 0
