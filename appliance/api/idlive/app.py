"""The IDLive dialect as one application."""

from collections.abc import Mapping

from litestar import MediaType, Response, get

from appliance.api.answers import Answer, AnyRequest
from appliance.api.application import application
from appliance.api.box import pages
from appliance.api.box.pages import Described
from appliance.api.idlive import errors
from appliance.api.idlive.admission import guests
from appliance.api.idlive.openapi import document
from appliance.api.idlive.parse import BODY_BYTES
from appliance.api.idlive.routes import ROUTES
from appliance.api.mount import Mount
from appliance.services.context import Services

DIALECT = "idlive"
TITLE = "IDLive eKYC Toolkit"
ROOTS = (
    *("/check", "/collections", "/generate-template", "/match-over-template", "/add-template", "/add-image"),
    *("/decrypt", "/api_version", "/actuator", "/v3/api-docs", "/swagger-ui"),
)


@get("/swagger-ui/index.html")
async def swagger(request: AnyRequest) -> Answer:
    """Show the document in Swagger UI, with files of this box only."""
    prefix = request.scope["state"]["prefix"]
    page = pages.viewer(Described(DIALECT, TITLE, f"{prefix}/v3/api-docs"))
    return Response(page.encode(), media_type=MediaType.HTML, headers={"Content-Security-Policy": pages.CSP})


def build(services: Services) -> Mount:
    """Make the application and say what of the port is its own.

    Raises:
        ConfigInvalid: `api.idlive.open_to` names something that is no network.
    """
    app, lifespan = application(
        [*ROUTES, swagger],
        (errors.known, errors.routing, errors.unknown),
        services,
        BODY_BYTES,
        openapi=document(services.faces.calibration),
    )
    return Mount(
        dialect=DIALECT,
        app=app,
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
