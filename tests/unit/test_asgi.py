"""What is put on every answer, what is refused before an application sees it, what starts in which order."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest

from appliance import asgi
from appliance.api.mount import Mount
from appliance.asgi import Box
from appliance.domain.credential import Principal
from appliance.errors import KycboxError, StorageFull
from appliance.services.audit import Audit
from appliance.services.call import Caller
from appliance.services.metrics import Metrics


class Ledger:
    """Keeps entries, or refuses as a full disk does."""

    def __init__(self, *, full=False):
        self.entries, self.full = [], full

    async def commit(self, entry, effect=None):
        if self.full:
            raise StorageFull("full")
        self.entries.append(entry)


class Credentials:
    def authenticate(self, secret, api):
        return Principal("cred_a", "cred_a", api, frozenset(), "enterprise") if secret == "good" else None


async def say(send, status, text=b""):
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": text})


async def dialect(scope, receive, send):
    """Reads its body; answers 404 on /v1/missing."""
    more, length = True, 0
    try:
        while more:
            message = await receive()
            length += len(message.get("body", b""))
            more = message.get("more_body", False)
    except KycboxError as error:
        await say(send, 400, error.code.encode())
    else:
        await say(send, 404 if scope["path"] == "/v1/missing" else 200, str(length).encode())


async def screens(scope, receive, send):
    if scope["type"] == "http":
        await say(send, 200, b"screen")
    else:
        await receive()
        await send({"type": "websocket.accept"})


def box_of(ledger, lifespans=(), ui=screens, **more):
    metrics = Metrics()
    mount = Mount("one", dialect, None, ("/v1",), frozenset(), lambda h: h.get("x-api-key", ""), 1000, **more)
    return Box(
        mounts=[mount],
        box=dialect,
        ui=ui,
        lifespans=lifespans,
        credentials=Credentials(),
        audit=Audit(ledger, metrics),
        metrics=metrics,
        body_bytes=2000,
        names={"box.local"},
    )


def client_of(box, host="box.local"):
    return httpx.AsyncClient(transport=httpx.ASGITransport(box), base_url=f"http://{host}")


async def test_a_refused_call_leaves_one_leaf_before_its_answer():
    ledger = Ledger()
    async with client_of(box_of(ledger)) as client:
        for key in ("good", "bad"):
            await client.get("/v1/missing", headers={"x-api-key": key, "x-request-id": "r1"})
    (entry,) = ledger.entries
    assert (entry.actor, entry.outcome, entry.request_id) == ("cred_a", "http_404", "r1")


async def test_blanks_around_a_key_are_not_part_of_it():
    """RFC 9110 section 5.5; the server's parser leaves those behind a value."""
    ledger = Ledger()
    async with client_of(box_of(ledger)) as client:
        await client.get("/v1/missing", headers={"x-api-key": "good \t "})
    assert [entry.actor for entry in ledger.entries] == ["cred_a"]


async def test_a_dialect_may_say_who_a_secret_stands_for():
    ledger = Ledger()
    someone = Principal("cred_token", "tenant", "one", frozenset(), "enterprise")
    box = box_of(ledger, authenticate={"token": someone}.get)
    async with client_of(box) as client:
        for secret in ("token", "good", ""):
            await client.get("/v1/missing", headers={"x-api-key": secret})
    assert [entry.actor for entry in ledger.entries] == ["cred_token"]


@pytest.mark.parametrize(
    ("headers", "address"),
    [({}, "127.0.0.1"), ({"x-forwarded-for": "10.0.0.1"}, ""), ({"forwarded": "for=10.0.0.1"}, "")],
)
async def test_the_address_of_a_call_is_not_a_proxys_word(monkeypatch, headers, address):
    seen = []

    async def look(scope, receive, send):
        seen.append(scope["state"]["address"])
        await say(send, 200)

    monkeypatch.setitem(globals(), "dialect", look)
    async with client_of(box_of(Ledger())) as client:
        await client.get("/v1/x", headers=headers)
    assert seen == [address]


async def test_a_full_disk_does_not_change_a_refusal():
    box = box_of(Ledger(full=True))
    async with client_of(box) as client:
        answer = await client.get("/v1/missing", headers={"x-api-key": "good"})
    assert answer.status_code == 404
    assert b"kycbox_audit_leaves_lost_total 1.0" in box._metrics.text()


async def test_strangers_are_summed_up():
    ledger = Ledger()
    box = box_of(ledger)
    async with client_of(box) as client, box._audit.running():
        for _ in range(50):
            await client.get("/v1/missing")
        assert ledger.entries == []
    (entry,) = ledger.entries
    assert (entry.action, entry.details) == ("access.unauthenticated", {"calls": 50, "one.404": 50})


async def test_calls_over_their_rate_are_summed_up_by_caller():
    """Whoever has a token could otherwise fill the disk with refusals."""
    ledger, metrics = Ledger(), Metrics()
    audit = Audit(ledger, metrics)
    for number in range(100):
        who = Principal(f"cred_{number % 2}", "bank", "one", frozenset(), "sandbox")
        await audit.refused(Caller(who, "req"), "one:/v1/x", "rate_limited")
    caller = Caller(who, "req")
    await audit.refused(caller, "one:/v1/x", "rate_limited")
    await audit.refused(caller, "one:/v1/x", "invalid_request")  # of the same call: it is counted already
    assert ledger.entries == []
    ledger.full = True
    await audit.flush()
    assert ledger.entries == []
    ledger.full = False
    await audit.flush()
    await audit.flush()
    assert [(one.actor, one.tenant, one.action, one.outcome, one.details) for one in ledger.entries] == [
        ("cred_0", "bank", "access.rate_limited", "rate_limited", {"calls": 50}),
        ("cred_1", "bank", "access.rate_limited", "rate_limited", {"calls": 51}),
    ]


