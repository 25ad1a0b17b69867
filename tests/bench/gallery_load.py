"""How long a box takes to load its collections: `python gallery_load.py make|load FOLDER COUNT WIDTH`.

`make` enrols COUNT templates in one collection; `load` opens the folder as a command does, then loads as a
serving box does. Each prints one line of JSON.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from appliance.domain.face import Template
from appliance.store.store import Store

BLOCK = 1000
action, folder, count, width = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])


def peak_megabytes() -> float:
    """Of this program: getrusage would start with what its parent had."""
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) * 1024 / 1e6


store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
before, began = peak_megabytes(), time.perf_counter()
if action == "make":
    store.database.write_blocking(store.collections.create("bench", "all", "model", "bench"))
    chance = np.random.default_rng(1)
    for _ in range(0, count, BLOCK):
        drawn = chance.standard_normal((BLOCK, width), dtype=np.float32)
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        effect, _ = store.collections.add("bench", "all", [Template("model", row) for row in drawn])
        store.database.write_blocking(effect)
else:
    store.database.read_blocking(store.collections.load)
took = time.perf_counter() - began
assert store.collections.get("bench", "all").total_records == count
peak = peak_megabytes()
store.close()
print(
    json.dumps(
        {
            "seconds": took,
            "before": before,
            "peak": peak,
            "disk": sum(file.stat().st_size for file in folder.glob("kycbox.db*")) / 1e6,
        }
    )
)
