"""Events on their way to customers' systems: written with what they tell of, kept until they are taken.

A lane is what shares one fate: an endpoint, or the origin of an address. In a lane, the events of a stream
are delivered in the order in which they happened: of its pending ones exactly one has its turn, and only that
one is tried. Times are the wall clock's, as text that sorts.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from appliance.domain.webhook import LONGEST
from appliance.domain.webhook_target import parse_target
from appliance.errors import NotFound
from appliance.store.transaction import Connection, Row, Transaction


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to tell a customer's system.

    Attributes:
        api: dialect whose words the payload uses.
        tenant: owner.
        stream: events of one stream are delivered in order: a session id, or the tenant.
        type: the dialect's event name.
        target: address; "" where `endpoint` is told.
        payload: body bytes, exactly as they will be sent and signed on every try.
        endpoint: id of a webhook endpoint; it goes to the address that this has at the time of the try.
    """

    api: str
    tenant: str
    stream: str
    type: str
    target: str
    payload: bytes
    endpoint: str = ""

    @property
    def lane(self) -> str:
        """What shares its fate with this event."""
        return self.endpoint or parse_target(self.target).origin


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event whose turn it is, or a dead letter.

    Attributes:
        id: delivery id.
        event: what it is.
        failures: tries that failed and count.
        created_at: RFC 3339, UTC.
        next_at: not before; of a dead letter, when it was given up.
        answer: what the last try met, "" before the first.
    """

    id: str
    event: Event
    failures: int
    created_at: str
    next_at: str
    answer: str


_COLUMNS = "id, api, tenant, stream, type, target, payload, endpoint, attempts, created_at, next_at, answer"


def enqueue(
    transaction: Transaction,
    event: Event,
    *,
    random: Callable[[int], bytes] = secrets.token_bytes,
    now: datetime | None = None,
) -> str:
    """Add an event to the queue; returns its delivery id, which stays the same over all tries."""
    identity = f"msg_{random(16).hex()}"
    stamp, lane = spell(now or datetime.now(UTC)), event.lane
    transaction.execute(
        "INSERT INTO outbox (id, seq, api, tenant, stream, type, target, payload, endpoint, lane, turn,"
        " created_at, next_at) VALUES (?, (SELECT coalesce(max(seq), 0) + 1 FROM outbox),"
        " ?, ?, ?, ?, ?, ?, ?, ?,"
        " NOT EXISTS (SELECT 1 FROM outbox WHERE state = 'pending' AND lane = ? AND stream = ?), ?, ?)",
        (
            identity,
            event.api,
            event.tenant,
            event.stream,
            event.type,
            event.target,
            event.payload,
            event.endpoint,
            lane,
            lane,
            event.stream,
            stamp,
            stamp,
        ),
    )
    return identity


def waiting(connection: Connection) -> int:
    """How many events are not delivered yet, without dead letters."""
    found = connection.row("SELECT count(*) FROM outbox WHERE state = 'pending'")
    return 0 if found is None else int(found[0])


def dead(connection: Connection) -> int:
    """How many dead letters there are."""
    found = connection.row("SELECT count(*) FROM outbox WHERE state = 'dead'")
    return 0 if found is None else int(found[0])


def lanes(connection: Connection) -> list[str]:
    """Lanes with events, in steps over the index: as fast with a hundred thousand events as with ten."""
    turn = "FROM outbox WHERE state = 'pending' AND turn = 1"
    sql = (
        f"WITH RECURSIVE known (lane) AS (SELECT min(lane) {turn} UNION ALL"  # noqa: S608  constants
        f" SELECT (SELECT min(lane) {turn} AND lane > known.lane) FROM known WHERE lane IS NOT NULL)"
        " SELECT lane FROM known WHERE lane IS NOT NULL"
    )
    return [str(row[0]) for row in connection.rows(sql)]


def due(
    connection: Connection, lane: str, now: datetime, count: int, without: Collection[str] = ()
) -> list[Waiting]:
    """Give the events of a lane whose turn and time it is, longest due first.

    Args:
        connection: to read by.
        lane: one of `lanes`.
        now: the time.
        count: at most so many.
        without: ids that are being tried already.
    """
    sql = (
        f"SELECT {_COLUMNS} FROM outbox WHERE state = 'pending' AND turn = 1"  # noqa: S608  constants
        " AND lane = ? AND next_at <= ? ORDER BY next_at, seq LIMIT ?"
    )
    rows = connection.rows(sql, (lane, spell(now), count + len(without)))
    return [_waiting(row) for row in rows if row[0] not in without][:count]


def delivered(transaction: Transaction, identity: str, now: datetime, answer: str) -> None:
    """Take an event off the queue and drop its payload; the next of its stream has its turn."""
    _end(transaction, identity, "delivered", now, answer, ", payload = x''")


def give_up(transaction: Transaction, identity: str, now: datetime, answer: str) -> None:
    """Make an event a dead letter; the next of its stream has its turn."""
    _end(transaction, identity, "dead", now, answer, "")


def postpone(transaction: Transaction, identity: str, until: datetime, answer: str) -> None:
    """Count a failed try and wait."""
    transaction.execute(
        "UPDATE outbox SET attempts = attempts + 1, next_at = ?, answer = ?"
        " WHERE id = ? AND state = 'pending' AND turn = 1",
        (spell(until), answer, identity),
    )


def dead_letters(connection: Connection, count: int = 1000) -> list[Waiting]:
    """The oldest dead letters."""
    sql = f"SELECT {_COLUMNS} FROM outbox WHERE state = 'dead' ORDER BY seq LIMIT ?"  # noqa: S608  constants
    return [_waiting(row) for row in connection.rows(sql, (count,))]


def refused(connection: Connection, count: int = 50) -> list[Waiting]:
    """Events that were tried and wait for another try, soonest first."""
    sql = (
        f"SELECT {_COLUMNS} FROM outbox WHERE state = 'pending' AND turn = 1 AND answer != ''"  # noqa: S608  constants
        " ORDER BY next_at LIMIT ?"
    )
    return [_waiting(row) for row in connection.rows(sql, (count,))]


def try_now(transaction: Transaction, now: datetime) -> int:
    """Make all events due whose turn it is; returns how many waited for a later time."""
    return transaction.execute(
        "UPDATE outbox SET next_at = ? WHERE state = 'pending' AND turn = 1 AND next_at > ?",
        (spell(now), spell(now)),
    )


def resend(transaction: Transaction, identity: str, now: datetime) -> Waiting:
    """Put a dead letter back into the queue, with all its tries before it; same bytes, same delivery id.

    Raises:
        NotFound: no dead letter of that id.
    """
    sql = f"SELECT {_COLUMNS} FROM outbox WHERE state = 'dead' AND id = ?"  # noqa: S608  constants
    found = transaction.row(sql, (identity,))
    if found is None:
        raise NotFound(f"no dead letter {identity}", remedy="See: kycbox webhook dead")
    event = _waiting(found).event
    transaction.execute(
        "UPDATE outbox SET state = 'pending', turn = 0, attempts = 0, next_at = ?, ended_at = NULL"
        " WHERE id = ?",
        (spell(now), identity),
    )
    turns = "SELECT 1 FROM outbox WHERE state = 'pending' AND turn = 1 AND lane = ? AND stream = ?"
    if transaction.row(turns, (event.lane, event.stream)) is None:
        _pass_turn(transaction, event.lane, event.stream, spell(now))
    return _waiting(found)


def hurry(transaction: Transaction, now: datetime) -> int:
    """Make events due whose time lies further ahead than any delay: the clock was set back since."""
    return transaction.execute(
        "UPDATE outbox SET next_at = ? WHERE state = 'pending' AND turn = 1 AND next_at > ?",
        (spell(now), spell(now + timedelta(seconds=LONGEST))),
    )


def forget(transaction: Transaction, before: datetime, count: int = 10_000) -> int:
    """Delete what was delivered before a time; returns how many rows that were."""
    return transaction.execute(
        "DELETE FROM outbox WHERE id IN"
        " (SELECT id FROM outbox WHERE state = 'delivered' AND ended_at < ? LIMIT ?)",
        (spell(before), count),
    )


def spell(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _end(  # noqa: PLR0913, PLR0917  the fields of one statement
    transaction: Transaction, identity: str, state: str, now: datetime, answer: str, more: str
) -> None:
    found = transaction.row(
        "SELECT lane, stream FROM outbox WHERE id = ? AND state = 'pending' AND turn = 1", (identity,)
    )
    if found is None:
        return  # ended already: an effect may run twice
    stamp = spell(now)
    transaction.execute(
        "UPDATE outbox SET state = ?, attempts = attempts + 1, answer = ?, ended_at = ?, next_at = ?"  # noqa: S608  constants
        f"{more} WHERE id = ?",
        (state, answer, stamp, stamp, identity),
    )
    _pass_turn(transaction, str(found[0]), str(found[1]), stamp)


def _pass_turn(transaction: Transaction, lane: str, stream: str, stamp: str) -> None:
    transaction.execute(
        "UPDATE outbox SET turn = 1, next_at = ? WHERE id ="
        " (SELECT id FROM outbox WHERE state = 'pending' AND lane = ? AND stream = ? ORDER BY seq LIMIT 1)",
        (stamp, lane, stream),
    )


def _waiting(row: Row) -> Waiting:
    identity, api, tenant, stream, kind, target, payload, endpoint, failures, created, next_at, answer = row
    event = Event(api, tenant, stream, kind, target, bytes(payload), endpoint)
    return Waiting(identity, event, failures, created, next_at, answer)
