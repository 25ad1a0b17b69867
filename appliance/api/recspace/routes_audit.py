"""The caller's own part of the audit ledger."""

from typing import Final

from litestar import Response, get

from appliance.api.answers import Answer, AnyRequest
from appliance.api.application import services_of
from appliance.api.recspace.admission import authenticated
from appliance.errors import InvalidRequest
from appliance.services.export_audit import export_audit


@get("/v1/audit/export")
async def export(request: AnyRequest) -> Answer:
    """Give it as JSON lines that `kycbox audit verify` proves."""
    services, caller = services_of(request), authenticated(request)
    caller.require("audit:read")
    query = request.query_params
    if query.get("format", "jsonl") != "jsonl":
        raise InvalidRequest("the format is not known", remedy="It is jsonl.")
    with services.limits.enter(caller.principal):
        lines = await export_audit(services, caller, query.get("from", ""), query.get("to", ""))
    headers = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
    return Response(lines, media_type="application/x-ndjson", headers=headers)


AUDIT: Final = [export]
