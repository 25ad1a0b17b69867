"""Who calls: a technician whose console session is open, or a key that was made for officers."""

from collections.abc import Callable
from typing import Final, TypeAlias

from appliance.api.answers import AnyRequest
from appliance.api.application import services_of
from appliance.api.origin import is_same_origin
from appliance.errors import Forbidden, Unauthenticated
from appliance.services import review
from appliance.services.onboarding.access import API
from appliance.services.review import Officer

COOKIE: Final = "kycbox_console"
KEY: Final = "x-api-key"
Technician: TypeAlias = Callable[[str], str | None]
"""Token of a console session to the technician behind it; None for nobody."""


def officer(request: AnyRequest) -> Officer:
    """Who reviews.

    Raises:
        Unauthenticated: neither an open session nor a known key.
        Forbidden: the key was not made for this, or another site's page asks.
    """
    key = request.headers.get(KEY, "")
    if not key:
        return Officer(technician(request), "", _request_id(request))
    principal = services_of(request).credentials.authenticate(key, API)
    if principal is None:
        raise _stranger(request)
    return review.officer_of(principal, _request_id(request))


def technician(request: AnyRequest) -> str:
    """Who is logged in at the console: what a key may never do.

    Raises:
        Unauthenticated: no open session.
        Forbidden: a key is given instead, or another site's page asks.
    """
    if request.headers.get(KEY):
        raise Forbidden("a key may not do this", remedy="Log in at the console.")
    find: Technician = request.app.state.technician
    found = find(request.cookies.get(COOKIE, ""))
    if found is None:
        raise _stranger(request)
    origin = request.headers.get("origin", "")
    host = request.headers.get("host", "")
    if origin and not is_same_origin(origin, host, request.scope["scheme"]):
        raise Forbidden("another site's page may not do this")
    return found


def _stranger(request: AnyRequest) -> Unauthenticated:
    services_of(request).audit.stranger("admin.401")
    return Unauthenticated("missing or invalid session or key", remedy="Log in at /admin, or send X-API-Key.")


def _request_id(request: AnyRequest) -> str:
    identity: str = request.scope["state"]["request_id"]
    return identity
