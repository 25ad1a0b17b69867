"""How many audited writes a second a store acknowledges: `python store_rate.py FOLDER CLIENTS BATCH SECONDS`.

Each write is a row and its audit leaf. BATCH 1 gives every write a transaction of its own, through the same
code. Prints one line of JSON: writes per second, the median and 99th percentile of a write in milliseconds.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from appliance.domain.credential import AuditEntry
from appliance.store import box_settings, writer
from appliance.store.store import Store
from appliance.store.transaction import Transaction

folder, clients, batch, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
writer.BATCH = batch
ENTRY = AuditEntry("bench", "bench", "face.compare", details={"ms": 12.5})


async def client(store: Store, number: int, until: float, took: list[float]) -> None:
    def effect(transaction: Transaction) -> None:
        box_settings.put(transaction, f"row {number}", str(len(took)))

    while (start := time.perf_counter()) < until:
        await store.database.commit(ENTRY, effect)
        took.append(time.perf_counter() - start)


async def main() -> None:
    store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
    took: list[float] = []
    start = time.perf_counter()
    await asyncio.gather(*(client(store, number, start + seconds, took) for number in range(clients)))
    passed = time.perf_counter() - start
    store.close()
    took.sort()
    print(
        json.dumps(
            {
                "rate": len(took) / passed,
                "median": 1000 * took[len(took) // 2],
                "p99": 1000 * took[len(took) * 99 // 100],
            }
        )
    )


asyncio.run(main())
