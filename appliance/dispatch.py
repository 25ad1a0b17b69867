"""Which application answers a request: a pure choice over path, Host and headers.

Order: the box's own paths and the screens, then the mount prefix, then Host, then routes on the bare port,
then the API key's header, then the dialect that takes what nobody claims. Each dialect answers unknown paths
in its own envelope, so the choice comes first and routing second.
"""

import ipaddress
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from appliance.api.mount import Mount

BOX_ROOTS = frozenset({"-", "favicon.ico"})
UI_ROOTS = frozenset({"kiosk", "admin", "_nicegui", "_nicegui_ws"})
ADMIN_API = "/admin/api"
HOME = "/admin"
"""Where "/" leads."""


class Own(Enum):
    """What is not a dialect."""

    BOX = auto()
    ADMIN = auto()
    UI = auto()
    HOME = auto()


@dataclass(frozen=True, slots=True)
class Choice:
    """Who answers.

    Attributes:
        target: a dialect's mount, or the box, the console's REST, the screens, the redirect.
        path: the path to hand on.
        prefix: what was taken off its front, "" or "/d/<dialect>".
    """

    target: Mount | Own
    path: str
    prefix: str = ""


def choose(path: str, headers: Mapping[str, str], mounts: Iterable[Mount]) -> Choice:
    """Choose for one request.

    Args:
        path: decoded, beginning with "/".
        headers: names in lower case.
        mounts: the dialects.
    """
    if path == "/":
        return Choice(Own.HOME, path)
    if path == ADMIN_API or path.startswith(ADMIN_API + "/"):
        return Choice(Own.ADMIN, path)
    root = path.removeprefix("/").partition("/")[0]
    if root in UI_ROOTS:
        return Choice(Own.UI, path)
    if root in BOX_ROOTS:
        return Choice(Own.BOX, path)
    known = tuple(mounts)
    if root == "d":
        return _mounted(path, known)
    host = host_name(headers)
    at_host = (mount for mount in known if host in mount.hosts)
    by_route = (mount for mount in known if mount.owns(path))
    by_prefix = (m for m in known if m.prefix and m.secret(headers).startswith(m.prefix))
    by_key = (mount for mount in known if mount.secret(headers))
    at_last = (mount for mount in known if mount.takes(path))
    ways = (at_host, by_route, by_prefix, by_key, at_last)
    chosen = next((mount for way in ways if (mount := next(way, None))), None)
    return Choice(chosen or Own.BOX, path)


def _mounted(path: str, mounts: Iterable[Mount]) -> Choice:
    for mount in mounts:
        prefix = f"/d/{mount.dialect}"
        if path == prefix or path.startswith(prefix + "/"):
            return Choice(mount, path.removeprefix(prefix) or "/", prefix)
    return Choice(Own.BOX, path)


def host_name(headers: Mapping[str, str]) -> str:
    """Name or address of the `Host` header, lower case, without port and brackets."""
    host = headers.get("host", "").lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def is_own_name(host: str, names: Collection[str]) -> bool:
    """Whether screens may be shown under this name.

    A foreign page can give its own name this box's address (DNS rebinding) and would then count as the same
    origin. An address written as such cannot be given to anybody.
    """
    if host == "localhost" or host in names:
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
