"""A real box delivers by itself, and the command line reaches its queue while it runs."""

import asyncio
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from appliance.domain.webhook_signing import plain_signature
from appliance.services.webhooks import Webhooks
from appliance.store import outbox
from appliance.store.store import Store
from tests import box as boxes
from tests.receiver import receiving

SECRET = "a secret of the bank"


def prepared(folder: Path, port: int) -> tuple[str, str]:
    """A data folder with one event that waits and one dead letter; returns their ids."""
    store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
    webhooks, url = Webhooks(store.webhooks), f"http://127.0.0.1:{port}/hook"

    def change(transaction):
        store.webhooks.allow(transaction, f"127.0.0.1:{port}")
        store.webhooks.put(transaction, "recspace", "", url, SECRET)
        body = {"event": "masking.unmasked", "mask_id": "msk_1"}
        made = [webhooks.tell(transaction, "recspace", "bank", stream=s, body=body) for s in ("a", "b")]
        outbox.give_up(transaction, made[1], datetime.now(UTC), "http_410")
        return made

    waiting, dead = store.database.write_blocking(change)
    store.close()
    return waiting, dead


def kycbox(box: boxes.Box, *arguments: str) -> str:
    command = [boxes.KYCBOX, "webhook", *arguments, "--data", box.data]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return done.stdout.decode()


async def arrival(receiver, count: int) -> None:
    for _ in range(400):
        if len(receiver.got) >= count:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{len(receiver.got)} of {count} arrived")


async def test_a_running_box_delivers_and_is_told_more(tmp_path):
    folder = tmp_path / "data"
    async with receiving() as receiver:
        waiting, dead = prepared(folder, receiver.port)
        box = await asyncio.to_thread(boxes.start, folder)
        try:
            await arrival(receiver, 1)
            await asyncio.to_thread(kycbox, box, "resend", dead)
            await arrival(receiver, 2)
            await asyncio.sleep(0.5)
            listed = json.loads(await asyncio.to_thread(kycbox, box, "list", "--json"))
        finally:
            await asyncio.to_thread(boxes.stop, box)
    assert [got.headers["webhook-id"] for got in receiver.got] == [waiting, dead]
    assert all(
        got.headers["x-recspace-signature"] == plain_signature(SECRET, got.body) for got in receiver.got
    )
    assert (listed["waiting"], listed["dead"]) == (0, 0)
    assert "Traceback" not in box.printed()
