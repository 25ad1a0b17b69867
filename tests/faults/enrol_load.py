"""A process that enrols and removes faces as fast as it can, and tells what was begun and acknowledged.

Started by the kill test: `python enrol_load.py FOLDER`. It ends only by being killed. A face is told by the
number of its seed: `face` makes it again.
"""

import asyncio
import json
import os
import secrets
import sys
from pathlib import Path

import numpy as np

from appliance.domain.credential import AuditEntry
from appliance.domain.face import Template
from appliance.store.store import Store

COLLECTIONS = ("staff", "guests")
MODEL = "face-template-test"
WIDTH = 128


def face(seed: int) -> Template:
    drawn = np.random.default_rng(seed).standard_normal(WIDTH).astype(np.float32)
    return Template(MODEL, drawn / np.linalg.norm(drawn))


def tell(**line: object) -> None:
    os.write(1, json.dumps(line).encode() + b"\n")


async def enrolling(store: Store) -> None:
    while True:
        name = secrets.choice(COLLECTIONS)
        seeds = [secrets.randbits(48) for _ in range(1 + secrets.randbelow(5))]
        effect, ids = store.collections.add("load", name, [face(one) for one in seeds])
        tell(adding={"collection": name, "records": dict(zip(ids, seeds, strict=True))})
        await store.database.commit(AuditEntry("load", "load", "collection.add", object=name), effect)
        tell(added=ids)
        hits = store.collections.search("load", name, face(seeds[0]), 1)
        if hits[0].record_id != ids[0]:  # visible to the very next search
            tell(missed=ids[0])
        if secrets.randbelow(3) == 0:
            effect = store.collections.remove("load", name, ids[0])
            tell(removing=ids[0])
            await store.database.commit(AuditEntry("load", "load", "collection.remove", object=name), effect)
            tell(removed=ids[0])


async def main() -> None:
    store = Store.open(Path(sys.argv[1]), floor_bytes=0, ballast_bytes=65536)
    for name in COLLECTIONS:
        if name not in {one.name for one in store.collections.all("load")}:
            effect = store.collections.create("load", name, MODEL, "load")
            await store.database.commit(AuditEntry("load", "load", "collection.create", object=name), effect)
    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(enrolling(store))


if __name__ == "__main__":
    asyncio.run(main())
