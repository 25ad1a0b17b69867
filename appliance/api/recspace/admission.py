"""What every call of this dialect passes, in this order: token, scope, rate, body, idempotency key."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
from litestar import Response

from appliance.api import forms
from appliance.api.answers import Answer, AnyRequest
from appliance.api.application import services_of
from appliance.api.forms import Fields, File
from appliance.api.recspace import errors
from appliance.errors import FileTooLarge, InvalidRequest, KycboxError, Unauthenticated
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.grounds import grounded
from appliance.services.idempotent import Claim, Keyed
from appliance.services.pictures import Intake, Sent
from appliance.store.idempotency import Answer as Kept
from appliance.store.transaction import Effect, Transaction
from appliance.vision import picture_header

T = TypeVar("T")
MEGABYTES: Final = 20
MOST_BYTES: Final = MEGABYTES * 1_000_000
BODY_BYTES: Final = 2 * MOST_BYTES + 1_000_000
"""Two pictures and the form around them."""
INTAKE: Final = Intake(frozenset({picture_header.JPEG, picture_header.PNG, picture_header.PDF}), MOST_BYTES)
FACES: Final = Intake(frozenset({picture_header.JPEG, picture_header.PNG}), MOST_BYTES)
INLINE_BYTES: Final = 128 * 1024
_GROUNDS: Final = ("x-role", "x-reason", "x-approval", "x-consent-id", "x-purpose")
"""Headers that are a part of what is asked."""
_SINGLE: Final = (*_GROUNDS, "authorization", "idempotency-key")


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may go on.

    Attributes:
        services: of the box.
        caller: who calls.
        headers: lower-case names.
        fields: of a form; empty for other bodies.
        body: as it came.
        began: when, for the time that the answer tells.
        claim: the right to act under the call's idempotency key; keeps the answer.
        status: of success.
    """

    services: Services
    caller: Caller
    headers: Mapping[str, str]
    fields: Fields
    body: bytes
    began: float
    claim: Claim
    status: int

    @property
    def id(self) -> str:
        """The call's request id."""
        return self.caller.request_id

    def rendered(self, render: Callable[[T], msgspec.Struct]) -> Callable[[T], Effect]:
        """For a service that takes the effect of its result: keeps the answer in the leaf's transaction."""
        return lambda result: self.claim.with_answer(self._kept(render(result)))

    def joined(
        self, render: Callable[[T], msgspec.Struct]
    ) -> Callable[[Callable[[Transaction], T], str], Effect]:
        """For a service that changes something: keeps the answer with the change, and with its record."""

        def join(effect: Callable[[Transaction], T], about: str) -> Effect:
            return self.claim.joined(effect, lambda result: self._kept(render(result)), about=about)

        return join

    def filed(self, media_type: str, render: Callable[[T], bytes]) -> Callable[[T], Effect]:
        """The same as `rendered` for an answer that is a file."""
        headers = (("Content-Type", media_type), ("X-Request-Id", self.id))
        return lambda result: self.claim.with_answer(Kept(self.status, headers, render(result)))

    def _kept(self, body: msgspec.Struct) -> Kept:
        headers = (("Content-Type", "application/json"), ("X-Request-Id", self.id))
        return Kept(self.status, headers, msgspec.json.encode(body))

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
        InvalidRequest: a header that says who asks or why stands there twice.
        Unauthenticated: no token, or one that does not open this dialect.
    """
    _require_single(request)
    caller: Caller | None = request.scope["state"]["caller"]
    if caller is None:
        reason = "missing, invalid, or expired bearer token"
        raise Unauthenticated(reason, remedy="Send Authorization: Bearer rsk_...")
    return caller


async def once(  # noqa: PLR0913  what a route says of itself
    request: AnyRequest,
    act: Callable[[Admitted], Awaitable[None]],
    *names: str,
    scopes: tuple[str, ...],
    status: int = 200,
    many: tuple[str, ...] = (),
    personal: bool = False,
) -> Answer:
    """Admit a call, hold its place within its plan, and act once per idempotency key.

    Args:
        request: with its body still unread.
        act: does the work; hands the answer to a service by `rendered` or `joined`.
        names: of the form's fields; none for a route that reads the body itself.
        scopes: that the token must have.
        status: of success.
        many: names of parts that may come several times.
        personal: whether the call brings personal data, so that DPDP mode asks what it rests on.

    Raises:
        RequestError: anything that the caller can mend before the work begins.
    """
    began = time.perf_counter()
    services, caller = services_of(request), authenticated(request)
    caller.require(*scopes)
    with services.limits.enter(caller.principal):
        body = await request.body()
        asked = personal and services.settings.dpdp.enabled
        said = request.headers.get
        caller = grounded(caller, said("x-consent-id", ""), said("x-purpose", ""), needed=asked)
        fields = await _fields(request, body, names, many) if names else {}
        headers = {name.lower(): value for name, value in request.headers.items()}

        async def work(claim: Claim) -> Kept:
            call = Admitted(services, caller, headers, fields, body, began, claim, status)
            try:
                await act(call)
            except KycboxError as error:
                return _refusal(errors.known(request, error), caller.request_id)
            if claim.answer is None:
                raise RuntimeError("the call acted and left no answer")
            return claim.answer

        kept, replayed = await services.idempotency.once(
            caller, _keyed(services, request, headers, fields, body), work
        )
    extra = {"Idempotent-Replayed": "true"} if replayed else {}
    return Response(kept.body, status_code=kept.status, headers=dict(kept.headers) | extra)


def _require_single(request: AnyRequest) -> None:
    """Refuse a call that says twice who asks or why: what checks it on the way may have read the other one.

    Raises:
        InvalidRequest: naming the header.
    """
    names = Counter(name.lower().decode("latin-1") for name, _ in request.scope["headers"])
    twice = next((name for name in _SINGLE if names[name] > 1), None)
    if twice is not None:
        raise InvalidRequest(f"the header {twice} stands there twice", remedy="Send it once.")


async def _fields(request: AnyRequest, body: bytes, names: tuple[str, ...], many: tuple[str, ...]) -> Fields:
    kind = request.headers.get("content-type", "")
    if len(body) <= INLINE_BYTES:
        return forms.parse(kind, body, MOST_BYTES, names, many)
    return await asyncio.to_thread(forms.parse, kind, body, MOST_BYTES, names, many)


def _keyed(
    services: Services, request: AnyRequest, headers: Mapping[str, str], fields: Fields, body: bytes
) -> Keyed | None:
    """The call's idempotency key. A form is the same with another boundary between its parts."""
    if "idempotency-key" not in headers:
        return None
    pieces: list[bytes] = [] if fields else [body]
    for name, value in sorted(fields.items(), key=lambda one: one[0]):
        pieces += [name.encode(), value.data if isinstance(value, File) else b"text:" + value.encode()]
    pieces += [headers.get(name, "").encode() for name in _GROUNDS]
    fingerprint = services.idempotency.fingerprint(*pieces)
    return Keyed(request.method, request.scope["path"], headers["idempotency-key"], fingerprint)


def _refusal(answer: Answer, request_id: str) -> Kept:
    kept = ("retry-after", "allow")
    headers = [(name, value) for name, value in answer.headers.items() if name.lower() in kept]
    headers += [("Content-Type", "application/json"), ("X-Request-Id", request_id)]
    return Kept(answer.status_code or 200, tuple(headers), answer.content)
