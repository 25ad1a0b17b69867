"""The description is sound, says what is really answered, and what shows it loads nothing from elsewhere."""

import re

import httpx
import pytest

from tests.box import Box
from tests.contract.schema import Json, conforms


@pytest.fixture(scope="module")
def document(box: Box) -> Json:
    answer = httpx.get(f"{box.url}/openapi.json")
    assert answer.status_code == 200
    body: Json = answer.json()
    return body


def described(document: Json, path: str, method: str, answer: httpx.Response) -> None:
    """Whether an answer is one of those that are described."""
    found = document["paths"][path][method]["responses"][str(answer.status_code)]
    conforms(document, found["content"]["application/json"]["schema"], answer.json())


def test_it_is_openapi_3_without_loose_references(document):
    assert document["openapi"].startswith("3.0.")
    assert document["servers"] == [{"url": "/"}]
    schemas = document["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/(\w+)", str(document))) == set(schemas)
    operations = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(operations) == len(set(operations)) == 9
    assert "'type': 'null'" not in str(document)


def test_answers_are_as_described(document, partner):
    made = partner.post("/partner/sessions", json={"external_user_id": "x"})
    described(document, "/partner/sessions", "post", made)
    described(document, "/partner/sessions", "post", partner.post("/partner/sessions", json={}))
    described(document, "/partner/sessions", "get", partner.get("/partner/sessions"))
    described(document, "/partner/sessions", "get", partner.get("/partner/sessions?limit=0"))
    named = f"/partner/sessions/{made.json()['session_id']}"
    described(document, "/partner/sessions/{session_id}", "get", partner.get(named))
    described(document, "/partner/sessions/{session_id}", "get", partner.get("/partner/sessions/x"))
    step = f"/kyc/{made.json()['session_id']}"
    for path, method in (
        ("document", "post"),
        ("selfie", "post"),
        ("liveness/challenge", "get"),
        ("liveness", "post"),
        ("submit", "post"),
    ):
        answer = partner.request(method, f"{step}/{path}", data={"x": "y"}, files={"z": b"1"})
        described(document, f"/kyc/{{session_id}}/{path}", method, answer)
    described(document, "/health", "get", partner.get("/health"))


@pytest.mark.parametrize("prefix", ["", "/d/onboarder"])
def test_swagger_shows_it(box: Box, prefix):
    answer = httpx.get(f"{box.url}{prefix}/docs")
    assert f'data-document="{prefix}/openapi.json"' in answer.text
    for name in re.findall(r'(?:src|href)="([^"]+)"', answer.text):
        assert name.startswith("/")
        assert httpx.get(f"{box.url}{name}").status_code == 200


def test_the_reading_page_names_every_call_and_object(box: Box, document):
    answer = httpx.get(f"{box.url}/redoc")
    assert answer.headers["content-type"].startswith("text/html")
    assert "script" not in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    for path, ways in document["paths"].items():
        assert f"<code>{path}</code>" in answer.text
        assert all(f'id="{one["operationId"]}"' in answer.text for one in ways.values())
    links = set(re.findall(r'href="#(\w+)"', answer.text))
    assert links <= set(re.findall(r'id="(\w+)"', answer.text))


def test_the_box_lists_it(box: Box):
    assert "/d/onboarder/openapi.json" in httpx.get(f"{box.url}/-/docs").text
    assert httpx.get(f"{box.url}/-/docs/onboarder").status_code == 200
