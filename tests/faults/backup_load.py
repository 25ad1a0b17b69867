"""A process that fills a box, backs it up and restores it, again and again, and tells what it did.

Started by the kill test: `python backup_load.py FOLDER`. It ends only by being killed. The box is
`FOLDER/data`; backups are `FOLDER/N.backup`, boxes made of them `FOLDER/N`.
"""

import itertools
import json
import sys
from pathlib import Path

from appliance.commands.audit import into
from appliance.store import backup, restore
from appliance.store.sealed_stream import Cost, SealedReader, SealedWriter
from appliance.store.store import Store

TENANT = "load"
CANARY = b"tweety the canary"
WORDS = "correct horse battery"
CHEAP = Cost(1, 8192)
"""The time of a try of a passphrase is no subject here."""


def put(store: Store) -> str:
    effect, identity = store.vault.put(TENANT, {"": CANARY}, "kyc", expires=2**40)
    store.database.write_blocking(effect)
    return identity


def write(store: Store, out) -> backup.About:
    sealed = SealedWriter(out, WORDS, CHEAP)
    about = backup.write(store, sealed, "tester")
    sealed.finish()
    return about


def restored(file: Path, target: Path) -> restore.Restored:
    with file.open("rb") as source:
        return restore.restore(SealedReader(source, WORDS), target, "tester", floor_bytes=0)


def tell(kind: str, value: object) -> None:
    sys.stdout.write(json.dumps({kind: value}) + "\n")
    sys.stdout.flush()


def main() -> None:
    base = Path(sys.argv[1])
    store = Store.open(base / "data", floor_bytes=0, ballast_bytes=65536, serving=False)
    first = len(list(base.glob("*.backup*"))) + len(list(base.glob("[0-9]*")))
    for number in itertools.count(first):
        tell("put", put(store))
        if number % 3 == 0:
            store.vault_upkeep.rotate()
        into(base / f"{number}.backup", lambda out: write(store, out), 0o600)
        tell("backed", number)
        restored(base / f"{number}.backup", base / f"{number}")
        tell("restored", number)


if __name__ == "__main__":
    main()
