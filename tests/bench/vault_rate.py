"""How fast the vault is: `python vault_rate.py FOLDER CLIENTS BATCH SECONDS`.

Each client masks a payload of 1 kB reversibly, then unmasks it, over and over, through the use cases: record,
leaf, index entries and event in one transaction each. BATCH 1 gives every call a transaction of its own,
through the same code. Prints one line of JSON: calls a second, median and 99th percentile in ms of either.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

from appliance.config import Masking, Settings
from appliance.domain.credential import Principal
from appliance.services.audit import Audit
from appliance.services.call import Caller
from appliance.services.mask_payload import MaskRequest, mask_payload
from appliance.services.metrics import Metrics
from appliance.services.unmask_payload import UnmaskRequest, unmask_payload
from appliance.services.webhooks import Webhooks
from appliance.store import writer
from appliance.store.store import Store

PAYLOAD = {
    "user": {
        "name": "Priya Sharma",
        "aadhaar": "2345 6789 0124",
        "pan": "ABCPE1234F",
        "email": "priya.sharma@example.com",
        "mobile": "+91 98765 43210",
        "dob": "1992-03-14",
        "address": "12 MG Road, Bengaluru 560001",
    },
    "application": {"id": "app-000123", "product": "savings", "notes": "x" * 640},
}


async def client(services: SimpleNamespace, until: float, masks: list[float], unmasks: list[float]) -> None:
    caller = Caller(Principal("bench", "bench", "recspace", frozenset(), "scale"), "req")
    while (start := time.perf_counter()) < until:
        made = await mask_payload(services, caller, MaskRequest(PAYLOAD, reversible=True, purpose="bench"))
        between = time.perf_counter()
        await unmask_payload(services, caller, UnmaskRequest(made.mask_id, "bench", "bench"))
        masks.append(between - start)
        unmasks.append(time.perf_counter() - between)


def figures(took: list[float]) -> dict[str, float]:
    took.sort()
    return {"median": 1000 * took[len(took) // 2], "p99": 1000 * took[len(took) * 99 // 100]}


async def main() -> None:
    folder, clients, batch, seconds = (
        Path(sys.argv[1]),
        int(sys.argv[2]),
        int(sys.argv[3]),
        float(sys.argv[4]),
    )
    writer.BATCH = batch
    store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
    services = SimpleNamespace(
        settings=Settings(masking=Masking()),
        database=store.database,
        vault=store.vault,
        webhooks=Webhooks(store.webhooks),
        audit=Audit(store.database, Metrics()),
    )
    masks: list[float] = []
    unmasks: list[float] = []
    start = time.perf_counter()
    await asyncio.gather(*(client(services, start + seconds, masks, unmasks) for _ in range(clients)))
    passed = time.perf_counter() - start
    store.close()
    rate = (len(masks) + len(unmasks)) / passed
    print(json.dumps({"rate": rate, "mask": figures(masks), "unmask": figures(unmasks)}))


asyncio.run(main())
