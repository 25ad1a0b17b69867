"""What every call of this dialect passes: key, rate, its body; captures are given back where it fails."""

import ipaddress
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from appliance.api import forms
from appliance.api.answers import AnyRequest
from appliance.api.application import authenticated, services_of
from appliance.api.idlive.parse import MOST_BYTES
from appliance.domain.credential import Principal
from appliance.errors import ConfigInvalid
from appliance.services.call import Caller
from appliance.services.captures import returning

T = TypeVar("T")
SLACK = 1024
"""Bytes by which a bundle may be longer than its picture."""
GUEST_PLAN = "scale"


@asynccontextmanager
async def admitted(request: AnyRequest, *scopes: str) -> AsyncIterator[Caller]:
    """Admit a call and hold its place within its plan until it is answered.

    Raises:
        Unauthenticated, Forbidden, RateLimited: it is not.
    """
    services, caller = services_of(request), authenticated(request)
    caller.require(*scopes)
    with services.limits.enter(caller.principal):
        async with returning(services, caller):
            yield caller


async def form(request: AnyRequest) -> forms.Fields:
    """Read a multipart body.

    Raises:
        RequestError: it is none, or a part is too long.
    """
    body = await request.body()
    return forms.parse(request.headers.get("content-type", ""), body, MOST_BYTES + SLACK, ())


def guests(networks: Sequence[str]) -> Callable[[str], Principal | None]:
    """Who may call without a key: everybody from these networks, as one tenant of their own.

    Raises:
        ConfigInvalid: a text that is no network.
    """
    try:
        known = [ipaddress.ip_network(network) for network in networks]
    except ValueError as error:
        reason = f"key 'api.idlive.open_to': {error}"
        raise ConfigInvalid(reason, remedy='Write networks as "127.0.0.0/8" or "10.1.2.0/24".') from None
    principal = Principal("idlive-open", "idlive-open", "idlive", frozenset(), GUEST_PLAN)

    def guest(address: str) -> Principal | None:
        try:
            caller = ipaddress.ip_address(address)
        except ValueError:
            return None
        return principal if any(caller in network for network in known) else None

    return guest
