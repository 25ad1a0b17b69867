"""The demonstration's third part: an applicant's whole journey to a decision, and one with a photograph."""

import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from appliance.config import PROJECT, load
from tests import box as boxes
from tests.demo_steps import Step
from tests.specimen.sets import specimen
from tests.specimen.sitter import performed, sitter_of

PORTRAITS = PROJECT / ".cache" / "portraits"
HOLDER, SELFIE = "obama.jpg", "obama2.jpg"
TRIES = 8
CLEAR = 0.75
"""Confidence of a live check that by itself leaves no doubt worth an officer's time."""
HEAD = (
    "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,"
    "dataset,first_seen,last_seen,last_change"
)


class Portal:
    """A partner's portal: calls the box as a customer of the eKYC-Onboarder dialect."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=60)
        self.session = ""

    def open(self) -> None:
        """Open an applicant's session."""
        answer = self._http.post("/partner/sessions", json={"external_user_id": "applicant"})
        self.session = str(answer.raise_for_status().json()["session_id"])

    def ask(self, step: str, **given: Any) -> tuple[dict[str, Any], float]:
        """Post a step; returns the answer and milliseconds."""
        began = time.perf_counter()
        answer = self._http.post(f"/kyc/{self.session}/{step}", **given)
        took = (time.perf_counter() - began) * 1000
        answer.raise_for_status()
        return answer.json(), took

    def challenge(self) -> dict[str, Any]:
        """What the applicant is to do before the camera."""
        answer = self._http.get(f"/kyc/{self.session}/liveness/challenge")
        return dict(answer.raise_for_status().json())


def screened(box: boxes.Box, folder: Path) -> None:
    """Import a sanctions list of one made-up person: without a list nobody is approved."""
    today = datetime.now(UTC).date().isoformat()
    row = dict.fromkeys(HEAD.split(","), "") | {"id": "X-1", "schema": "Person", "name": "Nobody Whosoever"}
    row |= {"dataset": "demo", "last_change": today, "last_seen": today}
    file = folder / "targets.simple.csv"
    file.write_text(f"{HEAD}\n{','.join(row.values())}\n", "utf-8")
    command = [boxes.KYCBOX, "screening", "import", "--data", box.data, "--source", "opensanctions", file]
    subprocess.run(command, capture_output=True, check=True, timeout=60)


def files(frames: list[bytes]) -> list[tuple[str, tuple[str, bytes, str]]]:
    """Frames as parts of a form."""
    return [("files", (f"{number}.jpg", frame, "image/jpeg")) for number, frame in enumerate(frames)]


def paper(portal: Portal, picture: bytes) -> Step:
    """Show the passport."""
    portal.open()
    document = {"file": ("passport.jpg", picture, "image/jpeg")}
    told = {"document_type": "passport", "country_code": "FR"}
    answer, took = portal.ask("document", files=document, data=told)
    shown = f"{answer['full_name']}, {answer['document_number_masked']}"
    score = f"{answer['extraction_confidence']:.2f}"
    return Step("passport", shown, score, took, bool(answer["is_valid"]))


def look(portal: Portal, picture: bytes) -> Step:
    """Show the face."""
    answer, took = portal.ask("selfie", files={"file": ("selfie.jpg", picture, "image/jpeg")})
    verdict = "the holder" if answer["match_passed"] else "another person"
    return Step("selfie", verdict, f"{answer['match_score']:.2f}", took, bool(answer["match_passed"]))


def decided(portal: Portal, wanted: str) -> Step:
    """Ask for the decision."""
    answer, took = portal.ask("submit")
    verdict = ", ".join([answer["status"], *answer["review_reasons"]])
    return Step("decision", verdict, f"risk {answer['risk_score']:.2f}", took, answer["status"] == wanted)


def journeys(box: boxes.Box, folder: Path) -> list[Step]:
    """An applicant who moves as asked, and the same with a photograph held before the camera."""
    screened(box, folder)
    portal = Portal(box.url, box.key("onboarder", "demo"))
    passport = specimen("TD3", 11, state="FRA", portrait=PORTRAITS / HOLDER).photograph.jpeg
    selfie = (PORTRAITS / SELFIE).read_bytes()
    sitter = sitter_of(PORTRAITS / HOLDER, load().models_folder)
    steps = [paper(portal, passport), look(portal, selfie)]
    for number in range(TRIES):  # people too may try again
        drawn = portal.challenge()
        given = {"challenge_id": drawn["challenge_id"]}
        answer, took = portal.ask(
            "liveness", data=given, files=files(performed(sitter, drawn["instructions"], number))
        )
        if answer["passed"] and answer["confidence"] >= CLEAR:
            break
    verdict = f"{drawn['instructions']} - {'alive' if answer['passed'] else 'not seen'}"
    steps.append(Step("live check", verdict, f"{answer['confidence']:.2f}", took, bool(answer["passed"])))
    steps.append(decided(portal, "approved"))

    paper(portal, passport)
    look(portal, selfie)
    given = {"challenge_id": portal.challenge()["challenge_id"]}
    answer, took = portal.ask("liveness", data=given, files=files([selfie] * 12))
    steps.append(
        Step(
            "a photograph before the camera",
            "attack" if answer["spoof_detected"] else "not seen",
            f"{answer['confidence']:.2f}",
            took,
            bool(answer["spoof_detected"]),
        )
    )
    return [*steps, decided(portal, "rejected")]
