"""The Verify Identity dialect as one application."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

from litestar import Litestar, MediaType, Response, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from appliance.api.deepidv import errors
from appliance.api.deepidv.admission import AnyRequest
from appliance.api.deepidv.images import BODY_BYTES
from appliance.api.deepidv.openapi import document
from appliance.api.deepidv.routes import CHECKS
from appliance.api.deepidv.uploads import UPLOADS
from appliance.api.mount import ASGIApp, Mount
from appliance.errors import KycboxError
from appliance.services.context import Services

DIALECT = "deepidv"


@get("/openapi.json")
async def openapi(request: AnyRequest) -> errors.Answer:
    """Describe this dialect to clients' generators."""
    return Response(request.app.state.openapi, media_type=MediaType.JSON)


def build(services: Services) -> Mount:
    """Make the application and say what of the port is its own."""
    app = Litestar(
        route_handlers=[*CHECKS, *UPLOADS, openapi],
        exception_handlers={
            KycboxError: errors.known,
            HTTPException: errors.routing,
            Exception: errors.unknown,
        },
        state=State({"services": services, "openapi": document(services.faces.calibration)}),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=BODY_BYTES,
        debug=False,
    )

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with app.lifespan():
            yield

    return Mount(
        dialect=DIALECT,
        app=cast("ASGIApp", app),
        lifespan=lifespan,
        roots=("/v1",),
        hosts=frozenset({"api.deepidv.com"}),
        secret=_key,
        body_bytes=BODY_BYTES,
    )


def _key(headers: Mapping[str, str]) -> str:
    return headers.get("x-api-key", "")
