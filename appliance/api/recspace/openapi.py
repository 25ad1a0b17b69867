"""The OpenAPI 3.0 document of this dialect, made of the rows that describe its routes."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from appliance import __version__
from appliance.api.recspace import wire
from appliance.api.recspace.errors import STATUS
from appliance.api.recspace.routes_described import JSON, Call, Json
from appliance.domain.score import Calibration

_ABOUT: Final = (
    "Files are JPEG, PNG or PDF (documents only) up to 20 MB. Every answer has a request_id, also in the"
    " header X-Request-Id. POST calls take an Idempotency-Key. Aadhaar numbers show their last four digits"
    " unless the token has the scope pii:raw."
)
_OF_EVERY_POST: Final = tuple(
    {"name": name, "in": "header", "schema": {"type": "string"}, "description": says}
    for name, says in (
        ("Idempotency-Key", "the same call sent again under it gets the first one's answer"),
        ("X-Consent-Id", "reference of the consent that the call rests on; needed in DPDP mode; on record"),
        ("X-Purpose", "tag of what it is for; needed in DPDP mode; on record"),
    )
)


def document(calibration: Calibration, calls: Sequence[Call]) -> bytes:
    """Give the document as JSON.

    Args:
        calibration: of the template model in use; its measured error rates are part of the description.
        calls: the routes.
    """
    gives = [call.gives for call in calls if call.gives is not None]
    _, schemas = msgspec.json.schema_components(
        [*gives, wire.Failure], ref_template="#/components/schemas/{name}"
    )
    read = schemas["BatchRead"]["properties"]["results"]  # msgspec has no union of two structs without tags
    read["items"]["anyOf"].append(_ref(wire.Failure))
    paths: Json = {}
    for call in calls:
        paths.setdefault(call.path, {})[call.method] = _operation(call)
    point = calibration.decision
    rates = (
        f" With {calibration.model}, a similarity of 0.80 has a false match rate of {point.fmr:.2%} and a"
        f" false non-match rate of {point.fnmr:.1%}."
    )
    return msgspec.json.encode(
        {
            "openapi": "3.0.3",
            "info": {"title": "Recspace", "version": __version__, "description": _ABOUT + rates},
            "servers": [{"url": "/d/recspace"}],
            "security": [{"token": []}],
            "paths": paths,
            "components": {
                "schemas": {name: _plain(schema) for name, schema in sorted(schemas.items())},
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
        },
        order="deterministic",
    )


def _operation(call: Call) -> Json:
    done: Json = {"description": "Done"}
    if call.gives is not None:
        done["content"] = {JSON: {"schema": _ref(call.gives)}}
    answers = {str(call.status): done}
    for _, status, code in STATUS:
        said = answers.get(str(status), {}).get("description", "")
        text = code if code in said or not said else f"{said}, {code}"
        answers[str(status)] = {
            "description": text or code,
            "content": {JSON: {"schema": _ref(wire.Failure)}},
        }
    made: Json = {"operationId": call.name, "summary": call.summary, "responses": answers}
    if call.fields:
        schema: Json = {"type": "object", "properties": call.fields}
        if call.needed:
            schema["required"] = list(call.needed)
        made["requestBody"] = {"required": True, "content": {call.form: {"schema": schema}}}
    parameters = list(call.parameters)
    if call.method == "post":
        parameters += _OF_EVERY_POST
    if parameters:
        made["parameters"] = parameters
    return made


def _ref(struct: type[msgspec.Struct]) -> Json:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def _plain(schema: Any) -> Any:
    """The same for OpenAPI 3.0, which has `nullable` where JSON Schema has a type null."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _plain(value) for name, value in schema.items() if name != "prefixItems"}
    if "prefixItems" in schema:
        plain["items"] = _plain(schema["prefixItems"][0])
    options = plain.get("anyOf", [])
    if {"type": "null"} in options:
        kept = [one for one in options if one != {"type": "null"}]
        rest = {name: value for name, value in plain.items() if name != "anyOf"}
        only = kept[0] if len(kept) == 1 else {"anyOf": kept}
        return rest | ({"allOf": [only]} if "$ref" in only else only) | {"nullable": True}
    return plain
