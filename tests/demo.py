"""`make demo`: one made-up applicant through the real box over REST, and one impostor.

Draws a passport and a national identity card with a portrait of a public figure, photographs them in
software, starts a box on a scratch folder and asks it what a branch would ask: what do the documents say, is
there a face in the selfie, is it the holder? The selfie is another photograph than the documents' portraits.
Exit status 1 if any verdict is wrong.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from appliance.config import PROJECT
from tests import box as boxes
from tests.demo_onboard import journeys
from tests.demo_picture import annotate
from tests.demo_steps import Step, table
from tests.demo_trust import record
from tests.specimen.sets import Specimen, specimen

PORTRAITS = PROJECT / ".cache" / "portraits"
PICTURE = PROJECT / ".cache" / "demo" / "applicant.jpg"
HOLDER_PASSPORT, HOLDER_CARD, SELFIE, IMPOSTOR = "obama.jpg", "obama3.jpg", "obama2.jpg", "biden.jpg"
SCAN_FIELDS = {
    "last_name": "lastName",
    "document_number": "documentNumber",
    "date_of_birth": "dateOfBirth",
    "expiry_date": "expirationDate",
    "nationality": "nationality",
}


class Branch:
    """The branch's software: calls the box as a customer of the Verify Identity dialect."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=60)

    def ask(self, path: str, **parts: bytes | str) -> tuple[dict[str, Any], float]:
        """Post pictures (bytes) and words (str); returns the answer and milliseconds."""
        files = {
            name: (f"{name}.jpg", part, "image/jpeg")
            for name, part in parts.items()
            if isinstance(part, bytes)
        }
        data = {name: part for name, part in parts.items() if isinstance(part, str)}
        began = time.perf_counter()
        answer = self._http.post(path, files=files, data=data)
        took = (time.perf_counter() - began) * 1000
        answer.raise_for_status()
        return answer.json(), took

    def by_upload(self, picture: bytes) -> str:
        """Upload a picture first, as a client with large pictures does; returns its key."""
        wanted = {"files": [{"contentType": "image/jpeg", "byteLength": len(picture)}]}
        upload = self._http.post("/v1/upload/presign", json=wanted).raise_for_status().json()["uploads"][0]
        httpx.put(
            upload["uploadUrl"], content=picture, headers={"content-type": "image/jpeg"}
        ).raise_for_status()
        return str(upload["fileKey"])


def scan(branch: Branch, name: str, shown: Specimen, wanted: str) -> tuple[Step, dict[str, Any]]:
    """Read a document and compare with what was drawn."""
    answer, took = branch.ask("/v1/document/scan", image=shown.photograph.jpeg, documentType=wanted)
    truth = {k: v for k, v in shown.drawn.fields.items() if k in SCAN_FIELDS}
    wrong = [k for k, v in truth.items() if answer[SCAN_FIELDS[k]].casefold() != v.casefold()]
    right = not wrong and answer["documentType"] == wanted
    verdict = f"{len(truth) - len(wrong)} of {len(truth)} fields right" + (
        f", wrong: {', '.join(wrong)}" if wrong else ""
    )
    return Step(name, verdict, f"{answer['confidence']:.2f}", took, right), answer


def detect(branch: Branch, name: str, picture: bytes) -> tuple[Step, dict[str, Any]]:
    """Find the face in a selfie."""
    answer, took = branch.ask("/v1/face/detect", image=picture)
    found = answer["faceDetected"]
    step = Step(name, "face found" if found else "no face", f"{answer['confidence']:.2f}", took, found)
    return step, answer


def compare(branch: Branch, name: str, source: bytes, target: bytes, *, same: bool) -> Step:
    """Compare two photographs."""
    answer, took = branch.ask("/v1/face/compare", source=source, target=target)
    verdict = "same person" if answer["isMatch"] else "another person"
    return Step(name, verdict, f"{answer['confidence']:.2f}", took, answer["isMatch"] is same)


def verify(
    branch: Branch, name: str, document: bytes | str, selfie: bytes, *, genuine: bool
) -> tuple[Step, dict[str, Any]]:
    """The whole question: may this applicant in?"""
    answer, took = branch.ask("/v1/identity/verify", documentImage=document, faceImage=selfie)
    verdict = "verified" if answer["verified"] else "refused"
    step = Step(name, verdict, f"{answer['overallConfidence']:.2f}", took, answer["verified"] is genuine)
    return step, answer


def applicant(branch: Branch, console: Console) -> list[Step]:
    """Take the applicant and the impostor through the branch."""
    passport = specimen("TD3", 11, state="UTO", portrait=PORTRAITS / HOLDER_PASSPORT)
    card = specimen("TD2", 12, state="UTO", portrait=PORTRAITS / HOLDER_CARD, person=passport.person)
    selfie, impostor = ((PORTRAITS / name).read_bytes() for name in (SELFIE, IMPOSTOR))
    portrait = (PORTRAITS / HOLDER_PASSPORT).read_bytes()
    shot = passport.photograph.jpeg

    first, passport_read = scan(branch, "passport: read", passport, "passport")
    second, _ = scan(branch, "national id: read", card, "national_id")
    third, face = detect(branch, "selfie: find the face", selfie)
    verified, verdict = verify(branch, "applicant: passport and selfie", shot, selfie, genuine=True)
    steps = [
        first,
        second,
        third,
        compare(branch, "two photographs of one person", portrait, selfie, same=True),
        compare(branch, "photographs of two persons", portrait, impostor, same=False),
        verified,
        verify(
            branch,
            "applicant: id by upload, and selfie",
            branch.by_upload(card.photograph.jpeg),
            selfie,
            genuine=True,
        )[0],
        verify(branch, "impostor: the same passport", shot, impostor, genuine=False)[0],
    ]
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    annotate(passport.photograph, passport_read, selfie, face, verdict).save(PICTURE, quality=90)
    console.print(f"picture: {PICTURE.relative_to(PROJECT)}")
    return steps


def main() -> int:
    """Run the demo; the exit status."""
    console = Console() if sys.stdout.isatty() else Console(width=110)
    with tempfile.TemporaryDirectory(prefix="kycbox-demo-") as scratch:
        console.print("starting a box on a scratch folder ...")
        with boxes.running(Path(scratch) / "data") as box:
            console.print(f"ready in {box.seconds_to_ready:.1f} s at {box.url}")
            branch = Branch(box.url, box.key(name="demo"))
            steps = applicant(branch, console)
            console.print(table("One applicant, one impostor", steps))
            records = record(box, Path(scratch))
            console.print(table("An Indian card, a masked record, and the proof of who saw it", records))
            onboarded = journeys(box, Path(scratch))
            console.print(table("An applicant's journey to a decision, and one with a photograph", onboarded))
            steps += [*records, *onboarded]
    wrong = sum(not step.right for step in steps)
    console.print(f"[bold red]{wrong} verdicts are wrong[/]" if wrong else "[green]every verdict is right[/]")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
