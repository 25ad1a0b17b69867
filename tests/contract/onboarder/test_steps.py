"""Challenges are answered once, every repeated part is read, and nothing shows a whole document number."""

import pytest

from tests.contract.onboarder.shapes import CHALLENGE, LIVENESS, SUBMITTED, answered, created, refused


@pytest.fixture(scope="module")
def ready(partner, passport, selfie) -> str:
    """A session with document and selfie."""
    mine = created(partner.post("/partner/sessions", json={"external_user_id": "u"}))["session_id"]
    data = {"document_type": "passport", "country_code": "usa"}
    files = {"file": ("passport.jpg", passport.photograph.jpeg)}
    read = partner.post(f"/kyc/{mine}/document", data=data, files=files)
    assert read.status_code == 200
    assert passport.person.number not in read.text
    assert partner.post(f"/kyc/{mine}/selfie", files={"file": selfie}).status_code == 200
    return mine


def send(partner, session, challenge, count, picture):
    files = [("files", (f"{index}.jpg", picture)) for index in range(count)]
    return partner.post(f"/kyc/{session}/liveness", data={"challenge_id": challenge}, files=files)


def test_a_challenge_is_answered_once(partner, ready, selfie):
    drawn = answered(partner.get(f"/kyc/{ready}/liveness/challenge"), CHALLENGE)["challenge_id"]
    assert send(partner, ready, drawn, 4, selfie).status_code == 200
    refused(send(partner, ready, drawn, 4, selfie), 400, "challenge")


def test_a_selfie_without_a_face(partner, ready, blank):
    answer = partner.post(f"/kyc/{ready}/selfie", files={"file": blank})
    refused(answer, 400, "face not found")


def test_post_draws_one_too_and_an_older_one_is_void(partner, ready, selfie):
    first = answered(partner.get(f"/kyc/{ready}/liveness/challenge"), CHALLENGE)["challenge_id"]
    second = answered(partner.post(f"/kyc/{ready}/liveness/challenge"), CHALLENGE)["challenge_id"]
    refused(send(partner, ready, first, 4, selfie), 400)
    assert send(partner, ready, second, 4, selfie).status_code == 200


def test_every_repeated_part_counts(partner, ready, selfie):
    drawn = partner.get(f"/kyc/{ready}/liveness/challenge").json()["challenge_id"]
    refused(send(partner, ready, drawn, 2, selfie), 400, "3 to 60")
    refused(send(partner, ready, drawn, 61, b"\xff\xd8\xff"), 400, "3 to 60")
    body = answered(send(partner, ready, drawn, 40, selfie), LIVENESS)
    assert body["passed"] is False
    assert "duplicate_frames" in body["checks_performed"]  # forty times the same picture: all were read


def test_a_recording_in_a_loop_is_rejected_at_last(partner, ready, perform):
    drawn = partner.get(f"/kyc/{ready}/liveness/challenge").json()
    frames = perform(drawn["instructions"], 1)[:20] * 3
    files = [("files", ("f.jpg", frame)) for frame in frames]
    data = {"challenge_id": drawn["challenge_id"]}
    answer = partner.post(f"/kyc/{ready}/liveness", data=data, files=files)
    body = answered(answer, LIVENESS)
    assert (body["passed"], body["spoof_detected"]) == (False, True)
    ended = answered(partner.post(f"/kyc/{ready}/submit"), SUBMITTED)
    assert (ended["status"], ended["liveness_passed"]) == ("rejected", False)
    assert ended["document_verified"] is ended["face_match_passed"] is True
    assert "spoof_detected" in ended["review_reasons"]
    refused(partner.post(f"/kyc/{ready}/submit"), 400, "rejected already")
