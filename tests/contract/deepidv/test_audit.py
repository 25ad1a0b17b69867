"""Every call of a known caller leaves exactly one leaf, whatever became of it; strangers leave none."""

import json
from contextlib import closing

import httpx
import pysqlite3

from tests.contract.deepidv.test_uploads import JPEG, presigned


def leaves(box, request_id):
    """Bodies of the leaves of one request, read by another process than the box."""
    uri = f"file:{next(box.data.glob('*.db'))}?mode=ro"
    with closing(pysqlite3.connect(uri, uri=True)) as connection:
        rows = connection.execute("SELECT body FROM ledger_leaf").fetchall()
    bodies = [json.loads(row[0]) for row in rows]
    return [body for body in bodies if body["request_id"] == request_id]


def test_one_leaf_per_call(box, client: httpx.Client, new_client, blank, selfie):
    narrow = new_client("--scope", "ocr")
    good = {"files": {"image": ("x.jpg", selfie, "image/jpeg")}}
    calls = [
        (client, "POST", "/v1/face/detect", good, "ok"),
        (client, "POST", "/v1/face/detect", {"json": {}}, "invalid_request"),
        (client, "POST", "/v1/face/detect", {"json": {"image": "AAAA"}}, "unsupported_format"),
        (client, "POST", "/v1/face/detect", {"json": {"image": "uploads/x"}}, "forbidden"),
        (client, "POST", "/v1/face/estimate-age", {}, "not_installed"),
        (client, "GET", "/v1/nothing", {}, "http_404"),
        (client, "GET", "/v1/face/detect", {}, "http_405"),
        (narrow, "POST", "/v1/face/detect", good, "forbidden"),
        (client, "POST", "/v1/document/scan", {"files": {"image": ("x.jpg", blank, "image/jpeg")}}, "ok"),
    ]
    for number, (caller, method, path, sent, outcome) in enumerate(calls):
        identity = f"audit-{number}"
        caller.request(method, path, headers={"x-request-id": identity}, **sent)
        (leaf,) = leaves(box, identity)
        assert leaf["outcome"] == outcome, (path, leaf)
        assert leaf["actor"].startswith("cred_")
        assert leaf["tenant"]


def test_uploads_leave_theirs(box, client: httpx.Client, selfie):
    wanted = {"files": [{"contentType": "image/jpeg", "byteLength": len(selfie)}]}
    client.post("/v1/upload/presign", json=wanted, headers={"x-request-id": "presign-1"})
    assert [leaf["action"] for leaf in leaves(box, "presign-1")] == ["upload.presign"]
    (one,) = presigned(client, ("image/jpeg", len(selfie)))
    httpx.put(one["uploadUrl"], content=selfie, headers={**JPEG, "x-request-id": "put-1"})
    (leaf,) = leaves(box, "put-1")
    assert (leaf["action"], leaf["object"]) == ("upload.put", one["fileKey"])


def test_strangers_leave_none_of_their_own(box, nobody: httpx.Client):
    for _ in range(20):
        nobody.post("/v1/face/detect", headers={"x-request-id": "stranger"})
    assert leaves(box, "stranger") == []


def test_leaves_and_log_hold_no_personal_data(box, client: httpx.Client, passport, selfie):
    files = {"documentImage": ("hawthorne.jpg", passport.photograph.jpeg), "faceImage": ("s.jpg", selfie)}
    client.post("/v1/identity/verify", files=files, headers={"x-request-id": "privacy"})
    (leaf,) = leaves(box, "privacy")
    drawn = passport.drawn.fields
    for text in (json.dumps(leaf), box.printed()):
        for name in ("document_number", "last_name", "date_of_birth"):
            assert drawn[name].casefold() not in text.casefold()
