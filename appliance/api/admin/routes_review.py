"""Cases: the queue, one of them, its pictures and evidence, approve and reject."""

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from appliance.api.admin import openapi, wire
from appliance.api.admin.admission import officer
from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.application import services_of
from appliance.domain.onboarding import State
from appliance.errors import InvalidRequest
from appliance.services import case_view, review

ALL = "all"


@get("/admin/api/v1/sessions")
async def queue(request: AnyRequest) -> Answer:
    """List sessions that wait for an officer, or those in another state."""
    who, query = officer(request), request.query_params
    found, total = await review.queue(
        services_of(request),
        who,
        state=_state(query.get("status", State.MANUAL_REVIEW.value)),
        limit=_number(query.get("limit", "50")),
        offset=_number(query.get("offset", "0")),
    )
    rows = [case_view.row(one, first) for one, first in found]
    return answer(wire.Queue(rows, total))


@get("/admin/api/v1/sessions/{session:str}")
async def show(request: AnyRequest, session: FromPath[str]) -> Answer:
    """Open a case: it shows personal data, and who looked is on record."""
    found = await review.case(services_of(request), officer(request), session)
    return answer(case_view.view(found))


@get("/admin/api/v1/sessions/{session:str}/pictures/{kind:str}")
async def picture(request: AnyRequest, session: FromPath[str], kind: FromPath[str]) -> Answer:
    """Give a kept picture; who looked is on record."""
    found = await review.picture(services_of(request), officer(request), session, kind)
    return Response(found, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@get("/admin/api/v1/sessions/{session:str}/evidence")
async def evidence(request: AnyRequest, session: FromPath[str]) -> Answer:
    """Give the evidence of a session's decisions: sealed and signed, for `kycbox audit verify`."""
    found = await review.evidence(services_of(request), officer(request), session)
    name = f'attachment; filename="evidence-{session}.jsonl"'
    return Response(found, media_type="application/jsonl", headers={"Content-Disposition": name})


@post("/admin/api/v1/sessions/{session:str}/approve", status_code=200)
async def approve(request: AnyRequest, session: FromPath[str]) -> Answer:
    """Approve a case; where two have to, be the first or the second of them."""
    who = officer(request)
    ended = await review.approve(services_of(request), who, session, _reason(await request.body()))
    return answer(case_view.acted(ended, who))


@post("/admin/api/v1/sessions/{session:str}/reject", status_code=200)
async def reject(request: AnyRequest, session: FromPath[str]) -> Answer:
    """Reject a case."""
    who = officer(request)
    ended = await review.reject(services_of(request), who, session, _reason(await request.body()))
    return answer(case_view.acted(ended, who))


@get("/admin/api/v1/openapi.json")
async def described() -> Answer:
    """Give the OpenAPI document."""
    return Response(openapi.document(), media_type="application/json")


def _reason(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=wire.Reason).reason
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidRequest('the body is not {"reason": TEXT}') from None


def _state(given: str) -> State | None:
    if given == ALL:
        return None
    if given not in tuple(State):
        raise InvalidRequest("unknown status", remedy=f"One of: {', '.join((*State, ALL))}.")
    return State(given)


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 12 else -1
