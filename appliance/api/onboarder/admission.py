"""What every call of this dialect passes, in this order: key or token, page of origin, rate, body."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qsl

from appliance.api import forms
from appliance.api.answers import AnyRequest
from appliance.api.application import services_of
from appliance.api.forms import Fields
from appliance.api.origin import is_same_origin
from appliance.errors import FileTooLarge, Forbidden, InvalidRequest, Unauthenticated
from appliance.services.active_liveness import MOST
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.onboarding.access import is_applicant
from appliance.services.pictures import Intake
from appliance.vision import picture_header

COOKIE: Final = "kycbox_applicant"
MOST_BYTES: Final = 10 * 1024 * 1024
"""Of one picture."""
BODY_BYTES: Final = 40 * 1024 * 1024
"""Sixty frames of a phone's front camera and the form around them."""
INTAKE: Final = Intake(frozenset({picture_header.JPEG, picture_header.PNG}), MOST_BYTES)
INLINE_BYTES: Final = 128 * 1024
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?", re.ASCII)
_SHORT: Final = 64 * 1024


def secret(headers: Mapping[str, str]) -> str:
    """The key or token of a call: `X-API-Key`, a bearer token, or the cookie of an applicant's page."""
    if key := headers.get("x-api-key", ""):
        return key
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip().startswith("ea_"):
        return token.strip()
    return _cookie(headers.get("cookie", ""))


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def authenticated(request: AnyRequest) -> Caller:
    """Give the caller.

    Raises:
        Unauthenticated: no key or token, or one that does not open this dialect.
        Forbidden: another site's page sent an applicant's cookie along.
    """
    caller: Caller | None = request.scope["state"]["caller"]
    if caller is None:
        raise Unauthenticated("missing or invalid API key", remedy="Send X-API-Key.")
    origin = request.headers.get("origin")
    host, scheme = request.headers.get("host", ""), request.scope["scheme"]
    if origin is not None and is_applicant(caller) and not is_same_origin(origin, host, scheme):
        raise Forbidden("insufficient permissions")
    return caller


@contextmanager
def admitted(request: AnyRequest) -> Iterator[tuple[Services, Caller]]:
    """Hold a call's place within its plan.

    Raises:
        Unauthenticated, Forbidden: see `authenticated`. RateLimited: the plan allows no more for now.
    """
    services, caller = services_of(request), authenticated(request)
    with services.limits.enter(caller.principal):
        yield services, caller


async def form(request: AnyRequest, *names: str, many: tuple[str, ...] = ()) -> Fields:
    """Read a form. None at all, and one that holds no file, are forms with fields missing.

    Raises:
        InvalidRequest: none, or malformed. FileTooLarge: a part is longer than 10 MB.
    """
    body = await request.body()
    kind = request.headers.get("content-type", "")
    parts = MOST + 8
    if not body:
        return {}
    if kind.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        return _urlencoded(body)

    def parse() -> Fields:
        return forms.parse(kind, body, MOST_BYTES, names, many, parts)

    return parse() if len(body) <= INLINE_BYTES else await asyncio.to_thread(parse)


def _urlencoded(body: bytes) -> Fields:
    if len(body) > _SHORT:
        raise FileTooLarge("the form is too long", remedy="Send files as multipart/form-data.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST)
    except ValueError:
        raise InvalidRequest("malformed form", remedy="Send it as multipart/form-data.") from None
    return dict(pairs)


async def short_body(request: AnyRequest) -> bytes:
    """A JSON body.

    Raises:
        FileTooLarge: it is longer than any that is described.
    """
    body = await request.body()
    if len(body) > _SHORT:
        raise FileTooLarge("the body is too long", remedy="Send less metadata.")
    return body


def base_of(request: AnyRequest, services: Services) -> str:
    """Absolute address of this dialect as the caller reaches it, without a slash at its end.

    Raises:
        InvalidRequest: the Host header is none.
    """
    prefix: str = request.scope["state"]["prefix"]
    if public := services.settings.server.public_url:
        return public.rstrip("/") + prefix
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise InvalidRequest("the Host header is not a host name")
    return f"{request.scope['scheme']}://{host}{prefix}"
