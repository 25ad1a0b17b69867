"""A video identification: complete with nothing missing, told once, kept as the law wants, audited."""

import hashlib
import hmac
import json
import subprocess
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.box import KYCBOX, Box
from tests.contract.recspace.shapes import answered, refused
from tests.contract.recspace.test_sessions import events

PATH = "/v1/vcip/sessions"
VIDEO = b"\x00\x00\x00\x18ftypisom" + b"canary-of-the-video" * 2000
QUESTIONS = [{"asked": "Which branch did you open your first account at?", "right": True}]
DELHI = {"latitude": 28.61, "longitude": 77.21, "accuracy": 12.0}
ON_RECORD = {"X-Role": "compliance", "X-Reason": "concurrent audit"}


def now(**ago: float) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).isoformat().replace("+00:00", "Z")


def opened(client: httpx.Client) -> str:
    body = {"customer_id": "cust-of-the-canary", "official_id": "official-7", "metadata": {"branch": 7}}
    made = answered(client.post(PATH, json=body), 201, prefix="vcip_")
    assert made["session_id"].startswith("vcip_")
    assert (made["status"], made["join_url"]) == ("created", None)
    return str(made["session_id"])


def step(client: httpx.Client, session: str, name: str, **said: object) -> httpx.Response:
    return client.post(f"{PATH}/{session}/{name}", **said)


def prove(client: httpx.Client, session: str, photo: bytes, selfie: bytes, **fields: str) -> httpx.Response:
    data = {"questions": json.dumps(QUESTIONS), "official_saw_live": "true"} | fields
    return step(client, session, "evidence", files={"id_photo": photo, "selfie": selfie}, data=data)


def consented(client: httpx.Client) -> str:
    session = opened(client)
    answered(step(client, session, "consent", json={"reference": "consent-19"}))
    return session


def located(client: httpx.Client, **where: float) -> str:
    session = consented(client)
    answered(step(client, session, "location", json={**DELHI, **where, "at": now()}))
    return session


@pytest.fixture
def pictures(passport, selfie):
    return passport, selfie


@pytest.fixture
def endpoint(arrived, secret):
    return arrived, secret


