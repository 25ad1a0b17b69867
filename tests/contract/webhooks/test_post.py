"""One try against real servers: what is sent, what counts as taken, what is never called."""

import asyncio
import datetime as dt
import errno
import os
import socket
import ssl
import time

import pytest

from appliance import tls
from appliance.domain.webhook import Met
from appliance.domain.webhook_target import parse_allowance, parse_target
from appliance.errors import InvalidRequest
from appliance.services import webhook_post
from appliance.services.webhook_post import Poster
from tests.receiver import answering, receiving, silent

BODY = b'{"event":"kyc.completed"}'
HEADERS = {"Content-Type": "application/json", "User-Agent": "kycbox", "X-Recspace-Attempt": "1"}


@pytest.fixture
def poster():
    poster = Poster(seconds=1.0)
    yield poster
    poster.close()


async def post(poster, url, *allowed):
    return await poster.post(parse_target(url), [parse_allowance(one) for one in allowed], HEADERS, BODY)


async def to(poster, receiver, path="/hook", host="127.0.0.1"):
    return await post(poster, f"http://{host}:{receiver.port}{path}", f"{host}:{receiver.port}")


async def test_what_is_sent(poster):
    async with receiving() as receiver:
        outcome = await to(poster, receiver, "/hook?a=%2F&b=%20c")
    assert (outcome.met, outcome.says, outcome.public) == (Met.DELIVERED, "http_200", False)
    (got,) = receiver.got
    assert got.path == "/hook?a=%2F&b=%20c"
    assert got.body == BODY
    assert got.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "content-type": "application/json",
        "content-length": str(len(BODY)),
        "user-agent": "kycbox",
        "x-recspace-attempt": "1",
    } | ({"connection": "close"} if "connection" in got.headers else {})


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_every_2xx_is_a_yes(poster, status):
    async with receiving(answering(status)) as receiver:
        assert (await to(poster, receiver)).met is Met.DELIVERED


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308, 400, 401, 404, 410, 429, 500, 503])
async def test_everything_else_is_a_no_and_redirects_are_not_followed(poster, status):
    async with receiving() as elsewhere:
        place = f"Location: http://127.0.0.1:{elsewhere.port}/\r\n"
        async with receiving(answering(status, place)) as receiver:
            outcome = await to(poster, receiver)
    assert (outcome.met, outcome.says) == (Met.FAILED, f"http_{status}")
    assert elsewhere.got == []


@pytest.mark.parametrize(("header", "wait"), [("7", 7.0), ("0", 0.0), ("soon", 0.0), ("9999999", 0.0)])
async def test_how_long_the_endpoint_asks_to_wait(poster, header, wait):
    async with receiving(answering(503, f"Retry-After: {header}\r\n")) as receiver:
        assert (await to(poster, receiver)).wait == wait


async def test_an_endpoint_that_never_answers_has_failed(poster):
    async with receiving(silent) as receiver:
        began = time.monotonic()
        outcome = await to(poster, receiver)
        assert 0.9 < time.monotonic() - began < 3.0
    assert (outcome.met, outcome.says, outcome.reached) == (Met.FAILED, "timeout", True)


async def test_a_head_that_trickles_has_failed(poster):
    async def trickle(_receiver, _got, writer):
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.1)

    async with receiving(trickle) as receiver:
        assert (await to(poster, receiver)).says == "timeout"


async def test_a_body_that_never_ends_changes_nothing_and_is_not_read(poster, monkeypatch):
    monkeypatch.setattr(webhook_post, "ANSWER_SECONDS", 0.3)
    sent = 0

    async def endless(_receiver, _got, writer):
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    async with receiving(endless) as receiver:
        began = time.monotonic()
        outcome = await to(poster, receiver)
        assert time.monotonic() - began < 2.0
        await asyncio.sleep(0.1)
    assert outcome.met is Met.DELIVERED
    assert sent < 20_000_000  # what the kernel's buffers of both sides hold


async def test_a_compressed_bomb_is_not_unpacked(poster):
    async with receiving(answering(200, "Content-Encoding: gzip\r\n", b"no gzip at all")) as receiver:
        assert (await to(poster, receiver)).met is Met.DELIVERED


@pytest.mark.parametrize(
    "raw",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70_000, b"HTTP/1.1 999999 X\r\n\r\n"],
)
async def test_a_broken_answer_has_failed(poster, raw):
    async def broken(_receiver, _got, writer):
        writer.write(raw)
        await writer.drain()

    async with receiving(broken) as receiver:
        outcome = await to(poster, receiver)
    assert (outcome.met, outcome.says) == (Met.FAILED, "broken_answer")


async def test_a_refused_connection_is_nobody_s_fault_yet(poster):
    async with receiving() as receiver:
        pass
    outcome = await to(poster, receiver)
    assert (outcome.met, outcome.says, outcome.reached) == (Met.UNREACHED, "refused", False)


async def test_a_connection_that_does_not_come_about(poster, monkeypatch):
    monkeypatch.setattr(webhook_post, "CONNECT_SECONDS", 0.3)
    with socket.socket() as full:  # a listener whose queue is full takes no further connection
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(8)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        await asyncio.sleep(0.1)
        outcome = await post(poster, f"http://127.0.0.1:{port}/", f"127.0.0.1:{port}")
        for one in waiting:
            one.close()
    assert (outcome.met, outcome.says) == (Met.UNREACHED, "no_connection")


