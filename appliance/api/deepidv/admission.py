"""What every paid call of this dialect passes, in this order: key, scope, rate, tokens, then its body.

The body is read only once the caller may send one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from appliance.api import forms
from appliance.api.answers import AnyRequest
from appliance.api.application import authenticated, services_of
from appliance.api.deepidv.images import MOST_BYTES, picture
from appliance.api.deepidv.render import TYPES_BY_NAME
from appliance.config import Deepidv
from appliance.domain.document import DocumentType
from appliance.errors import InvalidRequest
from appliance.services.call import Caller
from appliance.services.pictures import Picture
from appliance.services.tokens import Spend, spend_one

INLINE_BYTES = 128 * 1024
"""Bodies up to here are parsed at once, in well under a millisecond; longer ones in a thread."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may go on.

    Attributes:
        caller: who calls.
        pictures: in the order their names were asked for.
        wanted: kind of document named by `documentType`; None for `auto`.
        spend: what it costs; None where tokens are not counted.
    """

    caller: Caller
    pictures: tuple[Picture, ...]
    wanted: DocumentType | None
    spend: Spend | None


def settings_of(request: AnyRequest) -> Deepidv:
    """Give the switches of this dialect."""
    return services_of(request).settings.api.deepidv


@asynccontextmanager
async def admitted(request: AnyRequest, *names: str, scopes: tuple[str, ...]) -> AsyncIterator[Admitted]:
    """Admit a call and hold its place within its plan until it is answered.

    Args:
        request: with its body still unread.
        names: fields that hold pictures.
        scopes: that the key must have.

    Raises:
        RequestError: anything that the caller can mend.
    """
    services, settings = services_of(request), settings_of(request)
    caller = authenticated(request)
    caller.require(*scopes)
    with services.limits.enter(caller.principal):
        spend = None
        if settings.count_tokens:
            spend = await spend_one(services, caller, settings.tokens_per_key)
        body = await request.body()
        kind = request.headers.get("content-type", "")
        if len(body) <= INLINE_BYTES:
            pictures, wanted = _parse(kind, body, names)
        else:
            pictures, wanted = await asyncio.to_thread(_parse, kind, body, names)
        yield Admitted(caller, pictures, wanted, spend)


def _parse(kind: str, body: bytes, names: tuple[str, ...]) -> tuple[tuple[Picture, ...], DocumentType | None]:
    fields = forms.parse(kind, body, MOST_BYTES, (*names, "documentType"))
    return tuple(picture(fields, name) for name in names), _document_type(fields)


def _document_type(fields: forms.Fields) -> DocumentType | None:
    named = fields.get("documentType", "auto")
    if named == "auto":
        return None
    if not isinstance(named, str) or named not in TYPES_BY_NAME:
        known = ", ".join([*TYPES_BY_NAME, "auto"])
        raise InvalidRequest("the documentType is not known", remedy=f"One of: {known}.")
    return TYPES_BY_NAME[named]
