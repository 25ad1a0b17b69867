"""Errors in this dialect: JSON with one string `message`; 402 is plain text."""

import logging
import math
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from appliance import errors
from appliance.api.deepidv.wire import Failure

LOG = logging.getLogger(__name__)

STATUS: tuple[tuple[type[errors.KycboxError], int], ...] = (
    (errors.Unauthenticated, 401),
    (errors.InsufficientTokens, 402),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.RateLimited, 429),
    (errors.RequestError, 400),
    (errors.NotInstalled, 501),
    (errors.Busy, 503),
)
"""First match counts; anything else is 500."""
NO_TOKENS = "Insufficient funds or subscription."
ROUTING = {404: "Not found", 405: "Method not allowed"}

Answer = Response[bytes]
AnyRequest = Request[Any, Any, Any]


def answer(body: msgspec.Struct, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """Make an answer of a wire struct."""
    return Response(msgspec.json.encode(body), status_code=status, headers=headers, media_type=MediaType.JSON)


def known(request: AnyRequest, error: errors.KycboxError) -> Answer:
    """Answer an error of the box."""
    request.scope["state"]["outcome"] = error.code
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    if status == 402:
        return Response(NO_TOKENS.encode(), status_code=402, media_type=MediaType.TEXT)
    if status == 500:
        LOG.error("request %s: %s", request.scope["state"]["request_id"], error.code)
        return answer(Failure("Internal server error"), 500)
    headers = {}
    if status in {429, 503}:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after or 1.0)))
    message = f"{error.message}. {error.remedy}" if error.remedy else error.message
    return answer(Failure(message[:1].upper() + message[1:]), status, headers)


def routing(request: AnyRequest, error: HTTPException) -> Answer:
    """Answer what the framework refuses: unknown paths and methods, unreadable bodies."""
    status = 400 if error.status_code == 413 else error.status_code
    request.scope["state"]["outcome"] = f"http_{status}"
    if status >= 500:
        return unknown(request, error)
    kept = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return answer(Failure(ROUTING.get(status, "Invalid request")), status, kept)


def unknown(request: AnyRequest, error: Exception) -> Answer:
    """Answer a mistake of ours: what it was goes to the log, not to the caller."""
    request.scope["state"]["outcome"] = "internal"
    LOG.error("request %s failed", request.scope["state"]["request_id"], exc_info=error)
    return answer(Failure("Internal server error"), 500)
