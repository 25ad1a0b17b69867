"""Many documents in one call: taken at once, read one after another, told of when all are read.

A document is read when no caller waits for a place: batches never keep a counter waiting.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from appliance.domain.credential import AuditEntry, Principal
from appliance.errors import Busy, InvalidRequest, KycboxError
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.pictures import Intake, Sent, capture
from appliance.services.read_document import Reading, details_of, read
from appliance.store.reading_batches import Batch, Waiting
from appliance.store.transaction import Effect, Transaction

LOG = logging.getLogger("kycbox")
API: Final = "recspace"
EVENT: Final = "ocr.batch.completed"
MOST_DOCUMENTS: Final = 15
Join: TypeAlias = Callable[[Callable[[Transaction], Batch], str], Effect]
Render: TypeAlias = Callable[[Waiting, Reading | KycboxError, int], bytes]
"""Spells the outcome of one document in the dialect's words, with the milliseconds that it took."""


async def take_batch(
    services: Services, caller: Caller, pictures: Sequence[bytes], wish: str, join: Join
) -> None:
    """Take a batch. The caller needs the scope `ocr`. What is wrong with a document is told in its place.

    Raises:
        InvalidRequest: no documents, or too many.
        Forbidden: scope.
    """
    caller.require("ocr")
    if not 1 <= len(pictures) <= MOST_DOCUMENTS:
        raise InvalidRequest(f"a batch has 1 to {MOST_DOCUMENTS} documents", remedy="Send several batches.")
    tenant, whole = caller.principal.tenant, caller.sees_whole_numbers

    def effect(transaction: Transaction) -> Batch:
        return services.batches.create(
            transaction, tenant, pictures, wish=wish, whole_numbers=whole, now=int(time.time())
        )

    await services.audit.succeeded(
        caller, "document.batch", effect=join(effect, ""), details={"documents": len(pictures)}
    )


async def get_batch(services: Services, caller: Caller, identity: str) -> Batch:
    """Look at a batch. The caller needs the scope `ocr`.

    Raises:
        NotFound: the tenant has none of that id, or it is past its day.
    """
    caller.require("ocr")
    tenant, now = caller.principal.tenant, int(time.time())
    found = await services.database.read(
        lambda connection: services.batches.get(connection, tenant, identity, now)
    )
    await services.audit.succeeded(caller, "document.batch.read", about=identity)
    return found


async def read_batches(services: Services, render: Render, intake: Intake) -> int:
    """Read what waits until nothing does or callers want the places; returns how many were read."""
    count = 0
    while (waiting := await services.database.read(services.batches.next)) is not None:
        try:
            outcome, milliseconds = await _read(services, waiting, intake)
        except Busy:
            return count
        await _keep(services, waiting, outcome, render(waiting, outcome, milliseconds))
        count += 1
    return count


async def forget_batches(services: Services) -> None:
    """Wipe batches that are past their day."""
    await services.database.write(
        lambda transaction: services.batches.forget(transaction, int(time.time())), urgent=True
    )


async def _read(services: Services, waiting: Waiting, intake: Intake) -> tuple[Reading | KycboxError, int]:
    """Read one document; what is wrong with it is its outcome.

    Raises:
        Busy: callers have all places.
    """
    began = time.perf_counter()
    caller = Caller(Principal("box", waiting.tenant, API, frozenset(), "enterprise"), waiting.batch)
    outcome: Reading | KycboxError
    try:
        async with services.pool.admit() as slot:
            taken = await capture(services, caller, Sent(waiting.picture), intake)
            outcome = await slot.run(
                read, services.documents, taken, None, whole_numbers=waiting.whole_numbers
            )
    except Busy:
        raise
    except KycboxError as error:
        LOG.info("document %d of %s: %s", waiting.place, waiting.batch, error.code)
        outcome = error
    await asyncio.sleep(0)  # callers that came meanwhile go first
    return outcome, round((time.perf_counter() - began) * 1000)


async def _keep(services: Services, waiting: Waiting, outcome: Reading | KycboxError, reading: bytes) -> None:
    """Keep one outcome; with the last of a batch its event."""
    details: dict[str, str | int | float | bool] = {"place": waiting.place}
    if isinstance(outcome, Reading):
        details |= details_of(outcome.document)
    code = outcome.code if isinstance(outcome, KycboxError) else "ok"

    def effect(transaction: Transaction) -> None:
        counted = services.batches.keep(transaction, waiting, reading)
        if counted is None or counted[0] < counted[1]:
            return
        moment = datetime.now(UTC)
        body = {
            "event": EVENT,
            "batch_id": waiting.batch,
            "completed_at": moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "documents": counted[1],
        }
        services.webhooks.tell(transaction, API, waiting.tenant, stream=waiting.batch, body=body, now=moment)

    entry = AuditEntry(
        "box", waiting.tenant, "document.scan", outcome=code, object=waiting.batch, details=details
    )
    await services.database.commit(entry, effect)
