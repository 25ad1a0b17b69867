"""Hand a customer its own part of the audit ledger, with proofs: a span of it, or the end of one record."""

import asyncio

from appliance.errors import InvalidRequest, NotFound
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.store import audit_lines
from appliance.store.audit_lines import Wanted
from appliance.store.transaction import Transaction
from appliance.store.vault import is_id


async def export_audit(services: Services, caller: Caller, begin: str, end: str) -> bytes:
    """Give the caller's leaves from `begin` to before `end` as JSON lines, the call's own leaf among them.

    The caller needs the scope `audit:read`.

    Args:
        services: of the box.
        caller: whose leaves.
        begin: first time, ISO 8601 with a zone; "" is open.
        end: before this time; "" is open.

    Raises:
        InvalidRequest: times that are none, or more lines than are given at once.
        Forbidden: scope.
    """
    caller.require("audit:read")
    span = audit_lines.moment(begin, "from"), audit_lines.moment(end, "to")
    if span[0] and span[1] and span[0] >= span[1]:
        raise InvalidRequest("from is not before to", remedy="Turn them round.")
    await services.audit.succeeded(caller, "audit.export", details={"from": span[0], "to": span[1]})
    return await _lines(services, Wanted(caller.principal.tenant, *span))


async def certify_erasure(services: Services, caller: Caller, mask_id: str) -> bytes:
    """Give the certificate of an erasure: every leaf about the record, its erasure among them, with proofs.

    The caller needs the scope `audit:read`.

    Raises:
        NotFound: no record of that id of this tenant was erased.
        Forbidden: scope.
    """
    caller.require("audit:read")
    tenant = caller.principal.tenant
    owner = await services.database.read(lambda connection: audit_lines.eraser(connection, mask_id))
    if owner != tenant or not is_id(mask_id):
        raise NotFound("no record of that mask_id was erased", remedy="Erase it first.")
    await services.audit.succeeded(caller, "audit.certificate", about=mask_id)
    return await _lines(services, Wanted(tenant, about=mask_id))


async def _lines(services: Services, wanted: Wanted) -> bytes:
    def seal(transaction: Transaction) -> tuple[int, str]:
        note = services.checkpoints.make(transaction)
        return transaction.ledger.frontier.size, note

    note = await services.database.write(seal, urgent=True)
    lines = audit_lines.export(services.database, services.checkpoints, note, wanted)
    return await asyncio.to_thread(lambda: b"".join(lines))
