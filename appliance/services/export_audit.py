"""Hand a customer its own part of the audit ledger, with proofs."""

import asyncio

from appliance.errors import InvalidRequest
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.store import audit_lines
from appliance.store.transaction import Transaction


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

    def seal(transaction: Transaction) -> tuple[int, str]:
        note = services.checkpoints.make(transaction)
        return transaction.ledger.frontier.size, note

    note = await services.database.write(seal, urgent=True)
    lines = audit_lines.export(services.database, services.checkpoints, note, caller.principal.tenant, span)
    return await asyncio.to_thread(lambda: b"".join(lines))
