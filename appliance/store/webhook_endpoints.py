"""Where events go, under which secrets, and which targets the operator allows. Secrets are sealed."""

import base64
import json
import secrets as chance
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from appliance.domain.credential import AuditEntry
from appliance.domain.webhook_signing import PREFIX
from appliance.domain.webhook_target import Allowance, parse_allowance, parse_target
from appliance.errors import InvalidRequest, NotFound
from appliance.store.keys import seal, unseal
from appliance.store.outbox import spell
from appliance.store.transaction import Connection, Row, Transaction

APIS = ("recspace", "onboarder")
SHORTEST, LONGEST = 8, 256
GRACE_HOURS = 24.0
"""How long an old secret stays live beside its successor."""
_SEALED = b"\x01"
"""Before a sealed payload; one in clear begins otherwise."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint with its secrets; never logged.

    Attributes:
        id: `whe_...`, stays the same when address or secret change.
        api: dialect.
        tenant: whose events; "" for every tenant of the dialect that has no endpoint of its own.
        url: "" where the dialect's calls name the address and only the secret stands here.
        secrets: live ones, newest first.
        old_until: when the older secret ends, RFC 3339, or "".
        created_at: RFC 3339.
    """

    id: str
    api: str
    tenant: str
    url: str
    secrets: tuple[str, ...]
    old_until: str
    created_at: str

    def __repr__(self) -> str:
        return f"Endpoint({self.id}, {self.api})"


