"""The evidence of a real decision: taken from the running box, verified away from it, read by an officer."""

import hashlib
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from appliance.config import PROJECT
from appliance.engine.manifest import load_manifests
from appliance.services.risk_policy import SHIPPED
from tests.box import Box
from tests.contract.onboarder.conftest import kycbox

VERIFIER = PROJECT / "packaging" / "kycbox_audit_verify.py"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def decided(partner: httpx.Client, passport, portraits: Path) -> tuple[str, bytes, bytes]:
    """A session that was submitted without the live check, and its two pictures."""
    made = partner.post(
        "/partner/sessions", json={"external_user_id": "u", "metadata": {"consent_reference": "form 42"}}
    ).json()["session_id"]
    document, selfie = passport.photograph.jpeg, (portraits / "obama2.jpg").read_bytes()
    form = {"document_type": "passport", "country_code": "US"}
    sent = partner.post(f"/kyc/{made}/document", files={"file": ("p.jpg", document)}, data=form)
    assert sent.status_code == 200, sent.text
    assert partner.post(f"/kyc/{made}/selfie", files={"file": ("s.jpg", selfie)}).status_code == 200
    ended = partner.post(f"/kyc/{made}/submit").json()
    assert "liveness_missing" in ended["review_reasons"]
    return made, document, selfie


def test_it_is_exported_while_the_box_runs_and_verified_without_it(
    box: Box, decided: tuple[str, bytes, bytes], tmp_path: Path
):
    file = tmp_path / "evidence.jsonl"
    said = kycbox(box, "audit", "packet", decided[0], "--out", str(file))
    key = said.rsplit(" ", 1)[1].strip()
    command = [sys.executable, str(VERIFIER), str(file), "--key", key]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("verified: 1 entries")


def test_an_officer_reads_what_the_decision_rests_on(
    box: Box, decided: tuple[str, bytes, bytes], installed_models: Path
):
    session, document, selfie = decided
    with httpx.Client(base_url=box.url, timeout=30) as console:
        answer = console.post("/admin/login", data={"password": box.first_password()})
        assert answer.status_code == 303
        case = console.get(f"/admin/api/v1/sessions/{session}").json()
    assert case["session"]["status"] == "manual_review"
    assert sum(one["share"] for one in case["contributions"]) == pytest.approx(case["session"]["risk_score"])
    assert case["policy"]["sha256"] == digest(SHIPPED.read_bytes())
    scores = {one["name"]: one for one in case["measured"]}
    manifests = load_manifests(PROJECT / "models")
    for name in ("document_reading", "face_match"):
        model = manifests[scores[name]["model"]]
        assert scores[name]["model_sha256"] == model.files[0].sha256
    calibration = PROJECT / "models" / scores["face_match"]["model"] / "calibration.json"
    assert scores["face_match"]["calibration_sha256"] == digest(calibration.read_bytes())
    assert scores["face_match"]["threshold"] == 0.8
    assert [one["sha256"] for one in case["inputs"]] == [digest(document), digest(selfie)]
    assert (case["client"]["channel"], case["consent"]) == ("upload", "form 42")
    assert set(case["clock"]) == {"synchronised", "plausible"}
