"""`/check`: what is asked for comes back, in the order asked, with exactly the fields of its outcome."""

import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.contract.idlive.conftest import Seal
from tests.specimen.sets import Specimen

ALL = ["FACE_CHECK", "DOC_CHECK", "FACE_MATCH_VALIDATION", "FACE_MATCH_SEARCH"]
SECTIONS = dict(
    zip(
        ALL,
        ("face_result", "doc_result", "face_validation_result", "face_search_result"),
        strict=True,
    )
)
FACE_OK = {"type", "pipeline", "calibration", "probability", "quality", "status_code"}
FACE_FAILED = {"type", "pipeline", "calibration", "error", "status_code"}
DOCUMENT_OK = {"type", "pipeline", "calibration", "probability", "quality_warnings", "status_code"}
DOCUMENT_FAILED = {"type", "pipeline", "calibration", "status_code"}


def ask(client: httpx.Client, model: dict[str, Any], *, plain: bool = True, **files: bytes) -> httpx.Response:
    parts: dict[str, Any] = {"checkModel": ("checkModel", json.dumps(model), "application/json")}
    parts |= {name: (name, data, "application/octet-stream") for name, data in files.items()}
    return client.post("/check", params={"encrypted": "false"} if plain else None, files=parts)


def asked(
    client: httpx.Client, model: dict[str, Any], *, plain: bool = True, **files: bytes
) -> dict[str, Any]:
    answer = ask(client, model, plain=plain, **files)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture(scope="module")
def gallery(client: httpx.Client, selfie: bytes, stranger: bytes) -> dict[str, str]:
    """A collection with the applicant and a stranger: whose record is which."""
    assert client.post("/collections", params={"collection": "ekyc"}).status_code == 201
    made = {}
    for name, picture in (("applicant", selfie), ("stranger", stranger)):
        answer = client.post(
            "/add-image", params={"collection": "ekyc", "encrypted": "false"}, content=picture
        )
        (made[name],) = answer.json()["record_ids"]
    return made


def test_all_four_operations(
    client: httpx.Client, passport: Specimen, selfie: bytes, gallery: dict[str, str]
) -> None:
    model = {"operations": ALL, "face_search_parameters": {"collections": ["ekyc", "none"], "limit": 5}}
    body = asked(client, model, face=selfie, doc=passport.photograph.jpeg)
    assert list(body) == list(SECTIONS.values())
    assert [entry["type"] for entry in body["face_result"]["results"]] == [
        "PRESENTATION_ATTACK",
        "DEEPFAKE_ATTACK",
    ]
    assert [entry["pipeline"] for entry in body["doc_result"]["results"]] == [
        "default-sr",
        "default-pc",
        "default-ps",
    ]
    for entry in body["doc_result"]["results"]:
        assert set(entry) == (DOCUMENT_OK if entry["status_code"] == "OK" else DOCUMENT_FAILED)
    for entry in body["face_result"]["results"]:
        assert set(entry) == (FACE_OK if entry["status_code"] == "OK" else FACE_FAILED)
    assert set(body["face_validation_result"]) == {"probability", "status_code"}
    assert body["face_validation_result"]["probability"] >= 0.5
    found = body["face_search_result"]["results"]
    assert [(one["image_source"], one["collection"]) for one in found] == [
        ("FACE", "ekyc"),
        ("FACE", "none"),
        ("DOCUMENT", "ekyc"),
        ("DOCUMENT", "none"),
    ]
    for one in found[::2]:
        assert set(one) == {"collection", "results", "image_source", "status_code"}
        assert [hit["record_id"] for hit in one["results"]] == [gallery["applicant"], gallery["stranger"]]
        assert one["results"][0]["probability"] >= 0.9
        assert one["results"][1]["probability"] < 0.5
    for one in found[1::2]:
        assert one["error"] == "Collection does not exist"
        assert set(one) == {"collection", "error", "image_source", "status_code"}


@pytest.mark.parametrize("operation", ALL)
def test_only_what_is_asked_for_is_answered(
    client: httpx.Client, passport: Specimen, selfie: bytes, gallery: dict[str, str], operation: str
) -> None:
    assert gallery
    model = {"operations": [operation], "face_search_parameters": {"collections": ["ekyc"], "limit": 1}}
    body = asked(client, model, face=selfie, doc=passport.photograph.jpeg)
    assert list(body) == [SECTIONS[operation]]


