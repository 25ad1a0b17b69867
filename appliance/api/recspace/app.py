"""The Recspace dialect as one application."""

import secrets
from collections.abc import Mapping
from typing import Final

from litestar import MediaType, Response, get

from appliance.api.answers import Answer, AnyRequest
from appliance.api.application import application
from appliance.api.mount import Mount
from appliance.api.recspace import errors
from appliance.api.recspace import openapi as described
from appliance.api.recspace.admission import BODY_BYTES
from appliance.api.recspace.routes import ROUTES
from appliance.api.recspace.routes_audit import AUDIT
from appliance.api.recspace.routes_batch import BATCH
from appliance.api.recspace.routes_described import CALLS
from appliance.api.recspace.routes_erasure import ERASURE
from appliance.api.recspace.routes_masking import MASKING
from appliance.api.recspace.routes_sessions import SESSIONS
from appliance.api.recspace.routes_vcip import VCIP
from appliance.services.context import Services

DIALECT: Final = "recspace"
TITLE: Final = "Recspace"
_SERVICES: Final = {
    "/v1/ocr": "ocr",
    "/v1/face/match": "fm",
    "/v1/face/liveness": "lv",
    "/v1/face/search": "fs",
    "/v1/masking/apply": "msk",
    "/v1/masking/unmask": "unm",
    "/v1/masking": "msk",
    "/v1/vcip": "vcip",
    "/v1/kyc": "kyc",
    "/v1/audit": "aud",
}
"""Path -> how its request ids begin."""


@get("/openapi.json")
async def openapi(request: AnyRequest) -> Answer:
    """Describe this dialect to clients' generators."""
    return Response(request.app.state.openapi, media_type=MediaType.JSON)


def build(services: Services) -> Mount:
    """Make the application and say what of the port is its own."""
    app, lifespan = application(
        [*ROUTES, *MASKING, *ERASURE, *AUDIT, *SESSIONS, *VCIP, *BATCH, openapi],
        (errors.known, errors.routing, errors.unknown),
        services,
        BODY_BYTES,
        openapi=described.document(
            services.faces.calibration,
            CALLS,
        ),
    )
    return Mount(
        dialect=DIALECT,
        app=app,
        lifespan=lifespan,
        roots=tuple(_SERVICES),
        hosts=frozenset({"api.recspace.in"}),
        secret=_token,
        body_bytes=BODY_BYTES,
        prefix="rsk_",
        request_id=_request_id,
        fallback=("/v1",),
        headers=lambda principal: (
            allowed.headers() if (allowed := services.limits.allowed(principal)) else {}
        ),
    )


def _token(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _request_id(path: str) -> str:
    """A new id for a call to this path: the page's own form, `ocr_8B3A2F`, with more places."""
    prefix = next((name for root, name in _SERVICES.items() if path.startswith(root)), "req")
    return f"{prefix}_{secrets.token_hex(10).upper()}"
