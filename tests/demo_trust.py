"""The demonstration's second half: an Indian card, its number masked, seen again on record, and the proof."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from appliance.config import PROJECT
from tests import box as boxes
from tests.demo_steps import Step
from tests.specimen.sets import specimen

VERIFIER = PROJECT / "packaging" / "kycbox_audit_verify.py"
ON_RECORD = {"X-Role": "compliance", "X-Reason": "the customer asked for a copy"}


class Bank:
    """The bank's software: calls the box as a customer of the Recspace dialect."""

    def __init__(self, url: str, key: str) -> None:
        self.http = httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=60)

    def ask(self, path: str, **given: Any) -> tuple[dict[str, Any], float]:
        """Post; returns the answer and milliseconds."""
        began = time.perf_counter()
        answer = self.http.post(path, **given)
        took = (time.perf_counter() - began) * 1000
        answer.raise_for_status()
        return answer.json(), took


def read(bank: Bank) -> tuple[Step, str]:
    """Read a drawn Aadhaar card; returns its number too, as it was drawn."""
    card = specimen("IN-AADHAAR-FRONT", 21)
    number = card.drawn.fields["document_number"]
    document = {"document": ("card.jpg", card.photograph.jpeg, "image/jpeg")}
    answer, took = bank.ask("/v1/ocr/extract", files=document)
    shown = answer["fields"]["aadhaar_number"]["value"]
    named = answer["fields"]["name"]["value"] == card.drawn.fields["full_name"]
    right = named and answer["verhoeff_valid"] and shown == f"XXXX XXXX {number[-4:]}"
    score = f"{answer['confidence']:.2f}"
    return Step("Aadhaar card: read", f"name right, number {shown}", score, took, right), number


def mask(bank: Bank, number: str) -> tuple[Step, dict[str, Any]]:
    """Mask a customer's record so that it can be seen again."""
    payload = {"customer": {"aadhaar": number, "email": "priya@example.com", "branch": "Pune"}}
    answer, took = bank.ask(
        "/v1/masking/apply", json={"payload": payload, "mask_mode": "reversible", "purpose": "kyc"}
    )
    hidden = number not in json.dumps(answer) and answer["payload"]["customer"]["branch"] == "Pune"
    return Step("record: mask", ", ".join(answer["masked_fields"]), "", took, hidden), answer


def unmask(bank: Bank, identity: str, number: str) -> Step:
    """See it again, with a role and a reason that the ledger keeps."""
    answer, took = bank.ask("/v1/masking/unmask", json={"mask_id": identity}, headers=ON_RECORD)
    whole = answer["payload"]["customer"]["aadhaar"] == number
    return Step("record: see it again", "by role, with a reason, on record", "", took, whole)


def prove(bank: Bank, folder: Path, identity: str, number: str) -> list[Step]:
    """What an auditor does off the box: verify the export; then change one letter and verify again."""
    began = time.perf_counter()
    export = bank.http.get("/v1/audit/export").raise_for_status().content
    took = (time.perf_counter() - began) * 1000
    told = ON_RECORD["X-Reason"].encode() in export and identity.encode() in export
    kept, forged = folder / "audit.jsonl", folder / "forged.jsonl"
    kept.write_bytes(export)
    forged.write_bytes(export.replace(b"compliance", b"complianze", 1))
    right = told and number.encode() not in export and _verified(kept)
    return [
        Step("ledger: verified off the box", "who saw it and why, never what", "", took, right),
        Step("ledger: one letter changed", "forgery found", "", took, not _verified(forged)),
    ]


def _verified(file: Path) -> bool:
    done = subprocess.run([sys.executable, VERIFIER, file], capture_output=True, check=False, timeout=60)
    return done.returncode == 0


def record(box: boxes.Box, folder: Path) -> list[Step]:
    """Read, mask, see again, prove."""
    bank = Bank(box.url, box.key("recspace", "demo"))
    first, number = read(bank)
    second, masked = mask(bank, number)
    identity = masked["mask_id"]
    third = unmask(bank, identity, number)
    return [first, second, third, *prove(bank, folder, identity, number)]
