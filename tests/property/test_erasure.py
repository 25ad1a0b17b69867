"""What is removed from collections is in no file of the data folder any more, whatever came before it."""

import random
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.face import Template
from appliance.store.store import Store
from appliance.store.writer import Writer

PIECE = 32
"""Bytes in a row that would betray a record; looked for from its beginning, its middle and its end."""


class Crowd:
    """Collections that come and go, and every sealed byte that was ever removed."""

    def __init__(self, store: Store, chance: random.Random, width: int) -> None:
        self.store = store
        self.chance = chance
        self.width = width
        self.standing: dict[str, list[str]] = {}
        self.plain: list[bytes] = []
        self.gone: list[bytes] = []

    def create(self, name: str) -> None:
        self.store.database.write_blocking(self.store.collections.create("a", name, "model", "key"))
        self.standing[name] = []

    def enrol(self, name: str) -> None:
        drawn = np.random.default_rng(self.chance.getrandbits(32)).standard_normal(
            (self.chance.randrange(1, 12), self.width)
        )
        faces = [Template("model", (one / np.linalg.norm(one)).astype(np.float32)) for one in drawn]
        effect, ids = self.store.collections.add("a", name, faces)
        self.store.database.write_blocking(effect)
        self.standing[name] += ids
        self.plain += [one.vector.tobytes() for one in faces]

    def remove(self, name: str) -> None:
        record = self.standing[name].pop(self.chance.randrange(len(self.standing[name])))
        self.gone += self.sealed("SELECT sealed FROM face_record WHERE hex(id) = ?", _bare(record))
        self.store.database.write_blocking(self.store.collections.remove("a", name, record))

    def delete(self, name: str) -> None:
        self.gone += self.sealed("SELECT wrapped FROM face_collection WHERE name = ?", name)
        for record in self.standing.pop(name):
            self.gone += self.sealed("SELECT sealed FROM face_record WHERE hex(id) = ?", _bare(record))
        self.store.database.write_blocking(self.store.collections.delete("a", name, force=True))

    def sealed(self, query: str, what: str) -> list[bytes]:
        raw = sqlite3.connect(f"{self.store.folder.database.as_uri()}?mode=ro", uri=True)
        try:
            found = [bytes(row[0]) for row in raw.execute(query, (what,))]
        finally:
            raw.close()
        assert len(found) == 1
        return found


def _bare(record: str) -> str:
    return record.replace("-", "").upper()


def left(folder: Path, blobs: list[bytes]) -> int:
    """How many of the blobs are in some file, in whole or in part."""
    files = b"\0".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    return sum(any(piece in files for piece in _pieces(blob)) for blob in blobs)


def _pieces(blob: bytes) -> list[bytes]:
    middle = len(blob) // 2
    return [blob[8 : 8 + PIECE], blob[middle : middle + PIECE], blob[-PIECE:]]


@pytest.mark.parametrize("width", [128, 512])
def test_nothing_removed_is_left(tmp_path: Path, width: int) -> None:
    chance, folder = random.Random(width), tmp_path / "data"
    store = Store.open(folder, floor_bytes=0, ballast_bytes=0)
    crowd = Crowd(store, chance, width)
    names = [f"c{number}" for number in range(30)]
    try:
        for name in names:
            crowd.create(name)
            crowd.enrol(name)
        for _ in range(120):
            name = chance.choice(names)
            if name not in crowd.standing:
                crowd.create(name)
            elif chance.random() < 0.4:
                crowd.enrol(name)
            elif crowd.standing[name] and chance.random() < 0.8:
                crowd.remove(name)
            else:
                crowd.delete(name)
        there = [
            crowd.sealed("SELECT sealed FROM face_record WHERE hex(id) = ?", _bare(records[0]))[0]
            for records in crowd.standing.values()
            if records
        ]
        assert left(folder, there) == len(there) > 0, "the search finds what is there"
        assert len(crowd.gone) > 100
        assert left(folder, crowd.gone) == 0
        assert left(folder, crowd.plain) == 0
    finally:
        store.close()
    assert left(folder, crowd.gone) == 0


def test_a_box_killed_before_it_truncated_the_log_does_so_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, killed = tmp_path / "data", tmp_path / "killed"
    store = Store.open(folder, floor_bytes=0, ballast_bytes=0)
    crowd = Crowd(store, random.Random(1), 128)
    try:
        crowd.create("staff")
        crowd.enrol("staff")
        with monkeypatch.context() as patched:
            patched.setattr(Writer, "_copy_log", lambda _self, _mode: None)
            crowd.delete("staff")
            shutil.copytree(folder, killed)
    finally:
        store.close()
    assert left(killed, crowd.gone) == len(crowd.gone) > 1, "else the test shows nothing"
    Store.open(killed, floor_bytes=0, ballast_bytes=0, serving=False).close()
    assert left(killed, crowd.gone) == 0
