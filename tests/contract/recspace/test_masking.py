"""Masking over HTTP: apply, unmask, refusals, the event, a second person."""

import hashlib
import hmac
import json
import time

import httpx
import pytest

from tests.contract.recspace.shapes import answered, refused

AADHAAR = "999941057058"
PAYLOAD = {
    "user": {"aadhaar": AADHAAR, "pan": "ABCPE1234F", "email": "priya@example.com", "name": "Priya"},
    "items": [{"pan": "ABCPE1234F"}, {"pan": "XYZPK9876L"}],
    "note": "hello",
}
ON_RECORD = {"X-Role": "compliance", "X-Reason": "customer asked for a copy"}


def apply(client: httpx.Client, **fields: object) -> httpx.Response:
    return client.post("/v1/masking/apply", json={"payload": PAYLOAD, **fields})


@pytest.fixture
def masked(client):
    body = answered(
        apply(client, mask_mode="reversible", mask_fields=["user.aadhaar", "items.*.pan"], purpose="kyc"),
        prefix="msk_",
    )
    assert body["mask_id"]
    return body


def test_by_default_nothing_is_kept_and_everything_known_is_found(client):
    body = answered(apply(client))
    assert body["mask_mode"] == "irreversible"
    assert body["mask_id"] is None
    assert body["expires_at"] is None
    assert body["payload"]["user"]["aadhaar"] == "XXXX XXXX 7058"
    assert body["payload"]["user"]["pan"] == "ABXXX1234F"
    assert body["payload"]["note"] == "hello"
    assert AADHAAR not in str(body)
    assert "items.1.pan" in body["masked_fields"]


def test_paths_reach_into_lists_and_those_that_lead_nowhere_are_told(client):
    body = answered(apply(client, mask_fields=["items.0.pan", "user.missing"]))
    assert body["masked_fields"] == ["items.0.pan"]
    assert body["unmatched_fields"] == ["user.missing"]
    assert body["payload"]["items"][1]["pan"] == "XYZPK9876L"
    assert body["payload"]["user"]["aadhaar"] == AADHAAR


def test_what_was_masked_comes_back(client, masked):
    assert AADHAAR not in str(masked["payload"])
    body = answered(
        client.post("/v1/masking/unmask", json={"mask_id": masked["mask_id"]}, headers=ON_RECORD),
        prefix="unm_",
    )
    assert body["payload"] == PAYLOAD
    assert body["mask_id"] == masked["mask_id"]


def test_an_unmasking_is_told_of_and_on_record(client, masked, arrived, secret):
    identity = masked["mask_id"]
    answered(client.post("/v1/masking/unmask", json={"mask_id": identity}, headers=ON_RECORD))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not any(identity.encode() in body for _, body in arrived[0]):
        time.sleep(0.1)
    ((headers, raw),) = [one for one in arrived[0] if identity.encode() in one[1]]
    event = json.loads(raw)
    assert event["event"] == "masking.unmasked"
    assert (event["mask_id"], event["purpose"], event["role"]) == (identity, "kyc", "compliance")
    assert AADHAAR.encode() not in raw
    assert headers["x-recspace-signature"] == hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    lines = client.get("/v1/audit/export").content.splitlines()[:-1]
    leaves = [json.loads(json.loads(line)["leaf"]) for line in lines]
    (leaf,) = [one for one in leaves if one["action"] == "masking.unmask" and one["object"] == identity]
    assert leaf["details"]["role"] == "compliance"
    assert leaf["details"]["reason"] == ON_RECORD["X-Reason"]


@pytest.mark.parametrize("missing", ["X-Role", "X-Reason"])
def test_role_and_reason_are_needed(client, masked, missing):
    headers = {name: value for name, value in ON_RECORD.items() if name != missing}
    answer = client.post("/v1/masking/unmask", json={"mask_id": masked["mask_id"]}, headers=headers)
    refused(answer, 400, "bad_request")


def test_another_customers_mask_does_not_exist(new_client, masked):
    other = new_client()
    for identity in (masked["mask_id"], "msk_nothing", "../x"):
        answer = other.post("/v1/masking/unmask", json={"mask_id": identity}, headers=ON_RECORD)
        refused(answer, 404, "not_found")


