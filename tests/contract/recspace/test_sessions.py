"""A customer's check as a session: opened, decided once, told once, signed."""

import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.box import Box
from tests.contract.recspace.shapes import answered, refused

PATH = "/v1/kyc/sessions"


def opened(client, customer: str = "cust_19482") -> str:
    body = answered(
        client.post(PATH, json={"customer_id": customer, "metadata": {"branch": 7}}), prefix="kyc_"
    )
    assert body["status"] == "created"
    assert body["session_id"].startswith("kyc_")
    assert body["result"] is None
    return str(body["session_id"])


def complete(client, session: str, document: bytes, selfie: bytes, **headers: str):
    files = {"document": document, "selfie": selfie}
    return client.post(f"{PATH}/{session}/complete", files=files, headers=headers)


def events(arrived, session: str, seconds: float = 20.0) -> list[tuple[dict[str, str], dict, bytes]]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = [(headers, json.loads(body), body) for headers, body in arrived[0]]
        found = [one for one in found if one[1].get("session_id") == session]
        if found:
            time.sleep(1.5)  # a second one would come now
            return [
                (h, json.loads(b), b) for h, b in arrived[0] if json.loads(b).get("session_id") == session
            ]
        time.sleep(0.1)
    return []


def test_the_holder_is_verified_and_the_event_is_signed(client, passport, selfie, arrived, secret):
    session = opened(client)
    body = answered(complete(client, session, passport.photograph.jpeg, selfie))
    assert (body["status"], body["result"], body["reason"]) == ("completed", "verified", None)
    assert answered(client.get(f"{PATH}/{session}"))["result"] == "verified"
    ((headers, event, raw),) = events(arrived, session)
    assert event["event"] == "kyc.completed"
    assert list(event) == ["event", "session_id", "customer_id", "completed_at", "result", "confidence"]
    assert event["customer_id"] == "cust_19482"
    assert event["completed_at"].endswith("Z")
    expected = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    assert headers["x-recspace-signature"] == expected
    assert headers["x-recspace-attempt"] == "1"


def test_a_stranger_is_rejected_and_the_reason_told(client, passport, stranger, arrived, secret):
    session = opened(client)
    body = answered(complete(client, session, passport.photograph.jpeg, stranger))
    assert (body["status"], body["result"]) == ("failed", "rejected")
    assert "face_mismatch" in body["reason"]
    ((_, event, _),) = events(arrived, session)
    assert event["event"] == "kyc.failed"
    assert "face_mismatch" in event["reason"]


def test_pictures_that_cannot_be_judged_leave_it_open(client, passport, selfie, blank):
    session = opened(client)
    refused(complete(client, session, blank, selfie), 422, "document_unreadable")
    refused(complete(client, session, passport.photograph.jpeg, blank), 400, "bad_request")
    assert answered(client.get(f"{PATH}/{session}"))["status"] == "created"


@pytest.mark.usefixtures("secret")
def test_it_is_decided_once(client, passport, selfie, stranger, arrived):
    session = opened(client)
    with ThreadPoolExecutor(4) as pool:
        pictures = [selfie, stranger, selfie, stranger]
        tries = list(pool.map(lambda one: complete(client, session, passport.photograph.jpeg, one), pictures))
    assert sorted(one.status_code for one in tries) == [200, 400, 400, 400]
    assert len(events(arrived, session)) == 1
    refused(complete(client, session, passport.photograph.jpeg, selfie), 400, "bad_request")


def test_twins_under_one_key_are_one_decision(client, passport, selfie, arrived, secret):
    session = opened(client)
    with ThreadPoolExecutor(6) as pool:
        tries = list(
            pool.map(
                lambda _: complete(
                    client, session, passport.photograph.jpeg, selfie, **{"Idempotency-Key": session}
                ),
                range(6),
            )
        )
    assert {one.status_code for one in tries} == {200}
    assert len({one.content for one in tries}) == 1
    assert sum("idempotent-replayed" in one.headers for one in tries) == 5
    assert len(events(arrived, session)) == 1


def test_other_customers_and_unknown_sessions(client, new_client):
    session = opened(client)
    refused(new_client().get(f"{PATH}/{session}"), 404, "not_found")
    refused(client.get(f"{PATH}/kyc_0"), 404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"customer_id": ""},
        {"customer_id": 7},
        {"customer_id": "x" * 101},
        {"customer_id": "a\nb"},
        {"customer_id": "x", "metadata": {"k": "v" * 5000}},
        {"customer_id": "x", "metadata": []},
    ],
)
def test_bad_bodies(client, body):
    refused(client.post(PATH, json=body), 400, "bad_request")


def test_who_it_is_about_is_sealed_on_disk(client, box: Box):
    opened(client, "customer-of-the-canary")
    for file in box.data.rglob("*"):
        if file.is_file():
            assert b"customer-of-the-canary" not in file.read_bytes(), file.name
