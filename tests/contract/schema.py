"""Whether an answer is what an OpenAPI document says: the parts of JSON Schema that our documents use."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]
KNOWN = {
    *("type", "title", "description", "properties", "required", "items", "enum", "minimum", "maximum"),
    *("additionalProperties", "oneOf", "anyOf", "allOf", "nullable", "default", "format"),
    *("minItems", "maxItems"),
}
PLAIN = {"string": str, "boolean": bool, "integer": int, "number": int | float}


def conforms(document: Json, schema: Json, value: Any, where: str = "$") -> None:
    """Fail where a value is not of a schema, and where the schema uses a keyword that is not known here."""
    if "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        conforms(document, found, value, where)
        return
    assert set(schema) <= KNOWN, (where, set(schema) - KNOWN)
    if schema.get("nullable") and value is None:
        return
    for part in schema.get("allOf", ()):
        conforms(document, part, value, where)
    if "oneOf" in schema:
        assert sum(fits(document, one, value) for one in schema["oneOf"]) == 1, where
    if "anyOf" in schema:
        assert any(fits(document, one, value) for one in schema["anyOf"]), where
    if "enum" in schema:
        assert value in schema["enum"], where
    if "type" in schema:
        _typed(document, schema, value, where)


def fits(document: Json, schema: Json, value: Any) -> bool:
    """Whether a value is of a schema."""
    try:
        conforms(document, schema, value)
    except AssertionError:
        return False
    return True


def _typed(document: Json, schema: Json, value: Any, where: str) -> None:
    kind = schema["type"]
    if kind == "object":
        _object(document, schema, value, where)
    elif kind == "array":
        assert isinstance(value, list), where
        assert schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)), where
        for index, inner in enumerate(value):
            conforms(document, schema["items"], inner, f"{where}[{index}]")
    else:
        assert isinstance(value, PLAIN[kind]), where
        if kind != "string":
            assert schema.get("minimum", value) <= value <= schema.get("maximum", value), where


def _object(document: Json, schema: Json, value: Any, where: str) -> None:
    assert isinstance(value, dict), where
    assert set(schema.get("required", [])) <= set(value), where
    if set(schema) <= {"type", "description"}:  # any object
        return
    for name, inner in value.items():
        given = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
        assert given, f"{where}.{name} is not described"
        conforms(document, given, inner, f"{where}.{name}")
