"""Listening: the socket, the HTTP server on it, signals, and what systemd is told."""

import errno
import signal
import socket
import sys
from types import FrameType
from typing import Any, cast

import uvicorn

from appliance import notify
from appliance.api.mount import ASGIApp
from appliance.connection import Connection
from appliance.errors import PortInUse, StartError
from appliance.tls import Certificate

BACKLOG = 2048
CONNECTIONS = 1024
"""At once; more are answered 503 by the server itself, so that idle connections cannot eat the box."""
DRAIN_SECONDS = 5
"""Requests in work may take this long to end after a stop was asked for."""


def bind(host: str, port: int) -> socket.socket:
    """Take the address before anything heavy is loaded, so that a taken port is told in a moment.

    Raises:
        PortInUse: another program has it.
        StartError: the address is not of this machine, or the port is not for this user.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # the protocol by name: asyncio sets TCP_NODELAY on such a socket only
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            reason = f"another program listens on {host} port {port}"
            raise PortInUse(reason, remedy="Stop it, or choose another port with --port.") from None
        reason = f"cannot listen on {host} port {port}: {error.strerror or error}"
        raise StartError(
            reason, remedy="Name an address of this machine with --host and a port above 1023 with --port."
        ) from None
    return listener


def url_of(listener: socket.socket, *, secure: bool) -> str:
    """The address of a bound socket, for people."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if secure else 'http'}://{shown}:{port}"


class Server(uvicorn.Server):
    """The HTTP server; tells systemd and the terminal when the box is ready."""

    def __init__(self, app: ASGIApp, listener: socket.socket, certificate: Certificate | None) -> None:
        """Prepare; nothing is served yet.

        Args:
            app: the box.
            listener: bound, not listening.
            certificate: None serves plain HTTP.
        """
        super().__init__(
            uvicorn.Config(
                cast("Any", app),  # ours and uvicorn's names for the same three arguments
                backlog=BACKLOG,
                limit_concurrency=CONNECTIONS,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=True,
                lifespan="on",
                timeout_graceful_shutdown=DRAIN_SECONDS,
                http=Connection,
                ssl_certfile=str(certificate.chain) if certificate else None,
                ssl_keyfile=str(certificate.key) if certificate else None,
            )
        )
        self._listener = listener
        self._secure = certificate is not None

    def serve_until_stopped(self) -> None:
        """Run until SIGTERM or SIGINT; blocks."""
        # uvicorn sends itself the signal again when it has stopped, which would end the process by it.
        before = {name: signal.signal(name, _stay) for name in (signal.SIGTERM, signal.SIGINT)}
        try:
            self.run(sockets=[self._listener])
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so: not before the first request would be answered."""
        await super().startup(sockets)
        if not self.should_exit:
            sys.stdout.write(f"kycbox is ready: {url_of(self._listener, secure=self._secure)}\n")
            sys.stdout.flush()
            notify.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; systemd is told first, so that it does not take a slow drain for a hang."""
        notify.stopping()
        await super().shutdown(sockets)


def _stay(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the server has stopped already."""
