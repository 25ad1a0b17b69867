"""Sessions: one customer's check from its opening to its one decision."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from litestar import get, post

from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.application import services_of
from appliance.api.recspace import wire
from appliance.api.recspace.admission import FACES, INTAKE, Admitted, authenticated, once
from appliance.api.recspace.body import parsed
from appliance.domain.kyc_session import KycSession
from appliance.services.kyc_sessions import Pictures, create_session, decide_session, get_session


class _Create(msgspec.Struct, frozen=True):
    customer_id: str
    metadata: dict[str, Any] = {}


@post("/v1/kyc/sessions", status_code=200)
async def create(request: AnyRequest) -> Answer:
    """Open a session."""

    async def act(call: Admitted) -> None:
        def render(session: KycSession) -> wire.Session:
            return _rendered(call.id, session)

        given = parsed(call.body, _Create)
        join = call.joined(render)
        await create_session(call.services, call.caller, given.customer_id, given.metadata, join)

    return await once(request, act, scopes=("sessions",), personal=True)


@get("/v1/kyc/sessions/{session:str}")
async def show(request: AnyRequest, session: str) -> Answer:
    """Look at a session."""
    services, caller = services_of(request), authenticated(request)
    caller.require("sessions")
    with services.limits.enter(caller.principal):
        found = await get_session(services, caller, session)
    return answer(_rendered(caller.request_id, found))


@post("/v1/kyc/sessions/{session:str}/complete", status_code=200)
async def complete(request: AnyRequest, session: str) -> Answer:
    """Decide a session by a document and a selfie."""

    async def act(call: Admitted) -> None:
        def render(ended: KycSession) -> wire.Session:
            return _rendered(call.id, ended)

        pictures = Pictures(call.picture("document"), call.picture("selfie"), INTAKE, FACES)
        join = call.joined(render)
        await decide_session(call.services, call.caller, session, pictures, join)

    return await once(request, act, "document", "selfie", scopes=("sessions", "ocr", "face"), personal=True)


def _rendered(request_id: str, session: KycSession) -> wire.Session:
    return wire.Session(
        request_id=request_id,
        session_id=session.id,
        status=session.state.value,
        customer_id=session.customer_id,
        metadata=dict(session.metadata),
        result=session.result or None,
        confidence=session.confidence,
        reason=session.reason or None,
        created_at=_stamp(session.created_at),
        expires_at=_stamp(session.expires_at),
        completed_at=None if session.completed_at is None else _stamp(session.completed_at),
    )


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


SESSIONS: Final = [create, show, complete]
