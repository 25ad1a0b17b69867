"""The document for generators says what the box really answers, and names every route there is."""

import re
import time
from datetime import UTC, datetime

import httpx
import pytest

from appliance.api.recspace.app import build
from tests.box import Box
from tests.contract.schema import conforms

GROUNDS = {"X-Role": "compliance", "X-Reason": "x"}


@pytest.fixture(scope="module")
def document(box: Box) -> dict:
    answer = httpx.get(f"{box.url}/d/recspace/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def test_it_is_openapi_3_without_loose_references(document):
    assert document["openapi"].startswith("3.0.")
    named = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert named <= set(document["components"]["schemas"])
    operations = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(operations) == len(set(operations))


def test_every_route_is_described_and_every_described_one_exists(document, box: Box):
    described = {(path, method) for path, one in document["paths"].items() for method in one}
    for path, method in described:
        answer = httpx.request(method, box.url + "/d/recspace" + re.sub(r"\{\w+\}", "x", path))
        assert answer.status_code == 401, (method, path)
    module = build.__globals__
    lists = [*module["ROUTES"], *module["MASKING"], *module["ERASURE"], *module["AUDIT"]]
    lists += [*module["SESSIONS"], *module["VCIP"], *module["BATCH"]]
    served = {
        (re.sub(r":str\}", "}", path), str(method).lower().rpartition(".")[2])
        for handler in lists
        for path in handler.paths
        for method in handler.http_methods
        if method != "OPTIONS"
    }
    assert served == described


def test_answers_are_as_described(document, client: httpx.Client, passport, selfie):
    def told(path: str, method: str, answer: httpx.Response) -> dict:
        responses = document["paths"][path][method]["responses"]
        schema = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
        conforms(document, schema, answer.json())
        return answer.json()

    def post(path: str, at: str = "", **said: object) -> dict:
        return told(path, "post", client.post(at or path, **said))

    page = {"document": passport.photograph.jpeg}
    post("/v1/ocr/extract", files=page, data={"return_bbox": "true"})
    post("/v1/ocr/extract")
    post("/v1/face/match", files={"id_photo": selfie, "selfie": selfie})
    post("/v1/masking/image", files=page)
    payload = {"payload": {"pan": "ABCPE1234F"}, "mask_mode": "reversible"}
    masked = post("/v1/masking/apply", json=payload)
    post("/v1/masking/unmask", json={"mask_id": masked["mask_id"]}, headers=GROUNDS)
    post("/v1/masking/find", json={"kind": "pan", "value": "ABCPE1234F"})
    post("/v1/masking/erase", json={"mask_id": masked["mask_id"]})
    batch = post(
        "/v1/ocr/batch", files=[("documents", passport.photograph.jpeg), ("documents", b"no picture")]
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        path = "/v1/ocr/batch/{batch}"
        seen = told(path, "get", client.get(path.format(batch=batch["batch_id"])))
        if seen["status"] == "completed":
            break
        time.sleep(0.3)
    assert seen["results"][1]["code"] == "bad_request"
    session = post("/v1/kyc/sessions", json={"customer_id": "c"})["session_id"]
    told("/v1/kyc/sessions/{session}", "get", client.get(f"/v1/kyc/sessions/{session}"))
    opened = post("/v1/vcip/sessions", json={"customer_id": "c", "official_id": "o"})
    at, path = f"/v1/vcip/sessions/{opened['session_id']}", "/v1/vcip/sessions/{session}"
    post(f"{path}/consent", f"{at}/consent", json={"reference": "c-1"})
    where = {"latitude": 28.6, "longitude": 77.2, "at": datetime.now(UTC).isoformat()}
    post(f"{path}/location", f"{at}/location", json=where)
    asked = {"questions": '[{"asked": "x", "right": true}]', "official_saw_live": "true"}
    post(f"{path}/evidence", f"{at}/evidence", files={"id_photo": selfie, "selfie": selfie}, data=asked)
    post(f"{path}/recording", f"{at}/recording", files={"recording": b"\x1a\x45\xdf\xa3 webm"})
    post(f"{path}/complete", f"{at}/complete")
    told(path, "get", client.get(at))