@pytest.mark.parametrize(
    "wrong",
    [
        {"retention_days": 366},
        {"retention_days": 0},
        {"mask_mode": "both"},
        {"mask_fields": "user.pan"},
        {"payload": ["a list"]},
        {"purpose": "for 9999 4105 7058"},
    ],
)
def test_bad_requests(client, wrong):
    body = refused(apply(client, **{"mask_mode": "reversible", **wrong}), 400, "bad_request")
    assert "7058" not in body["error"]


def test_bodies_that_are_no_json(client):
    for content in (b"", b"{", b"\xff", b"[" * 100_000):
        refused(client.post("/v1/masking/apply", content=content), 400, "bad_request")


def test_scopes(new_client, masked):
    masker = new_client("--scope", "mask")
    answered(apply(masker))
    answer = masker.post("/v1/masking/unmask", json={"mask_id": masked["mask_id"]}, headers=ON_RECORD)
    refused(answer, 403, "forbidden")


@pytest.mark.parametrize(
    "name",
    ["Authorization", "X-Role", "X-Reason", "X-Approval", "Idempotency-Key", "X-Consent-Id", "X-Purpose"],
)
def test_nobody_says_twice_who_asks_or_why(client, masked, name):
    headers = [*client.headers.items(), *ON_RECORD.items(), (name, "one")]
    headers += [] if name.lower() in {"authorization", "x-role", "x-reason"} else [(name, "two")]
    request = httpx.Request(
        "POST",
        client.base_url.join("/v1/masking/unmask"),
        headers=headers,
        json={"mask_id": masked["mask_id"]},
    )
    answer = client.send(request)
    assert answer.status_code in ({400, 401} if name == "Authorization" else {400})
    assert set(answer.json()) == {"error", "code", "request_id"}


@pytest.mark.parametrize("path", ["audit/export", "vcip/sessions/vcip_0/recording", "masking/erasures/msk_0"])
@pytest.mark.parametrize("name", ["Authorization", "X-Role", "X-Reason"])
def test_nobody_says_so_twice_where_something_is_given_out(client, path, name):
    headers = [*client.headers.items(), *ON_RECORD.items(), (name, "one")]
    request = httpx.Request("GET", client.base_url.join(f"/v1/{path}"), headers=headers)
    assert name.lower() in refused(client.send(request), 400, "bad_request")["error"].lower()


def test_a_flood_of_values_is_refused_soon(client):
    payload = {f"k{number}": "ABCPE1234F" for number in range(20_001)}
    body = refused(client.post("/v1/masking/apply", json={"payload": payload}), 400, "bad_request")
    assert "20000" in body["error"]


def test_another_approval_under_the_same_key_is_another_request(client, masked):
    def send(**more: str) -> httpx.Response:
        headers = ON_RECORD | {"Idempotency-Key": f"approved {masked['mask_id']}"} | more
        return client.post("/v1/masking/unmask", json={"mask_id": masked["mask_id"]}, headers=headers)

    answered(send())
    refused(send(**{"X-Approval": "another"}), 400, "bad_request")


def test_the_same_key_gives_the_same_bytes(client):
    headers = {"Idempotency-Key": "mask-once"}
    first = client.post(
        "/v1/masking/apply", json={"payload": PAYLOAD, "mask_mode": "reversible"}, headers=headers
    )
    again = client.post(
        "/v1/masking/apply", json={"payload": PAYLOAD, "mask_mode": "reversible"}, headers=headers
    )
    assert first.content == again.content
    assert first.headers["x-request-id"] == again.headers["x-request-id"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    other = client.post("/v1/masking/apply", json={"payload": {}}, headers=headers)
    refused(other, 400, "bad_request")


def test_a_picture_sent_twice_is_read_once(client, passport):
    def send() -> httpx.Response:
        return client.post(
            "/v1/ocr/extract",
            files={"document": passport.photograph.jpeg},
            headers={"Idempotency-Key": "read-once"},
        )

    first, again = send(), send()  # the parts' boundary differs
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
