"""The index of API documents and the page that shows one. Nothing on them comes from another host."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI sets styles on elements and shows icons as data addresses."""

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6"'
    ' fill="#1d4e89"/><path d="M9 17l5 5 9-11" fill="none" stroke="#fff" stroke-width="4"/></svg>'
)

STYLE = """<style>
body { font: 1.05rem/1.6 system-ui, sans-serif; color: #0f172a; background: #f4f6f8; margin: 0; }
main { max-width: 46rem; margin: 4rem auto; background: #fff; padding: 2rem 2.5rem; border-radius: 12px;
  box-shadow: 0 2px 16px #0f172a22; }
h1 { font-size: 1.5rem; margin-top: 0; }
a { color: #1d4ed8; }
:focus-visible { outline: 3px solid #1d4ed8; outline-offset: 2px; }
</style>"""

START = """\
const at = document.getElementById("api").dataset.document;
SwaggerUIBundle({ url: at, dom_id: "#api", deepLinking: true, validatorUrl: null });
"""
"""Shows the document named in the page. Of constants only: the page may not run inline scripts."""


@dataclass(frozen=True, slots=True)
class Described:
    """One API with its OpenAPI document."""

    dialect: str
    title: str
    document: str


def index(apis: Sequence[Described]) -> str:
    """List the APIs."""
    rows = "".join(
        f'<li><a href="/-/docs/{html.escape(api.dialect)}">{html.escape(api.title)}</a>'
        f' &middot; <a href="{html.escape(api.document)}">OpenAPI document</a></li>'
        for api in apis
    )
    body = (
        f"<main><h1>API documents of this box</h1><ul>{rows}</ul>"
        '<p>Keys are made in the <a href="/admin/keys">console</a> or by <code>kycbox key create</code>.</p>'
        "</main>"
    )
    return _page("API documents", body, STYLE)


def viewer(api: Described) -> str:
    """Show one document in Swagger UI."""
    head = '<link rel="stylesheet" href="/-/swagger/swagger-ui.css">'
    body = (
        f'<div id="api" data-document="{html.escape(api.document)}"></div>'
        '<script src="/-/swagger/swagger-ui-bundle.js"></script><script src="/-/swagger/start.js"></script>'
    )
    return _page(api.title, body, head)


def _page(title: str, body: str, head: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<link rel="icon" href="/favicon.ico">{head}</head><body>{body}</body></html>'
    )
