"""A customer's system that takes webhooks, on a free port of 127.0.0.1, and behaves as a test tells it to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Got:
    """One request as it arrived; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[["Receiver", Got, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Receiver:
    """What arrived so far, and how to answer.

    Attributes:
        behave: answers a request; may be changed at any time.
        got: every request, in the order of arrival.
        port: that it listens on.
        open_now: connections at this moment.
        most_open: most of them at one time.
    """

    behave: Behaviour
    got: list[Got] = field(default_factory=list)
    port: int = 0
    open_now: int = 0
    most_open: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1)[:1] + line.split(": ", 1)[1:] for line in head[1:-2])
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            got = Got(head[0].split(" ")[1], headers, body)
            self.got.append(got)
            await self.behave(self, got, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the box went away, or only looked
        finally:
            self.open_now -= 1
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


def answering(status: int, extra: str = "", body: bytes = b"") -> Behaviour:
    """Answer every request so; `extra` is whole header lines."""

    async def behave(_receiver: Receiver, _got: Got, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{extra}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return behave


async def silent(_receiver: Receiver, _got: Got, writer: asyncio.StreamWriter) -> None:
    """Take the request and never answer."""
    await asyncio.sleep(60)


@asynccontextmanager
async def receiving(
    behave: Behaviour | None = None, context: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[Receiver]:
    """A receiver for the length of a block."""
    receiver = Receiver(behave or answering(200))
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        with suppress(asyncio.CancelledError):  # at the end of the block; asyncio would print a trace of it
            await receiver.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=context, backlog=200)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