def test_from_opening_to_audit(client, box: Box, pictures, endpoint):
    passport, selfie = pictures
    arrived, secret = endpoint
    session = opened(client)
    body = answered(step(client, session, "consent", json={"reference": "consent-19"}))
    assert (body["status"], body["consent"]) == ("consented", "consent-19")
    body = answered(step(client, session, "location", json={**DELHI, "at": now()}))
    assert (body["status"], body["location_inside"]) == ("in_progress", True)
    body = answered(prove(client, session, passport.photograph.jpeg, selfie))
    assert body["evidence"]["match"] is True
    assert body["evidence"]["live_by"] in {"box", "official"}
    assert body["missing"] == ["recording"]
    assert "recording" in refused(step(client, session, "complete", json={}), 400, "bad_request")["error"]
    body = answered(step(client, session, "recording", files={"recording": VIDEO}))
    assert body["recording"].pop("record_id").startswith("mask_")
    assert body["recording"] == {
        "sha256": hashlib.sha256(VIDEO).hexdigest(), "bytes": len(VIDEO), "media_type": "video/mp4",
    }  # fmt: skip
    refused(step(client, session, "recording", files={"recording": VIDEO}), 400, "bad_request")
    once = {"Idempotency-Key": f"complete {session}"}
    first = step(client, session, "complete", json={}, headers=once)
    body = answered(first)
    assert (body["status"], body["missing"]) == ("recorded", [])
    assert step(client, session, "complete", json={}, headers=once).content == first.content
    refused(step(client, session, "complete", json={}), 400, "bad_request")

    ((headers, event, raw),) = events(arrived, session)
    assert event["event"] == "vcip.recorded"
    assert list(event) == ["event", "session_id", "customer_id", "completed_at", "result", "confidence"]
    assert headers["x-recspace-signature"] == hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()

    refused(client.get(f"{PATH}/{session}/recording"), 400, "bad_request")
    watched = client.get(f"{PATH}/{session}/recording", headers=ON_RECORD)
    assert (watched.content, watched.headers["content-type"]) == (VIDEO, "video/mp4")

    erased = client.post("/v1/masking/erase", json={"mask_id": body["record_id"]})
    assert "law" in refused(erased, 400, "bad_request")["error"]
    command = [KYCBOX, "vault", "status", "--data", box.data, "--json"]
    counted = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    assert counted["records"]["law"] >= 2

    verdict = {"auditor_id": "auditor-2", "result": "approved"}
    refused(step(client, session, "audit", json=verdict), 403, "forbidden")
    command = [KYCBOX, "key", "list", "--data", box.data, "--json"]
    keys = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    tenant = next(one["tenant"] for one in keys if one["name"] == "recspace 0")
    token = box.key("recspace", "auditor", "--tenant", tenant)
    with httpx.Client(base_url=box.url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as auditor:
        for spelled in ("official-7", "Official-7", "official-7 "):
            own = {"auditor_id": spelled, "result": "approved"}
            refused(step(auditor, session, "audit", json=own), 403, "forbidden")
        refused(step(auditor, session, "audit", json=verdict | {"result": "fine"}), 400, "bad_request")
        body = answered(step(auditor, session, "audit", json=verdict))
    assert (body["status"], body["result"], body["auditor_id"]) == ("audited", "approved", "auditor-2")
    for file in box.data.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert b"canary-of-the-video" not in data, file.name
            assert b"cust-of-the-canary" not in data, file.name


def test_a_customer_elsewhere_a_stranger_and_a_prompted_answer_stand_against_it(
    client, passport, selfie, stranger
):
    session = located(client, latitude=51.5, longitude=-0.12)
    prompted = json.dumps([{"asked": "x", "right": False, "prompted": True}])
    body = answered(prove(client, session, selfie, stranger, questions=prompted))
    assert {"location_inside", "face_match", "questions", "unprompted"} <= set(body["missing"])
    again = refused(prove(client, session, passport.photograph.jpeg, selfie), 400, "bad_request")
    assert "prompted" in again["error"], "what the official saw is not taken back"
    answered(step(client, session, "recording", files={"recording": VIDEO}))
    said = refused(step(client, session, "complete", json={}), 400, "bad_request")["error"]
    for word in ("location_inside", "face_match", "questions", "unprompted"):
        assert word in said
    body = answered(step(client, session, "abort", json={"reason": "line lost, call 98765 43210"}))
    assert body["status"] == "aborted"
    assert "43210" not in body["reason"]
    refused(step(client, session, "location", json={**DELHI, "at": now()}), 400, "bad_request")


def test_nothing_comes_before_consent(client, selfie):
    session = opened(client)
    refused(step(client, session, "location", json={**DELHI, "at": now()}), 400, "bad_request")
    refused(prove(client, session, selfie, selfie), 400, "bad_request")
    refused(step(client, session, "recording", files={"recording": VIDEO}), 400, "bad_request")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("location", {**DELHI, "at": "yesterday"}),
        ("location", {**DELHI, "at": "2026-01-01T00:00:00"}),
        ("location", {**DELHI, "at": now(hours=1)}),
        ("location", {**DELHI, "latitude": 91, "at": now()}),
        ("location", {**DELHI, "latitude": "28.61", "at": now()}),
        ("consent", {"reference": "priya@example.com"}),
        ("consent", {"reference": ""}),
        ("abort", {"reason": " "}),
        ("audit", {"auditor_id": "a", "result": "approved"}),
    ],
)
def test_bad_steps(client, name, said):
    session = opened(client) if name == "consent" else consented(client)
    refused(step(client, session, name, json=said), 400, "bad_request")


def test_what_is_no_video_and_what_is_no_question(client, selfie, passport):
    session = located(client)
    refused(step(client, session, "recording", files={"recording": selfie}), 400, "bad_request")
    for wrong in ("", "[]", "{}", '[{"asked": ""}]', json.dumps(QUESTIONS * 51), "[" * 50_000):
        refused(prove(client, session, passport.photograph.jpeg, selfie, questions=wrong), 400, "bad_request")


@pytest.mark.parametrize(
    "body",
    [{}, {"customer_id": "x"}, {"customer_id": "x", "official_id": "o@example.com"}, {"official_id": "o"}],
)
def test_bad_openings(client, body):
    refused(client.post(PATH, json=body), 400, "bad_request")


def test_other_customers_and_scopes(client, new_client):
    session = opened(client)
    other = new_client()
    refused(other.get(f"{PATH}/{session}"), 404, "not_found")
    refused(other.get(f"{PATH}/{session}/recording", headers=ON_RECORD), 404, "not_found")
    refused(step(other, session, "consent", json={"reference": "c"}), 404, "not_found")
    narrow = new_client("--scope", "ocr")
    refused(narrow.post(PATH, json={"customer_id": "x", "official_id": "o"}), 403, "forbidden")
    refused(step(narrow, session, "consent", json={"reference": "c"}), 403, "forbidden")
    refused(narrow.get(f"{PATH}/{session}/recording", headers=ON_RECORD), 403, "forbidden")
