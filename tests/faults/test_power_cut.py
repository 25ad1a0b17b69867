"""The power goes at any moment: what the disk may then hold still opens, and holds all that was acknowledged.

The real store and writer run once with every write, truncation, removal and sync of their database files
noted. From the note come images of the disk. What was synced is there; of what was not, a random part is,
writes torn at sectors of 512 bytes, in any order. A new file's name, and a removed one's absence, last once
the folder is synced; until then either may be as before. Each image is opened as the next start would.
"""

import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pysqlite3
import pytest

from appliance.domain import merkle
from appliance.store.store import Store
from appliance.store.transaction import Connection

HERE = Path(__file__).parent
SECTOR = 512
COMMITS, ERASED = 40, 8


@dataclass(frozen=True)
class Step:
    kind: str
    name: str
    offset: int
    data: bytes


def steps(log: bytes) -> Iterator[Step]:
    at = 0
    while at + 19 <= len(log):
        kind, (named, offset, held) = chr(log[at]), struct.unpack_from("<Hqq", log, at + 1)
        at += 19
        yield Step(kind, log[at : at + named].decode(), offset, log[at + named : at + named + held])
        at += named + held


@dataclass
class Disk:
    """What is certain to be on the disk, and what has been done since the syncs that would make it so.

    Files are numbered: a name that is removed and made again is another file.
    """

    lasting: dict[int, bytes] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    pending: dict[int, list[Step]] = field(default_factory=dict)
    pending_names: list[tuple[str, int | None]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)
    files: int = 0

    def take(self, step: Step) -> None:
        """Do the next step."""
        if step.kind == "a":
            self.acknowledged.append(step.data.decode())
        elif step.kind == "d":
            self.seen.pop(step.name, None)
            self.pending_names.append((step.name, None))
        elif step.kind == "s" and not step.name:
            entered(self.names, self.pending_names)
            self.pending_names = []
        elif step.kind == "s":
            number = self.seen.get(step.name)
            if steps := self.pending.pop(number, None):
                content = bytearray(self.lasting.get(number, b""))
                for one in steps:
                    done(content, one, len(one.data))
                self.lasting[number] = bytes(content)
        else:
            if step.name not in self.seen:
                self.files += 1
                self.seen[step.name] = self.files
                self.pending_names.append((step.name, self.files))
            self.pending.setdefault(self.seen[step.name], []).append(step)

    def after_the_cut(self, chance: random.Random) -> "Image":
        """Draw what is left."""
        share = chance.choice((0.0, 0.5, 0.9, 1.0))
        names = dict(self.names)
        entered(names, [one for one in self.pending_names if chance.random() < share])
        files = []
        for name, number in sorted(names.items()):
            kept = tuple(
                (step, torn(step, chance)) for step in self.pending.get(number, ()) if chance.random() < share
            )
            files.append((name, self.lasting.get(number, b""), kept))
        return tuple(files)


Image: TypeAlias = tuple[tuple[str, bytes, tuple[tuple[Step, int], ...]], ...]
"""Of each file its name, what is certain of it, and steps since then with how many bytes of each arrived."""


