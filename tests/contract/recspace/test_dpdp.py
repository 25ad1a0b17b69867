"""DPDP mode: every call with personal data names its consent and purpose; erasure is asked for and proved."""

import json
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from appliance.config import PROJECT
from tests import box as boxes
from tests.box import KYCBOX, Box
from tests.contract.recspace.shapes import answered, refused

VERIFIER = PROJECT / "packaging" / "kycbox_audit_verify.py"
GROUNDS = {"X-Consent-Id": "consent-2026.00017", "X-Purpose": "loan-onboarding"}
ON_RECORD = {"X-Role": "compliance", "X-Reason": "customer asked"}
PAYLOAD = {"user": {"pan": "ABCPE1234F", "email": "tweety.canary@example.com"}}


@pytest.fixture(scope="module")
def strict(tmp_path_factory) -> Iterator[Box]:
    """A box in DPDP mode."""
    folder = tmp_path_factory.mktemp("dpdp") / "data"
    folder.mkdir()
    (folder / "kycbox.toml").write_text("[dpdp]\nenabled = true\n")
    with boxes.running(folder) as running:
        yield running


@pytest.fixture(scope="module")
def bank(strict: Box) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {strict.key('recspace')}"}
    with httpx.Client(base_url=strict.url, headers=headers, timeout=60) as client:
        yield client


def apply(client: httpx.Client, headers: dict[str, str], **fields: object) -> httpx.Response:
    body = {"payload": PAYLOAD, "mask_mode": "reversible", **fields}
    return client.post("/v1/masking/apply", json=body, headers=headers)


def unmask(client: httpx.Client, identity: str, **headers: str) -> httpx.Response:
    return client.post("/v1/masking/unmask", json={"mask_id": identity}, headers=ON_RECORD | headers)


def leaves(client: httpx.Client) -> list[dict]:
    lines = client.get("/v1/audit/export").content.splitlines()[:-1]
    return [json.loads(json.loads(line)["leaf"]) for line in lines]


@pytest.mark.parametrize("missing", GROUNDS)
def test_a_call_with_personal_data_names_what_it_rests_on(bank, passport, selfie, missing):
    headers = {name: value for name, value in GROUNDS.items() if name != missing}
    pictures = {"document": passport.photograph.jpeg}
    faces = {"id_photo": selfie, "selfie": selfie}
    for answer in (
        apply(bank, headers, purpose="loan"),
        bank.post("/v1/kyc/sessions", json={"customer_id": "c"}, headers=headers),
        bank.post("/v1/kyc/sessions/kyc_0/complete", files=pictures | faces, headers=headers),
        bank.post("/v1/ocr/extract", files=pictures, headers=headers),
        bank.post("/v1/ocr/batch", files={"documents": selfie}, headers=headers),
        bank.post("/v1/masking/image", files=pictures, headers=headers),
        bank.post("/v1/face/match", files=faces, headers=headers),
        bank.post("/v1/face/liveness", files=faces, headers=headers),
        bank.post("/v1/face/search", files={"image": selfie}, headers=headers),
    ):
        body = refused(answer, 400, "bad_request")
        assert missing.removesuffix("-Id").removeprefix("X-").lower() in body["error"]


def test_both_go_on_record(bank):
    answered(apply(bank, GROUNDS))
    leaf = leaves(bank)[-2]
    assert leaf["action"] == "masking.apply"
    assert (leaf["details"]["consent"], leaf["details"]["purpose"]) == tuple(GROUNDS.values())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Consent-Id", "priya@example.com"),
        ("X-Consent-Id", "9999 4105 7058"),
        ("X-Consent-Id", "x" * 65),
        ("X-Purpose", "call +91 98765 43210"),
    ],
)
def test_neither_is_a_place_for_personal_data(bank, name, value):
    body = refused(apply(bank, GROUNDS | {name: value}), 400, "bad_request")
    assert value not in body["error"]


def test_consents_of_a_consent_manager_are_taken(bank):
    artefact = "550e8400-e29b-41d4-a716-999941057058"
    answered(apply(bank, GROUNDS | {"X-Consent-Id": artefact}))
    assert leaves(bank)[-2]["details"]["consent"] == artefact


def test_documents_are_masked_unless_the_caller_says_otherwise(bank, passport):
    files = {"document": passport.photograph.jpeg}
    masked = answered(bank.post("/v1/ocr/extract", files=files, headers=GROUNDS))
    number = passport.drawn.fields["document_number"]
    assert number not in str(masked)
    plain = answered(bank.post("/v1/ocr/extract", files=files, data={"mask_pii": "false"}, headers=GROUNDS))
    assert plain["fields"]["passport_number"]["value"] == number


