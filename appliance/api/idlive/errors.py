"""Errors in this dialect: `{"status": 400, "message": "..."}`, and 400 for whatever a caller can mend."""

from litestar.exceptions import HTTPException

from appliance import errors
from appliance.api import answers
from appliance.api.answers import Answer, AnyRequest, answer

STATUS: tuple[tuple[type[errors.KycboxError], int], ...] = (
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.RateLimited, 429),
    (errors.RequestError, 400),
    (errors.NotInstalled, 400),
    (errors.Busy, 503),
)
"""First match counts; anything else is 500. The page knows 400 only; keys, plans, a full box need more."""
BUNDLES: tuple[tuple[type[errors.KycboxError], str], ...] = (
    (errors.BundleUnparsable, "Failed to parse file"),
    (errors.BundleMetadata, "Failed to read a meta data"),
    (errors.BundleUndecryptable, "Failed to decrypt message"),
)
ROUTING = {404: "Not found", 405: "Method not allowed"}


def known(request: AnyRequest, error: errors.KycboxError) -> Answer:
    """Answer an error of the box."""
    answers.outcome(request, error.code)
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    if status == 500:
        answers.log(request, error)
        return failure(500, "Internal server error")
    headers = answers.wait(error) if status in {429, 503} else None
    message = next((text for kind, text in BUNDLES if isinstance(error, kind)), "")
    return failure(status, message or answers.sentence(error), headers)


def routing(request: AnyRequest, error: HTTPException) -> Answer:
    """Answer what the framework refuses: unknown paths and methods, unreadable bodies."""
    status = 400 if error.status_code == 413 else error.status_code
    answers.outcome(request, f"http_{status}")
    if status >= 500:
        return unknown(request, error)
    return failure(status, ROUTING.get(status, "Invalid request"), answers.allowed(error))


def unknown(request: AnyRequest, error: Exception) -> Answer:
    """Answer a mistake of ours: what it was goes to the log, not to the caller."""
    answers.outcome(request, "internal")
    answers.log(request, error)
    return failure(500, "Internal server error")


def failure(status: int, message: str, headers: dict[str, str] | None = None) -> Answer:
    """Make the error body."""
    return answer({"status": status, "message": message}, status, headers)
