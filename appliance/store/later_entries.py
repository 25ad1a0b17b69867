"""What a ledger says of the time after a backup: taken over from an export when the backup is restored.

Without it a restored ledger has another future than the one that auditors have seen, and what was erased
since the backup is back. With it the ledger goes on where the export ends, and erasures and revocations in it
are done again. What was written since stays lost: a ledger holds no personal data to make it anew of.
"""

import contextlib
import tarfile
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from appliance.domain import merkle
from appliance.errors import BackupRefused, Conflict, NotFound
from appliance.store import ledger
from appliance.store.checkpoints import Checkpoints
from appliance.store.database import Database
from appliance.store.folder import DataFolder
from appliance.store.keys import KeyFile, Keyring
from appliance.store.space import DiskSpace
from appliance.store.store import Store
from appliance.store.transaction import Connection, Transaction

Leaf = Mapping[str, Any]


def adopt(folder: Path, export: Path) -> tuple[int, list[Leaf]]:
    """Let the ledger of an unpacked box go on as an export says.

    Args:
        folder: of a box that nobody has opened since its ledger was the export's beginning.
        export: of `kycbox audit export`.

    Returns:
        How many entries came to it, and those of them that end something.

    Raises:
        BackupRefused: not an export of this box, changed, or older than the backup.
        OSError: it cannot be read.
    """
    held = DataFolder(folder, -1)
    keys = Keyring(KeyFile(held.box_key))
    checkpoints = Checkpoints(keys.ledger, keys.fingerprint)
    space = DiskSpace(folder, 0, held.ballast)
    database = Database.open(held.database, space, check=checkpoints.check)
    try:
        with export.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            note = _member(tar, "checkpoint.txt").read(4096).decode("utf-8", "replace")
            entries = _member(tar, "entries.jsonl")
            return _grow(database, checkpoints, entries, note)
    except tarfile.TarError:
        raise _refusal("is no export of a ledger") from None
    finally:
        database.close()


def do_again(store: Store, leaves: list[Leaf]) -> int:
    """Erase and revoke again what the leaves say; returns how many of them found something to end."""
    store.database.read_blocking(store.collections.load)
    done = 0
    for leaf in leaves:
        with contextlib.suppress(NotFound, Conflict):  # made after the backup, so never restored
            store.database.write_blocking(_ENDS[leaf["action"]](store, leaf), urgent=True)
            done += 1
    return done


def _grow(
    database: Database, checkpoints: Checkpoints, entries: IO[bytes], note: str
) -> tuple[int, list[Leaf]]:
    size = database.read_blocking(ledger.size)
    grown = merkle.Frontier()
    ended: list[Leaf] = []
    while lines := [line.removesuffix(b"\n") for line in islice(entries, ledger.BATCH)]:
        first = grown.size
        for line in lines:
            grown, _ = grown.append(merkle.leaf_hash(line))
        known = max(0, min(size - first, len(lines)))
        if known and lines[:known] != database.read_blocking(partial(_bodies, first, known)):
            raise _refusal("does not begin as the ledger of the backup does")
        later = lines[known:]
        database.write_blocking(partial(_append, later))
        ended += [leaf for leaf in map(_parsed, later) if _ends(leaf)]
    if checkpoints.sign(grown.size, grown.root()) != note:
        raise _refusal("was changed, or is of another box")
    if grown.size < size:
        raise _refusal("was made before the backup, so it has nothing to add")
    return grown.size - size, ended


def _bodies(first: int, count: int, connection: Connection) -> list[bytes]:
    return [body for _, body, _ in ledger.leaves(connection, first, first + count)]


def _append(bodies: list[bytes], transaction: Transaction) -> None:
    for body in bodies:
        transaction.adopt(body)


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        file = tar.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise _refusal("is no export of a ledger")
    return file


def _parsed(line: bytes) -> Leaf:
    try:
        return ledger.parsed(line)
    except ValueError:
        raise _refusal("is damaged") from None


def _ends(leaf: Leaf) -> bool:
    return leaf.get("outcome") == "ok" and leaf.get("action") in _ENDS


def _erased(store: Store, leaf: Leaf) -> Callable[[Transaction], object]:
    named = str(leaf["details"].get("records") or leaf["object"]).split(",")
    return lambda transaction: store.vault.erase_again(transaction, named)


def _technician(_: Store, leaf: Leaf) -> Callable[[Transaction], object]:
    def effect(transaction: Transaction) -> None:
        sql = "DELETE FROM technician WHERE id = ? AND EXISTS (SELECT 1 FROM technician WHERE id <> ?)"
        if not transaction.execute(sql, (leaf["object"],) * 2):  # the last one stays: else nobody gets in
            raise NotFound("no technician of that id")

    return effect


_ENDS: Final[Mapping[str, Callable[[Store, Leaf], Callable[[Transaction], object]]]] = {
    "masking.erase": _erased,
    "vault.purge": _erased,
    "collection.remove": lambda store, leaf: store.collections.remove(
        leaf["tenant"], leaf["object"], leaf["details"]["record"]
    ),
    "collection.delete": lambda store, leaf: store.collections.delete(
        leaf["tenant"], leaf["object"], force=True
    ),
    "credential.revoke": lambda store, leaf: (
        lambda transaction: store.credentials.revoke(transaction, leaf["object"])
    ),
    "capture_device.revoke": lambda store, leaf: (
        lambda transaction: store.captures.revoke(transaction, leaf["object"])
    ),
    "capture_key.retire": lambda store, leaf: (
        lambda transaction: store.captures.retire(transaction, leaf["object"])
    ),
    "technician.remove": _technician,
    "issuer_key.remove": lambda store, leaf: store.issuer_keys.remove(leaf["object"]),
}
"""What ends something, and how it is ended again."""


def _refusal(what: str) -> BackupRefused:
    return BackupRefused(
        f"the file for --ledger {what}",
        remedy="Give the newest export of the lost box's ledger, or restore without.",
    )
