"""The OpenAPI 3.1 document of the console's REST, made of the very structs that go over the wire."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from appliance import __version__
from appliance.api.admin import wire
from appliance.domain.onboarding import State
from appliance.services.case_view import CaseView, QueueRow

TITLE: Final = "Console"
ROOT: Final = "/admin/api/v1"
_ABOUT: Final = (
    "Officers decide cases that the box left to them. An officer is a technician, by the cookie that"
    " `POST /admin/login` sets, or an onboarder key with the scope `review`. Keys are for technicians only."
)
_FAILURES: Final = {
    "400": "The body or the query is not as described, or there is no reason",
    "401": "Neither an open session nor a known key",
    "403": "The key may not do this, or another site's page asks",
    "404": "No such thing",
    "409": "The case is decided already, or the same officer approved it first",
    "500": "Unexpected error",
    "503": "Busy; Retry-After says when to come again",
}
_TEXT: Final = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call; `gives` and `asks` are types of JSON, or a media type."""

    method: str
    path: str
    name: str
    says: str
    gives: type | str
    asks: type | None = None
    status: str = "200"


CALLS: Final = (
    Call("get", "/sessions", "listCases", "List sessions that wait for an officer, newest first", wire.Queue),
    Call("get", "/sessions/{session}", "showCase", "Open a case; on record", CaseView),
    Call(
        "get", "/sessions/{session}/pictures/{kind}", "showPicture", "A kept picture; on record", "image/jpeg"
    ),
    Call(
        "get", "/sessions/{session}/evidence", "giveEvidence", "Sealed, signed evidence", "application/jsonl"
    ),
    Call("post", "/sessions/{session}/approve", "approveCase", "Approve", QueueRow, wire.Reason),
    Call("post", "/sessions/{session}/reject", "rejectCase", "Reject", QueueRow, wire.Reason),
    Call("get", "/lists", "showLists", "Sanctions lists that are searched", wire.Lists),
    Call("get", "/api-keys", "listKeys", "List all keys", wire.Keys),
    Call("post", "/api-keys", "makeKey", "Make a key", wire.MadeKey, wire.NewKey, "201"),
    Call("get", "/api-keys/{key}", "showKey", "Show a key", wire.Key),
    Call("patch", "/api-keys/{key}", "changeKey", "Change a key", wire.Key, wire.KeyChange),
    Call("delete", "/api-keys/{key}", "revokeKey", "Revoke a key", wire.Key),
)
_QUERY: Final = {
    "status": {"type": "string", "enum": [*State, "all"], "default": "manual_review"},
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
    "offset": {"type": "integer", "minimum": 0, "default": 0},
}


def document() -> bytes:
    """Give the document as JSON."""
    types = {one for call in CALLS for one in (call.gives, call.asks) if isinstance(one, type)}
    known, schemas = msgspec.json.schema_components(
        sorted({*types, wire.Failure}, key=lambda one: one.__name__),
        ref_template="#/components/schemas/{name}",
    )
    del known
    paths: dict[str, Any] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method] = _operation(call)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": TITLE, "version": __version__, "description": _ABOUT},
            "servers": [{"url": ROOT}],
            "security": [{"session": []}, {"key": []}],
            "paths": paths,
            "components": {
                "schemas": dict(sorted(schemas.items())),
                "securitySchemes": {
                    "session": {"type": "apiKey", "in": "cookie", "name": "kycbox_console"},
                    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                },
            },
        },
        order="deterministic",
    )


def _operation(call: Call) -> dict[str, Any]:
    told = {"description": "Done", "content": _content(call.gives)}
    answers = {call.status: told} | {
        status: {"description": says, "content": _content(wire.Failure)} for status, says in _FAILURES.items()
    }
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _TEXT}
        for name in ("session", "kind", "key")
        if f"{{{name}}}" in call.path
    ]
    if call.name == "listCases":
        parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in _QUERY.items()]
    made: dict[str, Any] = {
        "operationId": call.name,
        "summary": call.says,
        "parameters": parameters,
        "responses": dict(sorted(answers.items())),
    }
    if call.asks is not None:
        made["requestBody"] = {"required": True, "content": _content(call.asks)}
    return made


def _content(kind: type | str) -> dict[str, Any]:
    if isinstance(kind, str):
        return {kind: {"schema": {"type": "string", "format": "binary"}}}
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}
