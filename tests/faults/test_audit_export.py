"""An export verifies, and nothing else does: every byte, every row, every older checkpoint counts."""

import importlib.util
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from appliance.config import PROJECT
from appliance.domain.credential import AuditEntry
from appliance.store.audit_export import export, header
from appliance.store.store import Store

FILE = PROJECT / "packaging" / "kycbox_audit_verify.py"


@pytest.fixture(scope="module")
def verifier():
    spec = importlib.util.spec_from_file_location(FILE.stem, FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def grown(store: Store, count: int) -> None:
    for number in range(count):
        store.database.commit_blocking(AuditEntry("cred_a", "cred_a", "face.detect", details={"ms": number}))


def exported(store: Store) -> bytes:
    out = io.BytesIO()
    export(store.database, store.checkpoints, out)
    return out.getvalue()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """Three checkpoints, the last one in an export; the note of the second, and the key."""
    store = Store.open(tmp_path_factory.mktemp("box") / "data", floor_bytes=0, serving=False)
    grown(store, 5)
    store.checkpoint()
    grown(store, 6)
    note = store.checkpoint()
    grown(store, 4)
    data, key = exported(store), store.checkpoints.verifier_key
    store.close()
    return data, note, key


def check(verifier, folder: Path, data: bytes, *arguments):
    file = folder / "export.tar"
    file.write_bytes(data)
    return verifier.verify(file, *arguments)


def test_an_export_verifies(verifier, ledger, tmp_path):
    data, note, key = ledger
    report = check(verifier, tmp_path, data, key, [note])
    assert report.entries == 18  # box.create, capture_key.create, 15, audit.export
    assert report.older == 2
    assert report.since == 1
    assert report.key == key


def test_any_tar_reads_it(ledger):
    data, _, key = ledger
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert archive.getnames() == ["key.txt", "checkpoint.txt", "consistency.jsonl", "entries.jsonl"]
        assert archive.extractfile("key.txt").read().decode().strip() == key
        rows = [json.loads(line) for line in archive.extractfile("entries.jsonl")]
    assert [row["seq"] for row in rows] == list(range(18))
    assert rows[0]["action"] == "box.create"
    assert rows[-1]["action"] == "audit.export"


def test_the_two_spellings_of_the_header_are_one(verifier):
    for name in verifier.MEMBERS:
        for length in (0, 1, 512, 8**11 - 1):
            assert header(name, length) == verifier.header(name, length)


def test_every_changed_byte_is_found(verifier, ledger, tmp_path):
    data, _, _ = ledger
    missed = []
    for at in (at for at, byte in enumerate(data) if byte or not at % 29):  # of the padding, a part
        changed = bytearray(data)
        changed[at] ^= 0x20 if at % 3 else 0x01  # a letter's case, or the last bit of a digit
        try:
            check(verifier, tmp_path, bytes(changed))
            missed.append(at)
        except verifier.Broken:
            pass
    assert missed == []


def test_every_truncation_and_every_addition_is_found(verifier, ledger, tmp_path):
    data, _, _ = ledger
    for length in range(0, len(data), 37):
        with pytest.raises(verifier.Broken):
            check(verifier, tmp_path, data[:length])
    for more in (b"\0", bytes(512), data):
        with pytest.raises(verifier.Broken):
            check(verifier, tmp_path, data + more)


def rebuilt(data: bytes, change) -> bytes:
    """Export with other entries, sound as an archive."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        members = {name: archive.extractfile(name).read() for name in archive.getnames()}
    members["entries.jsonl"] = b"".join(change(members["entries.jsonl"].splitlines(keepends=True)))
    return b"".join(
        header(name, len(body)) + body + bytes(-len(body) % 512) for name, body in members.items()
    ) + bytes(1024)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[:-1],
        lambda rows: rows[1:],
        lambda rows: rows[:7] + rows[8:],
        lambda rows: [*rows[:7], rows[8], rows[7], *rows[9:]],
        lambda rows: [*rows, rows[-1]],
        lambda rows: [*rows[:3], rows[3].replace(b"cred_a", b"cred_b"), *rows[4:]],
        lambda rows: [*rows[:3], b"[" * 9000 + b"\n", *rows[4:]],
        lambda rows: [*rows[:3], b" " + rows[3], *rows[4:]],
        lambda _: [],
    ],
)
def test_changed_entries_are_found(verifier, ledger, tmp_path, change):
    data, _, _ = ledger
    assert rebuilt(data, list) == data
    with pytest.raises(verifier.Broken):
        check(verifier, tmp_path, rebuilt(data, change))


def test_a_rewritten_ledger_with_another_key_is_found_by_key_and_by_checkpoint(verifier, ledger, tmp_path):
    _, note, key = ledger
    forged = Store.open(tmp_path / "forged", floor_bytes=0, serving=False)
    grown(forged, 20)
    data = exported(forged)
    forged.close()
    check(verifier, tmp_path, data)  # sound in itself: that is why key or checkpoint must be kept elsewhere
    with pytest.raises(verifier.Broken, match="another key"):
        check(verifier, tmp_path, data, key)
    with pytest.raises(verifier.Broken):
        check(verifier, tmp_path, data, None, [note])


def test_a_rollback_is_found_by_an_older_checkpoint(verifier, tmp_path):
    path = tmp_path / "data"
    store = Store.open(path, floor_bytes=0, serving=False)
    grown(store, 5)
    store.close()
    saved = {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}
    store = Store.open(path, floor_bytes=0, serving=False)
    grown(store, 5)
    kept = store.checkpoint()
    honest = exported(store)
    store.close()
    for file in path.iterdir():
        if file.is_file():
            file.unlink()
    for name, data in saved.items():
        (path / name).write_bytes(data)
        (path / name).chmod(0o600)
    store = Store.open(path, floor_bytes=0, serving=False)  # same box, same key, older state
    short = exported(store)
    grown(store, 12)
    long = exported(store)
    store.close()
    assert check(verifier, tmp_path, honest, None, [kept]).since == 1
    with pytest.raises(verifier.Broken, match="rolled back"):
        check(verifier, tmp_path, short, None, [kept])
    with pytest.raises(verifier.Broken, match="are not those that were signed"):
        check(verifier, tmp_path, long, None, [kept])


def test_the_file_runs_alone(verifier, ledger, tmp_path):
    data, note, key = ledger
    alone = tmp_path / "verify.py"
    alone.write_bytes(FILE.read_bytes())
    (tmp_path / "export.tar").write_bytes(data)
    (tmp_path / "note.txt").write_text(note, "utf-8")
    (tmp_path / "bad.tar").write_bytes(data[:-1])
    command = [sys.executable, "-I", str(alone)]
    good = subprocess.run(
        [*command, "export.tar", "--key", key, "--since", "note.txt", "--since", "export.tar"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert good.returncode == 0, good.stderr
    assert good.stdout.startswith("verified: 18 entries")
    bad = subprocess.run([*command, "bad.tar"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stderr[:7]) == (1, "BROKEN:")
    none = subprocess.run([*command, "none.tar"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert none.returncode == 2
