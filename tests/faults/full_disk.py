"""Fill the disk of a small data folder and see what still works: `python full_disk.py FOLDER`.

Started by the test with FOLDER on a file system of 16 MiB of its own. Fails by an assertion.
"""

import contextlib
import sys
from pathlib import Path

import pytest

from appliance.domain.credential import AuditEntry
from appliance.errors import KycboxError, StorageFull
from appliance.store.store import Store
from appliance.store.uploads import KEEP_SECONDS, Uploads

MIB = 1024 * 1024
PICTURE = bytes(200_000)
folder = Path(sys.argv[1])


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def refused(write) -> None:
    with pytest.raises(StorageFull) as caught:
        write()
    assert caught.value.remedy
    assert caught.value.retry_after


def opened() -> Store:
    store = Store.open(folder / "data", floor_bytes=4 * MIB, ballast_bytes=2 * MIB, serving=False)
    store.clock = Clock()
    store.uploads = Uploads(store.database, store.keys, store.folder.uploads, store.space, clock=store.clock)
    return store


def upload() -> str:
    address = store.database.write_blocking(
        lambda tx: store.uploads.presign(tx, "bank", "image/jpeg", len(PICTURE))
    )
    store.uploads.put(address, "image/jpeg", PICTURE)
    return address.key


def fill(name: str) -> None:
    """Write until not one byte is free."""
    with (folder / name).open("wb", buffering=0) as junk, contextlib.suppress(OSError):
        while junk.write(bytes(4096)):
            pass


store = opened()
keys = [store.database.write_blocking(lambda tx: store.credentials.create(tx, "deepidv", "x")) for _ in "abc"]

# uploads until the floor: refused, nothing lost, nothing half there
kept = []
try:
    while True:
        kept.append(upload())
except StorageFull:
    pass
assert len(kept) > 10
assert store.space.free() > 3 * MIB
assert all(store.uploads.open(key, "bank").data == PICTURE for key in kept)
assert len(list(store.folder.uploads.iterdir())) == len(kept)

# below the floor ordinary work is refused, a revocation is not
(folder / "more").write_bytes(bytes(MIB))
refused(lambda: store.database.commit_blocking(AuditEntry("a", "a", "face.detect")))
store.database.write_blocking(lambda tx: store.credentials.revoke(tx, keys[0].id), urgent=True)
assert store.credentials.authenticate(keys[0].secret, "deepidv") is None

# not one byte free: the ballast pays for revocation and purge
store.database.write_blocking(lambda tx: tx.shred(), urgent=True)
fill("junk")
assert store.space.free() == 0
assert store.folder.ballast.exists()
refused(lambda: store.database.commit_blocking(AuditEntry("a", "a", "face.detect")))
store.database.write_blocking(lambda tx: store.credentials.revoke(tx, keys[1].id), urgent=True)
assert store.credentials.authenticate(keys[1].secret, "deepidv") is None
assert not store.folder.ballast.exists()
store.clock.now += KEEP_SECONDS
assert store.uploads.purge_due() >= len(kept)
assert list(store.folder.uploads.iterdir()) == []
assert store.database.alive

# room again: work goes on by itself, everything is there after a restart
(folder / "junk").unlink()
(folder / "more").unlink()
last = upload()
store.close()
store = opened()
assert store.folder.ballast.exists()
assert store.uploads.open(last, "bank").data == PICTURE
assert [bool(store.credentials.authenticate(key.secret, "deepidv")) for key in keys] == [False, False, True]
store.database.read_blocking(lambda connection: store.checkpoints.check(connection, deep=True))
store.close()

# a box does not start on a full disk, and says so; nor does a new one, and it can be tried again
(folder / "junk").write_bytes(bytes(13 * MIB))
refused(opened)
fill("junk2")
for _ in range(2):
    with pytest.raises(KycboxError) as caught:
        Store.open(folder / "new", floor_bytes=0, ballast_bytes=4096)
    assert caught.value.remedy
(folder / "junk").unlink()
Store.open(folder / "new", floor_bytes=0, ballast_bytes=4096).close()
print("right")