async def test_a_name_that_does_not_resolve_and_a_resolver_that_hangs(monkeypatch):
    def fails(*_arguments, **_options):
        raise socket.gaierror(socket.EAI_AGAIN, "no network")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    poster = Poster()
    outcome = await post(poster, "https://bank.example/")
    poster.close()
    assert (outcome.met, outcome.says, outcome.public) == (Met.NO_NAME, "no_name", True)

    async def hangs(_host, _port):
        await asyncio.sleep(60)

    monkeypatch.setattr(webhook_post, "NAME_SECONDS", 0.1)
    assert (await post(Poster(resolve=hangs), "https://bank.example/")).met is Met.NO_NAME


@pytest.mark.parametrize(
    ("number", "met"),
    [
        (errno.ENETUNREACH, Met.NO_ROUTE),
        (errno.EHOSTUNREACH, Met.NO_ROUTE),
        (errno.ENETDOWN, Met.NO_ROUTE),
        (errno.EADDRNOTAVAIL, Met.NO_ROUTE),
        (errno.EPERM, Met.NO_ROUTE),
        (errno.ECONNREFUSED, Met.UNREACHED),
        (errno.ETIMEDOUT, Met.UNREACHED),
    ],
)
async def test_what_the_kernel_says_about_the_way(poster, monkeypatch, number, met):
    """As if it came from connect(): this machine has a route, and taking it away would need root."""

    async def connect(_loop, _socket, _place):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(type(asyncio.get_running_loop()), "sock_connect", connect)
    outcome = await post(poster, "http://127.0.0.1:9/", "127.0.0.1:9")
    assert (outcome.met, outcome.reached) == (met, False)


@pytest.mark.parametrize("host", ["[::ffff:127.0.0.1]", "[::FFFF:7f00:1]", "127.0.0.1"])
async def test_addresses_written_otherwise(poster, host):
    async with receiving() as receiver:
        outcome = await post(poster, f"http://{host}:{receiver.port}/x", f"127.0.0.1:{receiver.port}")
    assert outcome.met is Met.DELIVERED
    assert receiver.got[0].path == "/x"
    assert receiver.got[0].headers["host"] == f"{host.lower()}:{receiver.port}"


# -- where it may go -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "0",
        "0.0.0.0",
        "[::]",
    ],
)
async def test_no_spelling_of_this_machine_is_called_unasked(poster, host):
    async with receiving() as receiver:
        url = f"http://{host}:{receiver.port}/"
        try:
            outcome = await post(poster, url, "10.0.0.0/8", "127.0.0.1", "bank.example")
        except InvalidRequest:
            says = "not an address"
        else:
            says = outcome.says
            assert not outcome.reached
        assert receiver.most_open == 0
    assert says in ("not an address", "address_refused", "no_name")


async def test_only_the_address_that_was_checked_is_connected_to():
    """DNS rebinding: a name that answers a harmless address first and the box's own one after."""
    asked = 0

    async def rebinding(_host, _port):
        nonlocal asked
        asked += 1
        return ["127.0.0.1"] if asked == 1 else ["127.0.0.2"]

    poster = Poster(resolve=rebinding)
    async with receiving() as receiver:
        target = f"http://bank.example:{receiver.port}/"
        outcome = await post(poster, target, f"127.0.0.1/32:{receiver.port}")
        assert outcome.met is Met.DELIVERED
        assert asked == 1
        assert receiver.got[0].headers["host"] == f"bank.example:{receiver.port}"
        outcome = await post(poster, target, f"127.0.0.1/32:{receiver.port}")
        assert outcome.says == "address_refused"
        assert len(receiver.got) == 1


async def test_one_forbidden_address_among_several_forbids_the_name():
    async def both(_host, _port):
        return ["127.0.0.1", "10.0.0.1"]

    async with receiving() as receiver:
        url = f"http://bank.example:{receiver.port}/"
        outcome = await post(Poster(resolve=both), url, f"127.0.0.1:{receiver.port}")
        assert outcome.says == "address_refused"
        assert receiver.most_open == 0


async def test_no_proxy_of_the_environment_is_used(poster, monkeypatch):
    async with receiving() as receiver, receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await to(poster, receiver)).met is Met.DELIVERED
        assert proxy.most_open == 0


# -- certificates ----------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path):
    return tls.ensure(tmp_path / "tls", ("hooks.bank.internal",), dt.datetime.now(dt.UTC))


def serving(certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


async def here(_host, _port):
    return ["127.0.0.1"]


async def test_a_certificate_of_a_trusted_authority_and_of_the_right_name(certificate):
    trust = ssl.create_default_context(cafile=certificate.authority)
    async with receiving(context=serving(certificate)) as receiver:
        allowed = f"127.0.0.1:{receiver.port}"

        async def try_at(host, context):
            return await post(Poster(context, here), f"https://{host}:{receiver.port}/", allowed)

        good = await try_at("hooks.bank.internal", trust)
        wrong_name = await try_at("other.bank.internal", trust)
        stranger = await try_at("hooks.bank.internal", ssl.create_default_context())
    assert good.met is Met.DELIVERED
    for outcome in (wrong_name, stranger):
        assert (outcome.met, outcome.says) == (Met.FAILED, "bad_certificate")
    assert len(receiver.got) == 1


async def test_tls_to_a_server_without_it_has_failed(monkeypatch):
    monkeypatch.setattr(webhook_post, "CONNECT_SECONDS", 0.3)
    async with receiving() as receiver:
        poster = Poster(resolve=here)
        outcome = await post(poster, f"https://bank.example:{receiver.port}/", f"127.0.0.1:{receiver.port}")
    assert outcome.met is not Met.DELIVERED
    assert receiver.got == []


def test_a_machine_without_authorities_is_told_of(tmp_path, monkeypatch, caplog, certificate):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    Poster().close()
    assert caplog.text == ""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    Poster().close()
    assert "ca-certificates" in caplog.text
