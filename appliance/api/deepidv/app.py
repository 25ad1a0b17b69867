"""The Verify Identity dialect as one application."""

from collections.abc import Mapping

from litestar import MediaType, Response, get

from appliance.api.answers import Answer, AnyRequest
from appliance.api.application import application
from appliance.api.deepidv import errors
from appliance.api.deepidv.images import BODY_BYTES
from appliance.api.deepidv.openapi import document
from appliance.api.deepidv.routes import CHECKS
from appliance.api.deepidv.uploads import UPLOADS
from appliance.api.mount import Mount
from appliance.services.context import Services

DIALECT = "deepidv"
ROOTS = (
    "/v1/document",
    "/v1/identity",
    "/v1/upload",
    "/v1/sessions",
    "/v1/face/detect",
    "/v1/face/compare",
    "/v1/face/estimate-age",
)
"""Another dialect has paths under /v1 too: none of these."""


@get("/openapi.json")
async def openapi(request: AnyRequest) -> Answer:
    """Describe this dialect to clients' generators."""
    return Response(request.app.state.openapi, media_type=MediaType.JSON)


def build(services: Services) -> Mount:
    """Make the application and say what of the port is its own."""
    app, lifespan = application(
        [*CHECKS, *UPLOADS, openapi],
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
        hosts=frozenset({"api.deepidv.com"}),
        secret=_key,
        body_bytes=BODY_BYTES,
        prefix="sk_",
    )


def _key(headers: Mapping[str, str]) -> str:
    return headers.get("x-api-key", "")
