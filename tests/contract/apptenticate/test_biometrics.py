"""Liveness of selfies and sealed captures, and comparison of a selfie with a document."""

import base64
import io
from typing import Any

import httpx
import pytest
from PIL import Image

from appliance.api.apptenticate import codes, render
from appliance.domain.attack import Attack, Finding, Pipeline, Strictness
from appliance.domain.face_policy import FaceCode
from appliance.errors import NotInstalled, ServiceError
from appliance.services.check_shapes import Checked, FaceEntry
from tests.contract.apptenticate.conftest import NewClient
from tests.specimen.sets import Specimen

LIVENESS = "/api/v3/biometrics/liveness/"
FOREIGNS = "/api/v3/biometrics/foreigns/"
NO_FILE = ["No file was submitted."]
DETAILS = {"details": "True", "return_id": "True"}


def post(client: httpx.Client, path: str, data: dict[str, str], **files: bytes) -> httpx.Response:
    parts = {name: (f"{name}.jpg", content, "image/jpeg") for name, content in files.items()}
    return client.post(path, data=data, files=parts)


@pytest.fixture(scope="module")
def nobody_there() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 190, 160)).save(out, "JPEG")
    return out.getvalue()


def test_a_selfie_without_a_face(client: httpx.Client, nobody_there: bytes) -> None:
    body = post(client, LIVENESS, DETAILS, selfie=nobody_there).json()
    number = body.pop("id")
    assert isinstance(number, int)
    assert body == {"valid": False, "error": "The face is not detected in the image."}
    assert post(client, LIVENESS, {}, selfie=nobody_there).json() == body


def test_without_a_model_nothing_is_made_up(client: httpx.Client, selfie: bytes) -> None:
    answer = post(client, LIVENESS, DETAILS, selfie=selfie)
    assert answer.status_code == 501
    assert set(answer.json()) == {"detail"}
    assert "face-attack-minifasnet" in answer.json()["detail"]


def test_fields_of_liveness(client: httpx.Client, selfie: bytes) -> None:
    assert client.post(LIVENESS, json={}).json() == {"selfie": NO_FILE}
    answer = post(client, LIVENESS, {"details": "perhaps", "device": "x"}, selfie=b"GIF89a")
    assert answer.status_code == 400
    assert set(answer.json()) == {"selfie", "device", "details"}
    both = post(client, LIVENESS, {}, selfie=selfie, encrypted_file=b"x")
    assert both.json() == {"encrypted_file": ["Send either selfie or encrypted_file."]}


def test_a_foreign_bundle_is_refused(client: httpx.Client, selfie: bytes) -> None:
    for sent in (b"x" * 300, selfie):
        answer = post(client, LIVENESS, {}, encrypted_file=sent)
        assert (answer.status_code, answer.json()) == (400, {"encrypted_file": ["Failed to parse file"]})


def test_one_person(client: httpx.Client, passport: Specimen, selfie: bytes, stranger: bytes) -> None:
    asked = {"document_type": "passport", "return_id": "True"}
    body = post(client, FOREIGNS, asked, frontside=passport.photograph.jpeg, selfie=selfie).json()
    assert set(body) == {"valid", "similarity", "id"}
    assert body["valid"] is True
    assert 0.8 <= body["similarity"] <= 1
    asked = {"document_type": "profile_image"}
    body = post(client, FOREIGNS, asked, frontside=stranger, selfie=selfie).json()
    assert set(body) == {"valid", "similarity"}
    assert body["valid"] is False
    assert 0 <= body["similarity"] < 0.8


def test_a_missing_face_is_named(client: httpx.Client, selfie: bytes, nobody_there: bytes) -> None:
    asked = {"document_type": "identification_card"}
    for front, probe, name in ((nobody_there, selfie, "frontside"), (selfie, nobody_there, "selfie")):
        body = post(client, FOREIGNS, asked, frontside=front, selfie=probe).json()
        text = f"The face is not detected in the {name}."
        assert body == {"valid": False, "similarity": 0.0, "error": text}


