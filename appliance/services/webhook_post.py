"""One try to hand an event to its target: resolve, check every address, connect to just those, post, listen.

aiohttp is told the addresses that were checked and resolves nothing itself, so a name that answers one
address to the check and another to the connection gains nothing (DNS rebinding). It follows no redirect,
keeps no cookie, reads no proxy from the environment and unpacks nothing.
"""

import asyncio
import contextlib
import errno
import ipaddress
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult

from appliance.domain.webhook import Met
from appliance.domain.webhook_target import Allowance, Target, is_public, refusal

LOG = logging.getLogger(__name__)

WHOLE_SECONDS: Final = 10.0
"""An endpoint that has not answered by then has failed."""
CONNECT_SECONDS: Final = 5.0
NAME_SECONDS: Final = 4.0
ANSWER_BYTES: Final = 65_536
"""Of an answer's body at most so much is read, and nothing of it is kept."""
ANSWER_SECONDS: Final = 1.0
RESOLVERS: Final = 4
"""Threads that ask for addresses: without a network each question takes seconds, and must not stop others."""

_NO_ROUTE: Final = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}
)
_NOT_PERMITTED: Final = frozenset({errno.EPERM, errno.EACCES})
"""The service manager or a firewall of this machine forbids it: as good as no route."""

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try met.

    Attributes:
        met: the kind.
        says: short word for console and log: `http_500`, `timeout` ...
        public: whether the target lies in the internet; True where its address is not known.
        wait: seconds that the endpoint asked for before the next try; 0.0 where it did not.
        reached: a connection came about: the network is there.
    """

    met: Met
    says: str
    public: bool = True
    wait: float = 0.0
    reached: bool = False


class Poster:
    """Posts events. One connection per try: a pooled one would outlive the check of its address.

    Args:
        trust: certificates that targets are verified by; None takes those of the machine.
        resolve: host and port to addresses; None asks the machine's resolver.
        seconds: for one whole try.
    """

    def __init__(
        self,
        trust: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
        seconds: float = WHOLE_SECONDS,
    ) -> None:
        self._trust = trust or _machine_trust()
        self._threads = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="kycbox-names")
        self._resolve = resolve or self._ask_machine
        self._seconds = seconds

    def close(self) -> None:
        """Ask for no more names; does not wait for questions that hang."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def post(
        self, target: Target, allowances: Sequence[Allowance], headers: Mapping[str, str], body: bytes
    ) -> Outcome:
        """Try once. Raises nothing that an endpoint or a network could cause.

        Args:
            target: where to.
            allowances: of the operator.
            headers: as they stand.
            body: as it stands.
        """
        try:
            async with asyncio.timeout(NAME_SECONDS):
                addresses = await self._resolve(target.host, target.port)
        except (OSError, TimeoutError):
            return Outcome(Met.NO_NAME, "no_name")
        except UnicodeError:  # a label that is no host name: the resolver encodes it
            return Outcome(Met.FAILED, "bad_name")
        public = any(is_public(address) for address in addresses)
        for address in addresses:
            if reason := refusal(target, address, allowances):
                LOG.warning("a webhook target is not called: %s", reason)
                return Outcome(Met.FAILED, "address_refused", public)
        try:
            status, wait = await self._exchange(target, addresses, headers, body)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            met, says = _fault(error)
            reached = met is Met.FAILED and not isinstance(error, aiohttp.InvalidURL)
            return Outcome(met, says, public, reached=reached)
        met = Met.DELIVERED if 200 <= status < 300 else Met.FAILED
        return Outcome(met, f"http_{status}", public, 0.0 if met is Met.DELIVERED else wait, reached=True)

    async def _exchange(
        self, target: Target, addresses: Sequence[str], headers: Mapping[str, str], body: bytes
    ) -> tuple[int, float]:
        """Post over a new connection; returns the status and the seconds of a `Retry-After`."""
        url = yarl.URL.build(
            scheme=target.scheme,
            host=f"[{target.host}]" if ":" in target.host else target.host,
            port=target.port,
            path=target.path.partition("?")[0],
            query_string=target.path.partition("?")[2],
            encoded=True,
        )
        checked = _Checked(addresses)
        connector = aiohttp.TCPConnector(
            ssl=self._trust,
            resolver=checked,
            use_dns_cache=False,
            force_close=True,
            socket_factory=checked.socket,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            skip_auto_headers=("Accept", "Accept-Encoding"),
        )
        async with (
            session,
            asyncio.timeout(self._seconds) as limit,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            limit.reschedule(None)  # the answer is there in time; what follows has a limit of its own
            await _drain(answer.content)
            return answer.status, _asked_wait(answer.headers.get("Retry-After", ""))

    async def _ask_machine(self, host: str, port: int) -> Sequence[str]:
        with contextlib.suppress(ValueError):  # an address needs no thread, which may all hang on a name
            return [str(ipaddress.ip_address(host))]

        def ask() -> list[str]:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return list(dict.fromkeys(str(entry[4][0]) for entry in found))

        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)


class _Checked(AbstractResolver):
    """Gives out addresses that were checked, whatever it is asked, and makes sockets for those only."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._numbers = frozenset(_number(address) for address in addresses)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
            if family in (socket.AF_UNSPEC, socket.AF_INET6 if ":" in address else socket.AF_INET)
        ]

    async def close(self) -> None:
        """Nothing is held."""

    def socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """Make a socket for an address that was checked.

        Raises:
            OSError: it was not.
        """
        family, kind, protocol, _, place = info
        if _number(str(place[0])) not in self._numbers:
            raise OSError(errno.EACCES, "an address that was not checked")
        return socket.socket(family, kind, protocol)


def _number(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address as it is, not as it is spelled."""
    return ipaddress.ip_address(address.split("%", 1)[0])


async def _drain(content: aiohttp.StreamReader) -> None:
    """Read what comes at once, so that a small answer is not cut off; whatever it is changes nothing."""
    left = ANSWER_BYTES
    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, ValueError):
        async with asyncio.timeout(ANSWER_SECONDS):
            while left and (part := await content.read(left)):
                left -= len(part)


def _machine_trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    folder = ssl.get_default_verify_paths().capath  # read only when a certificate is looked for
    if not context.cert_store_stats()["x509_ca"] and not (folder and any(Path(folder).iterdir())):
        LOG.warning(
            "this machine trusts no certificate authority, so no webhook over TLS can be delivered:"
            " install ca-certificates, or name a file of authorities in SSL_CERT_FILE"
        )
    return context


def _fault(error: Exception) -> tuple[Met, str]:
    """Whose fault an exception of a try is, and a word for it."""
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return Met.FAILED, "bad_certificate"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return Met.UNREACHED, "no_connection"
    if isinstance(error, aiohttp.ClientConnectorError):
        return _no_connection(error.errno)
    if isinstance(error, TimeoutError):
        return Met.FAILED, "timeout"
    return Met.FAILED, "broken_answer"


def _no_connection(number: int | None) -> tuple[Met, str]:
    if number in _NO_ROUTE:
        return Met.NO_ROUTE, "no_route"
    if number in _NOT_PERMITTED:
        LOG.warning("this machine does not permit a webhook's connection: see docs/webhooks.md")
        return Met.NO_ROUTE, "not_permitted"
    return Met.UNREACHED, "refused" if number == errno.ECONNREFUSED else "no_connection"


def _asked_wait(header: str) -> float:
    """Seconds of a `Retry-After`; its form as a date is not followed."""
    return float(header) if header.isascii() and header.isdigit() and len(header) < 7 else 0.0
