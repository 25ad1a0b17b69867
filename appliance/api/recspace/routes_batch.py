"""Reading many documents: taken with 202, given out by GET once they are read."""

from typing import Any, Final

import msgspec
from litestar import get, post

from appliance.api.answers import Answer, AnyRequest, answer, sentence
from appliance.api.application import services_of
from appliance.api.forms import File
from appliance.api.recspace import wire
from appliance.api.recspace.admission import Admitted, authenticated, once
from appliance.api.recspace.errors import INTERNAL, LEAST_CONFIDENCE, code_of
from appliance.api.recspace.render import Wish, extracted
from appliance.errors import DocumentUnreadable, InvalidRequest, KycboxError
from appliance.services.read_document import Reading
from appliance.services.reading_batches import get_batch, take_batch
from appliance.store.reading_batches import Batch, Waiting


@post("/v1/ocr/batch", status_code=202)
async def take(request: AnyRequest) -> Answer:
    """Take a batch."""

    async def act(call: Admitted) -> None:
        def render(batch: Batch) -> wire.BatchTaken:
            return wire.BatchTaken(call.id, batch.id, "accepted", batch.documents)

        given = [value for name, value in call.fields.items() if name.partition(".")[0] == "documents"]
        files = [value.data for value in given if isinstance(value, File)]
        if len(files) < len(given):
            raise InvalidRequest("documents are files", remedy="Send each with a file name.")
        masked = call.flag("mask_pii", default=call.services.settings.dpdp.enabled)
        wish = msgspec.json.encode(Wish(call.flag("return_bbox"), masked)).decode()
        await take_batch(call.services, call.caller, files, wish, call.joined(render))

    names = ("documents", "mask_pii", "return_bbox")
    return await once(request, act, *names, scopes=("ocr",), status=202, many=("documents",), personal=True)


@get("/v1/ocr/batch/{batch:str}")
async def show(request: AnyRequest, batch: str) -> Answer:
    """Look at a batch."""
    services, caller = services_of(request), authenticated(request)
    caller.require("ocr")
    with services.limits.enter(caller.principal):
        found = await get_batch(services, caller, batch)
    body: dict[str, Any] = {
        "request_id": caller.request_id,
        "batch_id": found.id,
        "status": "completed" if found.done == found.documents else "processing",
        "documents": found.documents,
        "completed": found.done,
        "results": [None if one is None else msgspec.Raw(one) for one in found.readings],
    }
    return answer(body)


def spelled(waiting: Waiting, outcome: Reading | KycboxError, milliseconds: int) -> bytes:
    """One document of a batch as it is given out: a reading as `/v1/ocr/extract` gives it, or an error."""
    identity = f"{waiting.batch}_{waiting.place}"
    if isinstance(outcome, Reading) and outcome.document.confidence < LEAST_CONFIDENCE:
        outcome = DocumentUnreadable("too little of the document can be read", remedy="Take it again.")
    if isinstance(outcome, KycboxError):
        code = code_of(outcome)
        says = sentence(outcome) if code != INTERNAL[1] else INTERNAL[0]
        return msgspec.json.encode(wire.Failure(says, code, identity))
    wish = msgspec.json.decode(waiting.wish, type=Wish)
    return msgspec.json.encode(extracted(identity, outcome.document, wish, milliseconds))


BATCH: Final = [take, show]
