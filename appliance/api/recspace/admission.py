"""What every call of this dialect passes, in this order: token, scope, rate, then its body."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from appliance.api import forms
from appliance.api.answers import AnyRequest
from appliance.api.application import services_of
from appliance.api.forms import Fields, File
from appliance.errors import FileTooLarge, InvalidRequest, Unauthenticated
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.pictures import Intake, Sent
from appliance.vision import picture_header

MEGABYTES: Final = 20
MOST_BYTES: Final = MEGABYTES * 1_000_000
BODY_BYTES: Final = 2 * MOST_BYTES + 1_000_000
"""Two pictures and the form around them."""
INTAKE: Final = Intake(frozenset({picture_header.JPEG, picture_header.PNG, picture_header.PDF}), MOST_BYTES)
FACES: Final = Intake(frozenset({picture_header.JPEG, picture_header.PNG}), MOST_BYTES)
INLINE_BYTES: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may go on.

    Attributes:
        services: of the box.
        caller: who calls.
        fields: of a form; empty for other bodies.
        body: as it came.
        began: when, for the time that the answer tells.
    """

    services: Services
    caller: Caller
    fields: Fields
    body: bytes
    began: float

    def milliseconds(self) -> int:
        """Since the call came in."""
        return round((time.perf_counter() - self.began) * 1000)

    def picture(self, *names: str) -> Sent:
        """The file under the first of these names that was sent.

        Raises:
            InvalidRequest: none was, or it is text or empty. FileTooLarge: more than 20 MB.
        """
        value = next((self.fields[name] for name in names if name in self.fields), None)
        if value is None:
            raise InvalidRequest(f"the file {names[0]} is missing", remedy="Send it as a part of the form.")
        if not isinstance(value, File) or not value.data:
            raise InvalidRequest(f"{names[0]} is not a file", remedy="Send it with a file name.")
        if len(value.data) > MOST_BYTES:
            raise FileTooLarge(f"{names[0]} is larger than {MEGABYTES} MB", remedy="Send a smaller file.")
        return Sent(value.data)

    def text(self, name: str, default: str) -> str:
        """A field of text.

        Raises:
            InvalidRequest: it is a file.
        """
        value = self.fields.get(name, default)
        if isinstance(value, File):
            raise InvalidRequest(f"{name} is not text", remedy="Send it without a file name.")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean field: true, false, 1 or 0 in any case.

        Raises:
            InvalidRequest: anything else.
        """
        value = self.text(name, str(default)).strip().lower()
        if value not in {"true", "false", "1", "0"}:
            raise InvalidRequest(f"{name} is neither true nor false", remedy="Send true or false.")
        return value in {"true", "1"}

    def share(self, name: str, default: float) -> float:
        """A number from 0 to 1.

        Raises:
            InvalidRequest: anything else.
        """
        text = self.text(name, str(default))
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0.0 <= value <= 1.0:
            raise InvalidRequest(f"{name} is not a number from 0.0 to 1.0", remedy="The default is 0.80.")
        return value

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number.

        Raises:
            InvalidRequest: anything else, or outside of least..most.
        """
        text = self.text(name, str(default)).strip()
        value = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else least - 1
        if not least <= value <= most:
            raise InvalidRequest(f"{name} is not a whole number from {least} to {most}")
        return value


def authenticated(request: AnyRequest) -> Caller:
    """Give the caller.

    Raises:
        Unauthenticated: no token, or one that does not open this dialect.
    """
    caller: Caller | None = request.scope["state"]["caller"]
    if caller is None:
        reason = "missing, invalid, or expired bearer token"
        raise Unauthenticated(reason, remedy="Send Authorization: Bearer rsk_...")
    return caller


@asynccontextmanager
async def admitted(request: AnyRequest, *names: str, scopes: tuple[str, ...]) -> AsyncIterator[Admitted]:
    """Admit a call and hold its place within its plan until it is answered.

    Args:
        request: with its body still unread.
        names: of the form's fields; none for a route that reads the body itself.
        scopes: that the token must have.

    Raises:
        RequestError: anything that the caller can mend.
    """
    began = time.perf_counter()
    services, caller = services_of(request), authenticated(request)
    caller.require(*scopes)
    with services.limits.enter(caller.principal):
        body = await request.body()
        fields: Fields = {}
        if names:
            kind = request.headers.get("content-type", "")
            if len(body) <= INLINE_BYTES:
                fields = forms.parse(kind, body, MOST_BYTES, names)
            else:
                fields = await asyncio.to_thread(forms.parse, kind, body, MOST_BYTES, names)
        yield Admitted(services, caller, fields, body, began)
