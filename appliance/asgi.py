"""The one ASGI entry: request id, who answers, who calls, limits, headers, and the order of start and stop.

Nothing here knows a dialect: `dispatch` chooses, the chosen application answers. What every answer must have
is put on here, once: the request id, the security headers, the metric, and the audit leaf of a refused call.
"""

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from appliance.api.mount import ASGIApp, Lifespan, Message, Mount, Receive, Scope, Send
from appliance.api.origin import is_same_origin
from appliance.dispatch import HOME, Choice, Own, choose, host_name, is_own_name
from appliance.errors import Busy, FileTooLarge, InvalidRequest, KycboxError, PictureTooLarge
from appliance.services.audit import Audit
from appliance.services.call import Caller
from appliance.services.metrics import Metrics
from appliance.store.credentials import Credentials

LOG = logging.getLogger(__name__)

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
CHUNK_SECONDS: Final = 20.0
"""Longest silence within a body."""
BODY_SECONDS: Final = 120.0
"""Longest time for a whole body."""
BODIES_BYTES: Final = 384 * 1024 * 1024
"""Bytes of bodies in memory at one time, over all requests; who sends more is asked to come again."""

UNREAD: Final[dict[type[KycboxError], int]] = {PictureTooLarge: 413, InvalidRequest: 400, Busy: 503}
"""Why a body is not read to its end, and how that is answered where no dialect does."""