def torn(step: Step, chance: random.Random) -> int:
    if step.kind == "w" and chance.random() < 0.3:
        return chance.randrange(len(step.data) // SECTOR + 1) * SECTOR
    return len(step.data)


def entered(names: dict[str, int], changes: list[tuple[str, int | None]]) -> None:
    for name, number in changes:
        if number is None:
            names.pop(name, None)
        else:
            names[name] = number


def done(file: bytearray, step: Step, count: int) -> None:
    if step.kind == "t":
        del file[step.offset :]
        file.extend(bytes(max(step.offset - len(file), 0)))
    elif count:
        file.extend(bytes(max(step.offset - len(file), 0)))
        file[step.offset : step.offset + count] = step.data[:count]


def put(folder: Path, image: Image) -> None:
    for old in folder.glob("*.db*"):
        old.unlink()
    for name, lasting, kept in image:
        content = bytearray(lasting)
        for step, count in kept:
            done(content, step, count)
        (folder / name).write_bytes(content)


@dataclass(frozen=True)
class Found:
    """What an image holds: calls by their leaves, and what is wrong with it whatever was acknowledged."""

    calls: frozenset[str] = frozenset()
    faults: tuple[str, ...] = ()


def look(folder: Path, image: Image) -> Found:
    put(folder, image)
    connection = pysqlite3.connect(str(folder / "kycbox.db"))
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()  # spares the index of the log a file
        if connection.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
            return Found(faults=("corrupt",))
        leaves = connection.execute("SELECT seq, body, hash FROM ledger_leaf ORDER BY seq").fetchall()
        events = {row[0] for row in connection.execute("SELECT stream FROM outbox")}
        records = {f"mask_{row[0].hex()}" for row in connection.execute("SELECT id FROM vault_record")}
    except pysqlite3.DatabaseError as error:
        return Found(faults=(f"corrupt: {error}",))
    finally:
        connection.close()
    faults = []
    if [seq for seq, _, _ in leaves] != list(range(len(leaves))):
        faults.append("a leaf is missing")
    if any(merkle.leaf_hash(bytes(body)) != bytes(digest) for _, body, digest in leaves):
        faults.append("a leaf was changed")
    calls = {json.loads(bytes(body))["object"] for _, body, _ in leaves}
    erased = {one for one in calls if one.startswith("mask_")}
    if not events <= calls or len(records) != len(events) - len(erased) or records & erased:
        faults.append(
            f"{len(records)} records, {len(events)} events, {len(erased)} erased: half a transaction"
        )
    return Found(frozenset(calls), tuple(faults))


class Looker:
    """Looks at images in a folder, at equal ones once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[Image, Found] = {}

    def faults(self, image: Image, acknowledged: list[str]) -> list[str]:
        if not acknowledged:
            return []  # nobody was told that there is a database
        found = self.known.get(image)
        if found is None:
            found = self.known[image] = look(self.folder, image)
        lost = len({mark for mark in acknowledged if mark != "open"} - found.calls)
        return [*found.faults, *([f"{lost} acknowledged calls are lost"] if lost else [])]


@dataclass(frozen=True)
class Noted:
    """What a run of the store did to its files, and the folder that it left."""

    steps: list[Step]
    data: Path


@pytest.fixture(scope="module")
def noted(tmp_path_factory) -> Noted:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("skipped: no C compiler to note writes with")
    folder = tmp_path_factory.mktemp("power")
    library, log = folder / "power_log.so", folder / "log"
    source = HERE / "power_log.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    data = folder / "data"
    environment = {
        **os.environ,
        "LD_PRELOAD": str(library),
        "POWER_LOG": str(log),
        "POWER_FOLDER": str(data),
    }
    command = [sys.executable, HERE / "power_load.py", data, str(COMMITS)]
    subprocess.run(command, check=True, env=environment, timeout=100)
    return Noted([one for one in steps(log.read_bytes()) if not one.name or ".db" in one.name], data)


@pytest.fixture
def looker() -> Iterator[Looker]:
    """In memory where that is possible: nothing here is about this machine's disk."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Looker(Path(folder))


def images(steps: list[Step], count: int, seed: int) -> Iterator[tuple[int, Image, list[str]]]:
    """Cut after steps drawn at random, evenly over the run."""
    chance = random.Random(seed)
    after = Counter(chance.randrange(len(steps)) for _ in range(count))
    disk = Disk()
    for number, step in enumerate(steps):
        disk.take(step)
        for _ in range(after[number]):
            yield number, disk.after_the_cut(chance), list(disk.acknowledged)


def check(noted: Noted, looker: Looker, count: int, seed: int) -> None:
    wrong = []
    for number, image, acknowledged in images(noted.steps, count, seed):
        if found := looker.faults(image, acknowledged):
            wrong.append((number, found))
    print(f"{count} images, {len(looker.known)} of them different, {len(wrong)} wrong")
    assert wrong == [], f"{len(wrong)} of {count} images, the first: {wrong[0]}"


def test_the_note_tells_of_writes_syncs_and_acknowledgements(noted):
    kinds = Counter(step.kind for step in noted.steps)
    assert kinds["a"] == COMMITS + ERASED + 1
    assert kinds["w"] > COMMITS
    assert kinds["s"] > 20
    assert kinds["d"] >= 1
    assert any(step.kind == "s" and not step.name for step in noted.steps)


def test_nothing_acknowledged_is_lost_in_any_image(noted, looker):
    check(noted, looker, 20_000, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", range(2, 52))
def test_nothing_acknowledged_is_lost_in_a_million_images(noted, looker, seed):
    check(noted, looker, 20_000, seed)


def test_a_box_starts_from_an_image_and_opens_every_record(noted, tmp_path):
    """The ledger checked leaf by leaf, every record opened: by the store itself."""
    opened = 0
    for _, image, acknowledged in images(noted.steps, 60, seed=52):
        if not acknowledged:
            continue
        folder = tmp_path / str(opened)
        shutil.copytree(noted.data, folder, ignore=shutil.ignore_patterns("*.db*", "lock"))
        put(folder, image)
        store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
        try:
            assert all_opened(store) >= sum(not one.startswith("mask_") for one in acknowledged) - 1
        finally:
            store.close()
        opened += 1
    assert opened >= 20


def all_opened(store: Store) -> int:
    def read(connection: Connection) -> int:
        store.checkpoints.check(connection, deep=True)
        ids = [f"mask_{row[0].hex()}" for row in connection.rows("SELECT id FROM vault_record")]
        events = {bytes(row[0]) for row in connection.rows("SELECT payload FROM outbox")}
        assert {store.vault.open(connection, "load", identity)["pan"] for identity in ids} <= events
        return len(events)

    return store.database.read_blocking(read)


def test_the_checker_sees_a_disk_that_lies(noted, looker):
    """Syncs of files that do nothing: then acknowledged calls are lost, and it has to show."""
    lying = [step for step in noted.steps if step.kind != "s" or not step.name]
    found = [
        fault
        for _, image, acknowledged in images(lying, 200, 3)
        for fault in looker.faults(image, acknowledged)
    ]
    assert any("lost" in fault for fault in found)


def test_the_checker_sees_a_folder_that_is_not_synced(noted, looker):
    """Names that may go or come back: then the journal of the first transaction undoes the whole database."""
    lying = [step for step in noted.steps if step.kind != "s" or step.name]
    assert any(
        looker.faults(image, acknowledged)
        for _, image, acknowledged in images(lying, 400, 4)
        if any(name == "kycbox.db" for name, _, _ in image)
    )
