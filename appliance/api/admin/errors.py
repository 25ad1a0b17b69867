"""Errors of the console's REST: JSON of `detail` and `status_code`, as in the onboarder dialect."""

from typing import Final

from litestar.exceptions import HTTPException

from appliance import errors
from appliance.api import answers
from appliance.api.answers import Answer, AnyRequest, answer

STATUS: Final[tuple[tuple[type[errors.KycboxError], int], ...]] = (
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.RateLimited, 429),
    (errors.RequestError, 400),
    (errors.Busy, 503),
    (errors.StorageFull, 503),
)
"""First match counts; anything else is 500."""
ROUTING: Final = {404: "Not Found", 405: "Method Not Allowed"}


def known(request: AnyRequest, error: errors.KycboxError) -> Answer:
    """Answer an error of the box."""
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    if status == 500:
        return unknown(request, error)
    headers = answers.wait(error) if status in {429, 503} else {}
    return _failure(status, answers.sentence(error), headers)


def routing(request: AnyRequest, error: HTTPException) -> Answer:
    """Answer what the framework refuses: unknown paths and methods, bodies that are too long."""
    if error.status_code >= 500:
        return unknown(request, error)
    said = ROUTING.get(error.status_code, "Bad Request")
    return _failure(error.status_code, said, answers.allowed(error))


def unknown(request: AnyRequest, error: Exception) -> Answer:
    """Answer a mistake of ours: what it was goes to the log, not to the caller."""
    answers.log(request, error)
    return _failure(500, "Internal server error")


def _failure(status: int, detail: str, headers: dict[str, str] | None = None) -> Answer:
    return answer({"detail": detail, "status_code": status}, status, headers)