def test_a_stranger_does_not_match(client: httpx.Client, passport: Specimen, stranger: bytes) -> None:
    model = {"operations": ["FACE_MATCH_VALIDATION"]}
    body = asked(client, model, face=stranger, doc=passport.photograph.jpeg)
    assert body["face_validation_result"]["status_code"] == "OK"
    assert body["face_validation_result"]["probability"] < 0.5


def test_one_picture_is_searched_alone(client: httpx.Client, selfie: bytes, gallery: dict[str, str]) -> None:
    assert gallery
    model = {
        "operations": ["FACE_MATCH_SEARCH"],
        "face_search_parameters": {"collections": ["ekyc"], "limit": 1},
    }
    (only,) = asked(client, model, face=selfie)["face_search_result"]["results"]
    assert (only["image_source"], len(only["results"])) == ("FACE", 1)


def test_the_order_asked_for_is_kept(client: httpx.Client, passport: Specimen, selfie: bytes) -> None:
    faces = ["INJECTION_ATTACK", "DEEPFAKE_ATTACK", "PRESENTATION_ATTACK"]
    papers = [
        "DIGITAL_MANIPULATION_ATTACK",
        "PRINTED_COPY_ATTACK",
        "SCREEN_REPLAY_ATTACK",
        "PORTRAIT_SUBSTITUTION_ATTACK",
    ]
    model = {
        "operations": ["DOC_CHECK", "FACE_CHECK"],
        "face_check_parameters": {
            "pipelines": [{"type": one, "calibration": "HARD"} for one in faces],
            "domain": "DESKTOP",
        },
        "document_check_parameters": {"pipelines": [{"type": one} for one in papers]},
    }
    body = asked(client, model, face=selfie, doc=passport.photograph.jpeg)
    assert [entry["type"] for entry in body["face_result"]["results"]] == faces
    assert [entry["type"] for entry in body["doc_result"]["results"]] == papers
    injection = body["face_result"]["results"][0]
    assert injection == {"type": "INJECTION_ATTACK", "error": "Bad Request", "status_code": "ERROR"}


def test_a_selfie_without_a_face(client: httpx.Client, passport: Specimen) -> None:
    empty = _grey()
    model = {
        "operations": ["FACE_CHECK", "FACE_MATCH_VALIDATION", "FACE_MATCH_SEARCH"],
        "face_check_parameters": {
            "pipelines": [{"type": "PRESENTATION_ATTACK"}, {"type": "INJECTION_ATTACK"}]
        },
        "face_search_parameters": {"collections": ["ekyc"]},
    }
    body = asked(client, model, face=empty, doc=passport.photograph.jpeg)
    presentation, injection = body["face_result"]["results"]
    assert presentation == {
        "type": "PRESENTATION_ATTACK",
        "pipeline": "pad-r-1",
        "calibration": "REGULAR",
        "error": "Failed to detect face",
        "status_code": "FACE_NOT_FOUND",
    }
    assert injection == {
        "type": "INJECTION_ATTACK",
        "error": "Bad Request",
        "status_code": "FACE_NOT_FOUND",
    }
    assert body["face_validation_result"] == {"error": "Failed to detect face", "status_code": "ERROR"}
    assert body["face_search_result"]["results"][0]["error"] == "Failed to detect face"


def test_a_picture_without_a_document(client: httpx.Client) -> None:
    body = asked(client, {"operations": ["DOC_CHECK"]}, doc=_grey())
    for entry in body["doc_result"]["results"]:
        assert entry["status_code"] == "DOCUMENT_NOT_FOUND"
        assert set(entry) == DOCUMENT_FAILED