def test_fields_of_the_comparison(client: httpx.Client, selfie: bytes) -> None:
    assert client.post(FOREIGNS, json={"selfie": base64.b64encode(selfie).decode()}).json() == {
        "frontside": NO_FILE,
        "document_type": ["This field is required."],
    }
    broken = b"\xff\xd8\xff\xe0nothing"
    asked = {"document_type": "passport"}
    for front, probe, name in ((broken, selfie, "frontside"), (selfie, broken, "selfie")):
        answer = post(client, FOREIGNS, asked, frontside=front, selfie=probe)
        assert (answer.status_code, list(answer.json())) == (400, [name])


def test_biometrics_need_their_scope(new_client: NewClient) -> None:
    client = new_client("--scope", "ocr")
    assert [client.post(path, json={}).status_code for path in (LIVENESS, FOREIGNS)] == [403, 403]


# -- what is said of findings that this box has no model for ----------------------------------------

PAD = Pipeline("pad-r-1", Attack.PRESENTATION_ATTACK, frozenset(Strictness))
WAY = Pipeline("", Attack.INJECTION_ATTACK, frozenset(Strictness))


def entry(pipeline: Pipeline, probability: float | None, quality: float | None = None) -> FaceEntry:
    reason = "" if probability is not None else "no model for this check is installed"
    found = Finding(pipeline, Strictness.REGULAR, probability, probability, reason, quality)
    return FaceEntry(pipeline, Strictness.REGULAR, found, reason=reason)


@pytest.mark.parametrize(
    ("probability", "quality", "valid"),
    [(0.9, 0.8, True), (0.5, 0.5, True), (0.499999, 0.9, False), (0.9, 0.499999, False), (0.0, 1.0, False)],
)
def test_liveness_and_quality_both_decide(probability: float, quality: float, valid: bool) -> None:
    checked = Checked(face=(entry(PAD, probability, quality),))
    body: Any = render.liveness(checked, 7, details=True)
    assert body.valid is valid
    assert (body.api_response.liveness >= 0.5) is (probability >= 0.5)
    assert (body.api_response.quality >= 0.5) is (quality >= 0.5)
    assert (body.api_response.score >= 0) is (probability >= 0.5)


@pytest.mark.parametrize(("face", "way", "valid"), [(0.9, 0.9, True), (0.4, 0.9, False), (0.9, 0.1, False)])
def test_of_a_sealed_capture_the_way_decides_too(face: float, way: float, valid: bool) -> None:
    checked = Checked(face=(entry(PAD, face, 0.1), entry(WAY, way)))
    body: Any = render.liveness(checked, 7, details=True)
    assert body.valid is valid
    assert body.api_response.face_liveness.probability == face
    assert body.api_response.capture_liveness.probability == way


def test_what_could_not_be_judged_has_no_answer() -> None:
    with pytest.raises(NotInstalled):
        render.liveness(Checked(face=(entry(PAD, None),)), 7, details=False)
    crashed = FaceEntry(PAD, Strictness.REGULAR, reason="Internal error")
    with pytest.raises(ServiceError):
        render.liveness(Checked(face=(crashed,)), 7, details=False)


def test_every_code_of_a_face_has_its_text() -> None:
    assert set(codes.FACES) == set(FaceCode)
    refused = Checked(face=(FaceEntry(PAD, Strictness.REGULAR, code=FaceCode.TOO_MANY_FACES),))
    assert render.liveness(refused, 7, details=True).error == "There is more than one face in the image."


def test_score_is_the_log_odds() -> None:
    assert render.score(0.5) == 0
    assert render.score(0.9) == pytest.approx(2.1972)
    assert render.score(0.1) == -render.score(0.9)
    assert render.score(1.0) == pytest.approx(20.7233, abs=1e-3)
    assert render.score(0.0) == -render.score(1.0)
