"""The verbs behind `kycbox webhook`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from appliance.domain.credential import AuditEntry
from appliance.errors import InvalidRequest, NotFound
from appliance.store import outbox
from appliance.store.audit_export import Sink
from appliance.store.store import Store
from appliance.store.transaction import Connection, Transaction
from appliance.store.webhook_endpoints import GRACE_HOURS

RESENT_AT_ONCE = 100_000


def put(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, str]:
    """Set the endpoint of a dialect, or of the one customer whose key is named: `{"url", "secret"}`.

    Raises:
        InvalidRequest: an address, secret or dialect that is none, or a key of another dialect.
        NotFound: no such live key.
    """
    api, key = _text(given, "api"), _text(given, "key")
    tenant = _tenant(store, api, key) if key else ""
    url, secret = _text(given, "url"), _text(given, "secret")
    made = store.database.write_blocking(lambda tx: store.webhooks.put(tx, api, tenant, url, secret))
    return {"url": made.url, "secret": made.secrets[0]}


def rotate(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, str]:
    """Give an endpoint a new secret beside its old one: `{"url", "secret", "old_until"}`.

    Raises:
        InvalidRequest, NotFound: as `put`; NotFound also where no endpoint is set.
    """
    api, key, secret = _text(given, "api"), _text(given, "key"), _text(given, "secret")
    hours = given.get("hours", GRACE_HOURS)
    if not isinstance(hours, int | float) or not 0 <= hours <= 24 * 30:
        raise InvalidRequest("both secrets are live for 0 to 720 hours")
    tenant = _tenant(store, api, key) if key else ""

    def change(transaction: Transaction) -> dict[str, str]:
        known = store.webhooks.find(transaction, api, tenant)
        if known is None or known.tenant != tenant:
            raise NotFound("no such webhook endpoint is set", remedy="See: kycbox webhook list")
        made = store.webhooks.rotate(transaction, known.id, secret, hours=float(hours))
        return {"url": made.url, "secret": made.secrets[0], "old_until": made.old_until}

    return store.database.write_blocking(change)


def show(store: Store, _given: Mapping[str, Any], _out: Sink) -> dict[str, Any]:
    """All endpoints without secrets, everything allowed, and how many events wait."""

    def read(connection: Connection) -> dict[str, Any]:
        return {
            "endpoints": [
                {
                    "id": one.id,
                    "api": one.api,
                    "tenant": one.tenant,
                    "url": one.url,
                    "created_at": one.created_at,
                    "old_secret_until": one.old_until,
                }
                for one in store.webhooks.list(connection)
            ],
            "allowed": [str(one) for one in store.webhooks.allowed(connection)],
            "waiting": outbox.waiting(connection),
            "dead": outbox.dead(connection),
        }

    return store.database.read_blocking(read)


def allow(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, str]:
    """Let a host or network be called.

    Raises:
        InvalidRequest: neither.
    """
    entry = _text(given, "entry")
    made = store.database.write_blocking(lambda tx: store.webhooks.allow(tx, entry))
    return {"allowed": str(made)}


def disallow(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, str]:
    """Let a host or network be called no longer.

    Raises:
        InvalidRequest: neither host nor network.
        NotFound: it is not allowed.
    """
    entry = _text(given, "entry")
    gone = store.database.write_blocking(lambda tx: store.webhooks.disallow(tx, entry), urgent=True)
    return {"disallowed": str(gone)}


def dead(store: Store, _given: Mapping[str, Any], _out: Sink) -> list[dict[str, Any]]:
    """Show the oldest dead letters, without their payloads."""
    return [
        {
            "id": one.id,
            "api": one.event.api,
            "type": one.event.type,
            "stream": one.event.stream,
            "created_at": one.created_at,
            "given_up_at": one.next_at,
            "tries": one.failures,
            "answer": one.answer,
        }
        for one in store.database.read_blocking(outbox.dead_letters)
    ]


def resend(store: Store, given: Mapping[str, Any], _out: Sink, *, actor: str = "box") -> dict[str, int]:
    """Put one dead letter, or with id `all` every one, back into the queue, with a leaf for each.

    Raises:
        NotFound: no dead letter of that id.
    """
    identity, now = _text(given, "id"), datetime.now(UTC)

    def change(transaction: Transaction) -> int:
        if identity == "all":
            wanted = [one.id for one in outbox.dead_letters(transaction, RESENT_AT_ONCE)]
        else:
            wanted = [identity]
        for one in wanted:
            tenant = outbox.resend(transaction, one, now).event.tenant
            transaction.audit(AuditEntry(actor, tenant, "webhook.resend", object=one))
        return len(wanted)

    return {"resent": store.database.write_blocking(change)}


def refused(store: Store, _given: Mapping[str, Any], _out: Sink) -> list[dict[str, Any]]:
    """Show events that were tried in vain and will be tried again, without their payloads."""
    return [
        {
            "id": one.id,
            "api": one.event.api,
            "type": one.event.type,
            "created_at": one.created_at,
            "next_at": one.next_at,
            "tries": one.failures,
            "answer": one.answer,
        }
        for one in store.database.read_blocking(outbox.refused)
    ]


def try_now(store: Store, _given: Mapping[str, Any], _out: Sink, *, actor: str = "box") -> dict[str, int]:
    """Try everything that waits at once, without waiting for its time, with one leaf."""
    now = datetime.now(UTC)

    def change(transaction: Transaction) -> int:
        count = outbox.try_now(transaction, now)
        transaction.audit(AuditEntry(actor, "box", "webhook.try_now", details={"events": count}))
        return count

    return {"due": store.database.write_blocking(change)}


def _tenant(store: Store, api: str, key: str) -> str:
    for one in store.database.read_blocking(store.credentials.list):
        if one.principal.id == key and not one.revoked_at:
            if one.principal.api != api:
                raise InvalidRequest(f"{key} is a key of {one.principal.api}, not of {api}")
            return one.principal.tenant
    raise NotFound(f"no live credential {key}", remedy="See: kycbox key list")


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name) or ""
    if not isinstance(value, str):
        raise InvalidRequest(f"the argument {name!r} is text")
    return value
