"""kill -9 of the whole box under HTTP load: nothing that a client was told is lost."""

import hashlib
import json
import random
import runpy
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from appliance.store import ledger
from appliance.store.store import Store
from tests import box as boxes

acknowledged = runpy.run_path(str(Path(__file__).parent / "acknowledged.py"))


class Clients:
    """Customers who upload, check and revoke until the box stops answering; notes every success."""

    def __init__(self, box: boxes.Box, told, picture: bytes, chance: random.Random) -> None:
        self._box, self._told, self._picture, self._chance = box, told, picture, chance
        self._lock = threading.Lock()
        self.requests: list[str] = []

    def run(self, longest: float) -> None:
        """Kill the box up to `longest` seconds after each kind of work was done once."""
        before = self._done()
        works = (self._uploading, self._uploading, self._checking, self._keeping)
        threads = [threading.Thread(target=self._until_it_ends, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        patience = time.monotonic() + 60
        while not all(now > then for now, then in zip(self._done(), before, strict=True)):
            assert time.monotonic() < patience, self._box.printed()
            time.sleep(0.02)
        time.sleep(longest * self._chance.random())
        self._box.process.kill()
        for thread in threads:
            thread.join()
        self._box.process.wait()

    def _done(self) -> tuple[int, int, int]:
        return len(self._told.uploads), len(self._told.revoked), len(self.requests)

    def _until_it_ends(self, work) -> None:
        try:
            key = self._command("create", "--api", "deepidv", "--name", "load", "--json")
            with httpx.Client(
                base_url=self._box.url, headers={"x-api-key": key["secret"]}, timeout=30
            ) as http:
                while (
                    self._box.process.poll() is None
                ):  # without a box the commands would go on by themselves
                    work(http, key)
        except (httpx.TransportError, ConnectionError):  # killed
            return

    def _command(self, *words: str) -> dict[str, str]:
        command = [boxes.KYCBOX, "key", *words, "--data", self._box.data]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        if done.returncode:
            raise ConnectionError(done.stderr.decode())
        if words[0] != "create":
            return {}
        made = json.loads(done.stdout)
        with self._lock:
            self._told.credentials[made["id"]] = made
        return made

    def _uploading(self, http: httpx.Client, key: dict[str, str]) -> None:
        body = self._picture + bytes([self._chance.randrange(256) for _ in range(8)])
        wanted = {"files": [{"contentType": "image/jpeg", "byteLength": len(body)}]}
        signed = self._noted(http.post("/v1/upload/presign", json=wanted)).json()["uploads"][0]
        put = httpx.put(signed["uploadUrl"], content=body, headers={"content-type": "image/jpeg"}, timeout=30)
        assert put.status_code == 200, put.text
        digest = hashlib.sha256(body).hexdigest()
        with self._lock:
            self._told.uploads.append({"key": signed["fileKey"], "tenant": key["id"], "sha256": digest})

    def _checking(self, http: httpx.Client, _key: dict[str, str]) -> None:
        self._noted(http.post("/v1/face/detect", files={"image": ("a.jpg", self._picture, "image/jpeg")}))

    def _keeping(self, _http: httpx.Client, _key: dict[str, str]) -> None:
        made = self._command("create", "--api", "deepidv", "--name", "short-lived", "--json")
        with self._lock:
            self._told.revoking.add(made["id"])
        self._command("revoke", made["id"])
        with self._lock:
            self._told.revoked.add(made["id"])

    def _noted(self, answer: httpx.Response) -> httpx.Response:
        assert answer.status_code == 200, answer.text
        with self._lock:
            self.requests.append(answer.headers["x-request-id"])
        return answer


def leaves_per_request(folder: Path) -> Counter[str]:
    store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
    try:
        rows = store.database.read_blocking(lambda c: list(ledger.leaves(c, 0, ledger.size(c))))
    finally:
        store.close()
    return Counter(json.loads(body)["request_id"] for _, body, _ in rows)


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(3, id="3", marks=pytest.mark.timeout(300)),
        pytest.param(50, id="50", marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
)
def test_nothing_a_client_was_told_is_lost(tmp_path: Path, portraits: Path, kills: int) -> None:
    chance = random.Random(20261120)
    folder, told = tmp_path / "data", acknowledged["Acknowledged"]()
    picture = (portraits / "obama2.jpg").read_bytes()
    requests: list[str] = []
    for number in range(kills):
        clients = Clients(boxes.start(folder), told, picture, chance)
        clients.run(longest=0.8)
        requests += clients.requests
        assert acknowledged["lost"](folder, told) == [], f"after kill {number + 1}"
        seen = leaves_per_request(folder)
        assert [one for one in requests if seen[one] != 1] == [], f"after kill {number + 1}"
    export = tmp_path / "ledger.tar"
    for verb in (["export", "--data", folder, "--out", export], ["verify", export]):
        done = subprocess.run([boxes.KYCBOX, "audit", *verb], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert told.uploads
    assert told.revoked
    print(f"{kills} kills, {len(requests)} answered calls and {told.count()} effects told, none lost")
