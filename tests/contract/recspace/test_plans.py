"""Rates of plans, their headers, and calls that are sent many times at once."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.box import KYCBOX
from tests.contract.recspace.shapes import answered, refused

APPLY = "/v1/masking/apply"
NAMES = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def test_a_sandbox_key_has_a_burst_of_100_and_is_told_when_to_come_again(new_client):
    client = new_client("--plan", "sandbox")
    answers = [client.post(APPLY, json={"payload": {}}) for _ in range(140)]
    passed = [one for one in answers if one.status_code == 200]
    stopped = [one for one in answers if one.status_code == 429]
    assert len(passed) >= 100
    assert stopped
    assert len(passed) + len(stopped) == 140
    for one in answers:
        assert all(one.headers[name].isdecimal() for name in NAMES)
        assert one.headers["x-ratelimit-limit"] == "100"
    remaining = [int(one.headers["x-ratelimit-remaining"]) for one in passed[:50]]
    assert remaining == sorted(remaining, reverse=True)
    body = refused(stopped[0], 429, "rate_limited")
    assert int(stopped[0].headers["retry-after"]) >= 1
    assert body["request_id"].startswith("msk_")


def test_a_plan_without_limits_has_no_such_headers(client):
    assert not set(NAMES) & set(client.post(APPLY, json={"payload": {}}).headers)


@pytest.mark.parametrize("copies", [50])
def test_fifty_equal_calls_are_one(box, client, copies):
    def send(_: int):
        return client.post(
            APPLY,
            json={"payload": {"pan": "ABCPE1234F"}, "mask_mode": "reversible"},
            headers={"Idempotency-Key": "fifty"},
        )

    with ThreadPoolExecutor(copies) as pool:
        answers = list(pool.map(send, range(copies)))
    assert {one.status_code for one in answers} == {200}
    assert len({one.content for one in answers}) == 1
    assert sum("idempotent-replayed" in one.headers for one in answers) == copies - 1
    identity = answered(answers[0])["mask_id"]
    export = box.data.parent / "fifty.tar"
    subprocess.run([KYCBOX, "audit", "export", "--data", box.data, "--out", export], check=True, timeout=60)
    assert export.read_bytes().count(identity.encode()) == 1  # one leaf tells of it
    assert subprocess.run([KYCBOX, "audit", "verify", export], check=False, timeout=60).returncode == 0


@pytest.mark.usefixtures("secret")
def test_fifty_equal_unmaskings_are_one_leaf_and_one_event(client, arrived):
    body = {"payload": {"pan": "ABCPE1234F"}, "mask_mode": "reversible"}
    identity = answered(client.post(APPLY, json=body))["mask_id"]
    headers = {"Idempotency-Key": "fifty", "X-Role": "compliance", "X-Reason": "x"}

    def send(_: int):
        return client.post("/v1/masking/unmask", json={"mask_id": identity}, headers=headers)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))
    assert len({one.content for one in answers}) == 1
    assert answered(answers[0])["payload"] == body["payload"]
    lines = client.get("/v1/audit/export").content.splitlines()[:-1]
    told = [json.loads(json.loads(line)["leaf"]) for line in lines]
    assert [leaf["action"] for leaf in told if leaf["object"] == identity] == [
        "masking.apply",
        "masking.unmask",
    ]
    time.sleep(1.5)  # a second event would be there by now
    assert sum(identity.encode() in raw for _, raw in arrived[0]) == 1


@pytest.mark.parametrize("key", ["", "a" * 256, "\u00e9"])
def test_keys_that_are_none(client, key):
    answer = client.post(APPLY, json={"payload": {}}, headers={"Idempotency-Key": key.encode("latin-1")})
    refused(answer, 400, "bad_request")


def test_refusals_are_repeated_too(client):
    def send():
        return client.post(
            APPLY,
            json={"payload": {}, "retention_days": 366, "mask_mode": "reversible"},
            headers={"Idempotency-Key": "refused"},
        )

    first, again = send(), send()
    refused(first, 400, "bad_request")
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"


def test_every_call_has_one_leaf(new_client):
    client = new_client()
    client.post(APPLY, json={"payload": {}})
    client.post(APPLY, content=b"{")
    client.post("/v1/masking/unmask", json={"mask_id": "msk_0"}, headers={"X-Role": "r", "X-Reason": "why"})
    client.get("/v1/kyc/sessions/kyc_0")
    lines = client.get("/v1/audit/export").content.splitlines()[:-1]
    leaves = [json.loads(json.loads(line)["leaf"]) for line in lines]
    assert [leaf["outcome"] for leaf in leaves] == [
        "ok",
        "ok",
        "invalid_request",
        "not_found",
        "not_found",
        "ok",
    ]
