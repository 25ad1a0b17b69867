"""Evidence of decisions: an auditor verifies and opens it away from the box, and sees every changed byte."""

import asyncio
import base64
import hashlib
import importlib.util
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from nacl.signing import SigningKey

from appliance.__main__ import main
from appliance.config import PROJECT
from appliance.errors import ConfigInvalid, NotFound
from appliance.services import admin, review
from appliance.services.review import Officer
from appliance.store import ledger
from appliance.store.checkpoints import Checkpoints
from appliance.store.evidence_packets import EvidencePackets, new_auditor_key
from appliance.store.store import Store
from tests.decisions import HIT, LIST, NAME, WEIGHTS, services_of, submitted

VERIFIER = PROJECT / "packaging" / "kycbox_audit_verify.py"
OPENER = PROJECT / "packaging" / "kycbox_packet_open.py"
REASON = "The birth year differs"


def script(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def verifier() -> ModuleType:
    return script(VERIFIER)


@pytest.fixture(scope="module")
def opener() -> ModuleType:
    return script(OPENER)


@dataclass
class Decided:
    """A session that the box left to two officers, and its evidence."""

    store: Store
    session: str
    file: bytes
    key: str
    private: bytes


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decided]:
    private, public = new_auditor_key()
    store = Store.open(tmp_path_factory.mktemp("evidence") / "data", floor_bytes=0, ballast_bytes=0)

    async def journey() -> str:
        services = services_of(store, lambda _: HIT, public, two_person=True)
        session = await submitted(services, store)
        await review.approve(services, Officer("tech_anna"), session.id, REASON)
        await review.approve(services, Officer("tech_bert"), session.id, REASON)
        return session.id

    session = asyncio.run(journey())
    file = store.database.read_blocking(
        lambda c: EvidencePackets(store.keys, store.checkpoints).file(c, session)
    )
    yield Decided(store, session, file, store.checkpoints.verifier_key, bytes.fromhex(private))
    store.close()


def verify(verifier: ModuleType, folder: Path, data: bytes, *more: object) -> Any:
    file = folder / "evidence.jsonl"
    file.write_bytes(data)
    return verifier.verify(file, *more)


def test_an_auditor_verifies_it_with_the_label_of_the_box(verifier, decided: Decided, tmp_path: Path):
    report = verify(verifier, tmp_path, decided.file, decided.key)
    assert (report.entries, report.key) == (3, decided.key)
    assert verify(verifier, tmp_path, decided.file).key == decided.key


def test_it_says_what_the_decision_rests_on(opener, decided: Decided):
    first, second, third = opener.opened(decided.file, decided.private)
    assert first["subject"]["full_name"] == NAME
    assert [one["sha256"] for one in first["inputs"]] == ["d0" * 32, "5e" * 32, "f0" * 32]
    scores = {one["name"]: one for one in first["measured"]}
    assert set(scores) == {
        "document_reading", "printed_copy_attack", "face_match", "presentation_attack", "liveness",
    }  # fmt: skip
    match = scores["face_match"]
    assert (match["score"], match["threshold"], match["passed"]) == (0.94, 0.8, True)
    assert (match["model_sha256"], match["calibration_sha256"]) == (WEIGHTS, "1e" * 32)
    assert first["client"] == {
        "channel": "upload", "credential": "cred_partner", "device": "", "enrolled": False, "genuine": None,
    }  # fmt: skip
    assert first["clock"] == {"synchronised": True, "plausible": True}
    assert first["consent"] == "consent-42"
    assert first["screening"]["lists"][0]["version"] == LIST.version
    assert first["screening"]["matches"][0]["parts"] == {"name": 0.96, "birth": -0.05}
    assert first["query"]["name"] == NAME
    policy = first["policy"]
    assert hashlib.sha256(policy["text"].encode()).hexdigest() == policy["sha256"]
    assert first["assessment"]["reasons"] == ["sanctions_hit"]
    assert [one["act"]["kind"] for one in (first, second, third)] == ["decided", "first_approval", "approved"]
    assert [one["act"]["operator"] for one in (second, third)] == ["tech_anna", "tech_bert"]
    assert third["act"]["reason"] == REASON


