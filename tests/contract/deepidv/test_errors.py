"""One error shape over everything this dialect answers."""

import json
import re
import subprocess

import httpx
import pytest

from tests.box import KYCBOX
from tests.contract.deepidv import shapes
from tests.contract.deepidv.conftest import CHECKS, FIELDS

POSTS = (*CHECKS, "/v1/face/estimate-age", "/v1/upload/presign", "/v1/sessions")


@pytest.mark.parametrize("path", POSTS)
def test_without_a_good_key_401(nobody: httpx.Client, path):
    shapes.failure(nobody.post(path), 401)
    for key in ("", "sk_live_wrong", "sk_live_" + "a" * 52, "x" * 4000, "\xe9\xff"):
        shapes.failure(nobody.post(path, headers={b"x-api-key": key.encode("latin-1")}), 401)


def test_another_dialects_key_401(box, nobody: httpx.Client):
    for api in ("recspace", "idlive", "onboarder"):
        key = box.key(api, "other")
        shapes.failure(nobody.post("/v1/face/detect", headers={"x-api-key": key}), 401)


OF_SESSIONS = {("GET", "/v1/sessions"), ("PATCH", "/v1/sessions")}
METHODS = ("GET", "PUT", "DELETE", "PATCH")
WRONG = sorted({(method, path) for path in POSTS for method in METHODS} - OF_SESSIONS)


@pytest.mark.parametrize(("method", "path"), WRONG)
def test_wrong_methods(client: httpx.Client, nobody: httpx.Client, method, path):
    for caller in (client, nobody):
        shapes.failure(caller.request(method, path), 404, 405)


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/nothing", "/v1/face", "/v1/face/detect/x", "/v2/face/detect"]
)
def test_unknown_paths_404(client: httpx.Client, nobody: httpx.Client, path):
    for caller in (client, nobody):
        for method in ("GET", "POST"):
            shapes.failure(caller.request(method, path), 404)


def test_unknown_paths_on_the_bare_port(box, client: httpx.Client):
    key = {"x-api-key": client.headers["x-api-key"]}
    shapes.failure(httpx.get(f"{box.url}/v1/nothing", headers=key), 404)
    shapes.failure(httpx.get(f"{box.url}/nothing", headers=key), 404)
    shapes.failure(httpx.post(f"{box.url}/checks", headers=key), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/face/estimate-age"),
        ("POST", "/v1/sessions"),
        ("GET", "/v1/sessions"),
        ("GET", "/v1/sessions/abc"),
        ("PATCH", "/v1/sessions/abc"),
        ("PATCH", "/v1/sessions/abc/update-status"),
    ],
)
def test_what_this_box_does_not_have_501(client: httpx.Client, method, path):
    shapes.failure(client.request(method, path, json={}), 501)


@pytest.mark.parametrize("path", CHECKS)
def test_every_missing_picture_is_named(client: httpx.Client, path, blank):
    names = FIELDS[path]
    assert names[0] in shapes.failure(client.post(path, json={}), 400)
    for absent in names:
        files = {name: ("x.jpg", blank, "image/jpeg") for name in names if name != absent}
        if files:
            assert absent in shapes.failure(client.post(path, files=files), 400)


@pytest.mark.parametrize("kind", ["PASSPORT", "visa", "", "national_id ", "driving_licence"])
def test_unknown_document_types_400(client: httpx.Client, blank, kind):
    files = {"image": ("x.jpg", blank, "image/jpeg")}
    assert "documentType" in shapes.failure(
        client.post("/v1/document/scan", files=files, data={"documentType": kind}), 400
    )


def test_scopes_403(new_client, blank):
    ocr, face = new_client("--scope", "ocr"), new_client("--scope", "face")
    picture = ("x.jpg", blank, "image/jpeg")
    files = {path: dict.fromkeys(names, picture) for path, names in FIELDS.items()}
    for path in ("/v1/face/detect", "/v1/face/compare", "/v1/identity/verify", "/v1/face/estimate-age"):
        shapes.failure(ocr.post(path, files=files.get(path, {"image": picture})), 403)
    for path in ("/v1/document/scan", "/v1/identity/verify", "/v1/sessions"):
        shapes.failure(face.post(path, files=files.get(path, {"image": picture})), 403)
    assert ocr.post("/v1/document/scan", files=files["/v1/document/scan"]).status_code == 200
    assert face.post("/v1/face/detect", files=files["/v1/face/detect"]).status_code == 200


def test_request_ids(client: httpx.Client):
    sane = client.post("/v1/face/detect", headers={"x-request-id": "order-42.7_a:b"})
    assert sane.headers["x-request-id"] == "order-42.7_a:b"
    for bad in ("", "a b", "x" * 65, "<script>", "a;b"):
        made = client.post("/v1/face/detect", headers={"x-request-id": bad}).headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{24}", made)


def test_headers_of_every_answer(client: httpx.Client, nobody: httpx.Client, blank):
    good = client.post("/v1/face/detect", files={"image": ("x.jpg", blank, "image/jpeg")})
    for answer in (good, nobody.get("/v1/nothing"), nobody.post("/v1/face/detect")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers


def test_a_revoked_key_is_refused_from_the_next_call_on(box, nobody: httpx.Client):
    command = [KYCBOX, "key", "create", "--data", box.data, "--api", "deepidv", "--name", "gone", "--json"]
    made = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    headers = {"x-api-key": made["secret"]}
    shapes.failure(nobody.post("/v1/face/detect", json={}, headers=headers), 400)
    subprocess.run([KYCBOX, "key", "revoke", "--data", box.data, made["id"]], check=True, capture_output=True)
    shapes.failure(nobody.post("/v1/face/detect", json={}, headers=headers), 401)
