"""A customer's audit export: its own entries, provable elsewhere, and no change goes unseen."""

import json
import subprocess
import sys

import pytest

from appliance.config import PROJECT
from tests.box import KYCBOX
from tests.contract.recspace.shapes import refused

VERIFIER = PROJECT / "packaging" / "kycbox_audit_verify.py"


def verify(path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, VERIFIER, path, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def customer(new_client):
    client = new_client()
    for note in ("one", "two", "three"):
        assert client.post("/v1/masking/apply", json={"payload": {"note": note}}).status_code == 200
    return client


@pytest.fixture(scope="module")
def lines(customer) -> list[bytes]:
    answer = customer.get("/v1/audit/export")
    assert answer.status_code == 200
    assert answer.headers["x-request-id"].startswith("aud_")
    return answer.content.splitlines(keepends=True)


def test_it_holds_the_customers_own_calls_and_nobody_elses(lines, client):
    client.post("/v1/masking/apply", json={"payload": {}})
    bodies = [json.loads(json.loads(line)["leaf"]) for line in lines[:-1]]
    assert [body["action"] for body in bodies] == [
        "credential.create",
        *["masking.apply"] * 3,
        "audit.export",
    ]
    assert len({body["tenant"] for body in bodies}) == 1
    trailer = json.loads(lines[-1])
    assert trailer["count"] == 5
    assert set(trailer) == {"chain_head", "checkpoint", "count", "public_key", "signature"}


def test_it_verifies_without_the_box(lines, tmp_path):
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(lines))
    done = verify(path)
    assert done.returncode == 0, done.stderr
    assert "verified: 5 entries" in done.stdout
    assert subprocess.run([KYCBOX, "audit", "verify", path], check=False, timeout=60).returncode == 0
    key = json.loads(lines[-1])["public_key"]
    assert verify(path, "--key", key).returncode == 0
    assert verify(path, "--key", key.replace("kycbox/", "kycbox/x")).returncode == 1


def test_every_flipped_bit_is_found(lines, tmp_path):
    whole, path = b"".join(lines), tmp_path / "audit.jsonl"
    step = max(1, len(whole) // 60)
    for place in range(0, len(whole), step):
        changed = bytearray(whole)
        changed[place] ^= 1 << (place % 7)
        path.write_bytes(changed)
        assert verify(path).returncode == 1, (place, bytes(changed[place - 20 : place + 20]))


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda lines: lines[1:],
        lambda lines: lines[:1] + lines[2:],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: lines[:-1],
        lambda lines: lines[:-2] + lines[-1:],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [lines[0], *lines],
        lambda lines: [lines[-1]],
        lambda lines: [],
    ],
    ids=[
        "first",
        "second",
        "swapped",
        "no trailer",
        "last",
        "two trailers",
        "twice",
        "trailer only",
        "empty",
    ],
)
def test_dropped_moved_and_doubled_lines_are_found(lines, tmp_path, spoiled):
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(spoiled(lines)))
    assert verify(path).returncode == 1


@pytest.mark.parametrize("changed", [{"proof": None}, {"proof": 3}, {"leaf": "\ud800"}])
def test_members_of_another_kind_are_called_broken(lines, tmp_path, changed):
    path = tmp_path / "audit.jsonl"
    first = json.dumps(json.loads(lines[0]) | changed, sort_keys=True, separators=(",", ":")).encode()
    path.write_bytes(b"".join([first + b"\n", *lines[1:]]))
    assert verify(path).stderr.startswith("BROKEN: ")


def test_a_span_of_time(customer, lines):
    moments = [json.loads(json.loads(line)["leaf"])["at"] for line in lines[:-1]]
    answer = customer.get("/v1/audit/export", params={"from": moments[1], "to": moments[2]})
    inside = [at for at in moments if moments[1] <= at < moments[2]]
    assert len(answer.content.splitlines()) == len(inside) + 1


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"to": "2026-01-01T00:00:00"},
        {"format": "csv"},
        {"from": "0001-01-01T00:00:00+23:59"},
        {"to": "9999-12-31T23:59:59-23:59"},
        {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
    ],
)
def test_bad_queries(customer, query):
    refused(customer.get("/v1/audit/export", params=query), 400, "bad_request")


def test_it_needs_its_scope(new_client):
    refused(new_client("--scope", "mask").get("/v1/audit/export"), 403, "forbidden")
