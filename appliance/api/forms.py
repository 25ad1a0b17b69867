"""Fields of a request body, kept in memory: multipart/form-data or a JSON object.

Frameworks spool parts above a megabyte to temporary files; pictures of applicants must not lie there.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
from multipart import (  # type: ignore[import-untyped]  # it has no type hints
    MultipartError,
    PushMultipartParser,
    parse_options_header,
)

from appliance.errors import FileTooLarge, InvalidRequest

PARTS = 32
"""Parts of a multipart body; no route takes more than about half of that."""


@dataclass(frozen=True, slots=True)
class File:
    """A file part: its bytes; neither its name nor its declared type is believed."""

    data: bytes

    def __repr__(self) -> str:
        return f"File({len(self.data)} bytes)"


Value: TypeAlias = File | str
Fields: TypeAlias = Mapping[str, Value]


def parse(  # noqa: PLR0913, PLR0917 - a form and its limits
    content_type: str,
    body: bytes,
    most: int,
    names: Collection[str] = (),
    many: Collection[str] = (),
    parts: int = PARTS,
) -> Fields:
    """Read a body's fields. Blocks for about a millisecond per megabyte.

    Args:
        content_type: the request's header.
        body: all of it.
        most: longest part in bytes, for text parts in base64 a third more.
        names: fields that the route knows: in JSON they are strings, others may be anything.
        many: parts that may come several times: the second is found as `name.1`, the third as `name.2`.
        parts: of a multipart body, at most.

    Raises:
        InvalidRequest: neither form, malformed, a field twice, or one of `names` that is no string.
        FileTooLarge: a part is longer.
    """
    kind, options = parse_options_header(content_type)
    if kind == "multipart/form-data":
        return _multipart(options.get("boundary", ""), body, most, many, parts)
    if kind == "application/json" or (not kind and body[:1] == b"{"):
        return _strings(body, names)
    raise InvalidRequest(
        "the body must be multipart/form-data or application/json", remedy="Set Content-Type to one of them."
    )


def json_object(body: bytes) -> dict[str, msgspec.Raw]:
    """Read the top level of a JSON object.

    Raises:
        InvalidRequest: not JSON, nested too deeply, or no object.
    """
    try:
        return msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except RecursionError:
        raise InvalidRequest("the JSON body is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidRequest("the body is not a JSON object") from None


def _strings(body: bytes, names: Collection[str]) -> Fields:
    fields: dict[str, Value] = {}
    for name, raw in json_object(body).items():
        try:
            value = msgspec.json.decode(raw, type=str | None)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            if name in names:
                raise InvalidRequest(f"the field {name} is not a string") from None
            continue
        if value is not None:
            fields[name] = value
    return fields


def _multipart(boundary: str, body: bytes, most: int, many: Collection[str], parts: int) -> Fields:
    if not boundary:
        raise InvalidRequest(
            "multipart/form-data without a boundary", remedy="Let the client set the header."
        )
    fields: dict[str, Value] = {}
    name, is_file, pieces, length = "", False, list[bytes](), 0
    try:
        with PushMultipartParser(boundary, max_segment_count=parts, strict=True) as parser:
            for event in parser.parse(body):
                if event is None:
                    fields[name] = File(b"".join(pieces)) if is_file else _text(b"".join(pieces))
                elif isinstance(event, (bytes, bytearray)):
                    pieces.append(bytes(event))
                    length += len(event)
                    if length > (most if is_file else most * 4 // 3 + 1024):
                        reason = f"the field {name} is larger than {most // 2**20} MB"
                        raise FileTooLarge(reason)
                else:
                    name, pieces, length = event.name or "", [], 0
                    kind = event.content_type or ""
                    is_file = event.filename is not None or kind.startswith(("image/", "application/octet"))
                    if name in many and name in fields:
                        name = f"{name}.{sum(field.partition('.')[0] == name for field in fields)}"
                    if name in fields:
                        raise InvalidRequest("a part is given twice", remedy="Send each part once.")
    except MultipartError as error:
        raise InvalidRequest(f"malformed multipart/form-data: {error.args[0]}") from None
    return fields


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        reason = "a text part is not UTF-8"
        raise InvalidRequest(reason, remedy="Send a picture as a file part, with a file name.") from None