def test_nothing_personal_lies_open(decided: Decided):
    for secret in (NAME, "1990-05-15", "1234", "user-7", REASON, "ZYXV", "consent-42", "1971"):
        for spelled in (
            secret.encode(),
            base64.b64encode(secret.encode())[:-4],
            secret.encode().hex().encode(),
        ):
            assert len(spelled) < 4 or spelled not in decided.file


def test_every_changed_byte_is_found(verifier, decided: Decided):
    """Of each member of each packet each 11th byte, and all marks between them; one bit each."""
    data, marks, tried = decided.file, set(b"{}[]:,\n"), 0
    for at in range(len(data)):
        if at % 11 and data[at] not in marks:
            continue
        changed = bytearray(data)
        changed[at] ^= 1 << (at % 7)
        tried += 1
        with pytest.raises(verifier.Broken):
            verifier.verify_packets(io.BytesIO(bytes(changed)), None)
    assert tried > 1000


def test_nothing_stands_beside_the_signature(verifier, decided: Decided, tmp_path: Path):
    beside = decided.file[:-2] + b',"zz":1}\n'
    with pytest.raises(verifier.Broken):
        verify(verifier, tmp_path, beside)


@pytest.mark.parametrize("at", range(0, 12_000, 997))
def test_a_missing_or_added_byte_is_found(verifier, decided: Decided, tmp_path: Path, at: int):
    at %= len(decided.file)
    for data in (decided.file[:at] + decided.file[at + 1 :], decided.file[:at] + b"0" + decided.file[at:]):
        with pytest.raises(verifier.Broken):
            verify(verifier, tmp_path, data)


def pairs(data: bytes) -> list[bytes]:
    rows = data.splitlines(keepends=True)
    return [rows[n] + rows[n + 1] for n in range(0, len(rows), 2)]


def test_packets_cannot_be_dropped_moved_repeated_or_mixed(verifier, decided: Decided, tmp_path: Path):
    one, two, three = pairs(decided.file)
    for data in (two, one + three, two + one + three, one + one, two + three, one[: one.index(b"\n") + 1]):
        with pytest.raises(verifier.Broken):
            verify(verifier, tmp_path, data)
    assert verify(verifier, tmp_path, one).entries == 1, "an earlier export stays true"


def test_a_packet_of_another_session_does_not_follow(verifier, decided: Decided, tmp_path: Path):
    services = services_of(decided.store, lambda _: HIT)
    other = asyncio.run(submitted(services, decided.store)).id
    packets = EvidencePackets(decided.store.keys, decided.store.checkpoints)
    file = decided.store.database.read_blocking(lambda c: packets.file(c, other))
    with pytest.raises(verifier.Broken, match="follow"):
        verify(verifier, tmp_path, decided.file + file)


def forged(decided: Decided, **fields: object) -> tuple[bytes, str]:
    """The first packet, changed and signed anew with a key of the forger's."""
    packet = json.loads(decided.file.split(b"\n", 1)[0])
    signer = Checkpoints(SigningKey(b"f" * 32), decided.store.box_id)
    packet |= {"public_key": signer.verifier_key, **fields}
    said = ledger.canonical(packet)
    return said + b"\n" + ledger.canonical(
        {"signature": signer.sign_packet(said)}
    ) + b"\n", signer.verifier_key


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"seq": True},
        {"seq": -1},
        {"seq": "5"},
        {"proof": 3},
        {"proof": [1]},
        {"leaf": 5},
        {"leaf": "[]"},
        {"leaf": "{}"},
        {"leaf": '{"at":"x","details":[],"object":"","seq":2}'},
        {"key_hash": "00"},
        {"key_hash": None},
        {"sealed": "???"},
        {"checkpoint": ""},
        {"session": None},
        {"number": "1"},
        {"evidence": "00" * 32},
    ],
)
def test_whoever_signs_a_packet_anew_is_found_out(
    verifier, decided: Decided, tmp_path: Path, fields: dict[str, object]
):
    data, key = forged(decided, **fields)
    with pytest.raises(verifier.Broken, match="another key"):
        verify(verifier, tmp_path, data, decided.key)
    with pytest.raises(verifier.Broken):
        verify(verifier, tmp_path, data, key)


