"""Events are kept with what they tell of, in order, each stream one at a time, until they are taken."""

import random
from datetime import UTC, datetime, timedelta

import pysqlite3
import pytest
import sqlite_utils

from appliance.errors import InvalidRequest, NotFound
from appliance.store import outbox
from appliance.store.database import Database
from appliance.store.migrations import STEPS, migrate
from appliance.store.space import DiskSpace

EVENT = outbox.Event("recspace", "bank", "session 1", "masking.unmasked", "https://bank.example/hook", b"{}")
LANE = "https://bank.example:443"
NOW = datetime(2026, 2, 3, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def database(tmp_path):
    database = Database.open(tmp_path / "box.db", DiskSpace(tmp_path, 0, tmp_path / "ballast", 4096))
    yield database
    database.close()


def event(stream="session 1", payload=b"{}", target="https://bank.example/hook", endpoint=""):
    return outbox.Event("recspace", "bank", stream, "kyc.completed", target, payload, endpoint)


def put(database, *events, now=NOW):
    return [database.write_blocking(lambda tx, e=each: outbox.enqueue(tx, e, now=now)) for each in events]


def due(database, lane=LANE, now=NOW, count=100, without=()):
    found = database.read_blocking(lambda c: outbox.due(c, lane, now, count, without))
    return [each.id for each in found]


def end(database, identity, how=outbox.delivered, now=NOW):
    database.write_blocking(lambda tx: how(tx, identity, now, "http_200"))


def row(database, identity, columns):
    found = database.read_blocking(lambda c: c.row(f"SELECT {columns} FROM outbox WHERE id = ?", (identity,)))
    return found if len(found) > 1 else found[0]


def test_events_wait_in_the_order_in_which_they_happened(database):
    chance = random.Random(3)
    made = [
        database.write_blocking(lambda tx: outbox.enqueue(tx, EVENT, random=chance.randbytes, now=NOW))
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


def test_of_a_stream_one_event_has_its_turn(database):
    first, second, third, other = put(database, event(), event(), event(), event("session 2"))
    assert due(database) == [first, other]
    end(database, first)
    assert due(database) == [second, other]
    end(database, second, outbox.give_up)
    assert due(database) == [third, other]
    end(database, third)
    (fourth,) = put(database, event())
    assert due(database) == [other, fourth]


def test_an_event_is_due_at_its_time_and_not_while_it_is_tried(database):
    (only,) = put(database, event())
    assert due(database, now=NOW - SECOND) == []
    assert due(database, without={only}) == []
    database.write_blocking(lambda tx: outbox.postpone(tx, only, NOW + 10 * SECOND, "http_500"))
    assert due(database, now=NOW + 9 * SECOND) == []
    assert due(database, now=NOW + 10 * SECOND) == [only]
    assert row(database, only, "attempts, answer, state") == (1, "http_500", "pending")


def test_without_leaves_room_for_others(database):
    made = put(database, *(event(f"s{n}") for n in range(6)))
    assert due(database, count=2, without=set(made[:3])) == made[3:5]


def test_lanes_are_those_with_events(database):
    made = put(
        database,
        event("a"),
        event("b", target="https://bank.example:443/other"),
        event("c", target="http://zeta.example/"),
        event("d", target="", endpoint="whe_1"),
    )
    assert database.read_blocking(outbox.lanes) == ["http://zeta.example:80", LANE, "whe_1"]
    assert due(database) == made[:2]
    end(database, made[3])
    assert database.read_blocking(outbox.lanes) == ["http://zeta.example:80", LANE]


def test_a_delivered_event_keeps_no_payload_and_is_forgotten(database):
    (only,) = put(database, event(payload=b"{1}"))
    end(database, only)
    assert row(database, only, "payload, state, attempts") == (b"", "delivered", 1)
    assert database.write_blocking(lambda tx: outbox.forget(tx, NOW)) == 0
    assert database.write_blocking(lambda tx: outbox.forget(tx, NOW + SECOND)) == 1
    assert database.read_blocking(outbox.waiting) == 0


def test_ending_twice_is_ending_once(database):
    first, second = put(database, event(), event())
    end(database, first)
    end(database, first)
    end(database, first, outbox.give_up)
    assert row(database, first, "state, attempts") == ("delivered", 1)
    assert due(database) == [second]
    database.write_blocking(lambda tx: outbox.postpone(tx, first, NOW + SECOND, "late"))
    assert row(database, first, "attempts, answer") == (1, "http_200")


def test_a_dead_letter_is_sent_again_with_the_same_bytes(database):
    first, second = put(database, event(payload=b"{1}"), event(payload=b"{2}"))
    end(database, first, outbox.give_up)
    (letter,) = database.read_blocking(outbox.dead_letters)
    assert (letter.id, letter.event.payload, letter.answer, letter.failures) == (first, b"{1}", "http_200", 1)
    assert database.read_blocking(outbox.dead) == 1
    database.write_blocking(lambda tx: outbox.resend(tx, first, NOW + SECOND))
    assert database.read_blocking(outbox.dead) == 0
    assert due(database, now=NOW + SECOND) == [second]  # it has its turn already
    end(database, second, now=NOW + SECOND)
    assert due(database, now=NOW + SECOND) == [first]
    assert row(database, first, "payload, attempts") == (b"{1}", 0)


def test_a_dead_letter_alone_in_its_stream_has_its_turn_at_once(database):
    (only,) = put(database, event())
    end(database, only, outbox.give_up)
    database.write_blocking(lambda tx: outbox.resend(tx, only, NOW))
    assert due(database) == [only]
    for identity in (only, "msg_none"):
        with pytest.raises(NotFound):
            database.write_blocking(lambda tx, i=identity: outbox.resend(tx, i, NOW))


def test_a_clock_that_was_set_back_holds_nothing_up(database):
    (only,) = put(database, event(), now=NOW + timedelta(days=3650))
    (soon,) = put(database, event("session 2"))
    database.write_blocking(lambda tx: outbox.postpone(tx, soon, NOW + timedelta(hours=28), "http_500"))
    assert due(database) == []
    assert database.write_blocking(lambda tx: outbox.hurry(tx, NOW)) == 1
    assert due(database) == [only]


def test_what_was_refused_is_told_and_tried_at_once_if_wanted(database):
    first, _, other = put(database, event(), event(), event("session 2"))
    assert database.read_blocking(outbox.refused) == []
    later = NOW + 60 * SECOND
    database.write_blocking(lambda tx: outbox.postpone(tx, first, later, "http_500"))
    (told,) = database.read_blocking(outbox.refused)
    assert (told.id, told.answer, told.failures) == (first, "http_500", 1)
    assert due(database) == [other]
    assert database.write_blocking(lambda tx: outbox.try_now(tx, NOW)) == 1
    assert sorted(due(database)) == sorted([first, other])


def test_an_event_to_nowhere_is_refused(database):
    with pytest.raises(InvalidRequest):
        put(database, event(target="ftp://bank.example/"))


def test_the_order_holds_over_any_course_of_events(database):
    """Random tries: of each stream, deliveries and deaths come in the order of its events."""
    chance, moment = random.Random(5), NOW
    made = {f"s{n}": [] for n in range(5)}
    ended = {stream: [] for stream in made}
    for _ in range(150):
        moment += SECOND
        if chance.random() < 0.4:
            stream = chance.choice(list(made))
            made[stream] += put(database, event(stream), now=moment)
        ready = database.read_blocking(lambda c, m=moment: outbox.due(c, LANE, m, 100))
        assert len({each.event.stream for each in ready}) == len(ready)
        if ready:
            each = chance.choice(ready)
            how = chance.choice((outbox.delivered, outbox.give_up, outbox.postpone))
            until = moment + 3 * SECOND if how is outbox.postpone else moment
            end(database, each.id, how, until)
            if how is not outbox.postpone:
                ended[each.event.stream].append(each.id)
    assert sum(map(len, ended.values())) > 30
    assert all(made[stream][: len(ended[stream])] == ended[stream] for stream in made)


def test_events_of_an_older_database_keep_their_order(tmp_path):
    raw = pysqlite3.connect(tmp_path / "old.db", isolation_level=None)
    db = sqlite_utils.Database(raw, execute_plugins=False)
    STEPS.apply(db, stop_before="webhooks")
    for number in range(4):
        stream = "ab"[number % 2]
        db.execute(
            "INSERT INTO outbox (id, seq, api, tenant, stream, type, target, payload, created_at, next_at)"
            " VALUES (?, ?, 'recspace', 't', ?, 'kyc.failed', 'https://a.example/', x'7b7d', '2026', '2026')",
            (f"msg_{number}", number + 1, stream),
        )
    migrate(db)
    assert raw.execute("SELECT id, lane, turn FROM outbox ORDER BY seq").fetchall() == [
        ("msg_0", "https://a.example/", 1),
        ("msg_1", "https://a.example/", 1),
        ("msg_2", "https://a.example/", 0),
        ("msg_3", "https://a.example/", 0),
    ]
    db.close()