@pytest.mark.parametrize(
    "form",
    [
        (None, "application/json"),
        ("checkModel", "application/json"),
        ("checkModel.json", "application/json"),
        ("blob", "application/json"),
        (None, None),
        ("blob", "application/octet-stream"),
    ],
)
def test_every_client_form_of_the_model(
    client: httpx.Client, selfie: bytes, form: tuple[str | None, str | None]
) -> None:
    name, kind = form
    text = json.dumps({"operations": ["FACE_CHECK"]})
    part: Any = (name, text, kind) if kind else (name, text)
    answer = client.post(
        "/check", params={"encrypted": "False"}, files={"checkModel": part, "face": ("face", selfie)}
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ({}, "operations"),
        ({"operations": []}, "operations"),
        ({"operations": ["NOTHING"]}, "operations"),
        ({"operations": ["FACE_CHECK"]}, "'face'"),
        ({"operations": ["DOC_CHECK"]}, "'doc'"),
        ({"operations": ["FACE_MATCH_SEARCH"]}, "collections"),
        ({"operations": ["FACE_MATCH_SEARCH"], "face_search_parameters": {"collections": ["a"]}}, "'face'"),
    ],
)
def test_what_is_missing_is_named(client: httpx.Client, model: dict[str, Any], says: str) -> None:
    answer = ask(client, model)
    assert answer.status_code == 400
    assert set(answer.json()) == {"status", "message"}
    assert answer.json()["status"] == 400
    assert says in answer.json()["message"]


@pytest.mark.parametrize(
    "pipeline",
    [
        {"type": "PRINTED_COPY_ATTACK", "calibration": "HARD"},
        {"type": "PRINTED_COPY_ATTACK", "calibration": "HARDENED"},
        {"type": "PORTRAIT_SUBSTITUTION_ATTACK", "calibration": "SOFT"},
        {"type": "SCREEN_REPLAY_ATTACK", "pipeline": "no-such"},
        {"type": "NO_SUCH_ATTACK"},
        {"pipeline": "default-sr"},
    ],
)
def test_a_pipeline_that_is_not_there_is_refused(
    client: httpx.Client, passport: Specimen, pipeline: dict[str, str]
) -> None:
    model = {"operations": ["DOC_CHECK"], "document_check_parameters": {"pipelines": [pipeline]}}
    assert ask(client, model, doc=passport.photograph.jpeg).status_code == 400


def test_a_sealed_capture_is_checked_for_injection_and_remembered(
    client: httpx.Client, selfie: bytes, seal: Seal
) -> None:
    model = {"operations": ["FACE_CHECK"]}
    altered = selfie + b"\0"  # another file than other tests send
    bundle = seal(altered)
    first = asked(client, model, plain=False, face=bundle)["face_result"]["results"]
    assert [entry["type"] for entry in first] == [
        "PRESENTATION_ATTACK",
        "DEEPFAKE_ATTACK",
        "INJECTION_ATTACK",
    ]
    assert set(first[2]) == {"type", "probability", "status_code"}
    assert first[2]["probability"] >= 0.5
    replayed = ask(client, model, plain=False, face=bundle)
    assert (replayed.status_code, replayed.json()["message"]) == (400, "Failed to read a meta data")
    again = asked(client, model, plain=False, face=seal(altered))["face_result"]["results"][2]
    assert again["probability"] < 0.5


def test_bundles_that_are_refused(client: httpx.Client, selfie: bytes, seal: Seal) -> None:
    model = {"operations": ["FACE_CHECK"]}
    good = seal(selfie)
    for data, says in (
        (selfie, "Failed to parse file"),
        (b"KYB1", "Failed to parse file"),
        (good[:-1] + bytes([good[-1] ^ 1]), "Failed to decrypt message"),
        (seal(selfie, to=bytes(range(32))), "Failed to decrypt message"),
        (seal(selfie, age=3600), "Failed to read a meta data"),
        (seal(selfie, age=-3600), "Failed to read a meta data"),
    ):
        answer = ask(client, model, plain=False, face=data)
        assert answer.json() == {"status": 400, "message": says}


def test_decrypt_gives_the_picture_and_does_not_use_it_up(
    client: httpx.Client, selfie: bytes, seal: Seal
) -> None:
    bundle = seal(selfie, age=86_400)
    for _ in range(2):
        answer = client.post("/decrypt", content=bundle)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.content == selfie
    assert client.post("/decrypt", content=selfie).json()["message"] == "Failed to parse file"


def _grey() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (640, 480), (120, 120, 120)).save(stream, "JPEG")
    return stream.getvalue()
