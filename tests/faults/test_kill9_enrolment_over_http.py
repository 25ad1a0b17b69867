"""kill -9 of the whole box while clients enrol templates over HTTP: what was answered 201 is found, once."""

import base64
import random
import secrets
import threading
import time
from pathlib import Path

import httpx
import numpy as np
import pytest

from appliance.domain.face import Template
from appliance.store.keys import KeyFile, Keyring
from appliance.store.store import Store
from appliance.store.templates import Templates
from tests import box as boxes

WIDTH = 128


def face(model: str, seed: int) -> Template:
    drawn = np.random.default_rng(seed).standard_normal(WIDTH).astype(np.float32)
    return Template(model, drawn / np.linalg.norm(drawn))


class Enrolling:
    """Clients who add one to four templates a call until the box is gone."""

    def __init__(self, box: boxes.Box, key: str, model: str) -> None:
        self._box, self._key, self._model = box, key, model
        self._templates = Templates(Keyring(KeyFile(box.data / "box.key")))
        self.begun: list[list[int]] = []
        """Seeds of each call."""
        self.told: dict[str, int] = {}
        """Seeds by the record ids that were answered."""

    def run(self, seconds: float, clients: int = 4) -> None:
        threads = [threading.Thread(target=self._until_it_ends) for _ in range(clients)]
        for thread in threads:
            thread.start()
        patience = time.monotonic() + 30
        while len(self.told) < clients:
            assert time.monotonic() < patience, self._box.printed()
            time.sleep(0.01)
        time.sleep(seconds)
        self._box.process.kill()
        for thread in threads:
            thread.join()
        self._box.process.wait()

    def _until_it_ends(self) -> None:
        try:
            with httpx.Client(base_url=self._box.url, headers={"x-api-key": self._key}, timeout=30) as http:
                while True:
                    seeds = [secrets.randbits(48) for _ in range(1 + secrets.randbelow(4))]
                    sealed = [self._templates.seal(face(self._model, seed)) for seed in seeds]
                    body = {"templates": [base64.b64encode(one).decode() for one in sealed]}
                    self.begun.append(seeds)
                    answer = http.post("/add-template", params={"collection": "staff"}, json=body)
                    assert answer.status_code == 201, answer.text
                    self.told.update(zip(answer.json()["record_ids"], seeds, strict=True))
        except httpx.TransportError:  # killed
            return


def wrong(folder: Path, model: str, begun: list[list[int]], told: dict[str, int]) -> list[str]:
    """Search each face that was ever sent, as the next start would; name what does not fit."""
    store, found = Store.open(folder, floor_bytes=0, ballast_bytes=4096), []
    try:
        (staff,) = store.collections.everyone()
        ids: dict[int, list[str]] = {}
        for seed in (seed for seeds in begun for seed in seeds):
            hits = store.collections.search(staff.tenant, "staff", face(model, seed), 3)
            ids[seed] = [hit.record_id for hit in hits if hit.cosine > 0.999]
        found += [f"{one} was answered and is not found" for one, seed in told.items() if ids[seed] != [one]]
        found += [f"face {seed} is there {len(there)} times" for seed, there in ids.items() if len(there) > 1]
        found += [
            f"a call was kept in part: {seeds}"
            for seeds in begun
            if len({len(ids[one]) for one in seeds}) > 1
        ]
        if staff.total_records != sum(map(len, ids.values())):
            found.append(f"{staff.total_records} records, {sum(map(len, ids.values()))} found")
    finally:
        store.close()
    return found


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(1, id="1", marks=pytest.mark.timeout(300)),
        pytest.param(25, id="25", marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
)
def test_what_was_answered_is_found_once(tmp_path: Path, installed_models: Path, kills: int) -> None:
    chance, folder = random.Random(20261121), tmp_path / "data"
    begun, told, key, model = list[list[int]](), dict[str, int](), "", ""
    for number in range(kills):
        box = boxes.start(folder)
        if not key:
            key = box.key("idlive", "load", "--plan", "enterprise")
            with httpx.Client(base_url=box.url, headers={"x-api-key": key}) as http:
                http.post("/collections", params={"collection": "staff"}).raise_for_status()
                model = http.get("/collections", params={"collection": "staff"}).json()["model"]
        clients = Enrolling(box, key, model)
        clients.run(0.5 * chance.random())
        begun += clients.begun
        told |= clients.told
        assert wrong(folder, model, begun, told) == [], f"after kill {number + 1}"
    print(f"{kills} kills, {len(told)} records answered, all found once")
