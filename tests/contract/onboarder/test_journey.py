"""A partner's client, written from the page, takes applicants to each outcome; the webhooks tell of each."""

import hashlib
import hmac

import pytest

from tests.contract.onboarder import shapes
from tests.contract.onboarder.shapes import answered

CLEAR = 0.68
"""Confidence of a live check that by itself leaves no doubt worth an officer's time."""


class Client:
    """What the page says, in the page's order.

    Attributes:
        http: sends the key.
        session: id of the session that was created last.
    """

    def __init__(self, http) -> None:
        self.http = http
        self.session = ""

    def create(self, webhook_url: str = "", user: str = "user_123") -> dict:
        body = {"external_user_id": user, "metadata": {"plan": "premium"}}
        if webhook_url:
            body["webhook_url"] = webhook_url
        made = shapes.created(self.http.post("/partner/sessions", json=body))
        self.session = made["session_id"]
        return made

    def get(self) -> dict:
        return shapes.session(self.http.get(f"/partner/sessions/{self.session}"))

    def document(self, picture: bytes, kind: str = "passport", country: str = "US") -> dict:
        answer = self.http.post(
            f"/kyc/{self.session}/document",
            files={"file": ("passport.jpg", picture)},
            data={"document_type": kind, "country_code": country},
        )
        return answered(answer, shapes.DOCUMENT)

    def selfie(self, picture: bytes) -> dict:
        answer = self.http.post(f"/kyc/{self.session}/selfie", files={"file": ("selfie.jpg", picture)})
        return answered(answer, shapes.SELFIE)

    def challenge(self) -> dict:
        return answered(self.http.get(f"/kyc/{self.session}/liveness/challenge"), shapes.CHALLENGE)

    def liveness(self, challenge: str, frames: list[bytes]) -> dict:
        files = [("files", (f"frame_{index}.jpg", frame)) for index, frame in enumerate(frames)]
        data = {"challenge_id": challenge}
        answer = self.http.post(f"/kyc/{self.session}/liveness", data=data, files=files)
        return answered(answer, shapes.LIVENESS)

    def submit(self) -> dict:
        return answered(self.http.post(f"/kyc/{self.session}/submit"), shapes.SUBMITTED)


@pytest.fixture
def client(partner) -> Client:
    return Client(partner)


def live(client: Client, perform) -> dict:
    """Do what the challenge says; a person whose movement was seen badly or not at all tries again."""
    for seed in range(8):
        drawn = client.challenge()
        while drawn["challenge_type"] == "come_closer":  # made frames of it jump, filmed ones do not
            drawn = client.challenge()
        assert drawn["timeout_seconds"] == 30
        assert drawn["challenge_id"].startswith("chl_")
        assert drawn["challenge_type"] in {
            *("head_turn", "nod", "blink", "smile", "open_mouth", "come_closer"),
        }
        found = client.liveness(drawn["challenge_id"], perform(drawn["instructions"], seed))
        if found["passed"] and found["confidence"] >= CLEAR:
            return found
    raise AssertionError(f"not live in eight tries: {found}")


def test_1_without_a_list_and_without_most_steps_it_goes_to_an_officer(client, blank):
    client.create()
    read = client.document(blank)
    assert read["is_valid"] is False
    assert "document_unreadable" in read["validation_errors"]
    assert read["full_name"] is read["document_number_masked"] is read["mrz_valid"] is None
    ended = client.submit()
    assert (ended["status"], ended["decision"]) == ("manual_review", "manual_review")
    missing = {"document_unreadable", "face_missing", "liveness_missing", "sanctions_list_unavailable"}
    assert missing <= set(ended["review_reasons"])
    passed = ("document_verified", "face_match_passed", "liveness_passed", "screening_passed")
    assert not any(ended[name] for name in passed)
    assert client.get()["verification_results"]["sanctions_clear"] is False


@pytest.mark.usefixtures("lists")
def test_2_from_creation_to_approval(  # noqa: PLR0917 - all that a journey needs
    client, passport, selfie, perform, arrivals, endpoint
):
    url, secret = endpoint
    client.create(url)
    before = client.get()
    assert before["decision"] is before["risk_score"] is before["completed_at"] is None
    assert set(before["verification_results"].values()) == {None}

    read = client.document(passport.photograph.jpeg)
    assert read["is_valid"] is True
    assert read["mrz_valid"] is True
    assert read["validation_errors"] == []
    assert read["document_id"].startswith("doc_")
    number = passport.person.number
    assert read["document_number_masked"] == f"****{number[-4:]}"
    assert client.get()["status"] == "in_progress"

    match = client.selfie(selfie)
    assert match["match_passed"] is True
    assert match["match_score"] >= 0.80
    assert match["confidence"] in {"high", "medium"}

    alive = live(client, perform)
    assert alive["spoof_detected"] is False
    assert alive["check_id"].startswith("lvc_")

    ended = client.submit()
    assert ended["review_reasons"] == []
    assert (ended["status"], ended["decision"]) == ("approved", "approved")
    passed = ("document_verified", "face_match_passed", "liveness_passed", "screening_passed")
    assert all(ended[name] is True for name in passed)
    assert ended["risk_level"] == "low"
    assert 0 <= ended["risk_score"] < 0.30

    answer = client.http.get(f"/partner/sessions/{client.session}")
    assert number not in answer.text
    after = client.get()
    assert after["decision_reason"] == "All verification checks passed"
    assert after["completed_at"] == ended["completed_at"]
    assert after["risk_score"] == ended["risk_score"]
    results = after["verification_results"]
    assert results.pop("face_match_score") == match["match_score"]
    assert set(results.values()) == {True}

    told = arrivals.wait(client.session, 3)
    assert [one["event"] for one in told] == [
        "session.created",
        "session.document_uploaded",
        "session.completed",
    ]
    assert all(list(one) == shapes.EVENT for one in told)
    assert [one["status"] for one in told] == ["pending", "in_progress", "approved"]
    assert told[0]["risk_level"] is told[0]["risk_score"] is None
    assert told[2]["risk_score"] == ended["risk_score"]
    for headers, raw in arrivals.of(client.session):
        signature = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        assert headers["x-webhook-signature"] == f"sha256={signature}"
        assert headers["x-webhook-timestamp"].isdecimal()
        assert number not in raw.decode()


@pytest.mark.usefixtures("lists")
def test_3_a_stranger_is_rejected(client, passport, stranger):
    client.create()
    client.document(passport.photograph.jpeg)
    match = client.selfie(stranger)
    assert (match["match_passed"], match["confidence"]) == (False, "low")
    ended = client.submit()
    assert (ended["status"], ended["risk_level"]) == ("rejected", "high")
    assert ended["face_match_passed"] is False
    assert "face_mismatch" in ended["review_reasons"]


@pytest.mark.usefixtures("lists")
def test_4_another_try_does_not_make_an_attack_forgotten(client, passport, selfie):
    client.create()
    client.document(passport.photograph.jpeg)
    client.selfie(selfie)
    held = client.liveness(client.challenge()["challenge_id"], [selfie] * 12)
    assert (held["passed"], held["spoof_detected"]) == (False, True)
    client.selfie(selfie)
    ended = client.submit()
    assert ended["status"] == "manual_review"
    assert {"attack_before", "liveness_missing"} <= set(ended["review_reasons"])
