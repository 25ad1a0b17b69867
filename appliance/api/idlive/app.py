"""The IDLive dialect as one application."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

from litestar import Litestar, MediaType, Response, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from appliance.api.box import pages
from appliance.api.box.pages import Described
from appliance.api.idlive import errors
from appliance.api.idlive.admission import guests
from appliance.api.idlive.errors import AnyRequest
from appliance.api.idlive.openapi import document
from appliance.api.idlive.parse import BODY_BYTES
from appliance.api.idlive.routes import ROUTES
from appliance.api.mount import ASGIApp, Mount
from appliance.errors import KycboxError
from appliance.services.context import Services

DIALECT = "idlive"
TITLE = "IDLive eKYC Toolkit"
ROOTS = (
    *("/check", "/collections", "/generate-template", "/match-over-template", "/add-template", "/add-image"),
    *("/decrypt", "/api_version", "/actuator", "/v3/api-docs", "/swagger-ui"),
)


@get("/swagger-ui/index.html")
async def swagger(request: AnyRequest) -> errors.Answer:
    """Show the document in Swagger UI, with files of this box only."""
    prefix = request.scope["state"]["prefix"]
    page = pages.viewer(Described(DIALECT, TITLE, f"{prefix}/v3/api-docs"))
    return Response(page.encode(), media_type=MediaType.HTML, headers={"Content-Security-Policy": pages.CSP})


def build(services: Services) -> Mount:
    """Make the application and say what of the port is its own.

    Raises:
        ConfigInvalid: `api.idlive.open_to` names something that is no network.
    """
    app = Litestar(
        route_handlers=[*ROUTES, swagger],
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
        roots=ROOTS,
        hosts=frozenset(),
        secret=_key,
        body_bytes=BODY_BYTES,
        prefix="id_",
        guest=guests(services.settings.api.idlive.open_to),
    )


def _key(headers: Mapping[str, str]) -> str:
    return headers.get("x-api-key", "")
