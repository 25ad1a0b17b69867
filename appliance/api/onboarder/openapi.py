"""The OpenAPI 3.0 document of this dialect, made of the very structs that go over the wire."""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from appliance import __version__
from appliance.api.onboarder import wire
from appliance.api.onboarder.admission import MOST_BYTES
from appliance.domain.onboarding import State
from appliance.domain.onboarding_document import TYPES
from appliance.domain.score import Calibration

_Struct: TypeAlias = type[msgspec.Struct]
_TEXT: Final = {"type": "string"}
_PICTURE: Final = {
    "type": "string",
    "format": "binary",
    "description": f"JPEG or PNG up to {MOST_BYTES // 2**20} MB",
}
_ABOUT: Final = (
    "A session takes an applicant through document, selfie, liveness and screening to a decision."
    " `kyc_url` opens a page that does so in a browser and needs no key: whoever has the address may act as"
    " the applicant until the session ends. Scores are 0 to 1. Document numbers are shown masked only."
)
_FAILURES: Final = {
    "400": "Not now: the session's state, a used or late challenge, a picture that cannot be taken",
    "401": "Missing or invalid API key",
    "403": "The key lacks the permission",
    "404": "No such session",
    "429": "Rate limit exceeded; Retry-After says when to come again",
    "500": "Unexpected error",
    "501": "This box does not have the function",
    "503": "Busy; Retry-After says when to come again",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        method, path: with its parameters in braces.
        name: of the operation.
        says: one sentence.
        gives: struct of success.
        asks: struct of a JSON body.
        form: properties of a form; all are required.
        query: names of parameters and their schemas.
        scope: that the key needs; "" where no key is needed.
    """

    method: str
    path: str
    name: str
    says: str
    gives: _Struct
    asks: _Struct | None = None
    form: dict[str, Any] | None = None
    query: dict[str, Any] | None = None
    scope: str = "sessions"


CALLS: Final = (
    Call(
        "post",
        "/partner/sessions",
        "createSession",
        "Create a verification session",
        wire.SessionCreated,
        asks=wire.CreateSession,
    ),
    Call(
        "get",
        "/partner/sessions",
        "listSessions",
        "List verification sessions, newest first",
        wire.Sessions,
        query={
            "status": {"type": "string", "enum": [state.value for state in State]},
            "external_user_id": _TEXT,
            "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
            "offset": {"type": "integer", "minimum": 0, "default": 0},
        },
    ),
    Call(
        "get",
        "/partner/sessions/{session_id}",
        "getSession",
        "Retrieve a verification session",
        wire.Session,
    ),
    Call(
        "post",
        "/kyc/{session_id}/document",
        "uploadDocument",
        "Upload an identity document: it is read, checked, and its portrait kept for the selfie",
        wire.DocumentRead,
        form={
            "file": _PICTURE,
            "document_type": {"type": "string", "enum": list(TYPES)},
            "country_code": {"type": "string", "description": "ISO 3166 alpha-2", "example": "US"},
        },
        scope="ocr",
    ),
    Call(
        "post",
        "/kyc/{session_id}/selfie",
        "uploadSelfie",
        "Upload a selfie: it is compared with the document's portrait. Needs a document",
        wire.SelfieMatched,
        form={"file": _PICTURE},
        scope="face",
    ),
    Call(
        "get",
        "/kyc/{session_id}/liveness/challenge",
        "getChallenge",
        "Draw a liveness challenge; an earlier one is void. Needs a selfie. POST does the same",
        wire.ChallengeDrawn,
        scope="face",
    ),
    Call(
        "post",
        "/kyc/{session_id}/liveness",
        "submitLiveness",
        "Submit frames, 3 to 60, in the order of their taking. A challenge is answered once, in time",
        wire.LivenessChecked,
        form={"challenge_id": _TEXT, "files": {"type": "array", "items": _PICTURE}},
        scope="face",
    ),
    Call(
        "post",
        "/kyc/{session_id}/submit",
        "submitSession",
        "Decide: sanctions screening and risk assessment. What was left out goes to manual review",
        wire.Submitted,
    ),
    Call("get", "/health", "health", "Check the health of the API", wire.Health, scope=""),
)
"""Every call, in the order of a session."""


class Documents:
    """The document for each way that leads to the dialect.

    Args:
        calibration: of the template model in use; its measured error rates are part of the description.
    """

    def __init__(self, calibration: Calibration) -> None:
        self._tree = document(calibration)

    def tree(self, prefix: str) -> dict[str, Any]:
        """The document; `prefix` is what stands before the paths on this port, or ""."""
        return self._tree | {"servers": [{"url": prefix or "/"}]}


def document(calibration: Calibration) -> dict[str, Any]:
    """Make the document, without the address of a server."""
    asked = {call.asks for call in CALLS if call.asks}
    types = sorted(
        asked | {call.gives for call in CALLS} | {wire.Failure, wire.Invalid}, key=lambda one: one.__name__
    )
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    paths: dict[str, Any] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method] = _operation(call)
    point = calibration.decision
    decision = (
        f" 0.80 of `match_score` is the decision point of {calibration.model}: measured false match rate"
        f" {point.fmr:.2%}, false non-match rate {point.fnmr:.1%}."
    )
    return {
        "openapi": "3.0.3",
        "info": {"title": "eKYC-Onboarder", "version": __version__, "description": _ABOUT + decision},
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(_as_3_0(schemas).items())),
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
        },
    }


def _operation(call: Call) -> dict[str, Any]:
    made: dict[str, Any] = {"operationId": call.name, "summary": call.says}
    parameters: list[dict[str, Any]] = []
    if "{session_id}" in call.path:
        where = {"type": "string", "format": "uuid"}
        parameters.append({"name": "session_id", "in": "path", "required": True, "schema": where})
    for name, schema in (call.query or {}).items():
        parameters.append({"name": name, "in": "query", "required": False, "schema": schema})
    if parameters:
        made["parameters"] = parameters
    if call.asks is not None:
        made["requestBody"] = _body("application/json", _ref(call.asks))
    if call.form is not None:
        form = {"type": "object", "properties": call.form, "required": list(call.form)}
        made["requestBody"] = _body("multipart/form-data", form)
    if not call.scope:
        made["security"] = []
    made["responses"] = _responses(call)
    return made


def _responses(call: Call) -> dict[str, Any]:
    made = {"200": _answer("Done", call.gives)}
    if not call.scope:
        return made | {"503": _answer("The database cannot be read", call.gives)}
    made |= {status: _answer(says, wire.Failure) for status, says in _FAILURES.items()}
    made["403"]["description"] += f" `{call.scope}`"
    if call.asks or call.form or call.query:
        made["422"] = _answer("The body or the query is not as described", wire.Invalid)
    return dict(sorted(made.items()))


def _answer(says: str, gives: _Struct) -> dict[str, Any]:
    return {"description": says, "content": {"application/json": {"schema": _ref(gives)}}}


def _body(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema}}}


def _ref(struct: _Struct) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def _as_3_0(tree: Any) -> Any:
    """JSON Schema's way to say "or null" in the words of OpenAPI 3.0."""
    if isinstance(tree, list):
        return [_as_3_0(one) for one in tree]
    if not isinstance(tree, dict):
        return tree
    made = {key: _as_3_0(value) for key, value in tree.items()}
    if None in made.get("enum", ()):
        made["nullable"] = True
    options = made.get("anyOf", [])
    if {"type": "null"} in options:
        left = [one for one in options if one != {"type": "null"}]
        del made["anyOf"]
        made |= left[0] if len(left) == 1 and "$ref" not in left[0] else {"allOf": left}
        made["nullable"] = True
    return made