def test_erasure_is_asked_for_done_and_proved(bank, strict: Box, tmp_path):
    made = answered(apply(bank, GROUNDS | {"Idempotency-Key": "kept-1"}))
    identity = made["mask_id"]
    found = answered(
        bank.post("/v1/masking/find", json={"kind": "email", "value": "TWEETY.canary@example.com"})
    )
    assert identity in found["mask_ids"]
    answered(unmask(bank, identity, **{"Idempotency-Key": "kept-2"}))
    certificate = f"/v1/masking/erasures/{identity}"
    refused(bank.get(certificate), 404, "not_found")
    subprocess.run(
        [KYCBOX, "vault", "hold", "--data", strict.data, identity, "case 7"], check=True, timeout=60
    )
    held = bank.post("/v1/masking/erase", json={"mask_id": identity})
    assert "hold" in refused(held, 400, "bad_request")["error"]
    subprocess.run([KYCBOX, "vault", "release", "--data", strict.data, identity], check=True, timeout=60)
    once = {"Idempotency-Key": "erase-1"}
    first = bank.post("/v1/masking/erase", json={"mask_id": identity}, headers=once)
    assert answered(first)["certificate"] == certificate
    assert bank.post("/v1/masking/erase", json={"mask_id": identity}, headers=once).content == first.content
    refused(bank.post("/v1/masking/erase", json={"mask_id": identity}), 404, "not_found")
    refused(unmask(bank, identity), 404, "not_found")
    # what was answered about it before is not given again either
    refused(unmask(bank, identity, **{"Idempotency-Key": "kept-2"}), 404, "not_found")

    lines = bank.get(certificate)
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    told = [json.loads(json.loads(line)["leaf"]) for line in lines.content.splitlines()[:-1]]
    actions = [(leaf["action"], leaf["outcome"]) for leaf in told]
    assert actions[0] == ("masking.apply", "ok")
    assert ("masking.erase", "ok") in actions
    assert all(identity in json.dumps(leaf) for leaf in told)
    path, other = tmp_path / "erasure.jsonl", tmp_path / "operator.jsonl"
    path.write_bytes(lines.content)
    command = [KYCBOX, "vault", "certificate", "--data", strict.data, identity, "--out", other]
    subprocess.run(command, check=True, timeout=60)
    for file in (path, other):
        done = subprocess.run([sys.executable, "-I", VERIFIER, file], check=False, timeout=60)
        assert done.returncode == 0
    path.write_bytes(lines.content.replace(b"masking.erase", b"masking.erasE"))
    assert subprocess.run([sys.executable, "-I", VERIFIER, path], check=False, timeout=60).returncode == 1


def test_another_customer_finds_erases_and_proves_nothing(bank, strict: Box):
    made = answered(apply(bank, GROUNDS))["mask_id"]
    headers = {"Authorization": f"Bearer {strict.key('recspace')}"}
    with httpx.Client(base_url=strict.url, headers=headers, timeout=60) as other:
        refused(other.post("/v1/masking/erase", json={"mask_id": made}), 404, "not_found")
        found = {"kind": "email", "value": "tweety.canary@example.com"}
        assert answered(other.post("/v1/masking/find", json=found))["mask_ids"] == []
        answered(bank.post("/v1/masking/erase", json={"mask_id": made}))
        refused(other.get(f"/v1/masking/erasures/{made}"), 404, "not_found")


def test_scopes(strict: Box):
    headers = {"Authorization": f"Bearer {strict.key('recspace', 'o', '--scope', 'ocr')}"}
    with httpx.Client(base_url=strict.url, headers=headers, timeout=60) as client:
        refused(client.post("/v1/masking/erase", json={"mask_id": "mask_0"}), 403, "forbidden")
        refused(client.post("/v1/masking/find", json={"kind": "pan", "value": "x"}), 403, "forbidden")
        refused(client.get("/v1/masking/erasures/mask_0"), 403, "forbidden")


def test_nothing_of_a_person_is_in_any_file(bank, strict: Box):
    for file in strict.data.rglob("*"):
        if file.is_file():
            assert b"tweety.canary" not in file.read_bytes(), file.name
    assert "tweety.canary" not in strict.printed()
