"""The four ways in which this dialect takes a picture: file part, base64, data URL, key of an upload."""

from appliance.api import base64_text
from appliance.api.forms import Fields, File
from appliance.errors import InvalidRequest, PictureTooLarge
from appliance.services.pictures import Intake, Picture, Sent, Stored

MEGABYTES = 15
MOST_BYTES = MEGABYTES * 1024 * 1024
INTAKE = Intake(formats=frozenset({"image/jpeg", "image/png"}), max_bytes=MOST_BYTES)
BODY_BYTES = 2 * (MOST_BYTES * 4 // 3 + 4) + 64 * 1024
"""Two pictures in base64, and what stands around them."""

KEY = "uploads/"


def picture(fields: Fields, name: str) -> Picture:
    """Take the picture of one field. Blocks for a few milliseconds per megabyte of base64.

    Raises:
        InvalidRequest: missing, empty, or text that is neither a key nor base64.
        PictureTooLarge: over 15 MB.
    """
    value = fields.get(name)
    if value is None:
        raise InvalidRequest(
            f"the field {name} is required", remedy="Send a file part, base64, or a file key."
        )
    if isinstance(value, File):
        data = value.data
    elif value.startswith(KEY):
        return Stored(value)
    else:
        data = _decoded(value, name)
    if not data:
        raise InvalidRequest(f"the field {name} is empty")
    if len(data) > MOST_BYTES:
        raise too_large(name)
    return Sent(data)


def too_large(name: str) -> PictureTooLarge:
    """Say that a picture is over the limit."""
    return PictureTooLarge(
        f"the field {name} is larger than {MEGABYTES} MB", remedy="Send a smaller picture."
    )


def _decoded(text: str, name: str) -> bytes:
    if base64_text.is_longer(text, MOST_BYTES):
        raise too_large(name)
    data = base64_text.decoded(text)
    if data is None:
        reason = f"the field {name} is neither base64 nor the key of an upload"
        raise InvalidRequest(reason, remedy="Send base64, base64url, a data URL, or a file key.")
    return data
