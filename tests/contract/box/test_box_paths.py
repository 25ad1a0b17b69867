"""The box's own paths."""

import re
import socket

import httpx

from tests.box import Box


def test_alive_and_ready(box: Box):
    alive = httpx.get(f"{box.url}/-/healthz")
    assert (alive.status_code, alive.json()["status"]) == (200, "alive")
    ready = httpx.get(f"{box.url}/-/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "reasons": []})


def test_probes_may_leave_the_body_out(box: Box):
    for path in ("healthz", "readyz"):
        answer = httpx.head(f"{box.url}/-/{path}")
        assert (answer.status_code, answer.content) == (200, b"")


def test_capture_key(box: Box):
    first = httpx.get(f"{box.url}/-/capture-key").json()
    assert first["algorithm"] == "X25519"
    assert re.fullmatch(r"[0-9a-f]{64}", first["public_key"])
    assert re.fullmatch(r"[0-9a-f]{16}", first["key_id"])
    assert httpx.get(f"{box.url}/-/capture-key").json() == first


def test_metrics(box: Box):
    httpx.get(f"{box.url}/v1/nothing-at-all")
    answer = httpx.get(f"{box.url}/-/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    names = set(re.findall(r"^(kycbox_\w+)", answer.text, re.MULTILINE))
    assert {
        "kycbox_requests_total",
        "kycbox_request_seconds_bucket",
        "kycbox_pool_places",
        "kycbox_decoder_processes",
        "kycbox_model_calls",
        "kycbox_ledger_leaves",
        "kycbox_uploads",
        "kycbox_resident_bytes",
    } <= names
    assert "nothing-at-all" not in answer.text


def test_metrics_are_not_passed_on(box: Box):
    for name in ("x-forwarded-for", "forwarded"):
        answer = httpx.get(f"{box.url}/-/metrics", headers={name: "203.0.113.7"})
        assert answer.status_code == 403
        assert set(answer.json()) == {"error"}


def test_unknown_paths_and_methods(box: Box):
    for method, path, status in (
        ("GET", "/-/nothing", 404),
        ("GET", "/nothing", 404),
        ("GET", "/-/docs/nothing", 404),
        ("GET", "/-/swagger/..%2fpages.py", 404),
        ("GET", "/-/swagger/%2e%2e", 404),
        ("POST", "/-/healthz", 405),
        ("GET", "/d/nothing/v1/x", 404),
    ):
        answer = httpx.request(method, box.url + path)
        assert answer.status_code == status, path
        assert set(answer.json()) == {"error"}
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_home_leads_to_the_console(box: Box):
    answer = httpx.get(box.url)
    assert (answer.status_code, answer.headers["location"]) == (302, "/admin")
    assert httpx.get(box.url, headers={"host": "evil.example"}).status_code == 421


def test_bytes_that_are_no_http(box: Box):
    port = int(box.url.rpartition(":")[2])
    for sent in (
        b"\x16\x03\x01\x00\xff" + bytes(300),
        b"GET /v1/\xc3\xa9\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/face/detect HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/face/detect HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(sent)
            assert connection.recv(12)[:8] in {b"HTTP/1.1", b""}
    assert httpx.get(f"{box.url}/-/readyz").status_code == 200
