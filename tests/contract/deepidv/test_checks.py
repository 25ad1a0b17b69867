"""The four checks: shapes, scales, and answers that are right."""

import base64
import io

import httpx
import pytest
from PIL import Image

from tests.contract.deepidv import shapes
from tests.specimen.sets import Specimen


def jpeg(data):
    return ("picture.jpg", data, "image/jpeg")


def test_scan_reads_a_passport(client: httpx.Client, passport: Specimen):
    answer = client.post("/v1/document/scan", files={"image": jpeg(passport.photograph.jpeg)})
    assert answer.status_code == 200
    body = answer.json()
    shapes.scan(body)
    drawn = passport.drawn.fields
    assert body["documentType"] == "passport"
    assert body["documentNumber"] == drawn["document_number"]
    assert body["dateOfBirth"] == drawn["date_of_birth"]
    assert body["expirationDate"] == drawn["expiry_date"]
    assert body["lastName"].casefold() == drawn["last_name"].casefold()
    assert body["confidence"] > 0.5
    assert body["mrzData"].count("\n") == 1
    assert body["rawFields"]["MRZ_CODE"] == body["mrzData"]
    assert body["rawFields"]["ID_TYPE"] == "PASSPORT"
    assert body["rawFields"]["DATE_OF_BIRTH"]
    portrait = Image.open(io.BytesIO(base64.b64decode(body["faceImage"], validate=True)))
    assert portrait.format == "JPEG"
    assert 60 <= max(portrait.size) <= 480


def test_the_portrait_of_a_scan_is_the_holders(client: httpx.Client, passport: Specimen, selfie, stranger):
    scan = client.post("/v1/document/scan", files={"image": jpeg(passport.photograph.jpeg)}).json()
    for face, same in ((selfie, True), (stranger, False)):
        pair = {"source": scan["faceImage"], "target": base64.b64encode(face).decode()}
        assert client.post("/v1/face/compare", json=pair).json()["isMatch"] is same


@pytest.mark.parametrize("hint", ["passport", "auto"])
def test_scan_takes_a_hint(client: httpx.Client, passport: Specimen, hint):
    files = {"image": jpeg(passport.photograph.jpeg)}
    body = client.post("/v1/document/scan", files=files, data={"documentType": hint}).json()
    assert body["documentType"] == "passport"


def test_scan_of_nothing_has_empty_strings_and_no_nulls(client: httpx.Client, blank):
    answer = client.post("/v1/document/scan", files={"image": jpeg(blank)})
    assert answer.status_code == 200
    body = answer.json()
    shapes.scan(body)
    assert body["confidence"] == 0
    assert [body[name] for name in shapes.DOCUMENT] == [""] * len(shapes.DOCUMENT)
    assert b"null" not in answer.content


def test_detect_finds_the_top_face(client: httpx.Client, selfie):
    body = client.post("/v1/face/detect", files={"image": jpeg(selfie)}).json()
    shapes.detect(body)
    assert body["faceDetected"]
    box = body["boundingBox"]
    for point in body["landmarks"]:
        assert box["left"] <= point["x"] <= box["left"] + box["width"]
        assert box["top"] <= point["y"] <= box["top"] + box["height"]
    x = {point["type"]: point["x"] for point in body["landmarks"]}
    assert x["eyeLeft"] < x["nose"] < x["eyeRight"]


def test_no_face_is_an_answer(client: httpx.Client, blank, selfie):
    answer = client.post("/v1/face/detect", files={"image": jpeg(blank)})
    assert answer.status_code == 200
    shapes.detect(answer.json())
    for source, target in ((blank, selfie), (selfie, blank), (blank, blank)):
        body = client.post("/v1/face/compare", files={"source": jpeg(source), "target": jpeg(target)}).json()
        shapes.compare(body)
        assert body["sourceFaceDetected"] is (source is selfie)
        assert body["targetFaceDetected"] is (target is selfie)
        assert (body["isMatch"], body["confidence"]) == (False, 0)


def test_compare_tells_persons_apart(client: httpx.Client, portraits, selfie, stranger):
    reference = (portraits / "obama.jpg").read_bytes()
    for target, same in ((selfie, True), (stranger, False)):
        body = client.post(
            "/v1/face/compare", files={"source": jpeg(reference), "target": jpeg(target)}
        ).json()
        shapes.compare(body)
        assert body["isMatch"] is same


def test_verify_a_true_and_a_false_applicant(client: httpx.Client, passport: Specimen, selfie, stranger):
    for face, genuine in ((selfie, True), (stranger, False)):
        files = {"documentImage": jpeg(passport.photograph.jpeg), "faceImage": jpeg(face)}
        answer = client.post("/v1/identity/verify", files=files, data={"documentType": "passport"})
        assert answer.status_code == 200
        body = answer.json()
        shapes.verify(body)
        assert body["verified"] is genuine
        assert body["faceMatch"]["isMatch"] is genuine
        assert body["faceDetection"]["faceDetected"]
        assert body["document"]["documentNumber"] == passport.drawn.fields["document_number"]
        assert body["document"]["confidence"] >= 50


def test_verify_reports_failed_parts_in_band(client: httpx.Client, passport: Specimen, selfie, blank):
    document = passport.photograph.jpeg
    no_face = verify(client, document, blank)
    assert no_face["document"]["documentNumber"]
    assert no_face["faceDetection"] == {"faceDetected": False, "confidence": 0}
    assert no_face["faceMatch"] == {"isMatch": False, "confidence": 0, "threshold": 80}
    no_document = verify(client, blank, selfie)
    assert no_document["document"]["confidence"] == 0
    assert no_document["faceDetection"]["faceDetected"]
    nothing = verify(client, blank, blank)
    assert nothing["overallConfidence"] == 0
    assert not any(body["verified"] for body in (no_face, no_document, nothing))


def test_verify_finds_the_holder_in_a_picture_that_is_no_document(client: httpx.Client, portraits, selfie):
    body = verify(client, (portraits / "obama.jpg").read_bytes(), selfie)
    assert not body["verified"]
    assert body["faceMatch"]["isMatch"]


def verify(client, document, face):
    answer = client.post(
        "/v1/identity/verify", files={"documentImage": jpeg(document), "faceImage": jpeg(face)}
    )
    assert answer.status_code == 200
    shapes.verify(answer.json())
    return answer.json()
