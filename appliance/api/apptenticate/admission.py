"""What every paid call of this dialect passes: token, scopes, rate, its body; captures are given back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

from appliance.api.answers import AnyRequest
from appliance.api.application import services_of
from appliance.api.apptenticate import body
from appliance.api.apptenticate.errors import HeaderRefused
from appliance.api.forms import Fields
from appliance.config import Apptenticate
from appliance.errors import TokenRefused, Unauthenticated
from appliance.services.call import Caller
from appliance.services.captures import returning

T = TypeVar("T")
DIALECT = "apptenticate"
TOKENS_BEGIN = "eyJ"
"""The first two characters of every JSON object, in base64."""
INLINE_BYTES = 128 * 1024
"""Bodies up to here are parsed at once, in well under a millisecond; longer ones in a thread."""


def settings_of(request: AnyRequest) -> Apptenticate:
    """Give the switches of this dialect."""
    return services_of(request).settings.api.apptenticate


def token_of(headers: Mapping[str, str]) -> str:
    """The JSON Web Token of an Authorization header; "" where there is none, or a secret of another kind."""
    parts = headers.get("authorization", "").split()
    is_token = len(parts) == 2 and parts[0].lower() == "bearer" and parts[1].startswith(TOKENS_BEGIN)
    return parts[1] if is_token else ""


def authenticated(request: AnyRequest) -> Caller:
    """Give the caller.

    Raises:
        Unauthenticated: no token. HeaderRefused: a header of another form.
        TokenRefused: one that this box did not make, that is too old, or whose account is gone.
    """
    caller: Caller | None = request.scope["state"]["caller"]
    if caller is not None:
        return caller
    sent = request.headers.get("authorization", "").split()
    if not sent or sent[0].lower() != "bearer":
        raise Unauthenticated("no token was sent", remedy="Send Authorization: Bearer and an access token.")
    if len(sent) != 2:
        raise HeaderRefused("Authorization header must contain two space-delimited values")
    raise TokenRefused("the token is not valid", remedy="Get a new one.")


@asynccontextmanager
async def admitted(
    request: AnyRequest, names: Collection[str], parse: Callable[[Fields], T], *scopes: str
) -> AsyncIterator[tuple[Caller, T]]:
    """Admit a call and hold its place within its plan until it is answered.

    Args:
        request: with its body still unread.
        names: of the fields.
        parse: makes of them what is asked; blocking.
        scopes: that the account must have.

    Raises:
        RequestError: anything that the caller can mend.
    """
    services, caller = services_of(request), authenticated(request)
    caller.require(*scopes)
    with services.limits.enter(caller.principal):
        data = await request.body()
        kind = request.headers.get("content-type", "")

        def read() -> T:
            return parse(body.read(kind, data, names))

        asked = read() if len(data) <= INLINE_BYTES else await asyncio.to_thread(read)
        async with returning(services, caller):
            yield caller, asked
