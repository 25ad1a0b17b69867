"""What a stranger's connection may cost before any application sees it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from appliance import connection
from appliance.connection import Connection

GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
SOON = 5.0
"""Longest a test waits for the server."""


async def echo_length(scope, receive, send):
    """Answer with the length of the body; at once where the path is /early."""
    length, more = 0, scope["path"] != "/early"
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    headers = [(b"content-length", b"%d" % len(str(length)))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": str(length).encode()})


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    config = uvicorn.Config(
        echo_length, port=0, http=Connection, lifespan="off", log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()  # serve() would take the signals of pytest
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


async def exchange(port: int, *pieces: bytes) -> bytes:
    """Send, then read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        return await asyncio.wait_for(reader.read(), SOON)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_head_without_end_is_cut_off():
    async with serving() as port:
        pieces = [b"a" * 8192] * (2 * connection.HEAD_BYTES // 8192)
        assert b"200 OK" not in await exchange(port, GET + b"X-A: ", *pieces)
        assert b"200 OK" not in await exchange(port, b"\r\n" * 100, *[b"\r\n" * 4096] * 16)


async def test_trailers_without_end_are_cut_off():
    async with serving() as port:
        pieces = [b"X-A: " + b"a" * 8000 + b"\r\n"] * 16
        assert b"200 OK" not in await exchange(port, CHUNKED + b"1\r\nx\r\n0\r\n", *pieces)


async def test_a_large_body_in_small_pieces_passes():
    async with serving() as port:
        body = b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n"
        request = CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        assert (await exchange(port, request, body)).endswith(b"50000")


@pytest.mark.parametrize(
    ("pieces", "answers"),
    [
        pytest.param([], 0, id="nothing"),
        pytest.param([GET], 0, id="half a head"),
        pytest.param([GET + b"\r\n", b"\r\n"], 1, id="a blank after an answer"),
        pytest.param([GET + b"\r\n", GET], 1, id="half a second head"),
        pytest.param(
            [b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\n", b"x"],
            1,
            id="a body that nobody wants",
        ),
    ],
)
async def test_a_connection_that_asks_nothing_is_closed(monkeypatch, pieces, answers):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)
    async with serving() as port:
        answer = await exchange(port, *pieces)  # a timeout here is the fault
        assert answer.count(b"200 OK") == answers


async def test_a_request_in_work_is_not_timed(monkeypatch):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nx")
        await asyncio.sleep(0.6)
        writer.write(b"y")
        assert (await asyncio.wait_for(reader.read(), SOON)).endswith(b"2")
        writer.close()


async def test_one_address_cannot_take_every_place(monkeypatch):
    monkeypatch.setattr(connection, "PER_ADDRESS", 3)
    async with serving() as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert await exchange(port, GET + b"\r\n") == b""
        held.pop()[1].close()
        await asyncio.sleep(0.05)
        assert b"200 OK" in await exchange(port, GET + b"Connection: close\r\n\r\n")
        for _, writer in held:
            writer.close()
