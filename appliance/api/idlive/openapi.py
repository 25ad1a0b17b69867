"""The OpenAPI 3.0 document of this dialect, made of the very structs that go over the wire."""

from typing import Any, TypeAlias

import msgspec

from appliance import __version__
from appliance.api.idlive import wire
from appliance.domain.score import Calibration

_JSON, _FORM, _BYTES = "application/json", "multipart/form-data", "application/octet-stream"
_BINARY = {"type": "string", "format": "binary"}
_Struct: TypeAlias = type[msgspec.Struct]
_Json: TypeAlias = dict[str, Any]
_GIVES: tuple[_Struct, ...] = (
    *(wire.CheckModel, wire.CheckResult, wire.Collection, wire.Collections, wire.TemplateResult),
    *(wire.TemplatesInput, wire.RecordsResult, wire.ScoreResult, wire.Version, wire.Health, wire.Failure),
)
_FAILURES = {
    "400": "The request is not of the form described, or what it names is not there",
    "401": "Missing or invalid x-api-key",
    "403": "Key without the scope",
    "429": "Rate limit exceeded; Retry-After says when to come again",
    "500": "Unexpected error; safe to retry",
    "503": "Busy; Retry-After says when to come again",
}
_ABOUT = (
    "Pictures are JPEG, PNG or BMP up to 20 MB, by default sealed to the key of GET /-/capture-key"
    " (encrypted=true); encrypted=false takes plain ones. Results of a check are sections of one answer:"
    " what could not be judged says so in its own entry. Probabilities are 0 to 1, 1 is genuine or the same"
    " person; 0.5 decides, in a search 0.9."
)


def document(calibration: Calibration) -> bytes:
    """Give the document as JSON.

    Args:
        calibration: of the template model in use; its measured error rates are part of the description.
    """
    _, schemas = msgspec.json.schema_components(_GIVES, ref_template="#/components/schemas/{name}")
    return msgspec.json.encode(
        {
            "openapi": "3.0.3",
            "info": {
                "title": "IDLive eKYC Toolkit",
                "version": __version__,
                "description": f"{_ABOUT} {_points(calibration)}",
            },
            "servers": [{"url": "/d/idlive"}],
            "security": [{"key": []}],
            "paths": _paths(),
            "components": {
                "schemas": {name: _plain(schema) for name, schema in sorted(schemas.items())},
                "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
            },
        },
        order="deterministic",
    )


def _points(calibration: Calibration) -> str:
    decision, search = calibration.decision, calibration.search
    return (
        f"With {calibration.model}, 0.5 has a false match rate of {decision.fmr:.2%} and a false non-match"
        f" rate of {decision.fnmr:.1%}, 0.9 of {search.fmr:.4%} and {search.fnmr:.1%}."
    )


def _paths() -> _Json:
    name, record = _query("collection", "string"), _query("recordId", "string")
    sealed, may_be_sealed = _query("encrypted", "boolean"), _query("encrypted", "boolean", default=True)
    most = _query("maxFaces", "integer", default=1)
    check = {"checkModel": _ref(wire.CheckModel), "face": _BINARY, "doc": _BINARY}
    match = {"file": _BINARY, "template": {"type": "string"}}
    form_check = _form(check, ["checkModel"], {"checkModel": {"contentType": _JSON}})
    return {
        "/check": {
            "post": _call(
                "check", "Check a selfie and a document", [may_be_sealed], form_check, wire.CheckResult
            )
        },
        "/collections": {
            "post": _call("createCollection", "Create a collection", [name], None, None, 201),
            "delete": _call(
                "deleteCollection",
                "Delete a collection",
                [name, _query("force", "boolean", default=False)],
                None,
                None,
                204,
            ),
            "get": _call(
                "listCollections",
                "Show all collections; with the parameter `collection` only that one, as a single object",
                [{**name, "required": False}],
                None,
                {"oneOf": [_ref(wire.Collections), _ref(wire.Collection)]},
            ),
        },
        "/collections/remove-record": {
            "delete": _call("removeRecord", "Remove a record", [name, record], None, None, 204)
        },
        "/generate-template": {
            "post": _call(
                "generateTemplate",
                "Make a template",
                [sealed],
                _body(_BYTES, _BINARY),
                wire.TemplateResult,
                201,
            )
        },
        "/match-over-template": {
            "post": _call(
                "matchOverTemplate",
                "Compare a face with a template",
                [sealed],
                _form(match, ["file", "template"]),
                wire.ScoreResult,
            )
        },
        "/add-template": {
            "post": _call(
                "addTemplate",
                "Add templates to a collection, all or none",
                [name],
                _body(_JSON, _ref(wire.TemplatesInput)),
                wire.RecordsResult,
                201,
            )
        },
        "/add-image": {
            "post": _call(
                "addImage",
                "Add the faces of a picture, from left to right, without small ones of the background",
                [name, most, sealed],
                _body(_BYTES, _BINARY),
                wire.RecordsResult,
                201,
            )
        },
        "/decrypt": {
            "post": _call(
                "decrypt", "Open a sealed capture", [], _body(_BYTES, _BINARY), {"image/jpeg": _BINARY}
            )
        },
        "/api_version": {"get": _call("apiVersion", "Version and pipelines", [], None, wire.Version)},
        "/actuator/health": {
            "get": {**_call("health", "Whether the box can serve", [], None, wire.Health), "security": []}
        },
    }


def _call(  # noqa: PLR0913, PLR0917 - the columns of a table
    name: str,
    summary: str,
    parameters: list[_Json],
    body: _Json | None,
    gives: _Struct | _Json | None,
    status: int = 200,
) -> _Json:
    done: _Json = {"description": "Done"}
    if isinstance(gives, dict):
        done["content"] = (
            {kind: {"schema": schema} for kind, schema in gives.items()}
            if "oneOf" not in gives
            else {_JSON: {"schema": gives}}
        )
    elif gives is not None:
        done["content"] = {_JSON: {"schema": _ref(gives)}}
    failures = {
        code: {"description": says, "content": {_JSON: {"schema": _ref(wire.Failure)}}}
        for code, says in _FAILURES.items()
    }
    call: _Json = {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": dict(sorted({**failures, str(status): done}.items())),
    }
    if body:
        call["requestBody"] = body
    return call


def _query(name: str, kind: str, *, default: bool | int | None = None) -> _Json:
    schema: _Json = {"type": kind}
    if default is not None:
        schema["default"] = default
    return {"name": name, "in": "query", "required": default is None, "schema": schema}


def _body(kind: str, schema: _Json) -> _Json:
    return {"required": True, "content": {kind: {"schema": schema}}}


def _form(properties: _Json, required: list[str], encoding: _Json | None = None) -> _Json:
    form: _Json = {"schema": {"type": "object", "properties": properties, "required": required}}
    if encoding:
        form["encoding"] = encoding
    return {"required": True, "content": {_FORM: form}}


def _ref(struct: _Struct) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def _plain(schema: Any) -> Any:
    """JSON Schema as msgspec writes it, in the older form of OpenAPI 3.0, which has no type "null"."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _plain(value) for key, value in schema.items() if not (key == "default" and value is None)}
    choices = kept.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        others = [one for one in choices if one != {"type": "null"}]
        del kept["anyOf"]
        kept |= (
            {"allOf": others, "nullable": True} if "$ref" in others[0] else {**others[0], "nullable": True}
        )
    return kept