async def test_bodies_are_bounded():
    box = box_of(Ledger())

    async def pieces():
        for _ in range(30):
            yield b"x" * 100

    async with client_of(box) as client:
        assert (await client.post("/v1/x", content=b"x" * 1000)).text == "1000"
        for content in (b"x" * 1001, pieces()):
            assert (await client.post("/v1/x", content=content)).text == "file_too_large"
    assert box._held == 0


async def test_a_long_body_is_refused_where_no_dialect_answers():
    async def careless(scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        await say(send, 200)

    async with client_of(box_of(Ledger(), ui=careless)) as client:
        for size, status in ((2000, 200), (2001, 413)):
            assert (await client.post("/admin/x", content=b"x" * size)).status_code == status


async def test_bodies_of_all_requests_together_are_bounded(monkeypatch):
    monkeypatch.setattr(asgi, "BODIES_BYTES", 900)
    box = box_of(Ledger())
    async with client_of(box) as client:
        assert (await client.post("/v1/x", content=b"x" * 901)).text == "busy"
        assert (await client.post("/v1/x", content=b"x" * 900)).text == "900"
    assert box._held == 0


@pytest.mark.parametrize("ends", ["in silence", "at once"])
async def test_a_body_that_does_not_come_is_given_up(monkeypatch, ends):
    monkeypatch.setattr(asgi, "CHUNK_SECONDS", 0.05)

    sent = []

    async def receive():
        if not sent:
            sent.append(1)
            return {"type": "http.request", "body": b"x", "more_body": True}
        if ends == "in silence":
            await asyncio.sleep(30)
        return {"type": "http.disconnect"}

    answers = []

    async def send(message):
        answers.append(message)

    scope = {"type": "http", "path": "/v1/x", "headers": [], "method": "POST"}
    await asyncio.wait_for(box_of(Ledger())(scope, receive, send), 5)
    assert answers[-1]["body"] == b"invalid_request"


async def test_screens_are_for_this_box_and_its_pages():
    box = box_of(Ledger())
    async with client_of(box) as client:
        home = await client.get("/")
        assert (home.status_code, home.headers["location"]) == (302, "/admin")
        page = await client.get("/admin")
        assert page.text == "screen"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        own, foreign = {"origin": "http://box.local"}, {"origin": "http://evil.example"}
        assert (await client.post("/_nicegui_ws/socket.io", headers=own)).status_code == 200
        assert (await client.post("/_nicegui_ws/socket.io", headers=foreign)).status_code == 403
    async with client_of(box, "evil.example") as client:
        for path in ("/", "/admin", "/kiosk"):
            assert (await client.get(path)).status_code == 421
    async with client_of(box_of(Ledger(), ui=None)) as client:
        assert (await client.get("/admin")).status_code == 404


@pytest.mark.parametrize(
    ("path", "host", "origin", "accepted"),
    [
        ("/_nicegui_ws/socket.io", "box.local", "http://box.local", True),
        ("/_nicegui_ws/socket.io", "box.local", "http://evil.example", False),
        ("/_nicegui_ws/socket.io", "box.local", "", False),
        ("/_nicegui_ws/socket.io", "evil.example", "http://evil.example", False),
        ("/v1/x", "box.local", "http://box.local", False),
    ],
)
async def test_websockets(path, host, origin, accepted):
    sent = []

    async def send(message):
        sent.append(message["type"])

    async def receive():
        return {"type": "websocket.connect"}

    headers = [(b"host", host.encode()), *([(b"origin", origin.encode())] if origin else [])]
    await box_of(Ledger())({"type": "websocket", "path": path, "headers": headers}, receive, send)
    assert sent == ["websocket.accept" if accepted else "websocket.close"]


def recorded(events, name, fails=False):
    @asynccontextmanager
    async def lifespan():
        if fails:
            raise StorageFull("the disk is full")
        events.append(f"+{name}")
        yield
        events.append(f"-{name}")

    return lifespan


async def live(box, *messages):
    waiting, sent = list(messages), []

    async def receive():
        return {"type": waiting.pop(0)}

    async def send(message):
        sent.append(message)

    await box({"type": "lifespan"}, receive, send)
    return sent


async def test_start_and_stop_in_order():
    events = []
    box = box_of(Ledger(), [recorded(events, name) for name in ("services", "apps", "ui")])
    sent = await live(box, "lifespan.startup", "lifespan.shutdown")
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert events == ["+services", "+apps", "+ui", "-ui", "-apps", "-services"]


async def test_a_start_that_fails_unwinds_what_was_started():
    events = []
    box = box_of(Ledger(), [recorded(events, "services"), recorded(events, "apps", fails=True)])
    sent = await live(box, "lifespan.startup")
    assert sent == [{"type": "lifespan.startup.failed", "message": "the disk is full"}]
    assert events == ["+services", "-services"]
    assert isinstance(box.failure, StorageFull)
