"""Back up and restore where there is no room: `python full_disk_backup.py FOLDER ELSEWHERE`.

Started by the test with FOLDER on a file system of 16 MiB of its own. Fails by an assertion.
"""

import contextlib
import runpy
import sys
from pathlib import Path

import pytest

from appliance.commands.audit import into
from appliance.errors import KycboxError, StorageFull
from appliance.store import restore
from appliance.store.store import Store

MIB = 1024 * 1024
load = runpy.run_path(str(Path(__file__).with_name("backup_load.py")))
folder, elsewhere = Path(sys.argv[1]), Path(sys.argv[2])


def fill(leave: int) -> Path:
    """Write until `leave` bytes are free."""
    junk = folder / "junk"
    with junk.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while store.space.free() > leave and file.write(bytes(4096)):
            pass
    return junk


def back_up(target: Path) -> None:
    into(target, lambda out: load["write"](store, out), 0o600)


def names(path: Path) -> set[str]:
    return {one.name for one in path.iterdir()}


store = Store.open(folder / "data", floor_bytes=MIB, ballast_bytes=65536, serving=False)
effect, big = store.vault.put("load", {"": bytes(4 * MIB)}, "kyc", expires=2**40)
store.database.write_blocking(effect)
store.database.write_blocking(lambda tx: tx.shred(), urgent=True)
back_up(elsewhere / "good")
before = names(folder / "data")

# no room for the copy of the database: said before anything is written, by the floor or by the disk
junk = fill(3 * MIB)
with pytest.raises(StorageFull) as caught:
    back_up(elsewhere / "none")
assert caught.value.remedy
store.space.require = lambda _: None
with pytest.raises(StorageFull):
    back_up(elsewhere / "none")
del store.space.require
assert names(elsewhere) == {"good"}
assert names(folder / "data") == before
assert store.database.read_blocking(lambda c: store.vault.open(c, "load", big)) == {"": bytes(4 * MIB)}
junk.unlink()

# no room for the file itself
junk = fill(6 * MIB)
with pytest.raises(KycboxError, match="No space left") as caught:
    back_up(folder / "none")
assert caught.value.remedy
assert names(folder) == {"data", "junk"}
assert names(folder / "data") == before
store.close()
store = Store.open(folder / "data", floor_bytes=MIB, ballast_bytes=65536, serving=False)
store.database.read_blocking(lambda connection: store.checkpoints.check(connection, deep=True))

# no room to restore: said before; where it ends on the way nothing stays
junk.unlink()
junk = fill(3 * MIB)
for check in (restore._require_room, lambda *_: None):
    restore._require_room = check
    with pytest.raises(KycboxError) as caught:
        load["restored"](elsewhere / "good", folder / "new")
    assert caught.value.remedy
    assert names(folder / "new") == {"lock", "uploads"}
restore.refuse_full(folder / "new")
junk.unlink()
load["restored"](elsewhere / "good", folder / "new")
store.close()
store = Store.open(folder / "new", floor_bytes=0, ballast_bytes=65536, serving=False)
assert store.database.read_blocking(lambda c: store.vault.open(c, "load", big)) == {"": bytes(4 * MIB)}
store.close()
print("right")
