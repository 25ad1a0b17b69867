"""Errors of this dialect: JSON of `detail` and `status_code`."""

from collections.abc import Sequence
from typing import Final

from litestar.exceptions import HTTPException

from appliance import errors
from appliance.api import answers
from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.onboarder.wire import Failure, Invalid, Wrong

STATUS: Final[tuple[tuple[type[errors.KycboxError], int], ...]] = (
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.RateLimited, 429),
    (errors.RequestError, 400),
    (errors.NotInstalled, 501),
    (errors.Busy, 503),
    (errors.StorageFull, 503),
    (errors.DecoderFailed, 503),
)
"""First match counts; anything else is 500."""
SAID: Final = {
    401: "Missing or invalid API key",
    404: "Session not found",
    429: "Rate limit exceeded",
    500: "Internal server error",
}
"""By status; where it is not here, the error itself says."""
ROUTING: Final = {404: "Not Found", 405: "Method Not Allowed"}


class FieldsRefused(errors.InvalidRequest):
    """Fields of the body or the query are missing or wrong; all of them are told at once."""

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        super().__init__("the request is not as described")
        self.wrong = tuple(wrong)


def known(request: AnyRequest, error: errors.KycboxError) -> Answer:
    """Answer an error of the box."""
    answers.outcome(request, error.code)
    if isinstance(error, FieldsRefused):
        return answer(Invalid(list(error.wrong), 422), 422)
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    if status == 500:
        answers.log(request, error)
    headers = answers.wait(error) if status in {429, 503} else {}
    return _failure(status, SAID.get(status) or answers.sentence(error), headers)


def routing(request: AnyRequest, error: HTTPException) -> Answer:
    """Answer what the framework refuses: unknown paths and methods, unreadable bodies."""
    status = 400 if error.status_code == 413 else error.status_code
    answers.outcome(request, f"http_{status}")
    if status >= 500:
        return unknown(request, error)
    return _failure(status, ROUTING.get(status, "Bad Request"), answers.allowed(error))


def unknown(request: AnyRequest, error: Exception) -> Answer:
    """Answer a mistake of ours: what it was goes to the log, not to the caller."""
    answers.outcome(request, "internal")
    answers.log(request, error)
    return _failure(500, SAID[500])


def _failure(status: int, detail: str, headers: dict[str, str] | None = None) -> Answer:
    return answer(Failure(detail, status), status, headers)
