"""This dialect's own description: the OpenAPI document, Swagger UI over it, and a page to read."""

from typing import Final

import msgspec
from litestar import MediaType, Response, get

from appliance.api.answers import Answer, AnyRequest
from appliance.api.box import pages
from appliance.api.box.pages import Described
from appliance.api.onboarder import reference
from appliance.api.onboarder.openapi import Documents


@get("/openapi.json")
async def openapi(request: AnyRequest) -> Answer:
    """Describe this dialect to clients' generators."""
    content = msgspec.json.encode(_documents(request).tree(_prefix(request)))
    return Response(content, media_type=MediaType.JSON)


@get("/docs")
async def docs(request: AnyRequest) -> Answer:
    """Show the document in Swagger UI."""
    shown = pages.viewer(Described("onboarder", "eKYC-Onboarder", f"{_prefix(request)}/openapi.json"))
    headers = {"Content-Security-Policy": pages.CSP}
    return Response(shown.encode(), media_type=MediaType.HTML, headers=headers)


@get("/redoc")
async def redoc(request: AnyRequest) -> Answer:
    """Show the document as a page to read."""
    shown = reference.page(_documents(request).tree(_prefix(request)))
    headers = {"Content-Security-Policy": reference.CSP}
    return Response(shown.encode(), media_type=MediaType.HTML, headers=headers)


def _documents(request: AnyRequest) -> Documents:
    documents: Documents = request.app.state.documents
    return documents


def _prefix(request: AnyRequest) -> str:
    prefix: str = request.scope["state"]["prefix"]
    return prefix


DOCUMENTS: Final = [openapi, docs, redoc]
