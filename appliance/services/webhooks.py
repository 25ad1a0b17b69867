"""Tells a customer's system of an event: into the outbox, in the transaction of what happened."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from appliance.domain.webhook_target import parse_target
from appliance.store import outbox
from appliance.store.outbox import Event
from appliance.store.transaction import Transaction
from appliance.store.webhook_endpoints import WebhookEndpoints


class Webhooks:
    """Events of dialects, for effects to call.

    Args:
        endpoints: where to.
    """

    def __init__(self, endpoints: WebhookEndpoints) -> None:
        self._endpoints = endpoints

    def tell(  # noqa: PLR0913  the parts of one event
        self,
        transaction: Transaction,
        api: str,
        tenant: str,
        *,
        stream: str,
        body: dict[str, Any],
        url: str = "",
        now: datetime | None = None,
    ) -> str | None:
        """Queue an event; it is sent if and only if the transaction is kept.

        Args:
            transaction: of what happened.
            api: dialect.
            tenant: whose event.
            stream: what it belongs to, such as a session id; events of one stream arrive in order.
            body: `event` and what the dialect says of it, in the order in which it is written; sealed in the
                database until it is taken.
            url: the address that the customer named for this; "" takes the endpoint that is set.
            now: the time; None takes the clock.

        Returns:
            The delivery id, or None where no endpoint is set: then nobody wants to know.

        Raises:
            InvalidRequest: the address is none.
        """
        moment = now or datetime.now(UTC)
        endpoint = ""
        if url:
            parse_target(url)
        else:
            found = self._endpoints.find(transaction, api, tenant, moment)
            if found is None or not found.url:
                return None
            endpoint = found.id
        payload = self._endpoints.seal_event(msgspec.json.encode(body), tenant, stream)
        event = Event(api, tenant, stream, str(body["event"]), url, payload, endpoint)
        return outbox.enqueue(transaction, event, now=moment)
