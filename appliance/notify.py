"""What the service manager is told: sd_notify(3) over its datagram socket, without its library.

Outside systemd there is no `NOTIFY_SOCKET` and every call does nothing.
"""

import logging
import os
import socket

LOG = logging.getLogger(__name__)


def ready() -> None:
    """The box answers; `systemctl start` returns."""
    _tell("READY=1")


def stopping() -> None:
    """A stop has begun: a slow drain is no hang."""
    _tell("STOPPING=1")


def watchdog() -> None:
    """The heart beats. Due more often than WatchdogSec; only to be sent after the vital threads were seen."""
    _tell("WATCHDOG=1")


def status(text: str) -> None:
    """One line for `systemctl status`; no personal data."""
    _tell(f"STATUS={text.splitlines()[0] if text else ''}")


def _tell(message: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    # "@" stands for the abstract namespace, which the kernel writes as a zero byte.
    name = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(1.0)
            manager.connect(name)
            manager.sendall(message.encode())
    except OSError as error:  # a stale variable of a dead manager is no reason not to serve
        LOG.warning("the service manager does not listen: %s", error.strerror or error)
