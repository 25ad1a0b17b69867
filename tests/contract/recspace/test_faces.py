"""Comparing, judging and searching faces."""

import json
import subprocess

import httpx
import pytest

from tests.box import KYCBOX, Box
from tests.contract.recspace.shapes import answered, refused


def match(client: httpx.Client, photo: bytes, selfie: bytes, **fields: str) -> httpx.Response:
    return client.post("/v1/face/match", files={"id_photo": photo, "selfie": selfie}, data=fields)


def test_the_holder_matches_and_a_stranger_does_not(client, passport, selfie, stranger):
    same = answered(match(client, passport.photograph.jpeg, selfie, check_liveness="false"), prefix="fm_")
    assert same["match"] is True
    assert same["threshold"] == 0.8
    assert same["similarity"] >= 0.8
    assert same["liveness"] is None
    other = answered(match(client, passport.photograph.jpeg, stranger, check_liveness="false"))
    assert other["match"] is False
    assert other["similarity"] < 0.8


@pytest.mark.parametrize(("threshold", "matches"), [("0.0", True), ("1.0", False), ("0.95", None)])
def test_the_callers_threshold_decides(client, passport, selfie, threshold, matches):
    body = answered(
        match(client, passport.photograph.jpeg, selfie, check_liveness="false", threshold=threshold)
    )
    assert body["threshold"] == float(threshold)
    assert body["match"] is (body["similarity"] >= float(threshold))
    assert matches in (None, body["match"])


@pytest.mark.parametrize("threshold", ["1.01", "-0.1", "nan", "high", "inf"])
def test_thresholds_outside_of_0_to_1(client, passport, selfie, threshold):
    refused(match(client, passport.photograph.jpeg, selfie, threshold=threshold), 400, "bad_request")


def test_liveness_without_a_model_says_what_is_missing(client, passport, selfie):
    body = answered(match(client, passport.photograph.jpeg, selfie))
    assert body["match"] is True
    assert body["liveness"] is None
    assert "face-attack-minifasnet" in body["liveness_error"]
    alone = client.post("/v1/face/liveness", files={"selfie": selfie})
    assert "face-attack-minifasnet" in refused(alone, 503, "service_unavailable")["error"]


def test_a_picture_without_a_face_is_named(client, passport, selfie, blank):
    for photo, other, name in ((blank, selfie, "id_photo"), (passport.photograph.jpeg, blank, "selfie")):
        assert name in refused(match(client, photo, other), 400, "bad_request")["error"]


def test_search_finds_who_was_enrolled(box: Box, new_client, selfie, stranger, portraits):
    """Collections are filled through another dialect, by a key of the same owner."""
    known = box.key("idlive", "enrolment")
    listed = subprocess.run(
        [KYCBOX, "key", "list", "--data", box.data, "--json"], capture_output=True, check=True, timeout=60
    )
    tenant = next(one["tenant"] for one in json.loads(listed.stdout) if one["name"] == "enrolment")
    searcher = new_client("--tenant", tenant)
    refused(searcher.post("/v1/face/search", files={"image": selfie}), 404, "not_found")
    headers, query = {"x-api-key": known}, {"collection": "default", "encrypted": "false"}
    made = httpx.post(f"{box.url}/d/idlive/collections", params={"collection": "default"}, headers=headers)
    assert made.status_code == 201
    for picture in ((portraits / "obama.jpg").read_bytes(), stranger):
        added = httpx.post(
            f"{box.url}/d/idlive/add-image",
            params=query,
            headers={**headers, "Content-Type": "application/octet-stream"},
            content=picture,
            timeout=60,
        )
        assert added.status_code == 201, added.text
    found = answered(searcher.post("/v1/face/search", files={"image": selfie}), prefix="fs_")
    assert found["searched"] == 2
    assert [hit["similarity"] >= 0.9 for hit in found["matches"]] == [True]
    assert set(found["matches"][0]) == {"face_id", "similarity", "metadata"}
    everyone = searcher.post("/v1/face/search", files={"image": selfie}, data={"threshold": "0"}).json()
    scores = [hit["similarity"] for hit in everyone["matches"]]
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(("field", "value"), [("limit", "0"), ("limit", "101"), ("threshold", "2")])
def test_bad_search_parameters(client, selfie, field, value):
    answer = client.post("/v1/face/search", files={"image": selfie}, data={field: value})
    refused(answer, 400, "bad_request")


def test_scopes(new_client, passport, selfie):
    reader = new_client("--scope", "ocr")
    refused(match(reader, passport.photograph.jpeg, selfie), 403, "forbidden")
    refused(reader.post("/v1/face/search", files={"image": selfie}), 403, "forbidden")
