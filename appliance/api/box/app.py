"""The box's own paths: whether it lives and can serve, its API documents, its metrics, its capture key."""

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec
from litestar import HttpMethod, Litestar, MediaType, Request, Response, get, route
from litestar.datastructures import State
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath
from prometheus_client import CONTENT_TYPE_LATEST

from appliance import __version__
from appliance.api.box import pages
from appliance.api.box.pages import Described
from appliance.api.mount import ASGIApp, Lifespan
from appliance.config import PROJECT
from appliance.services.context import Services
from appliance.services.readiness import obstacles

LOG = logging.getLogger(__name__)
SWAGGER = PROJECT / ".cache" / "vendor" / "swagger-ui"
"""Where set-up puts Swagger UI."""
LIBSODIUM = PROJECT / ".cache" / "vendor" / "libsodium"
"""Where set-up puts libsodium for browsers."""
STATIC = Path(__file__).parent / "static"
_ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
_PAGE_HEADERS = {"Content-Security-Policy": pages.CSP}

PROBES = [HttpMethod.GET, HttpMethod.HEAD]
"""Load balancers ask without wanting a body."""
AnyRequest = Request[Any, Any, Any]
Answer = Response[bytes]


@dataclass(frozen=True, slots=True)
class BoxRoutes:
    """The application, and what is held from start to stop."""

    app: ASGIApp
    lifespan: Lifespan


@route("/-/healthz", http_method=PROBES)
async def healthz() -> Answer:
    """Say that the process answers."""
    return _json({"status": "alive", "version": __version__})


@route("/-/readyz", http_method=PROBES)
async def readyz(request: AnyRequest) -> Answer:
    """Say whether the box can serve: models warm, decoder up, database writable."""
    reasons = await obstacles(_services(request))
    return _json({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)


@get("/-/capture-key")
async def capture_key(request: AnyRequest) -> Answer:
    """Give the X25519 public key that capture clients seal pictures to."""
    services = _services(request)
    key, limits = services.captures.current(), services.settings.captures
    return _json(
        {
            "algorithm": "X25519",
            "format": "KYB1",
            "key_id": key.id,
            "public_key": key.public.hex(),
            "max_age_seconds": limits.max_age_seconds,
        }
    )


@get("/-/metrics")
async def metrics(request: AnyRequest) -> Answer:
    """Give the metrics to this machine only: they tell who calls how often."""
    if not _is_local(request):
        return _json({"error": "metrics are given on the box itself only"}, 403)
    text = await asyncio.to_thread(_services(request).metrics.text)
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


@get("/-/docs")
async def docs(request: AnyRequest) -> Answer:
    """List the API documents."""
    return _html(pages.index(request.app.state.documents))


@get("/-/docs/{dialect:str}")
async def viewer(request: AnyRequest, dialect: FromPath[str]) -> Answer:
    """Show one API document."""
    for described in request.app.state.documents:
        if described.dialect == dialect:
            return _html(pages.viewer(described))
    raise NotFoundException


@get("/-/swagger/{name:str}")
async def swagger(name: FromPath[str]) -> Answer:
    """Give a file of Swagger UI."""
    headers = {"Cache-Control": "public, max-age=3600"}
    if name == "start.js":
        return Response(pages.START.encode(), media_type="text/javascript", headers=headers)
    media_type = _ASSETS.get(name)
    content = await asyncio.to_thread(_content, SWAGGER / name) if media_type else b""
    if not content:
        raise NotFoundException
    return Response(content, media_type=media_type, headers=headers)


@get(["/-/seal.mjs", "/-/libsodium.mjs", "/-/libsodium-wrappers.mjs"])
async def sealing(request: AnyRequest) -> Answer:
    """Give the module that seals captures in a browser, or a part of the library that it uses."""
    name = request.url.path.rsplit("/", 1)[-1]
    folder = STATIC if name == "seal.mjs" else LIBSODIUM
    content = await asyncio.to_thread(_content, folder / name)
    if not content:
        raise NotFoundException
    return Response(content, media_type="text/javascript", headers={"Cache-Control": "public, max-age=3600"})


@get("/favicon.ico")
async def favicon() -> Answer:
    """Give the icon that browsers ask for."""
    return Response(
        pages.ICON.encode(), media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"}
    )


def build(services: Services, documents: Sequence[Described]) -> BoxRoutes:
    """Make the application.

    Args:
        services: of the box.
        documents: the APIs that the box speaks.
    """
    app = Litestar(
        route_handlers=[healthz, readyz, capture_key, metrics, docs, viewer, swagger, sealing, favicon],
        exception_handlers={HTTPException: _refused, Exception: _failed},
        state=State({"services": services, "documents": tuple(documents)}),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=64 * 1024,
        debug=False,
    )

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with app.lifespan():
            yield

    return BoxRoutes(cast("ASGIApp", app), lifespan)


def _services(request: AnyRequest) -> Services:
    services: Services = request.app.state.services
    return services


def _is_local(request: AnyRequest) -> bool:
    """Whether the request comes from this machine and was not passed on by a proxy on it."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    client = request.scope["client"]
    return client is not None and ipaddress.ip_address(client[0]).is_loopback


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _refused(_: AnyRequest, error: HTTPException) -> Answer:
    says = {404: "Not found", 405: "Method not allowed"}
    return _json({"error": says.get(error.status_code, "Invalid request")}, error.status_code)


def _failed(request: AnyRequest, error: Exception) -> Answer:
    LOG.error("request %s failed", request.scope["state"]["request_id"], exc_info=error)
    return _json({"error": "Internal server error"}, 500)


def _html(text: str) -> Answer:
    return Response(text.encode(), media_type=MediaType.HTML, headers=_PAGE_HEADERS)


def _json(content: object, status: int = 200) -> Answer:
    return Response(msgspec.json.encode(content), status_code=status, media_type=MediaType.JSON)