_EVERYWHERE: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_API: Final = (
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
# NiceGUI writes inline scripts and styles and compiles its style sheet in the browser.
_SCREENS: Final = (
    (b"referrer-policy", b"same-origin"),  # without a referrer, forms send "Origin: null"
    (
        b"content-security-policy",
        b"; ".join(
            (
                b"default-src 'self'",
                b"script-src 'self' 'unsafe-inline' 'unsafe-eval'",
                b"style-src 'self' 'unsafe-inline'",
                b"img-src 'self' data: blob:",
                b"media-src 'self' blob:",
                b"font-src 'self' data:",
                b"object-src 'none'",
                b"base-uri 'self'",
                b"form-action 'self'",
                b"frame-ancestors 'none'",
            )
        ),
    ),
)


@dataclass(slots=True)
class _Exchange:
    """One request and the answer to it, as far as it has come."""

    choice: Choice
    request_id: str
    began: float
    caller: Caller | None = None
    status: int = 0
    received: int = 0

    @property
    def label(self) -> str:
        target = self.choice.target
        return target.dialect if isinstance(target, Mount) else target.name.lower()


class Box:
    """The application that the server runs.

    Args:
        mounts: the dialects.
        box: health, documents, metrics.
        admin: the console's REST; None where there is none.
        ui: the screens; None where there are none.
        lifespans: entered in this order at start, left in the reverse order at stop.
        credentials: who may call.
        audit: leaves about refused calls.
        metrics: counts answers.
        body_bytes: longest body of any request.
        names: host names under which the screens are shown, lower case; addresses always are.
    """

    def __init__(  # noqa: PLR0913 - the composition root names them all, once
        self,
        *,
        mounts: Sequence[Mount],
        box: ASGIApp,
        ui: ASGIApp | None,
        admin: ASGIApp | None = None,
        lifespans: Sequence[Lifespan],
        credentials: Credentials,
        audit: Audit,
        metrics: Metrics,
        body_bytes: int,
        names: Collection[str] = (),
    ) -> None:
        self._mounts, self._box, self._ui, self._admin = tuple(mounts), box, ui, admin
        self._lifespans = tuple(lifespans)
        self._credentials, self._audit, self._metrics = credentials, audit, metrics
        self._body_bytes, self._names = body_bytes, frozenset(names)
        self._held = 0
        self.failure: Exception | None = None
        """Why the start failed, for the command that runs the server."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, websocket or lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1").strip(" \t") for name, value in scope["headers"]
        }
        choice = choose(scope["path"], headers, self._mounts)
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, choice, headers)
            return
        exchange = self._exchange(choice, headers, scope)
        scope["path"] = choice.path
        if choice.prefix and "raw_path" in scope:
            scope["raw_path"] = scope["raw_path"].removeprefix(choice.prefix.encode()) or b"/"
        scope.setdefault("state", {}).update(
            caller=exchange.caller,
            request_id=exchange.request_id,
            prefix=choice.prefix,
            address=_address(scope, headers),
        )
        reader = self._reader(exchange, receive, headers)
        sender = self._sender(scope, exchange, send)
        try:
            await self._answer(scope, reader, sender, choice, headers)
        except (
            PictureTooLarge,
            InvalidRequest,
            Busy,
        ) as error:  # dialects answer these themselves
            if exchange.status:
                raise
            status = next(code for kind, code in UNREAD.items() if isinstance(error, kind))
            await _plain(sender, status, error.message)
        finally:
            self._held -= exchange.received
            route = str(scope.get("path_template") or "other")
            seconds = time.perf_counter() - exchange.began
            self._metrics.observe(exchange.label, route, exchange.status or 499, seconds)

    def _exchange(self, choice: Choice, headers: Mapping[str, str], scope: Scope) -> _Exchange:
        sent = headers.get("x-request-id", "")
        request_id = sent if REQUEST_ID.fullmatch(sent) else secrets.token_hex(12)
        if isinstance(choice.target, Mount) and choice.target.request_id is not None:
            request_id = choice.target.request_id(choice.path)
        exchange = _Exchange(choice, request_id, time.perf_counter())
        if isinstance(choice.target, Mount):
            secret = choice.target.secret(headers)
            if not secret:
                principal = choice.target.guest(_address(scope, headers))
            elif choice.target.authenticate is not None:
                principal = choice.target.authenticate(secret)
            else:
                principal = self._credentials.authenticate(secret, choice.target.dialect)
            exchange.caller = Caller(principal, request_id) if principal else None
        return exchange

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, choice: Choice, headers: Mapping[str, str]
    ) -> None:
        if isinstance(choice.target, Mount):
            await choice.target.app(scope, receive, send)
        elif choice.target is Own.BOX:
            await self._box(scope, receive, send)
        elif choice.target is Own.ADMIN and self._admin is not None:
            await self._admin(scope, receive, send)
        elif not is_own_name(host_name(headers), self._names):
            await _plain(send, 421, "This box does not go by that name.")
        elif choice.target is Own.HOME:
            await _plain(send, 302, "", ((b"location", HOME.encode()),))
        elif self._ui is None or choice.target is Own.ADMIN:
            await _plain(send, 404, "This box has no screens.")
        elif "origin" in headers and not _is_own_page(scope, headers):
            await _plain(send, 403, "Another site's page may not do this.")
        else:
            await self._ui(scope, receive, send)

    async def _socket(
        self, scope: Scope, receive: Receive, send: Send, choice: Choice, headers: Mapping[str, str]
    ) -> None:
        """Only the screens have websockets, and only for pages of this box."""
        own = is_own_name(host_name(headers), self._names) and _is_own_page(scope, headers)
        if choice.target is Own.UI and self._ui is not None and own:
            await self._ui(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 1008})

    def _reader(self, exchange: _Exchange, receive: Receive, headers: Mapping[str, str]) -> Receive:
        """Count and time a body as it is read."""
        target = exchange.choice.target
        most = min(self._body_bytes, target.body_bytes) if isinstance(target, Mount) else self._body_bytes
        announced = headers.get("content-length", "")
        deadline, complete = exchange.began + BODY_SECONDS, False

        async def read() -> Message:
            nonlocal complete
            if complete:  # what comes now is the end of the connection
                return await receive()
            if announced.isdecimal() and int(announced) > most:
                raise _too_long(most)
            left = min(CHUNK_SECONDS, deadline - time.perf_counter())
            try:
                message = await asyncio.wait_for(receive(), max(left, 0.0))
            except TimeoutError:
                raise InvalidRequest("the body did not arrive in time", remedy="Send it faster.") from None
            if message["type"] == "http.disconnect":
                raise InvalidRequest("the connection ended within the body")
            complete = not message.get("more_body", False)
            self._hold(exchange, len(message.get("body", b"")), most)
            return message

        return read

    def _hold(self, exchange: _Exchange, count: int, most: int) -> None:
        exchange.received += count
        self._held += count
        if exchange.received > most:
            raise _too_long(most)
        if self._held > BODIES_BYTES:
            reason = "too many large requests are being received"
            raise Busy(reason, remedy="Send it again in a moment.", retry_after=1.0)

    def _sender(self, scope: Scope, exchange: _Exchange, send: Send) -> Send:
        """Put on every answer what every answer must have."""

        async def write(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = int(message["status"])
                await self._leave(scope, exchange)
                given = list(message.get("headers", []))
                names = {name.lower() for name, _ in given}
                screens = exchange.choice.target is Own.UI
                extra = (*_EVERYWHERE, *(_SCREENS if screens else _API))
                given.extend(pair for pair in extra if pair[0] not in names)
                given.extend(_promised(exchange))
                if b"x-request-id" not in names:
                    given.append((b"x-request-id", exchange.request_id.encode()))
                message["headers"] = given
            await send(message)

        return write

    async def _leave(self, scope: Scope, exchange: _Exchange) -> None:
        """See to it that the call is in the audit ledger before it is answered."""
        if not isinstance(exchange.choice.target, Mount):
            return
        if exchange.caller is not None:
            status = exchange.status
            outcome = scope["state"].get("outcome") or ("ok" if status < 400 else f"http_{status}")
            route = str(scope.get("path_template") or "unknown")
            await self._audit.refused(exchange.caller, f"{exchange.label}:{route}", outcome)
        elif exchange.status >= 400:
            self._audit.stranger(f"{exchange.label}.{exchange.status}")

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start everything in order; stop what was started in the reverse order."""
        await receive()
        stack = AsyncExitStack()
        try:
            for lifespan in self._lifespans:
                await stack.enter_async_context(lifespan())
        except Exception as error:
            self.failure = error
            if not isinstance(error, KycboxError):
                LOG.exception("the box does not start")
            await stack.aclose()
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            await stack.aclose()
        except Exception as error:
            LOG.exception("the box does not stop cleanly")
            await send({"type": "lifespan.shutdown.failed", "message": str(error)})
            return
        await send({"type": "lifespan.shutdown.complete"})


def _promised(exchange: _Exchange) -> list[tuple[bytes, bytes]]:
    """What the dialect says in every answer to a caller that it knows."""
    mount, caller = exchange.choice.target, exchange.caller
    if not isinstance(mount, Mount) or mount.headers is None or caller is None:
        return []
    told = mount.headers(caller.principal)
    return [(name.lower().encode(), value.encode()) for name, value in told.items()]


def _address(scope: Scope, headers: Mapping[str, str]) -> str:
    """Where the call comes from; "" behind a proxy, whose word about it is not taken."""
    if "x-forwarded-for" in headers or "forwarded" in headers or not scope.get("client"):
        return ""
    return str(scope["client"][0])


def _is_own_page(scope: Scope, headers: Mapping[str, str]) -> bool:
    return is_same_origin(headers.get("origin", ""), headers.get("host", ""), scope.get("scheme", "http"))


def _too_long(most: int) -> FileTooLarge:
    return FileTooLarge(f"the body is longer than {most} bytes", remedy="Send smaller pictures.")


async def _plain(send: Send, status: int, text: str, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """Answer in a line of text: for what belongs to no application."""
    kept = [(b"content-type", b"text/plain; charset=utf-8"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": kept})
    await send({"type": "http.response.body", "body": text.encode()})
