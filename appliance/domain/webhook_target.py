"""Where events may go: addresses of targets, what an operator has allowed, and what is never called. Pure.

A customer names targets, so they could make the box call its own services or its neighbours' (server-side
request forgery). Public addresses over TLS are free; anything else needs the operator's word.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from appliance.errors import InvalidRequest

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST = 2048
_URL = re.compile(r"[!-\[\]-~]+")  # printable ASCII, no blank, no backslash: parsers differ about it
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:@%]+)(:[0-9]{1,5})?")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?")
_NUMERIC = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)")  # resolvers take such a name for an IPv4 address
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b:1::/48",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
    )
)
"""Special purposes (IANA registries) that `ipaddress` of Python 3.11 calls global, tunnels among them."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address to post to.

    Attributes:
        scheme: http or https.
        host: name or address, lower case, without brackets.
        port: always told.
        path: with its query, as written; begins with "/".
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """What shares its fate: scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Allowance:
    """One thing that the operator allows.

    Attributes:
        host: a name, or "" where `network` is told.
        network: addresses, or None.
        port: the one port, or None for every port.
    """

    host: str
    network: Network | None
    port: int | None

    def covers(self, target: Target, address: Address) -> bool:
        """Whether it speaks of this target at this address."""
        if self.port not in (None, target.port):
            return False
        if self.network is not None:
            return address in self.network
        return self.host == target.host

    def __str__(self) -> str:
        if self.network is None:
            return self.host if self.port is None else f"{self.host}:{self.port}"
        single = self.network.num_addresses == 1
        text = str(self.network.network_address if single else self.network)
        if self.port is None:
            return text
        return f"[{text}]:{self.port}" if self.network.version == 6 else f"{text}:{self.port}"


def parse_target(url: str) -> Target:
    """Read the address of a target.

    Raises:
        InvalidRequest: not an absolute http or https address, or one with user name or fragment.
    """
    if len(url) > LONGEST or not _URL.fullmatch(url):
        raise InvalidRequest(f"a webhook address is at most {LONGEST} printable ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidRequest("the webhook address cannot be read") from None
    host = parts.hostname or ""
    read = parts.scheme in _PORTS and port != 0 and (_address(host) or _is_name(host))
    if parts.username is None and not (read and _PLACE.fullmatch(parts.netloc)):
        remedy = "It looks like https://host.example/path; write other letters as xn--..."
        raise InvalidRequest("a webhook address is an http or https address", remedy=remedy)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidRequest("a webhook address has no user name, no password and no #fragment")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], path)


def parse_allowance(text: str) -> Allowance:
    """Read `HOST`, `HOST:PORT`, `CIDR`, `CIDR:PORT`; IPv6 with a port stands in brackets.

    Raises:
        InvalidRequest: none of these.
    """
    wanted = text.strip().lower()
    body, port = wanted, None
    bracketed = re.fullmatch(r"\[([^\[\]]+)\](?::(\d{1,5}))?", wanted)
    tailed = re.fullmatch(r"([^:]+):(\d{1,5})", wanted)
    if found := bracketed or tailed:
        body, port = found[1], int(found[2]) if found[2] else None
    network = _network(body)
    named = network is None and not bracketed and _is_name(body)
    if (network is None and not named) or port == 0 or (port or 0) > 65535:
        remedy = "Give host, host:port, or a network such as 10.1.0.0/16; IPv6 with a port as [fd00::/8]:443."
        raise InvalidRequest(f"{text!r} is no host and no network", remedy=remedy)
    return Allowance("" if network is not None else body, network, port)


def refusal(target: Target, address: str, allowances: Iterable[Allowance]) -> str:
    """Why a target may not be called at an address that it resolved to; "" where it may.

    Args:
        target: as its customer wrote it.
        address: one of the addresses of its host, as the resolver spells it.
        allowances: of the operator.
    """
    real = _unwrapped(ipaddress.ip_address(address.split("%", 1)[0]))
    found = [one for one in allowances if one.covers(target, real)]
    if real.is_unspecified or real.is_multicast or (real.version == 4 and real.is_reserved):
        return "no machine has this address"
    if (real.is_loopback or real.is_link_local) and all(one.port is None for one in found):
        return "an address of the box itself or of its link is called only where it is allowed with its port"
    if not _public(real) and not found:
        return "an address that is not public is called only where it is allowed"
    if target.scheme == "http" and not found:
        return "without TLS only allowed targets are called"
    return ""


def is_public(address: str) -> bool:
    """Whether an address lies in the internet, rather than in the box's own network."""
    return _public(_unwrapped(ipaddress.ip_address(address.split("%", 1)[0])))


def _public(address: Address) -> bool:
    return address.is_global and not address.is_private and not any(address in net for net in _SPECIAL)


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        compatible = int(address) >> 32 == 0 and int(address) > 1  # ::a.b.c.d, RFC 4291 2.5.5.1
        if compatible or address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_name(text: str) -> bool:
    return bool(_HOST.fullmatch(text)) and not _NUMERIC.fullmatch(text)


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
