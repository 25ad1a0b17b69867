"""What every answer of this dialect must be like."""

import re

import httpx

REQUEST_ID = re.compile(r"[a-z]+_[0-9A-F]{6,}")


def answered(answer: httpx.Response, status: int = 200, prefix: str = "") -> dict:
    """The body, once its request id is found to be the header's."""
    body = answer.json()
    assert answer.status_code == status, body
    assert REQUEST_ID.fullmatch(body["request_id"]), body
    assert body["request_id"].startswith(prefix)
    assert answer.headers["x-request-id"] == body["request_id"]
    return body


def refused(answer: httpx.Response, status: int, code: str) -> dict:
    """The error body, once it is found to have its three keys only."""
    body = answered(answer, status)
    assert set(body) == {"error", "code", "request_id"}
    assert body["code"] == code
    assert body["error"].endswith(".")
    return body
