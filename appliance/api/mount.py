"""One dialect as the dispatcher sees it."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeAlias

from appliance.domain.credential import Principal

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Lifespan: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]


def _nobody(_address: str) -> Principal | None:
    return None


@dataclass(frozen=True, slots=True)
class Mount:
    """A dialect's application and what of the port belongs to it.

    Attributes:
        dialect: its name; `/d/<dialect>/` always leads here.
        app: answers everything it is given, also unknown paths and methods, in its own envelope.
        lifespan: held from start to stop.
        roots: path prefixes that are its own on the bare port; each ends at a "/" or at the path's end.
        hosts: `Host` names, lower case, that are its own.
        secret: takes the API key or token out of the headers (lower-case names); "" where there is none.
        body_bytes: longest body it reads.
        prefix: how its keys begin: unknown paths with such a key are its own.
        guest: who a caller without a key is, by the address that it calls from; None refuses it.
        request_id: makes a call's id of its path, where the dialect has a form of its own; else the caller's
            or a random one is used.
        fallback: path prefixes on the bare port that are its own where no other dialect claims the call.
        headers: what every answer to a caller carries besides, such as what its plan still allows.
        authenticate: who a secret stands for, where it is something else than an API key: a token of an
            account; None for nobody.
    """

    dialect: str
    app: ASGIApp
    lifespan: Lifespan
    roots: tuple[str, ...]
    hosts: frozenset[str]
    secret: Callable[[Mapping[str, str]], str]
    body_bytes: int
    prefix: str = ""
    guest: Callable[[str], Principal | None] = _nobody
    authenticate: Callable[[str], Principal | None] | None = None
    request_id: Callable[[str], str] | None = None
    fallback: tuple[str, ...] = ()
    headers: Callable[[Principal], Mapping[str, str]] | None = None

    def owns(self, path: str) -> bool:
        """Whether a path on the bare port is this dialect's."""
        return any(path == root or path.startswith(root + "/") for root in self.roots)

    def takes(self, path: str) -> bool:
        """Whether a path that nobody owns is answered here."""
        return any(path == root or path.startswith(root + "/") for root in self.fallback)
