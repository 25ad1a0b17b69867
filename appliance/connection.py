"""One HTTP connection, held to what a stranger may cost: bytes and seconds of a head, places per address.

The server's own protocol keeps a head of any length in memory (200 MB of one header took 200 MB and stopped
the event loop for 42 s) and waits for ever for its end, so that one machine could take all places.
"""

import asyncio
import logging

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LOG = logging.getLogger(__name__)

HEAD_BYTES = 64 * 1024
"""Request line and headers, trailers of a chunked body, or what stands between two pieces of a body."""
HEAD_SECONDS = 20.0
"""From the beginning of a connection or request to the end of its headers; also for a body once answered."""
PER_ADDRESS = 256
"""Connections of one peer address; a quarter of all places."""


class Connection(HttpToolsProtocol):
    """The server's protocol with these limits. Whatever breaks one loses the connection."""

    def connection_made(  # type: ignore[override]  # as the server's own narrows it
        self, transport: asyncio.Transport
    ) -> None:
        """Begin to wait for a head; an address with too many connections is turned away at once."""
        self._idle_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        if self.client is not None and self._of_address(self.client[0]) > PER_ADDRESS:
            LOG.warning("an address has more than %d connections; one more is closed", PER_ADDRESS)
            transport.abort()
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what brings a request no further."""
        self._idle_bytes += len(data)
        super().data_received(data)
        if self._idle_bytes > HEAD_BYTES and not self.transport.is_closing():
            self._end(431, "Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """Give the head of each request its own time."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """From here on the application counts and times."""
        self._idle_bytes = 0
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand on a piece of a body."""
        self._idle_bytes = 0
        super().on_body(body)

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of a body that nobody wanted."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._wait()

    def _of_address(self, address: str) -> int:
        peers = (getattr(other, "client", None) for other in self.connections)
        return sum(peer is not None and peer[0] == address for peer in peers)

    def _wait(self) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._end, 408, "Request Timeout")

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self, status: int, reason: str) -> None:
        """Close; say why where no answer has begun."""
        if self.transport.is_closing():
            return
        if self.cycle is None or (self.cycle.response_complete and not self.cycle.more_body):
            head = f"HTTP/1.1 {status} {reason}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            self.transport.write(head.encode("ascii"))
        self.transport.close()
