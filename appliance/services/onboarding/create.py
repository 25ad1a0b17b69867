"""Open a session, look at one, list them."""

import json
import time
from typing import Final
from urllib.parse import urlsplit

from appliance.domain.onboarding import OnboardingSession, State
from appliance.domain.webhook_target import parse_target
from appliance.errors import InvalidRequest
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.onboarding import events
from appliance.services.onboarding.access import require_partner, session_for
from appliance.store.onboarding_rows import Wanted, new_identity
from appliance.store.transaction import Transaction

MOST_METADATA: Final = 4096
"""Bytes of metadata as JSON."""
LONGEST_ID: Final = 255
LONGEST_URL: Final = 2048
MOST_LISTED: Final = 100


async def create_session(services: Services, caller: Caller, wanted: Wanted) -> OnboardingSession:
    """Open a session and tell of it. The caller needs the scope `sessions`.

    Raises:
        InvalidRequest: an external user id, address or metadata that is none.
        Forbidden: scope.
    """
    require_partner(caller)
    caller.require("sessions")
    check(wanted)
    tenant = caller.principal.tenant
    identity = new_identity()
    made: list[OnboardingSession] = []

    def effect(transaction: Transaction) -> None:
        now = int(time.time())
        session = services.onboarding.create(transaction, tenant, identity, wanted, now)
        events.tell(services, transaction, events.CREATED, session, now)
        made[:] = [session]

    await services.audit.succeeded(caller, "onboarding.create", effect=effect, about=identity)
    return made[0]


def check(wanted: Wanted) -> None:
    """Refuse what no session can be made of.

    Raises:
        InvalidRequest: says which field and why.
    """
    user = wanted.external_user_id
    if not 1 <= len(user) <= LONGEST_ID or not user.isprintable():
        raise InvalidRequest(f"external_user_id has 1 to {LONGEST_ID} printable characters")
    if wanted.webhook_url:
        parse_target(wanted.webhook_url)
    if wanted.redirect_url and not _is_web(wanted.redirect_url):
        raise InvalidRequest("redirect_url is an absolute http or https address")
    if len(json.dumps(wanted.metadata or {})) > MOST_METADATA:
        raise InvalidRequest(f"metadata is longer than {MOST_METADATA} bytes", remedy="Send less of it.")


async def get_session(services: Services, caller: Caller, identity: str) -> OnboardingSession:
    """Look at a session. The caller needs the scope `sessions`.

    Raises:
        NotFound: the tenant has none of that id. Forbidden: scope.
    """
    require_partner(caller)
    caller.require("sessions")
    found = await session_for(services, caller, identity)
    await services.audit.succeeded(caller, "onboarding.read", about=found.id)
    return found


async def list_sessions(  # noqa: PLR0913 - the filters of one list
    services: Services,
    caller: Caller,
    *,
    state: State | None = None,
    user: str = "",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[OnboardingSession], int]:
    """List the tenant's sessions, newest first, and say how many there are in all.

    The caller needs the scope `sessions`.

    Raises:
        Forbidden: scope.
    """
    require_partner(caller)
    caller.require("sessions")
    tenant = caller.principal.tenant
    found = await services.database.read(
        lambda connection: services.onboarding.page(
            connection, tenant, state=state, user=user, limit=limit, offset=offset
        )
    )
    await services.audit.succeeded(caller, "onboarding.list", details={"sessions": len(found[0])})
    return found


def _is_web(url: str) -> bool:
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