class WebhookEndpoints:
    """Endpoints and allowances. Few, and read anew for each round: no copy in RAM can go stale.

    Args:
        key: seals secrets, 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal_event(self, payload: bytes, tenant: str, stream: str) -> bytes:
        """Seal what an event says, for as long as it waits: it may name a customer."""
        return _SEALED + seal(self._key, payload, _said(tenant, stream))

    def open_event(self, payload: bytes, tenant: str, stream: str) -> bytes:
        """Reverse `seal_event`; what an earlier release queued in clear stays as it is.

        Raises:
            StorageFailed: it was changed on disk.
        """
        if not payload.startswith(_SEALED):
            return payload
        return unseal(self._key, payload.removeprefix(_SEALED), _said(tenant, stream))

    def put(  # noqa: PLR0913  the fields of one form
        self,
        transaction: Transaction,
        api: str,
        tenant: str,
        url: str,
        secret: str = "",
        *,
        random: Callable[[int], bytes] = chance.token_bytes,
        now: datetime | None = None,
    ) -> Endpoint:
        """Make an endpoint, or give it another address and, if one is told, another secret; with its leaf.

        Events that wait go to the new address.

        Args:
            transaction: of the writer.
            api: dialect with webhooks.
            tenant: an owner, or "" for all.
            url: where to; may be "" in a dialect whose calls name the address.
            secret: "" keeps the one there is, or draws one.
            random: source of id and secret.
            now: the time; None takes the clock.

        Raises:
            InvalidRequest: no such dialect, or an address or secret that is none.
        """
        if api not in APIS:
            raise InvalidRequest(f"{api} has no webhooks to set", remedy=f"One of: {', '.join(APIS)}.")
        if url or api != "onboarder":
            parse_target(url)
        if secret:
            _check(secret)
        moment = now or datetime.now(UTC)
        known = self._owned(transaction, api, tenant, moment)
        identity = known.id if known else f"whe_{random(10).hex()}"
        fresh = secret or (known.secrets[0] if known else _drawn(random))
        transaction.execute(
            "INSERT INTO webhook_endpoint (id, api, tenant, url, secret, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET url = excluded.url",
            (identity, api, tenant, url, self._seal(identity, fresh), spell(moment)),
        )
        if known and fresh != known.secrets[0]:
            self._replace(transaction, identity, fresh)
        self._leaf(transaction, "webhook.set", identity, api=api)
        return self._found(transaction, identity, moment)

    def rotate(  # noqa: PLR0913  the fields of one form
        self,
        transaction: Transaction,
        identity: str,
        secret: str = "",
        *,
        hours: float = GRACE_HOURS,
        random: Callable[[int], bytes] = chance.token_bytes,
        now: datetime | None = None,
    ) -> Endpoint:
        """Give an endpoint a new secret; the one it has stays live beside it for a while. With its leaf.

        Args:
            transaction: of the writer.
            identity: of the endpoint.
            secret: "" draws one.
            hours: how long both are live; 0 ends the old one now.
            random: source of the secret.
            now: the time; None takes the clock.

        Raises:
            NotFound: no such endpoint.
            InvalidRequest: a secret that is none.
        """
        moment = now or datetime.now(UTC)
        known = self._found(transaction, identity, moment)
        if secret:
            _check(secret)
        until = spell(moment + timedelta(hours=hours)) if hours > 0 else None
        old = self._seal(identity, known.secrets[0]) if until else None
        self._replace(transaction, identity, secret or _drawn(random), old, until)
        self._leaf(transaction, "webhook.rotate", identity, hours=hours)
        return self._found(transaction, identity, moment)

    def find(
        self, connection: Connection, api: str, tenant: str, now: datetime | None = None
    ) -> Endpoint | None:
        """The endpoint for a tenant's events: its own, else the one of all; None where there is none."""
        moment = now or datetime.now(UTC)
        return self._owned(connection, api, tenant, moment) or self._owned(connection, api, "", moment)

    def get(self, connection: Connection, identity: str, now: datetime | None = None) -> Endpoint | None:
        """An endpoint by its id."""
        row = connection.row(f"{_SELECT} WHERE id = ?", (identity,))
        return None if row is None else self._endpoint(row, now or datetime.now(UTC))

    def list(self, connection: Connection, now: datetime | None = None) -> list[Endpoint]:
        """All endpoints, oldest first."""
        rows = connection.rows(f"{_SELECT} ORDER BY created_at, id")
        return [self._endpoint(row, now or datetime.now(UTC)) for row in rows]

    def allow(self, transaction: Transaction, entry: str, *, now: datetime | None = None) -> Allowance:
        """Add to the targets that may be called, with its leaf.

        Raises:
            InvalidRequest: no host and no network.
        """
        allowance = parse_allowance(entry)
        transaction.execute(
            "INSERT INTO webhook_allowance (entry, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (str(allowance), spell(now or datetime.now(UTC))),
        )
        self._leaf(transaction, "webhook.allow", str(allowance))
        return allowance

    def disallow(self, transaction: Transaction, entry: str) -> Allowance:
        """Take from the targets that may be called, with its leaf.

        Raises:
            InvalidRequest: no host and no network.
            NotFound: it is not allowed.
        """
        allowance = parse_allowance(entry)
        if not transaction.execute("DELETE FROM webhook_allowance WHERE entry = ?", (str(allowance),)):
            raise NotFound(f"{allowance} is not allowed", remedy="See: kycbox webhook list")
        self._leaf(transaction, "webhook.disallow", str(allowance))
        return allowance

    @staticmethod
    def allowed(connection: Connection) -> tuple[Allowance, ...]:
        """Everything that the operator allows."""
        rows = connection.rows("SELECT entry FROM webhook_allowance ORDER BY entry")
        return tuple(parse_allowance(str(row[0])) for row in rows)

    # -- rows ----------------------------------------------------------------------------------------

    def _owned(self, connection: Connection, api: str, tenant: str, now: datetime) -> Endpoint | None:
        row = connection.row(f"{_SELECT} WHERE api = ? AND tenant = ?", (api, tenant))
        return None if row is None else self._endpoint(row, now)

    def _found(self, connection: Connection, identity: str, now: datetime) -> Endpoint:
        found = self.get(connection, identity, now)
        if found is None:
            raise NotFound(f"no webhook endpoint {identity}", remedy="See: kycbox webhook list")
        return found

    def _replace(
        self,
        transaction: Transaction,
        identity: str,
        secret: str,
        old: bytes | None = None,
        until: str | None = None,
    ) -> None:
        transaction.execute(
            "UPDATE webhook_endpoint SET secret = ?, old_secret = ?, old_until = ? WHERE id = ?",
            (self._seal(identity, secret), old, until, identity),
        )

    def _endpoint(self, row: Row, now: datetime) -> Endpoint:
        identity, api, tenant, url, secret, old, until, created = row
        live = [self._open(identity, secret)]
        if old is not None and str(until) > spell(now):
            live.append(self._open(identity, old))
        return Endpoint(identity, api, tenant, url, tuple(live), until if len(live) > 1 else "", created)

    def _seal(self, identity: str, secret: str) -> bytes:
        return seal(self._key, secret.encode(), identity.encode())

    def _open(self, identity: str, sealed: bytes) -> str:
        return unseal(self._key, bytes(sealed), identity.encode()).decode()

    @staticmethod
    def _leaf(transaction: Transaction, action: str, about: str, **details: str | float) -> None:
        transaction.audit(AuditEntry("box", "box", action, object=about, details=details))


_SELECT = "SELECT id, api, tenant, url, secret, old_secret, old_until, created_at FROM webhook_endpoint"


def _check(secret: str) -> None:
    if not (SHORTEST <= len(secret) <= LONGEST and secret.isascii() and secret.isprintable()):
        reason = f"a webhook secret has {SHORTEST} to {LONGEST} printable ASCII characters"
        raise InvalidRequest(reason)


def _drawn(random: Callable[[int], bytes]) -> str:
    return PREFIX + base64.b64encode(random(32)).decode()


def _said(tenant: str, stream: str) -> bytes:
    return json.dumps(["event", tenant, stream]).encode()
