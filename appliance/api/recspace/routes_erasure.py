"""A person's rights over what was masked: find it, erase it, and prove that it was erased."""

from typing import Final

import msgspec
from litestar import Response, get, post

from appliance.api.answers import Answer, AnyRequest
from appliance.api.application import services_of
from appliance.api.recspace import wire
from appliance.api.recspace.admission import Admitted, authenticated, once
from appliance.api.recspace.body import parsed
from appliance.services.export_audit import certify_erasure
from appliance.services.vault_records import erase_masked, find_masked

LINES: Final = "application/x-ndjson"


class _Erase(msgspec.Struct, frozen=True):
    mask_id: str


class _Find(msgspec.Struct, frozen=True):
    kind: str
    value: str


@post("/v1/masking/erase", status_code=200)
async def erase(request: AnyRequest) -> Answer:
    """Erase originals before their time."""

    async def act(call: Admitted) -> None:
        mask_id = parsed(call.body, _Erase).mask_id

        def render(_: None) -> wire.Erased:
            return wire.Erased(call.id, mask_id, "erased", f"/v1/masking/erasures/{mask_id}")

        await erase_masked(call.services, call.caller, mask_id, call.joined(render))

    return await once(request, act, scopes=("mask",))


@post("/v1/masking/find", status_code=200)
async def find(request: AnyRequest) -> Answer:
    """Find maskings by a value in them."""

    async def act(call: Admitted) -> None:
        given = parsed(call.body, _Find)

        def render(found: list[str]) -> wire.MaskingsFound:
            return wire.MaskingsFound(call.id, found)

        await find_masked(call.services, call.caller, given.kind, given.value, call.joined(render))

    return await once(request, act, scopes=("mask",))


@get("/v1/masking/erasures/{mask:str}")
async def certificate(request: AnyRequest, mask: str) -> Answer:
    """Give the certificate of an erasure, as JSON lines that `kycbox audit verify` proves."""
    services, caller = services_of(request), authenticated(request)
    caller.require("audit:read")
    with services.limits.enter(caller.principal):
        lines = await certify_erasure(services, caller, mask)
    headers = {"Content-Disposition": 'attachment; filename="erasure.jsonl"'}
    return Response(lines, media_type=LINES, headers=headers)


ERASURE: Final = [erase, find, certificate]
