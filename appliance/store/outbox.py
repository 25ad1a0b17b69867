"""Events that wait to be delivered: written in the transaction of what they tell of, so none is lost."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from appliance.store.transaction import Connection, Transaction


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to tell a customer's system.

    Attributes:
        api: dialect whose words the payload uses.
        tenant: owner.
        stream: events of one stream are delivered in order: a session id, or the tenant.
        type: the dialect's event name.
        target: URL.
        payload: body bytes, exactly as they will be sent and signed on every try.
    """

    api: str
    tenant: str
    stream: str
    type: str
    target: str
    payload: bytes


def enqueue(
    transaction: Transaction,
    event: Event,
    *,
    random: Callable[[int], bytes] = secrets.token_bytes,
    now: datetime | None = None,
) -> str:
    """Add an event to the queue; returns its delivery id, which stays the same over all tries."""
    identity = f"msg_{random(16).hex()}"
    stamp = (
        (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
    transaction.execute(
        "INSERT INTO outbox (id, seq, api, tenant, stream, type, target, payload, created_at, next_at)"
        " VALUES (?, (SELECT coalesce(max(seq), 0) + 1 FROM outbox), ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            identity,
            event.api,
            event.tenant,
            event.stream,
            event.type,
            event.target,
            event.payload,
            stamp,
            stamp,
        ),
    )
    return identity


def waiting(connection: Connection) -> int:
    """How many events are not delivered yet."""
    found = connection.row("SELECT count(*) FROM outbox WHERE state = 'pending'")
    return 0 if found is None else int(found[0])
