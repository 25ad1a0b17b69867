"""Errors of this dialect: JSON of exactly `error`, `code` and `request_id`."""

from typing import Final

from litestar.exceptions import HTTPException

from appliance import errors
from appliance.api import answers
from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.recspace.wire import Failure

STATUS: Final[tuple[tuple[type[errors.KycboxError], int, str], ...]] = (
    (errors.Unauthenticated, 401, "unauthorized"),
    (errors.Forbidden, 403, "forbidden"),
    (errors.NotFound, 404, "not_found"),
    (errors.FileTooLarge, 413, "payload_too_large"),
    (errors.DocumentUnreadable, 422, "document_unreadable"),
    (errors.RateLimited, 429, "rate_limited"),
    (errors.RequestError, 400, "bad_request"),
    (errors.NotInstalled, 503, "service_unavailable"),
    (errors.Busy, 503, "service_unavailable"),
    (errors.StorageFull, 503, "service_unavailable"),
    (errors.DecoderFailed, 503, "service_unavailable"),
)
"""First match counts; anything else is 500."""
OF_STATUS: Final = {status: code for _, status, code in STATUS}
LEAST_CONFIDENCE: Final = 0.50
"""Of a document; under it, it counts as unreadable."""
INTERNAL: Final = ("Something failed on our side. Send it again.", "internal_error")


def code_of(error: errors.KycboxError) -> str:
    """The machine word of an error."""
    return next((code for kind, _, code in STATUS if isinstance(error, kind)), INTERNAL[1])


def known(request: AnyRequest, error: errors.KycboxError) -> Answer:
    """Answer an error of the box."""
    answers.outcome(request, error.code)
    for kind, status, code in STATUS:
        if isinstance(error, kind):
            headers = answers.wait(error) if status in {429, 503} else {}
            return failure(request, status, answers.sentence(error), code, headers)
    answers.log(request, error)
    return failure(request, 500, *INTERNAL)


def routing(request: AnyRequest, error: HTTPException) -> Answer:
    """Answer what the framework refuses: unknown paths, and methods, which count as unknown paths here."""
    answers.outcome(request, f"http_{error.status_code}")
    if error.status_code >= 500:
        return unknown(request, error)
    if error.status_code in {404, 405}:
        return failure(request, 404, "There is nothing here.", "not_found", answers.allowed(error))
    status = error.status_code if error.status_code in OF_STATUS else 400
    return failure(request, status, "The request cannot be read.", OF_STATUS[status])


def unknown(request: AnyRequest, error: Exception) -> Answer:
    """Answer a mistake of ours: what it was goes to the log, not to the caller."""
    answers.outcome(request, "internal")
    answers.log(request, error)
    return failure(request, 500, *INTERNAL)


def failure(
    request: AnyRequest, status: int, says: str, code: str, headers: dict[str, str] | None = None
) -> Answer:
    """One error body."""
    says = says if says.endswith(".") else f"{says}."
    body = Failure(error=says, code=code, request_id=request.scope["state"]["request_id"])
    return answer(body, status, headers)
