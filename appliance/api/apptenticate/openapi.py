"""The OpenAPI 3.0 document of this dialect, made of the very structs that go over the wire."""

from typing import Any, TypeAlias

import msgspec

from appliance import __version__
from appliance.api.apptenticate import codes, parse, wire
from appliance.api.apptenticate.routes import FOREIGNS, LIVENESS, OCR
from appliance.config import Apptenticate
from appliance.domain.score import Calibration

_Json: TypeAlias = dict[str, Any]
_Struct: TypeAlias = type[msgspec.Struct]
_JSON, _FORM, _URL = "application/json", "multipart/form-data", "application/x-www-form-urlencoded"
_BINARY = {"type": "string", "format": "binary"}
_TEXT = {"type": "string"}
_JPEG = {
    "anyOf": [_BINARY, _TEXT],
    "description": "JPEG up to 2 MB: a file part, or text in base64",
}
_TRUTH = {
    "anyOf": [{"type": "boolean"}, {"type": "string"}],
    "description": 'true, "True", "true", 1, "1"; absent is false',
}
_GIVES: tuple[_Struct, ...] = (
    *(wire.Tokens, wire.Access, wire.DocumentRead, wire.DocumentRefused, wire.Liveness, wire.Match),
    *(wire.LivenessPlus, wire.Detail, wire.Unauthorized),
)
_FAILURES: tuple[tuple[str, str, _Struct], ...] = (
    ("401", "No token, or one that is not valid or too old", wire.Unauthorized),
    ("403", "The account does not have the scope", wire.Detail),
    ("415", "The body is of a kind that is not taken", wire.Detail),
    ("429", "Too many calls; Retry-After says when to come again", wire.Detail),
    ("500", "Unexpected error; safe to retry", wire.Detail),
    ("501", "A model for it is not installed on this box", wire.Detail),
    ("503", "Busy; Retry-After says when to come again", wire.Detail),
)


def document(settings: Apptenticate, calibration: Calibration) -> bytes:
    """Give the document as JSON.

    Args:
        settings: codes and keys that the operator may change are part of it.
        calibration: of the template model in use; its measured error rates are part of the description.
    """
    _, schemas = msgspec.json.schema_components(_GIVES, ref_template="#/components/schemas/{name}")
    return msgspec.json.encode(
        {
            "openapi": "3.0.3",
            "info": {
                "title": "ID Reader Plus",
                "version": __version__,
                "description": _about(settings, calibration),
            },
            "servers": [{"url": "/d/apptenticate"}],
            "security": [{"token": []}],
            "paths": _paths(settings),
            "components": {
                "schemas": {name: _plain(schema) for name, schema in sorted(schemas.items())},
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                },
            },
        },
        order="deterministic",
    )


def _about(settings: Apptenticate, calibration: Calibration) -> str:
    refusals = {one.code: one.text for one in codes.REFUSALS.values()}
    for attack in codes.looked_for(settings):
        spoof = codes.of_attack(attack, settings)
        refusals[spoof.code] = spoof.text
    listed = " ".join(f"{code}: {text}" for code, text in sorted(refusals.items()))
    point = calibration.decision
    return (
        "Log in at `/api/token/`; an access token lives 5 minutes, a refresh token 24 hours."
        " Paths are the same with and without the slash at their end. Pictures are JPEG up to 2 MB."
        f" With {calibration.model}, a `similarity` of 0.8 has a false match rate of {point.fmr:.2%} and a"
        f" false non-match rate of {point.fnmr:.1%}. Values of `error_code`: {listed}"
    )


def _paths(settings: Apptenticate) -> _Json:
    kinds = {"type": "string", "enum": list(parse.WANTED)}
    device = {"type": "string", "enum": list(parse.DEVICES)}
    ocr = {
        "frontside": _JPEG,
        "backside": {**_JPEG, "description": f"{_JPEG['description']}; needed of an identification_card"},
        "document_type": kinds,
        "document_id": {"type": "string", "enum": list(settings.document_library)},
        "return_id": _TRUTH,
        "device": device,
    }
    selfie = {
        "selfie": _JPEG,
        "encrypted_file": {
            "anyOf": [_BINARY, _TEXT],
            "description": "a capture sealed to the key of /-/capture-key, instead of selfie",
        },
        "return_id": _TRUTH,
        "device": device,
        "details": _TRUTH,
    }
    match = {
        "frontside": _JPEG,
        "selfie": _JPEG,
        "document_type": {"type": "string", "enum": [*parse.WANTED, parse.PROFILE]},
        "return_id": _TRUTH,
        "device": device,
    }
    answers = {"oneOf": [_ref(wire.DocumentRead), _ref(wire.DocumentRefused)]}
    lives = {"anyOf": [_ref(wire.Liveness), _ref(wire.LivenessPlus)]}
    login = {"username": _TEXT, "password": _TEXT}
    paths: _Json = {
        "/api/token/": _open("logIn", "Log in", login, list(login), _ref(wire.Tokens)),
        "/api/token/refresh/": _open(
            "refresh", "Get another access token", {"refresh": _TEXT}, ["refresh"], _ref(wire.Access)
        ),
        f"{LIVENESS}/": _call("liveness", "Prove that a selfie is live", selfie, [], lives),
        f"{FOREIGNS}/": _call(
            "foreigns",
            "Compare a selfie with a document's portrait",
            match,
            ["frontside", "selfie", "document_type"],
            _ref(wire.Match),
        ),
    }
    for path in OCR:
        name = "ocr" if path == OCR[0] else f"ocr{path.split('/')[2].replace('.', '').title()}"
        needed = ["frontside", "document_type"]
        paths[f"{path}/"] = _call(name, "Judge and read a document", ocr, needed, answers)
    return paths


def _call(name: str, summary: str, fields: _Json, required: list[str], gives: _Json) -> _Json:
    """A call of an account: by form or JSON, with all the ways it may fail."""
    schema: _Json = {"type": "object", "properties": fields}
    if required:
        schema["required"] = required
    refused = {
        "oneOf": [
            {"type": "object", "additionalProperties": {"type": "array", "items": _TEXT}},
            _ref(wire.Detail),
        ]
    }
    answers: _Json = {
        "200": _said("Done; `valid` says how it ended", gives),
        "400": _said("Fields are missing or wrong: messages by field", refused),
    }
    for status, says, struct in _FAILURES:
        answers[status] = _said(says, _ref(struct))
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "requestBody": {
                "required": True,
                "content": {kind: {"schema": schema} for kind in (_FORM, _URL, _JSON)},
            },
            "responses": dict(sorted(answers.items())),
        }
    }


def _open(name: str, summary: str, fields: _Json, required: list[str], gives: _Json) -> _Json:
    """A call without a token."""
    call = _call(name, summary, fields, required, gives)
    call["post"]["security"] = []
    for status in ("403", "501", "503"):
        del call["post"]["responses"][status]
    return call


def _said(says: str, schema: _Json) -> _Json:
    return {"description": says, "content": {_JSON: {"schema": schema}}}


def _ref(struct: _Struct) -> _Json:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def _plain(schema: Any) -> Any:
    """JSON Schema as msgspec writes it, in the older form of OpenAPI 3.0, which has no `const`."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _plain(value) for key, value in schema.items() if key != "default"}
