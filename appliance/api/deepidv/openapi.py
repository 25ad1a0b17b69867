"""The OpenAPI 3.0 document of this dialect, made of the very structs that go over the wire."""

from typing import Any, TypeAlias

import msgspec

from appliance import __version__
from appliance.api.deepidv import wire
from appliance.domain.score import Calibration

_JSON, _FORM = "application/json", "multipart/form-data"
_PICTURE = {
    "anyOf": [{"type": "string", "format": "binary"}, {"type": "string"}],
    "description": "JPEG or PNG up to 15 MB: a file part, or text: base64, base64url, an upload's key",
}
_ABOUT = (
    "A picture is a file part or a string: base64, base64url, a data URL, or the key of an upload."
    " `document/scan` and `face/detect` count in 0-1, `face/compare` and `identity/verify` in 0-100."
)
_Struct: TypeAlias = type[msgspec.Struct]
_CALLS: tuple[tuple[str, str, str, _Struct, _Struct], ...] = (
    ("/v1/identity/verify", "verifyIdentity", "Verify an applicant", wire.VerifyInput, wire.VerifyResult),
    ("/v1/document/scan", "scanDocument", "Read a document", wire.ScanInput, wire.ScanResult),
    ("/v1/face/detect", "detectFace", "Find the top face", wire.ImageInput, wire.DetectResult),
    ("/v1/face/compare", "compareFaces", "Compare two faces", wire.CompareInput, wire.CompareResult),
    ("/v1/upload/presign", "presignUploads", "Make upload addresses", wire.PresignInput, wire.PresignResult),
)
_PICTURES = ("image", "documentImage", "faceImage", "source", "target")
_FAILURES = {
    "400": "Invalid body, unsupported format, or a picture over 15 MB",
    "401": "Missing or invalid x-api-key",
    "403": "Key without the scope, or a file key of another organization",
    "429": "Rate limit exceeded; Retry-After says when to come again",
    "500": "Unexpected error; safe to retry",
    "503": "Busy; Retry-After says when to come again",
}


def document(calibration: Calibration) -> bytes:
    """Give the document as JSON.

    Args:
        calibration: of the template model in use; its measured error rates are part of the description.
    """
    types = [*{each for call in _CALLS for each in call[3:]}, wire.Failure]
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    paths: dict[str, Any] = {call[0]: {"post": _operation(*call[1:])} for call in _CALLS}
    return msgspec.json.encode(
        {
            "openapi": "3.0.3",
            "info": {
                "title": "Verify Identity",
                "version": __version__,
                "description": f"{_ABOUT} {_decision(calibration)}",
            },
            "servers": [{"url": "/d/deepidv"}],
            "security": [{"key": []}],
            "paths": paths,
            "components": {
                "schemas": dict(sorted(schemas.items())),
                "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
            },
        },
        order="deterministic",
    )


def _decision(calibration: Calibration) -> str:
    point, pairs = calibration.decision, calibration.measured_on
    low, high = point.fmr_bounds
    least, most = point.fnmr_bounds
    return (
        f"80 is the decision point of {calibration.model}, measured with 95 % bounds:"
        f" of {pairs.impostor_pairs:,} pairs of two persons {point.fmr:.2%} count as one"
        f" ({low:.2%} to {high:.2%}), of {pairs.genuine_pairs:,} pairs of one person {point.fnmr:.1%} count"
        f" as two ({least:.1%} to {most:.1%}). A document with several faces is compared by each of them, at"
        " most five; the false match rate grows with their number."
    )


def _operation(name: str, summary: str, asks: _Struct, gives: _Struct) -> dict[str, Any]:
    content: dict[str, Any] = {_JSON: {"schema": _ref(asks)}}
    if form := _form(asks):
        content[_FORM] = {"schema": form}
    answers: dict[str, Any] = {
        "200": {"description": "Done", "content": {_JSON: {"schema": _ref(gives)}}},
        "402": {"description": "No tokens left", "content": {"text/plain": {"schema": {"type": "string"}}}},
    }
    for status, says in _FAILURES.items():
        answers[status] = {"description": says, "content": {_JSON: {"schema": _ref(wire.Failure)}}}
    return {
        "operationId": name,
        "summary": summary,
        "requestBody": {"required": True, "content": content},
        "responses": dict(sorted(answers.items())),
    }


def _form(asks: _Struct) -> dict[str, Any] | None:
    fields = msgspec.structs.fields(asks)
    if not any(field.encode_name in _PICTURES for field in fields):
        return None
    types = {"type": "string", "enum": ["passport", "drivers_license", "national_id", "auto"]}
    properties = {f.encode_name: _PICTURE if f.encode_name in _PICTURES else types for f in fields}
    required = [f.encode_name for f in fields if f.encode_name in _PICTURES]
    return {"type": "object", "properties": properties, "required": required}


def _ref(struct: _Struct) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}
