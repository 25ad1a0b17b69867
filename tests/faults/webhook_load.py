"""A process that makes events and delivers them, and tells which events were acknowledged.

Started by the kill test: `python webhook_load.py FOLDER PORT RUN`. It ends only by being killed.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from appliance.domain.credential import AuditEntry
from appliance.services.deliver import Deliverer
from appliance.services.webhook_post import Poster
from appliance.services.webhooks import Webhooks
from appliance.store.store import Store

STREAMS = 8


async def main(folder: Path, port: int, run: int) -> None:
    store = Store.open(folder, floor_bytes=0, ballast_bytes=65536, serving=False)
    webhooks = Webhooks(store.webhooks)
    deliverer = Deliverer(store.database, store.webhooks, Poster())

    def setting(transaction):
        store.webhooks.allow(transaction, f"127.0.0.1:{port}")
        store.webhooks.put(transaction, "recspace", "", f"http://127.0.0.1:{port}/")

    await store.database.write(setting)

    async def happen(stream: str) -> None:
        number = 0
        while True:
            body = {"event": "kyc.completed", "session_id": stream, "run": run, "n": number}
            await store.database.commit(
                AuditEntry("load", "load", "event.made", object=f"{stream}.{run}.{number}"),
                lambda tx, told=body: webhooks.tell(tx, "recspace", "t", stream=stream, body=told),
            )
            os.write(1, json.dumps([stream, run, number]).encode() + b"\n")
            number += 1
            await asyncio.sleep(0.01)

    async def deliver() -> None:
        while True:
            await deliverer.run()
            await asyncio.sleep(0.005)

    async with asyncio.TaskGroup() as group:
        for number in range(STREAMS):
            group.create_task(happen(f"s{number}"))
        group.create_task(deliver())


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
