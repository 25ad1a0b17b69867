"""What answers of all dialects have in common: how one is made, and how a mistake of ours is told."""

import logging
import math
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from appliance.errors import KycboxError

LOG = logging.getLogger(__name__)

Answer = Response[bytes]
AnyRequest = Request[Any, Any, Any]


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """Make an answer of wire structs."""
    return Response(msgspec.json.encode(body), status_code=status, headers=headers, media_type=MediaType.JSON)


def outcome(request: AnyRequest, code: str) -> None:
    """Say what the audit leaf of a refused call says."""
    request.scope["state"]["outcome"] = code


def sentence(error: KycboxError) -> str:
    """What is wrong and what to do about it, for people."""
    message = f"{error.message}. {error.remedy}" if error.remedy else error.message
    return message[:1].upper() + message[1:]


def wait(error: KycboxError) -> dict[str, str]:
    """The header that says when to come again: whole seconds, at least one."""
    return {"Retry-After": str(max(1, math.ceil(error.retry_after or 1.0)))}


def allowed(error: HTTPException) -> dict[str, str]:
    """The header that says which methods a path has, where the framework gives it."""
    return {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}


def log(request: AnyRequest, error: Exception) -> None:
    """Log what failed on our side: errors of the box by their code, others with their trace."""
    identity = request.scope["state"]["request_id"]
    if isinstance(error, KycboxError):
        LOG.error("request %s: %s", identity, error.code)
    else:
        LOG.error("request %s failed", identity, exc_info=error)
