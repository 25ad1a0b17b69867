"""What the vendor's own client accepts: required strings are strings, optional ones absent or strings."""

import re
from typing import Any

import httpx

ISO = re.compile(r"(\d{4}-\d{2}-\d{2})?")
DOCUMENT = (
    "documentType",
    "fullName",
    "firstName",
    "lastName",
    "dateOfBirth",
    "gender",
    "nationality",
    "documentNumber",
    "expirationDate",
    "issuingCountry",
)


def number(value: Any, low: float, high: float) -> None:
    assert isinstance(value, (int, float))
    assert not isinstance(value, bool)
    assert low <= value <= high


def optional_strings(body: dict[str, Any], *names: str) -> None:
    for name in names:
        if name in body:
            assert isinstance(body[name], str)
            assert body[name]


def document(body: dict[str, Any], most: float) -> None:
    for name in DOCUMENT:
        assert isinstance(body[name], str), name
    assert body["documentType"] in {"passport", "drivers_license", "national_id", ""}
    assert ISO.fullmatch(body["dateOfBirth"])
    assert ISO.fullmatch(body["expirationDate"])
    number(body["confidence"], 0, most)
    optional_strings(body, "address", "faceImage")


def scan(body: dict[str, Any]) -> None:
    document(body, 1)
    optional_strings(body, "mrzData")
    assert all(isinstance(k, str) and isinstance(v, str) for k, v in body["rawFields"].items())
    assert set(body) <= {*DOCUMENT, "confidence", "rawFields", "address", "faceImage", "mrzData"}


def detect(body: dict[str, Any]) -> None:
    assert isinstance(body["faceDetected"], bool)
    number(body["confidence"], 0, 1)
    if not body["faceDetected"]:
        assert body == {"faceDetected": False, "confidence": 0}
        return
    assert set(body) == {"faceDetected", "confidence", "boundingBox", "landmarks"}
    assert set(body["boundingBox"]) == {"top", "left", "width", "height"}
    for value in body["boundingBox"].values():
        number(value, 0, 1)
    names = [point["type"] for point in body["landmarks"]]
    assert names == ["eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight"]


def compare(body: dict[str, Any]) -> None:
    keys = {"isMatch", "confidence", "threshold", "sourceFaceDetected", "targetFaceDetected"}
    assert set(body) == keys
    number(body["confidence"], 0, 100)
    assert body["threshold"] == 80
    assert body["isMatch"] is (body["confidence"] >= 80)


def verify(body: dict[str, Any]) -> None:
    assert set(body) == {"verified", "document", "faceDetection", "faceMatch", "overallConfidence"}
    document(body["document"], 100)
    face, match = body["faceDetection"], body["faceMatch"]
    assert set(face) == {"faceDetected", "confidence"}
    number(face["confidence"], 0, 100)
    assert set(match) == {"isMatch", "confidence", "threshold"}
    number(match["confidence"], 0, 100)
    assert match["threshold"] == 80
    assert match["isMatch"] is (match["confidence"] >= 80)
    blend = 0.4 * body["document"]["confidence"] + 0.2 * face["confidence"] + 0.4 * match["confidence"]
    assert abs(body["overallConfidence"] - blend) <= 0.01


def failure(answer: httpx.Response, *statuses: int) -> str:
    """The one error shape of this dialect; returns the message."""
    assert answer.status_code in statuses, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"message"}
    assert isinstance(body["message"], str)
    assert body["message"]
    assert "Traceback" not in body["message"]
    assert answer.headers["x-request-id"]
    return str(body["message"])
