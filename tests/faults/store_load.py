"""A process that writes to a store as fast as it can from many callers, and tells what was acknowledged.

Started by the kill test: `python store_load.py FOLDER`. It ends only by being killed.
"""

import asyncio
import hashlib
import json
import os
import secrets
import sys
from pathlib import Path

from appliance.domain.credential import AuditEntry
from appliance.store.store import Store


def tell(**line: object) -> None:
    os.write(1, json.dumps(line).encode() + b"\n")


async def keys(store: Store) -> None:
    while True:
        new = await store.database.write(lambda tx: store.credentials.create(tx, "deepidv", "Load"))
        tell(credential={"id": new.id, "api": new.api, "secret": new.secret})
        if secrets.randbelow(3) == 0:
            tell(revoking=new.id)
            await store.database.write(lambda tx, gone=new.id: store.credentials.revoke(tx, gone))
            tell(revoked=new.id)


async def pictures(store: Store) -> None:
    while True:
        data = secrets.token_bytes(1 + secrets.randbelow(60_000))
        length = len(data)
        address = await store.database.write(
            lambda tx, length=length: store.uploads.presign(tx, "load", "image/jpeg", length)
        )
        await asyncio.to_thread(store.uploads.put, address, "image/jpeg", data)
        digest = hashlib.sha256(data).hexdigest()
        tell(upload={"key": address.key, "tenant": "load", "sha256": digest})


async def calls(store: Store) -> None:
    while True:
        mark = secrets.token_hex(8)
        await store.database.commit(AuditEntry("load", "load", "face.detect", object=mark))
        tell(leaf={"action": "face.detect", "object": mark})


async def main() -> None:
    store = Store.open(Path(sys.argv[1]), floor_bytes=0, ballast_bytes=65536)
    async with asyncio.TaskGroup() as group:
        for work in (keys, keys, pictures, pictures, calls, calls, calls, calls):
            group.create_task(work(store))


asyncio.run(main())
