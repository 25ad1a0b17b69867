"""The fields of a request: multipart/form-data, application/x-www-form-urlencoded, or a JSON object."""

from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from appliance.api import forms
from appliance.api.apptenticate.errors import MediaTypeRefused
from appliance.api.forms import Fields, Value, json_object
from appliance.errors import InvalidRequest

MEGABYTES = 2
MOST_BYTES = MEGABYTES * 1024 * 1024
BODY_BYTES = 16 * 1024 * 1024
"""Room for what is too large, so that it can be told which field it is."""
LOGIN_BYTES = 64 * 1024
_KINDS = ("multipart/form-data", "application/x-www-form-urlencoded", "application/json")


def read(content_type: str, body: bytes, names: Collection[str]) -> Fields:
    """Read a body's fields; of other names than the given ones nothing is read out of JSON.

    A JSON value is taken as a form would write it: true as "true", 1 as "1", null as absent.

    Raises:
        MediaTypeRefused: none of the three kinds.
        InvalidRequest: malformed, a field twice, or a JSON value that no form could hold.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return _urlencoded(body)
    if kind == "application/json":
        return _json(body, names)
    if kind == "multipart/form-data":
        return forms.parse(content_type, body, BODY_BYTES)
    raise MediaTypeRefused(f'Unsupported media type "{kind[:100]}" in request.')


def _urlencoded(body: bytes) -> Fields:
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=forms.PARTS
        )
    except ValueError:
        raise InvalidRequest("malformed application/x-www-form-urlencoded") from None
    fields: dict[str, Value] = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidRequest("a field is given twice", remedy="Send each field once.")
    return fields


def _json(body: bytes, names: Collection[str]) -> Fields:
    fields: dict[str, Value] = {}
    for name, raw in json_object(body).items():
        if name not in names:
            continue
        try:
            value: Any = msgspec.json.decode(raw, type=str | bool | int | None)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise InvalidRequest(f"the field {name} is no string, number or truth value") from None
        if value is not None:
            fields[name] = value if isinstance(value, str) else str(value).lower()
    return fields