def test_the_leaf_binds_the_content(verifier, decided: Decided, tmp_path: Path):
    """Even the box itself cannot put another content under a leaf that is in the signed tree."""
    other = EvidencePackets(decided.store.keys, decided.store.checkpoints).seal(decided.session, b"other")
    packet = json.loads(decided.file.split(b"\n", 1)[0]) | {
        "evidence": other.evidence,
        "key_hash": other.key_hash.hex(),
        "sealed": base64.b64encode(other.content).decode(),
    }
    said = ledger.canonical(packet)
    signature = ledger.canonical({"signature": decided.store.checkpoints.sign_packet(said)})
    with pytest.raises(verifier.Broken, match="not about packet"):
        verify(verifier, tmp_path, said + b"\n" + signature + b"\n")


def test_only_the_auditor_and_the_box_open_it(opener, decided: Decided):
    with pytest.raises(opener.Broken, match="not sealed to this key"):
        opener.opened(decided.file, b"x" * 32)
    first = json.loads(decided.file.split(b"\n", 1)[0])
    assert len(first["recipients"]) == 2


def test_a_content_that_contradicts_itself_is_found(opener, decided: Decided):
    said = opener.opened(decided.file, decided.private)[0]
    packet = json.loads(decided.file.split(b"\n", 1)[0])
    opener.check(said, packet)
    weight = json.loads(json.dumps(said))
    weight["assessment"]["contributions"][0]["weight"] -= 0.01
    share = json.loads(json.dumps(said))
    share["assessment"]["contributions"][0]["share"] += 1e-6
    text = json.loads(json.dumps(said))
    text["policy"]["text"] += "\n"
    act = json.loads(json.dumps(said))
    act["act"]["decision"] = "approved"
    for wrong in (weight, share, text, act, said | {"session": "x"}):
        with pytest.raises(opener.Broken):
            opener.check(wrong, packet)


def test_an_auditors_key_that_is_none_stops_the_start(decided: Decided):
    with pytest.raises(ConfigInvalid, match="auditor_key"):
        EvidencePackets(decided.store.keys, decided.store.checkpoints, "00" * 32)


def test_a_session_without_a_decision_has_no_evidence(decided: Decided):
    with pytest.raises(NotFound):
        admin.run(decided.store, "audit.packet", {"session": "nobody"}, None)


def test_the_commands_need_no_box(decided: Decided, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """keygen; then verify by the command and by the file alone; then open."""
    data = ["--data", str(tmp_path / "none")]
    assert main(["audit", "keygen", str(tmp_path / "auditor.key"), *data]) == 0
    assert len(bytes.fromhex(capsys.readouterr().out.strip())) == 32
    assert (tmp_path / "auditor.key").stat().st_mode & 0o777 == 0o600
    file, private = tmp_path / "evidence.jsonl", tmp_path / "private"
    file.write_bytes(decided.file)
    private.write_text(decided.private.hex() + "\n")
    assert main(["audit", "verify", str(file), "--key", decided.key, *data]) == 0
    assert "verified: 3 entries" in capsys.readouterr().out
    opened = ["audit", "open", str(file), "--private", str(private), "--key", decided.key, *data]
    assert main(opened) == 0
    assert NAME in capsys.readouterr().out
    alone = tmp_path / "alone.py"
    alone.write_bytes(VERIFIER.read_bytes())
    ran = subprocess.run([sys.executable, str(alone), str(file)], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    file.write_bytes(decided.file.replace(b'"number":1', b'"number":2'))
    assert main(["audit", "verify", str(file), *data]) == 1
    assert main(opened) == 1
    assert NAME not in capsys.readouterr().out


def test_erasing_a_session_erases_its_evidence(tmp_path: Path):
    store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=0, serving=False)
    try:
        services = services_of(store)
        session = asyncio.run(submitted(services, store))
        packets = EvidencePackets(store.keys, store.checkpoints)
        assert len(store.database.read_blocking(lambda c: packets.contents(c, session.id))) == 1
        store.database.write_blocking(lambda tx: services.onboarding.forget(tx, 2**40))
        assert store.database.read_blocking(lambda c: packets.contents(c, session.id)) == []
    finally:
        store.close()
