"""What was acknowledged before a kill has to be there after it.

A run: start a process that writes and tells every success in one line (after the acknowledgement, never
before), kill it with SIGKILL at a random moment, and read what it told. `Acknowledged` collects that over
many runs; `lost` compares it with the folder once nobody holds it. The writing may happen behind any door:
the store itself, or HTTP.

A line is JSON: `{"credential": {"id", "api", "secret"}}`, `{"revoking": id}`, `{"revoked": id}`,
`{"upload": {"key", "tenant", "sha256"}}` or `{"leaf": {"action", "object"}}`.
"""

import hashlib
import importlib.util
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pysqlite3

from appliance.config import PROJECT
from appliance.errors import KycboxError
from appliance.store import ledger
from appliance.store.audit_export import export
from appliance.store.store import Store


@dataclass
class Acknowledged:
    """Everything that was told so far."""

    credentials: dict[str, dict[str, str]] = field(default_factory=dict)
    revoking: set[str] = field(default_factory=set)
    """Revocation was begun: a kill may have come between its commit and its being told."""
    revoked: set[str] = field(default_factory=set)
    uploads: list[dict[str, str]] = field(default_factory=list)
    leaves: list[tuple[str, str]] = field(default_factory=list)

    def take(self, told: bytes) -> int:
        """Add the whole lines of one run; returns how many."""
        lines = told.split(b"\n")[:-1]  # the last piece was cut off by the kill, or is empty
        for line in lines:
            ((kind, value),) = json.loads(line).items()
            if kind == "credential":
                self.credentials[value["id"]] = value
            elif kind in ("revoking", "revoked"):
                getattr(self, kind).add(value)
            elif kind == "upload":
                self.uploads.append(value)
            else:
                self.leaves.append((value["action"], value["object"]))
        return len(lines)

    def count(self) -> int:
        return len(self.credentials) + len(self.revoked) + len(self.uploads) + len(self.leaves)


def killed_run(
    command: Sequence[str],
    chance: random.Random,
    *,
    longest: float = 0.25,
    ready: Callable[[subprocess.Popen[bytes]], None] | None = None,
) -> bytes:
    """Start, let it write, kill it; returns what it told.

    Args:
        command: tells its successes on standard output.
        chance: when to kill.
        longest: seconds of writing at most, from the first line that is told.
        ready: waits until the process works, where the first line is not the sign.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        if ready:
            ready(process)
            first = b""
        else:
            first = process.stdout.readline()
        time.sleep(chance.random() * longest)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    assert process.returncode == -signal.SIGKILL, f"it ended by itself: {process.returncode}"
    return first + rest


def lost(folder: Path, told: Acknowledged) -> list[str]:
    """Open the folder as the next start does, and name everything that is missing or broken."""
    store = Store.open(folder, floor_bytes=0, ballast_bytes=65536, serving=False)
    try:
        return [
            *_credentials(store, told),
            *_uploads(store, told),
            *_leaves(store, told),
            *_sound(store),
        ]
    finally:
        store.close()


def _credentials(store: Store, told: Acknowledged) -> list[str]:
    found = []
    listed = store.database.read_blocking(store.credentials.list)
    ended = {one.principal.id for one in listed if one.revoked_at}
    for identity, one in told.credentials.items():
        alive = store.credentials.authenticate(one["secret"], one["api"])
        if identity in told.revoked:
            if alive:
                found.append(f"credential {identity} lives after its revocation")
        elif alive is None and identity in told.revoking and identity in ended:
            continue
        elif alive is None or alive.id != identity:
            found.append(f"credential {identity} is lost")
    return found


def _uploads(store: Store, told: Acknowledged) -> list[str]:
    found = []
    for one in told.uploads:
        try:
            data = store.uploads.open(one["key"], one["tenant"]).data
        except KycboxError as error:
            found.append(f"upload {one['key']}: {error}")
            continue
        if hashlib.sha256(data).hexdigest() != one["sha256"]:
            found.append(f"upload {one['key']} has other bytes")
    return found


def _leaves(store: Store, told: Acknowledged) -> list[str]:
    rows = store.database.read_blocking(
        lambda connection: list(ledger.leaves(connection, 0, ledger.size(connection)))
    )
    bodies = [json.loads(body) for _, body, _ in rows]
    there = [(body["action"], body["object"]) for body in bodies]
    found = [f"leaf {leaf} is lost" for leaf in sorted(set(told.leaves) - set(there))]
    # one effect, one leaf: rows and leaves were written together, so their numbers agree exactly
    counts = store.database.read_blocking(
        lambda connection: connection.row(
            "SELECT (SELECT count(*) FROM credential), (SELECT count(revoked_at) FROM credential),"
            " (SELECT count(*) FROM upload WHERE state = 'stored')"
        )
    )
    for action, rows_there in zip(
        ("credential.create", "credential.revoke", "upload.put"), counts, strict=True
    ):
        leaves_there = sum(one == action for one, _ in there)
        if leaves_there != rows_there:
            found.append(f"{rows_there} rows and {leaves_there} leaves of {action}")
    return found


def _sound(store: Store) -> list[str]:
    found = []
    file = store.folder.path.parent / "export.tar"
    with file.open("wb") as out:
        export(store.database, store.checkpoints, out)
    verifier = _verifier()
    try:
        verifier.verify(file, store.checkpoints.verifier_key)
    except verifier.Broken as error:
        found.append(f"the ledger does not verify: {error}")
    raw = pysqlite3.connect(f"{store.folder.database.as_uri()}?mode=ro", uri=True)
    try:
        for pragma in ("integrity_check", "foreign_key_check"):
            rows = raw.execute(f"PRAGMA {pragma}").fetchall()
            if rows not in ([], [("ok",)]):
                found.append(f"{pragma}: {rows[:3]}")
    finally:
        raw.close()
    return found


def _verifier():
    path = PROJECT / "packaging" / "kycbox_audit_verify.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
