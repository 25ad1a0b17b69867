"""Errors in this dialect, as Django REST framework words them: `detail`, or messages by field."""

import math

from litestar.exceptions import HTTPException

from appliance import errors
from appliance.api import answers
from appliance.api.answers import Answer, AnyRequest, answer

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="api"'}
NOT_VALID = "Token is invalid or expired"
NO_ACCOUNT = "No active account found with the given credentials"
NO_CREDENTIALS = "Authentication credentials were not provided."
TOO_LARGE = "Images sent in jpg format must not exceed 2MB."
BODY_TOO_LARGE = f"The request is too large. {TOO_LARGE}"
NO_IMAGE = "Upload a valid image. The file you uploaded was either not an image or a corrupted image."
SERVER = "A server error occurred."
SAID = {
    403: "You do not have permission to perform this action.",
    404: "Not found.",
    500: SERVER,
    503: "Service temporarily unavailable, try again later.",
}
"""By status; where it is not here, the error itself says."""
PARTS = {
    "front": "frontside",
    "back": "backside",
    "reference": "frontside",
    "probe": "selfie",
    "face": "selfie",
}
"""Pictures as the services name them, and the fields of this dialect."""
BUNDLES: tuple[tuple[type[errors.KycboxError], str], ...] = (
    (errors.BundleUnparsable, "Failed to parse file"),
    (errors.BundleMetadata, "Failed to read a meta data"),
    (errors.BundleUndecryptable, "Failed to decrypt message"),
)


class FieldsRefused(errors.InvalidRequest):
    """Fields are missing or wrong; all of them are told at once.

    Args:
        fields: messages by field.
    """

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__(f"fields are refused: {', '.join(sorted(fields))}")
        self.fields = fields


class MediaTypeRefused(errors.InvalidRequest):
    """The body is of a kind that is not taken."""

    code = "media_type"


class HeaderRefused(errors.Unauthenticated):
    """The Authorization header is not of the form `Bearer TOKEN`."""

    code = "authorization_header"


STATUS: tuple[tuple[type[errors.KycboxError], int], ...] = (
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.RateLimited, 429),
    (MediaTypeRefused, 415),
    (errors.RequestError, 400),
    (errors.NotInstalled, 501),
    (errors.Busy, 503),
)
"""First match counts; anything else is 500."""


def known(request: AnyRequest, error: errors.KycboxError) -> Answer:
    """Answer an error of the box."""
    answers.outcome(request, error.code)
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    if status == 401:
        return unauthorized(error)
    if status == 500:
        answers.log(request, error)
    headers = answers.wait(error) if status in {429, 503} else None
    return answer(_body(error, status), status, headers)


def unauthorized(error: errors.KycboxError) -> Answer:
    """Answer a caller without a valid token."""
    body: dict[str, object] = {"detail": NO_CREDENTIALS}
    if isinstance(error, HeaderRefused):
        body = {"detail": error.message, "code": "bad_authorization_header"}
    elif isinstance(error, errors.TokenRefused):
        message = {"token_class": "AccessToken", "token_type": "access", "message": NOT_VALID}
        body = {
            "detail": "Given token not valid for any token type",
            "code": "token_not_valid",
            "messages": [message],
        }
    return answer(body, 401, dict(CHALLENGE))


def routing(request: AnyRequest, error: HTTPException) -> Answer:
    """Answer what the framework refuses: unknown paths and methods, unreadable bodies."""
    status = 400 if error.status_code == 413 else error.status_code
    answers.outcome(request, f"http_{status}")
    if status >= 500:
        return unknown(request, error)
    said = {404: "Not found.", 405: f'Method "{request.method}" not allowed.', 413: BODY_TOO_LARGE}
    text = said.get(error.status_code, "Malformed request.")
    return answer({"detail": text}, status, answers.allowed(error))


def unknown(request: AnyRequest, error: Exception) -> Answer:
    """Answer a mistake of ours: what it was goes to the log, not to the caller."""
    answers.outcome(request, "internal")
    answers.log(request, error)
    return answer({"detail": SERVER}, 500)


def _body(error: errors.KycboxError, status: int) -> dict[str, object]:
    if status == 400:
        return _mendable(error)
    if status == 429:
        seconds = max(1, math.ceil(error.retry_after or 1.0))
        plural = "s" if seconds > 1 else ""
        return {"detail": f"Request was throttled. Expected available in {seconds} second{plural}."}
    return {"detail": SAID.get(status) or answers.sentence(error)}


def _mendable(error: errors.KycboxError) -> dict[str, object]:
    if isinstance(error, FieldsRefused):
        return dict(error.fields)
    text = answers.sentence(error)
    if isinstance(error, errors.BundleRefused):
        text = next((text for kind, text in BUNDLES if isinstance(error, kind)), text)
        return {"encrypted_file": [text]}
    if isinstance(error, errors.FileTooLarge):
        text = TOO_LARGE if error.part else BODY_TOO_LARGE
    elif isinstance(error, errors.UnsupportedFormat | errors.PictureUnreadable):
        text = NO_IMAGE
    return {PARTS[error.part]: [text]} if error.part in PARTS else {"detail": text}
