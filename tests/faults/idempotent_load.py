"""A process that answers calls with idempotency keys, each with twins, and tells every answer that it gave.

Started by the kill test: `python idempotent_load.py FOLDER RUN`. It ends only by being killed.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from appliance.domain.credential import Principal
from appliance.services.audit import Audit
from appliance.services.call import Caller
from appliance.services.idempotent import Idempotency, Keyed
from appliance.services.metrics import Metrics
from appliance.services.webhooks import Webhooks
from appliance.store import box_settings
from appliance.store.idempotency import Answer, IdempotentAnswers
from appliance.store.store import Store

PRINCIPAL = Principal("cred_load", "load", "recspace", frozenset(), "enterprise")


async def once(store: Store, idempotency: Idempotency, key: str, run: str) -> tuple[Answer, bool]:
    """One call: counts its effect, leaves a leaf, queues an event, answers with what it did."""
    caller = Caller(PRINCIPAL, f"req_{run}")

    async def act(claim):
        def effect(transaction):
            name = f"effect.{key}"
            done = int(box_settings.get(transaction, name) or 0) + 1
            box_settings.put(transaction, name, str(done))
            body = {"event": "masking.unmasked", "mask_id": key}
            Webhooks(store.webhooks).tell(
                transaction, "recspace", "t", stream=key, body=body, url="https://a.example/"
            )
            return done

        def render(done):
            return Answer(200, (("X-Request-Id", caller.request_id),), f"{key} {run} {done}".encode())

        audit = Audit(store.database, Metrics())
        await audit.succeeded(caller, "load.apply", effect=claim.joined(effect, render), about=key)
        return claim.answer

    request = Keyed("POST", "/v1/masking/apply", key, idempotency.fingerprint(key.encode()))
    return await idempotency.once(caller, request, act)


async def main(folder: Path, run: str) -> None:
    store = Store.open(folder, floor_bytes=0, ballast_bytes=65536, serving=False)
    idempotency = Idempotency(store.database, IdempotentAnswers(store.keys.idempotency))
    number = 0
    while True:
        keys = [f"{run}-{number}-{each}" for each in range(4)]
        os.write(1, json.dumps({"begun": keys}).encode() + b"\n")

        async def call(key: str, twin: int) -> None:
            answer, _ = await once(store, idempotency, key, f"{run}.{twin}")
            os.write(1, json.dumps({"answered": [key, answer.body.decode()]}).encode() + b"\n")

        await asyncio.gather(*(call(key, twin) for key in keys for twin in range(3)))
        number += 1


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
