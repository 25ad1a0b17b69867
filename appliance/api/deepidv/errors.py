"""Errors in this dialect: JSON with one string `message`; 402 is plain text."""

from litestar import MediaType, Response
from litestar.exceptions import HTTPException

from appliance import errors
from appliance.api import answers
from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.deepidv.wire import Failure

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


def known(request: AnyRequest, error: errors.KycboxError) -> Answer:
    """Answer an error of the box."""
    answers.outcome(request, error.code)
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    if status == 402:
        return Response(NO_TOKENS.encode(), status_code=402, media_type=MediaType.TEXT)
    if status == 500:
        answers.log(request, error)
        return answer(Failure("Internal server error"), 500)
    headers = answers.wait(error) if status in {429, 503} else None
    return answer(Failure(answers.sentence(error)), status, headers)


def routing(request: AnyRequest, error: HTTPException) -> Answer:
    """Answer what the framework refuses: unknown paths and methods, unreadable bodies."""
    status = 400 if error.status_code == 413 else error.status_code
    answers.outcome(request, f"http_{status}")
    if status >= 500:
        return unknown(request, error)
    return answer(Failure(ROUTING.get(status, "Invalid request")), status, answers.allowed(error))


def unknown(request: AnyRequest, error: Exception) -> Answer:
    """Answer a mistake of ours: what it was goes to the log, not to the caller."""
    answers.outcome(request, "internal")
    answers.log(request, error)
    return answer(Failure("Internal server error"), 500)
