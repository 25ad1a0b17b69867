"""JSON bodies of this dialect."""

from typing import TypeVar

import msgspec

from appliance.errors import InvalidRequest

T = TypeVar("T")


def parsed(body: bytes, kind: type[T]) -> T:
    """Read a body as a struct.

    Raises:
        InvalidRequest: it is not JSON, or not of this form. The message names fields and types, no values.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"the body is not as described: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidRequest("the body is not JSON", remedy="Send an object in UTF-8.") from None
