"""The OpenAPI document as a page to read: no script, nothing from another host."""

import html
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

CSP: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""The page has one style element and no script."""
STYLE: Final = """<style>
body { font: 1rem/1.6 system-ui, sans-serif; color: #0f172a; background: #f8fafc; margin: 0; }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem; }
section { background: #fff; border: 1px solid #cbd5e1; border-radius: 8px; padding: 1rem 1.5rem;
  margin: 1.5rem 0; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top;
  border-bottom: 1px solid #e2e8f0; padding: .35rem .75rem .35rem 0; }
code { font-family: ui-monospace, monospace; } .method { text-transform: uppercase; color: #1d4ed8; }
a { color: #1d4ed8; } :focus-visible { outline: 3px solid #1d4ed8; outline-offset: 2px; }
</style>"""


def page(tree: Mapping[str, Any]) -> str:
    """Write the document out."""
    info = tree["info"]
    calls = [(path, method, call) for path, ways in tree["paths"].items() for method, call in ways.items()]
    index = "".join(
        f'<li><a href="#{call["operationId"]}"><code>{method.upper()} {html.escape(path)}</code></a>'
        f" {html.escape(call['summary'])}</li>"
        for path, method, call in calls
    )
    schemas = tree["components"]["schemas"]
    body = "".join(
        (
            f"<main><h1>{html.escape(info['title'])} {html.escape(info['version'])}</h1>",
            f"<p>{html.escape(info['description'])}</p>",
            "<p>The key goes into the header <code>X-API-Key</code>.</p>",
            f'<nav aria-label="Calls"><ul>{index}</ul></nav>',
            *(_call(*one) for one in calls),
            "<h2>Objects</h2>",
            *(_object(name, schema) for name, schema in schemas.items()),
            "</main>",
        )
    )
    title = html.escape(info["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="/favicon.ico">{STYLE}</head><body>{body}</body></html>'
    )


def _call(path: str, method: str, call: Mapping[str, Any]) -> str:
    head = f'<span class="method">{method}</span> <code>{html.escape(path)}</code>'
    parts = [f'<section id="{call["operationId"]}"><h2>{head}</h2><p>{html.escape(call["summary"])}</p>']
    if parameters := call.get("parameters"):
        rows = ((one["name"], one["in"], _type(one["schema"])) for one in parameters)
        parts.append(f"<h3>Parameters</h3>{_table(('name', 'in', 'type'), rows)}")
    for kind, content in call.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<h3>Body: <code>{kind}</code></h3>{_fields(content['schema'])}")
    answers = (
        (status, one["description"], _type(next(iter(one["content"].values()))["schema"]))
        for status, one in call["responses"].items()
    )
    parts.append(f"<h3>Answers</h3>{_table(('status', 'when', 'body'), answers)}</section>")
    return "".join(parts)


def _object(name: str, schema: Mapping[str, Any]) -> str:
    about = html.escape(schema.get("description", ""))
    return f'<section id="{name}"><h3><code>{name}</code></h3><p>{about}</p>{_fields(schema)}</section>'


def _fields(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return f"<p>{_type(schema)}</p>"
    required = set(schema.get("required", ()))
    rows = (
        (name, _type(one), "yes" if name in required else "no")
        for name, one in schema.get("properties", {}).items()
    )
    return _table(("name", "type", "required"), rows)


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words; objects as links."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return f'<a href="#{name}"><code>{name}</code></a>'
    several = schema.get("allOf") or schema.get("anyOf")
    if several:
        said = " or ".join(_type(one) for one in several)
    elif schema.get("type") == "array":
        said = f"list of {_type(schema.get('items', {}))}"
    elif "enum" in schema:
        said = ", ".join(html.escape(json.dumps(one)) for one in schema["enum"] if one is not None)
    else:
        said = html.escape(
            str(schema.get("description") or schema.get("format") or schema.get("type", "any"))
        )
    return f"{said} or null" if schema.get("nullable") else said
