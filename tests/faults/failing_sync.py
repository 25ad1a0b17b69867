"""Write, let one sync fail, see that nothing is written any more: `python failing_sync.py FOLDER`.

Started by the test with other_disk.c preloaded. Fails by an assertion.
"""

import os
import sys
from pathlib import Path

from appliance.domain.credential import AuditEntry
from appliance.errors import KycboxError, StorageFailed
from appliance.store import ledger
from appliance.store.store import Store

folder, flag = Path(sys.argv[1]), Path(os.environ["FAILING_SYNC"])


def leaves(store: Store) -> list[bytes]:
    rows = store.database.read_blocking(lambda c: list(ledger.leaves(c, 0, ledger.size(c))))
    return [body for _, body, _ in rows]


def refused(write) -> str:
    try:
        write()
    except StorageFailed as error:
        return error.message
    message = "a write was acknowledged that is not on disk"
    raise AssertionError(message)


store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
address = store.database.write_blocking(lambda tx: store.uploads.presign(tx, "bank", "image/jpeg", 3))
store.database.commit_blocking(AuditEntry("a", "a", "before"))
flag.write_text("")
refused(lambda: store.database.commit_blocking(AuditEntry("a", "a", "lost")))
flag.unlink()
assert "started again" in refused(lambda: store.database.commit_blocking(AuditEntry("a", "a", "after")))
assert "started again" in refused(lambda: store.uploads.put(address, "image/jpeg", b"abc"))
assert not store.database.alive
assert b'"before"' in leaves(store)[-1]  # reading goes on
store.close()

store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
assert b'"before"' in leaves(store)[-1]
assert store.uploads.sweep() == 0
store.uploads.put(address, "image/jpeg", b"abc")

# the blob's own sync fails: no row, no file, the database goes on
again = store.database.write_blocking(lambda tx: store.uploads.presign(tx, "bank", "image/jpeg", 3))
flag.write_text("")
refused(lambda: store.uploads.put(again, "image/jpeg", b"abc"))
flag.unlink()
store.uploads.put(again, "image/jpeg", b"abc")
assert len(list(store.folder.uploads.iterdir())) == 2
store.close()

# a first start on such a disk says so and can be tried again
flag.write_text("")
try:
    Store.open(folder.parent / "other", floor_bytes=0, ballast_bytes=4096)
    told = False
except KycboxError:
    told = True
assert told
flag.unlink()
Store.open(folder.parent / "other", floor_bytes=0, ballast_bytes=4096).close()
print("right")
