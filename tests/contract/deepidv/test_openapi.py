"""The OpenAPI document describes what the box really answers, and the pages about it need no other host."""

import json
import re

import httpx
import pytest

from appliance.config import PROJECT
from tests.contract.deepidv.conftest import CHECKS, FIELDS
from tests.contract.schema import conforms


@pytest.fixture(scope="module")
def document(nobody: httpx.Client):
    answer = nobody.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def test_the_decision_point_is_published_with_its_error_rates(document):
    calibration = json.loads((PROJECT / "models" / "face-template-dlib" / "calibration.json").read_text())
    said, point = document["info"]["description"], calibration["decision"]
    assert f"{point['fmr']:.2%}" in said
    assert f"{point['fnmr']:.1%}" in said


def test_it_is_openapi_3_without_loose_references(document):
    assert document["openapi"].startswith("3.0.")
    text = str(document)
    schemas = document["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/(\w+)", text)) <= set(schemas)
    operations = [o["operationId"] for path in document["paths"].values() for o in path.values()]
    assert len(operations) == len(set(operations))


@pytest.mark.parametrize("path", CHECKS)
def test_answers_are_as_described(document, client: httpx.Client, passport, selfie, path):
    pictures = {"image": selfie if "face" in path else passport.photograph.jpeg, "source": selfie}
    pictures |= {"target": selfie, "documentImage": passport.photograph.jpeg, "faceImage": selfie}
    body = client.post(path, files={n: ("x.jpg", pictures[n]) for n in FIELDS[path]}).json()
    operation = document["paths"][path]["post"]
    conforms(document, operation["responses"]["200"]["content"]["application/json"]["schema"], body)
    failed = client.post(path, json={}).json()
    conforms(document, operation["responses"]["400"]["content"]["application/json"]["schema"], failed)
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert tuple(form["required"]) == FIELDS[path]


def test_every_described_path_exists(document, nobody: httpx.Client):
    for path, operations in document["paths"].items():
        for method in operations:
            assert nobody.request(method, path).status_code == 401


def test_the_pages_need_no_other_host(box):
    index = httpx.get(f"{box.url}/-/docs")
    assert index.status_code == 200
    viewer = httpx.get(f"{box.url}/-/docs/deepidv")
    assert viewer.status_code == 200
    for page in (index, viewer):
        assert "http://" not in page.text
        assert "https://" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        for address in re.findall(r'(?:href|src|data-document)="([^"]+)"', page.text):
            answer = httpx.get(box.url + address, follow_redirects=True)  # the console asks for the password
            assert answer.status_code == 200, address
