"""How a dialect becomes an application of its own, and what its calls find in it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, cast

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from appliance.api.answers import Answer, AnyRequest
from appliance.api.mount import ASGIApp, Lifespan
from appliance.errors import KycboxError, Unauthenticated
from appliance.services.call import Caller
from appliance.services.context import Services

Known: TypeAlias = Callable[[AnyRequest, KycboxError], Answer]
Routing: TypeAlias = Callable[[AnyRequest, HTTPException], Answer]
Unknown: TypeAlias = Callable[[AnyRequest, Exception], Answer]


def application(
    routes: Sequence[Any],
    errors: tuple[Known, Routing, Unknown],
    services: Services,
    body_bytes: int,
    **state: object,
) -> tuple[ASGIApp, Lifespan]:
    """Make the application of a dialect.

    Args:
        routes: its handlers.
        errors: how it answers errors of the box, what the framework refuses, and mistakes of ours.
        services: of the box.
        body_bytes: longest body.
        state: what else its handlers find in `request.app.state`.

    Returns:
        The application, and what is held from start to stop.
    """
    known, routing, unknown = errors
    handlers: Mapping[Any, Any] = {KycboxError: known, HTTPException: routing, Exception: unknown}
    app = Litestar(
        route_handlers=list(routes),
        exception_handlers=dict(handlers),
        state=State({"services": services, **state}),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=body_bytes,
        debug=False,
    )

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with app.lifespan():
            yield

    return cast("ASGIApp", app), lifespan


def services_of(request: AnyRequest) -> Services:
    """Give what the composition root handed to this application."""
    services: Services = request.app.state.services
    return services


def authenticated(request: AnyRequest) -> Caller:
    """Give the caller.

    Raises:
        Unauthenticated: no key, or one that does not open this dialect.
    """
    caller: Caller | None = request.scope["state"]["caller"]
    if caller is None:
        raise Unauthenticated("missing or invalid x-api-key", remedy="Send a key of this API.")
    return caller
