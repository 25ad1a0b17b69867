"""One text out of an ONNX file's metadata, without the onnx package.

An ONNX file is a protobuf `ModelProto`; field 14 (`metadata_props`) repeats pairs of key (1) and value (2).
Only the outermost fields are walked: the weights in field 7 are stepped over.
"""

from collections.abc import Iterator
from typing import Final

from appliance.errors import ModelCorrupt

_METADATA_FIELD: Final = 14
_LENGTH_DELIMITED: Final = 2
_FIXED_WIDTH: Final = {1: 8, 5: 4}


def read_metadata(data: bytes, key: str) -> str:
    """The value of `key`.

    Raises:
        ModelCorrupt: not protobuf, or no such key.
    """
    for field, payload in _fields(data):
        if field != _METADATA_FIELD:
            continue
        pair = dict(_fields(payload))
        if pair.get(1) == key.encode():
            try:
                return pair.get(2, b"").decode("utf-8")
            except UnicodeDecodeError:
                break
    raise _corrupt(f"it has no readable metadata {key!r}")


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each length-delimited field; numbers are stepped over."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == 0:
            _, at = _varint(data, at)
            continue
        if wire == _LENGTH_DELIMITED:
            length, at = _varint(data, at)
        elif wire in _FIXED_WIDTH:
            length = _FIXED_WIDTH[wire]
        else:
            raise _corrupt(f"wire type {wire}")
        if at + length > len(data):
            raise _corrupt("it ends in the middle of a field")
        if wire == _LENGTH_DELIMITED:
            yield tag >> 3, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _corrupt("a number does not end")


def _corrupt(what: str) -> ModelCorrupt:
    return ModelCorrupt(
        f"not a readable ONNX file: {what}", remedy="Run `kycbox model install` to fetch it again."
    )
