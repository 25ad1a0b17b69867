"""A box restored from a backup answers as the first one did: the same keys, faces, records and ledger."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import box as boxes
from tests.box import KYCBOX, Box
from tests.contract.recspace.shapes import answered

WORDS = "six words drawn by dice"
PAYLOAD = {"pan": "ABCPE1234F", "name": "Zaphod Beeblebrox"}
ON_RECORD = {"X-Role": "compliance", "X-Reason": "a call of the customer"}


def kycbox(*arguments: object) -> str:
    done = subprocess.run(
        [KYCBOX, *map(str, arguments)],
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
        env=os.environ | {"KYCBOX_RECOVERY": WORDS},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def bank(box: Box, selfie: bytes, stranger: bytes) -> Iterator[httpx.Client]:
    """A customer with two faces in its collection, which come by a key of another dialect."""
    key = box.key("idlive", "restored")
    headers, query = {"x-api-key": key}, {"collection": "default", "encrypted": "false"}
    with httpx.Client(base_url=f"{box.url}/d/idlive", headers=headers, timeout=60) as client:
        assert client.post("/collections", params={"collection": "default"}).status_code == 201
        for picture in (selfie, stranger):
            added = client.post("/add-image", params=query, content=picture)
            assert added.status_code == 201, added.text
    listed = json.loads(kycbox("key", "list", "--data", box.data, "--json"))
    tenant = next(one["tenant"] for one in listed if one["name"] == "restored")
    token = box.key("recspace", "restored too", "--tenant", tenant)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=box.url, headers=headers, timeout=60) as client:
        yield client


def found(client: httpx.Client, picture: bytes) -> dict[str, object]:
    answer = answered(client.post("/v1/face/search", files={"image": picture}, data={"threshold": "0"}))
    return {name: answer[name] for name in ("searched", "matches")}


def test_the_restored_box_answers_as_the_first(box: Box, bank, portraits: Path, tmp_path: Path) -> None:
    asked = {"payload": PAYLOAD, "mask_mode": "reversible", "purpose": "kyc"}
    mask = {"mask_id": answered(bank.post("/v1/masking/apply", json=asked))["mask_id"]}
    probe = (portraits / "obama.jpg").read_bytes()
    before = found(bank, probe)
    assert before["searched"] == 2
    earlier, file, data = tmp_path / "earlier.tar", tmp_path / "box.backup", tmp_path / "data"
    kycbox("audit", "export", "--data", box.data, "--out", earlier)
    assert "opens with the passphrase only" in kycbox("backup", "--data", box.data, file)
    content = file.read_bytes()
    assert not any(value.encode() in content for value in PAYLOAD.values())
    kycbox("restore", "--data", data, file)
    with boxes.running(data) as new:
        with httpx.Client(base_url=new.url, headers=bank.headers, timeout=60) as client:
            assert found(client, probe) == before
            back = answered(client.post("/v1/masking/unmask", json=mask, headers=ON_RECORD))
            assert back["payload"] == PAYLOAD
            client.headers["Authorization"] += "x"
            answered(client.post("/v1/masking/unmask", json=mask, headers=ON_RECORD), 401)
        assert "technician password" not in new.printed(), "the first start was the first box's"
        later = tmp_path / "later.tar"
        kycbox("audit", "export", "--data", data, "--out", later)
    assert "verified" in kycbox("audit", "verify", later, "--since", earlier)
