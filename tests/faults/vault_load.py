"""A process that masks, unmasks, erases, purges and rotates as fast as it can, and tells what it did.

Started by the kill test: `python vault_load.py FOLDER`. It ends only by being killed. A payload is told by
the number of its seed: `payload` makes it again.
"""

import asyncio
import json
import os
import random
import secrets
import sys
from pathlib import Path
from types import SimpleNamespace

from appliance.config import Masking, Settings
from appliance.domain.credential import AuditEntry, Principal
from appliance.domain.ids import verhoeff
from appliance.services.audit import Audit
from appliance.services.call import Caller
from appliance.services.mask_payload import MaskRequest, mask_payload
from appliance.services.metrics import Metrics
from appliance.services.unmask_payload import UnmaskRequest, unmask_payload
from appliance.services.webhooks import Webhooks
from appliance.store.store import Store
from appliance.store.vault_approvals import Approvals
from appliance.store.vault_upkeep import VaultUpkeep

TENANT = "load"
CANARY = "tweety"
TRACES = (
    "SELECT hex(k.wrapped), hex(substr(r.sealed, 9, 40)) FROM vault_record r"
    " JOIN vault_data_key k ON k.record = r.seq WHERE hex(r.id) = ?"
)


def payload(seed: int) -> dict[str, object]:
    chance = random.Random(seed)
    body = "2" + "".join(chance.choice("0123456789") for _ in range(10))
    return {
        "aadhaar": body + verhoeff.check_digit(body),
        "email": f"{CANARY}.{seed}@example.com",
        "n": [chance.random(), seed],
    }


def services_of(store: Store) -> SimpleNamespace:
    return SimpleNamespace(
        settings=Settings(masking=Masking()),
        database=store.database,
        vault=store.vault,
        approvals=Approvals(store.keys.vault_index, store.vault),
        webhooks=Webhooks(store.webhooks),
        audit=Audit(store.database, Metrics()),
    )


def caller() -> Caller:
    return Caller(Principal("load", TENANT, "recspace", frozenset(), "scale"), "req")


def tell(**line: object) -> None:
    os.write(1, json.dumps(line).encode() + b"\n")


async def working(store: Store) -> None:
    services = services_of(store)
    while True:
        seed = secrets.randbits(48)
        made = await mask_payload(
            services, caller(), MaskRequest(payload(seed), reversible=True, purpose="load")
        )
        tell(masked={"id": made.mask_id, "seed": seed})
        if secrets.randbelow(3) == 0:
            request = UnmaskRequest(made.mask_id, "tester", "kill test")
            tell(unmasking=made.mask_id)
            back = await unmask_payload(services, caller(), request)
            tell(unmasked=made.mask_id) if back.payload == payload(seed) else tell(wrong=made.mask_id)
        if secrets.randbelow(3) == 0:
            bare = made.mask_id.removeprefix("mask_").upper()
            traces = await store.database.read(lambda c, bare=bare: c.row(TRACES, (bare,)))
            tell(erasing={"id": made.mask_id, "traces": traces})
            entry = AuditEntry("load", TENANT, "masking.erase", object=made.mask_id)
            await store.database.commit(entry, store.vault.erase(TENANT, made.mask_id))
            tell(erased=made.mask_id)
        if secrets.randbelow(4) == 0:
            effect, identity = store.vault.put(TENANT, {"": b"{}"}, "past", expires=store.vault.now() - 1)
            entry = AuditEntry("load", TENANT, "vault.put", object=identity)
            await store.database.commit(entry, effect)
            tell(past=identity)


async def keeping(store: Store) -> None:
    upkeep = VaultUpkeep(store.database, store.vault)
    while True:
        await asyncio.to_thread(upkeep.purge)
        await asyncio.to_thread(upkeep.finish_rotation)
        await asyncio.to_thread(upkeep.rotate)
        tell(rotated=store.vault.wrapping.current)


async def main() -> None:
    store = Store.open(Path(sys.argv[1]), floor_bytes=0, ballast_bytes=65536)
    await store.database.write(
        lambda tx: store.webhooks.put(tx, "recspace", TENANT, "https://bank.example/hook")
    )
    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(working(store))
        group.create_task(keeping(store))


if __name__ == "__main__":
    asyncio.run(main())
