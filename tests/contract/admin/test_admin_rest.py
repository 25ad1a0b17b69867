"""The console's REST: closed to strangers, cases for officers, keys for technicians only."""

import re
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from appliance.api.admin import app as admin_routes
from appliance.asgi import Box
from appliance.services.metrics import Metrics
from appliance.services.review import SCOPE
from appliance.store.store import Store
from tests.decisions import HIT, LIST, NAME, leaves, services_of, submitted

ROOT = "/admin/api/v1"
REASON = {"reason": "The birth year differs"}
TOKENS = {"t-anna": "tech_anna", "t-bert": "tech_bert"}
CALLS = (
    ("GET", "/sessions"),
    ("GET", "/sessions/x"),
    ("GET", "/sessions/x/pictures/selfie"),
    ("GET", "/sessions/x/evidence"),
    ("POST", "/sessions/x/approve"),
    ("POST", "/sessions/x/reject"),
    ("GET", "/api-keys"),
    ("GET", "/api-keys/x"),
    ("POST", "/api-keys"),
    ("PATCH", "/api-keys/x"),
    ("DELETE", "/api-keys/x"),
    ("GET", "/lists"),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(tmp_path_factory.mktemp("admin") / "data", floor_bytes=0, ballast_bytes=0)
    yield opened
    opened.close()


@pytest.fixture(params=[False], ids=["one person"])
def services(store: Store, request: pytest.FixtureRequest) -> Any:
    made = services_of(store, lambda _: HIT, two_person=request.param)
    made.screening = SimpleNamespace(screen=made.screening.screen, lists=lambda: (LIST,))
    return made


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def client(services: Any, store: Store) -> AsyncIterator[httpx.AsyncClient]:
    console = admin_routes.build(services, TOKENS.get)
    metrics = Metrics()
    box = Box(
        mounts=[], box=nothing, ui=nothing, admin=console.app, lifespans=[], credentials=store.credentials,
        audit=services.audit, metrics=metrics, body_bytes=2**20,
    )  # fmt: skip
    transport = httpx.ASGITransport(box)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as made:
        yield made


@pytest.fixture
def anna(client: httpx.AsyncClient) -> httpx.AsyncClient:
    client.cookies.set("kycbox_console", "t-anna")
    return client


def key(store: Store, *scopes: str, tenant: str = "", api: str = "onboarder") -> str:
    return store.database.write_blocking(
        lambda tx: store.credentials.create(tx, api, "a key", scopes=scopes, tenant=tenant)
    ).secret


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_strangers_and_ordinary_keys_are_refused(
    client: httpx.AsyncClient, store: Store, method: str, path: str
):
    nobody = await client.request(method, ROOT + path, json=REASON)
    wrong = await client.request(method, ROOT + path, json=REASON, headers={"X-API-Key": "ek_wrong"})
    stale = await client.request(
        method, ROOT + path, json=REASON, headers={"Cookie": "kycbox_console=t-gone"}
    )
    ordinary = {"X-API-Key": key(store)}
    forbidden = await client.request(method, ROOT + path, json=REASON, headers=ordinary)
    other = {"X-API-Key": key(store, SCOPE, api="deepidv")}
    foreign = await client.request(method, ROOT + path, json=REASON, headers=other)
    keys = "/api-keys" in path
    assert [one.status_code for one in (nobody, wrong, stale, forbidden, foreign)] == [
        401, 403 if keys else 401, 401, 403, 403 if keys else 401,
    ]  # fmt: skip
    assert forbidden.json() == {"detail": forbidden.json()["detail"], "status_code": 403}
    assert forbidden.headers["cache-control"] == "no-store"


async def test_another_sites_page_may_not_use_the_technicians_session(anna: httpx.AsyncClient):
    for origin in ("https://evil.example", "null", "http://127.0.0.1:9999"):
        answer = await anna.post(f"{ROOT}/sessions/x/approve", json=REASON, headers={"Origin": origin})
        assert answer.status_code == 403
    own = {"Origin": "http://127.0.0.1:8080"}
    over_tls = f"https://127.0.0.1:8080{ROOT}/sessions/x/approve"
    assert (await anna.post(over_tls, json=REASON, headers=own)).status_code == 403
    assert (await anna.post(f"{ROOT}/sessions/x/approve", json=REASON, headers=own)).status_code == 404


async def test_an_officer_works_through_a_case(anna: httpx.AsyncClient, services: Any, store: Store):
    session = (await submitted(services, store)).id
    queue = (await anna.get(f"{ROOT}/sessions")).json()
    (row,) = [one for one in queue["sessions"] if one["session_id"] == session]
    assert row["status"] == "manual_review"
    assert row["review_reasons"] == ["sanctions_hit"]
    assert NAME not in str(queue)

    case = (await anna.get(f"{ROOT}/sessions/{session}")).json()
    assert case["session"] == row
    assert case["subject"]["full_name"] == NAME
    assert case["contributions"][0]["name"] == "sanctions_hit"
    assert sum(one["share"] for one in case["contributions"]) == pytest.approx(row["risk_score"])
    assert case["screening"]["matches"][0]["parts"] == {"name": 0.96, "birth": -0.05}
    assert case["policy"]["sha256"] == services.risk_policy.sha256
    assert case["pictures"] == ["document", "selfie"]

    picture = await anna.get(f"{ROOT}/sessions/{session}/pictures/selfie")
    assert (picture.headers["content-type"], picture.content[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    proof = await anna.get(f"{ROOT}/sessions/{session}/evidence")
    assert proof.content.count(b"\n") == 2
    assert NAME.encode() not in proof.content

    ended = await anna.post(f"{ROOT}/sessions/{session}/approve", json=REASON)
    assert (ended.status_code, ended.json()["status"]) == (200, "approved")
    again = await anna.post(f"{ROOT}/sessions/{session}/reject", json=REASON)
    assert (again.status_code, again.json()["status_code"]) == (409, 409)
    case = (await anna.get(f"{ROOT}/sessions/{session}")).json()
    assert [one["operator"] for one in case["acts"]] == ["box", "tech_anna"]
    assert case["decision_reason"] == REASON["reason"]
    told = [one["action"] for one in leaves(store, "onboarding.review") if one["object"] == session]
    assert told == [
        "onboarding.review.open", "onboarding.review.picture", "onboarding.review.evidence",
        "onboarding.review", "onboarding.review.open",
    ]  # fmt: skip


@pytest.mark.parametrize("services", [True], indirect=True)
async def test_a_session_and_a_key_are_two_persons(anna: httpx.AsyncClient, services: Any, store: Store):
    session = (await submitted(services, store)).id
    first = await anna.post(f"{ROOT}/sessions/{session}/approve", json=REASON)
    assert (first.json()["status"], first.json()["approved_by"]) == ("manual_review", "tech_anna")
    assert (await anna.get(f"{ROOT}/sessions/{session}")).json()["first_approval"]["officer"] == "tech_anna"
    assert (await anna.post(f"{ROOT}/sessions/{session}/approve", json=REASON)).status_code == 409
    officer = {"X-API-Key": key(store, SCOPE, tenant="bank"), "Cookie": ""}
    second = await anna.post(f"{ROOT}/sessions/{session}/approve", json=REASON, headers=officer)
    assert (second.status_code, second.json()["status"]) == (200, "approved")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"reason":1}', b'{"reason":""}', b'{"reason":"x"}', b"\xff", b"[" * 20000]
)
async def test_a_body_that_is_none_changes_nothing(
    anna: httpx.AsyncClient, services: Any, store: Store, body: bytes
):
    session = (await submitted(services, store)).id
    answer = await anna.post(f"{ROOT}/sessions/{session}/approve", content=body)
    assert answer.status_code == 400
    assert (await anna.get(f"{ROOT}/sessions/{session}")).json()["session"]["status"] == "manual_review"


@pytest.mark.parametrize(
    ("query", "status"),
    [("status=all", 200), ("status=approved&limit=1", 200), ("status=gone", 400), ("limit=0", 400),
     ("limit=101", 400), ("limit=x", 400), ("offset=-1", 400), ("limit=9" + "9" * 50, 400)],
)  # fmt: skip
async def test_the_queues_query(anna: httpx.AsyncClient, query: str, status: int):
    assert (await anna.get(f"{ROOT}/sessions?{query}")).status_code == status


async def test_keys_are_made_changed_and_revoked(anna: httpx.AsyncClient, store: Store):
    asked = {"name": "core banking", "plan": "starter", "scopes": ["sessions"]}
    made = await anna.post(f"{ROOT}/api-keys", json=asked)
    assert made.status_code == 201
    new = made.json()
    secret, path = new.pop("secret"), f"{ROOT}/api-keys/{new['id']}"
    assert (new["api"], new["plan"], new["scopes"]) == ("onboarder", "starter", ["sessions"])
    assert (await anna.get(path)).json() == new
    assert secret not in (await anna.get(f"{ROOT}/api-keys")).text
    assert store.credentials.authenticate(secret, "onboarder").scopes == {"sessions"}

    changed = await anna.patch(path, json={"scopes": ["sessions", "face"], "plan": "scale"})
    assert (changed.json()["name"], changed.json()["plan"]) == ("core banking", "scale")
    known = store.credentials.authenticate(secret, "onboarder")
    assert (known.scopes, known.plan) == ({"sessions", "face"}, "scale")
    for wrong in ({"plan": "gold"}, {"scopes": ["all"]}, {"name": ""}, {"secret": "x"}, {"scopes": "face"}):
        assert (await anna.patch(path, json=wrong)).status_code == 400
    assert store.credentials.authenticate(secret, "onboarder") == known

    gone = await anna.delete(path)
    assert gone.json()["revoked_at"]
    assert store.credentials.authenticate(secret, "onboarder") is None
    assert (await anna.delete(path)).status_code == 404
    assert (await anna.patch(path, json={"plan": "scale"})).status_code == 404
    told = [one for one in leaves(store, "credential.") if one["object"] == new["id"]]
    assert [one["action"] for one in told] == ["credential.create", "credential.change", "credential.revoke"]
    assert {one["actor"] for one in told} == {"tech_anna"}


@pytest.mark.parametrize("services", [True], indirect=True)
async def test_a_technician_cannot_make_the_second_person(anna: httpx.AsyncClient):
    asked = {"name": "second me", "scopes": [SCOPE]}
    assert (await anna.post(f"{ROOT}/api-keys", json=asked)).status_code == 403
    plain = (await anna.post(f"{ROOT}/api-keys", json={"name": "plain", "scopes": ["sessions"]})).json()
    changed = await anna.patch(f"{ROOT}/api-keys/{plain['id']}", json={"scopes": [SCOPE]})
    assert changed.status_code == 403


async def test_a_changed_key_is_the_same_after_a_restart(store: Store, tmp_path: Any):
    new = store.database.write_blocking(lambda tx: store.credentials.create(tx, "onboarder", "a"))
    store.database.write_blocking(lambda tx: store.credentials.change(tx, new.id, scopes=["review"]))
    store.database.read_blocking(store.credentials.load)
    assert store.credentials.authenticate(new.secret, "onboarder").scopes == {"review"}


async def test_lists_tell_version_and_age(anna: httpx.AsyncClient):
    (shown,) = (await anna.get(f"{ROOT}/lists")).json()["lists"]
    assert (shown["source"], shown["version"], shown["age_days"]) == ("un", LIST.version, 20)


async def test_the_document_tells_every_path_and_what_it_answers(
    client: httpx.AsyncClient, services: Any, store: Store
):
    document = (await client.get(f"{ROOT}/openapi.json")).json()
    told = {(method.upper(), path) for path, calls in document["paths"].items() for method in calls}
    assert told == {(m, re.sub("/x", "/{session}" if "sessions" in p else "/{key}", p)
                     .replace("/pictures/selfie", "/pictures/{kind}")) for m, p in CALLS}  # fmt: skip
    loose = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert loose <= set(document["components"]["schemas"])
    session = (await submitted(services, store)).id
    client.cookies.set("kycbox_console", "t-anna")
    for path, asked in (("/sessions/{session}", f"/sessions/{session}"), ("/lists", "/lists"),
                        ("/sessions", "/sessions"), ("/api-keys", "/api-keys")):  # fmt: skip
        body = (await client.get(ROOT + asked)).json()
        name = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        schema = document["components"]["schemas"][name["$ref"].rsplit("/", 1)[1]]
        assert set(schema["required"]) <= set(body) <= set(schema["properties"])


async def test_what_is_not_there_is_told_in_the_same_form(anna: httpx.AsyncClient):
    unknown, method = await anna.get(f"{ROOT}/nothing"), await anna.put(f"{ROOT}/lists")
    assert (unknown.status_code, unknown.json()["status_code"]) == (404, 404)
    assert (method.status_code, method.json()["status_code"]) == (405, 405)
    long = await anna.post(f"{ROOT}/api-keys", content=b"x" * 70_000)
    assert long.status_code in {400, 413}
