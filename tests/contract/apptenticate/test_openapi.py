"""The OpenAPI document describes what the box really answers."""

import re

import httpx
import pytest

from tests.contract.schema import Json, conforms
from tests.specimen.sets import Specimen, empty_set


@pytest.fixture(scope="module")
def document(nobody: httpx.Client) -> Json:
    answer = nobody.get("/d/apptenticate/openapi.json")
    assert answer.status_code == 200
    body: Json = answer.json()
    return body


def answered(document: Json, path: str, answer: httpx.Response) -> None:
    """Whether an answer is one of those that are described."""
    described = document["paths"][path]["post"]["responses"][str(answer.status_code)]
    conforms(document, described["content"]["application/json"]["schema"], answer.json())


def test_it_is_openapi_3_without_loose_references(document: Json) -> None:
    assert document["openapi"].startswith("3.0.")
    schemas = document["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/(\w+)", str(document))) <= set(schemas)
    operations = [o["operationId"] for path in document["paths"].values() for o in path.values()]
    assert len(operations) == len(set(operations)) == 8


def test_every_described_call_exists(document: Json, nobody: httpx.Client, client: httpx.Client) -> None:
    for path, operations in document["paths"].items():
        assert path.endswith("/")
        assert list(operations) == ["post"]
        opened = "/token/" in path
        answered(document, path, client.post(path, json={}))
        stranger = nobody.post(path, json={})
        assert stranger.status_code == (400 if opened else 401)
        answered(document, path, stranger)


def test_answers_are_as_described(
    document: Json, client: httpx.Client, passport: Specimen, selfie: bytes
) -> None:
    (table,) = empty_set(5, 1)
    front = ("x.jpg", passport.photograph.jpeg, "image/jpeg")
    asked = {"document_type": "passport", "return_id": "True"}
    for path, data, files in (
        ("/api/v3/ocr/", asked, {"frontside": front}),
        ("/api/v3/ocr/", asked, {"frontside": ("x.jpg", table.jpeg)}),
        ("/api/v3/biometrics/foreigns/", asked, {"frontside": front, "selfie": ("x.jpg", selfie)}),
        ("/api/v3/biometrics/liveness/", {}, {"selfie": ("x.jpg", table.jpeg)}),
        ("/api/v3/biometrics/liveness/", {"details": "1"}, {"selfie": ("x.jpg", selfie)}),
    ):
        answered(document, path, client.post(path, data=data, files=files))


def test_codes_and_texts_are_listed(document: Json) -> None:
    for code in (*range(818, 834),):
        assert f"{code}: " in document["info"]["description"]


def test_it_is_on_the_page_of_documents(nobody: httpx.Client) -> None:
    assert "/-/docs/apptenticate" in nobody.get("/-/docs").text
    assert "/d/apptenticate/openapi.json" in nobody.get("/-/docs/apptenticate").text
