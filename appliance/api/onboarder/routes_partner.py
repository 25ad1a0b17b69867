"""What a partner's system calls: open a session, look at it, list them; and whether the API is healthy."""

from typing import Final

from litestar import get, post

from appliance import __version__
from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.application import services_of
from appliance.api.onboarder import body, render, wire
from appliance.api.onboarder.admission import admitted, base_of, short_body
from appliance.errors import KycboxError
from appliance.services.onboarding.create import create_session, get_session, list_sessions


@post("/partner/sessions", status_code=200)
async def create(request: AnyRequest) -> Answer:
    """Open a session."""
    with admitted(request) as (services, caller):
        base = base_of(request, services)
        wanted = body.wanted(await short_body(request))
        made = await create_session(services, caller, wanted)
    return answer(render.created(made, base))


@get("/partner/sessions")
async def listed(request: AnyRequest) -> Answer:
    """List sessions, newest first."""
    with admitted(request) as (services, caller):
        query = request.query_params
        limit, offset = body.paging(query)
        found, total = await list_sessions(
            services,
            caller,
            state=body.state(query),
            user=query.get("external_user_id", ""),
            limit=limit,
            offset=offset,
        )
    return answer(wire.Sessions([render.session(one) for one in found], total, limit, offset))


@get("/partner/sessions/{session:str}")
async def show(request: AnyRequest, session: str) -> Answer:
    """Look at a session."""
    with admitted(request) as (services, caller):
        found = await get_session(services, caller, session)
    return answer(render.session(found))


@get("/health")
async def health(request: AnyRequest) -> Answer:
    """Say whether the API works; no key is needed."""
    database = services_of(request).database
    try:
        await database.read(lambda connection: connection.row("SELECT 1"))
        connected = database.alive and database.failure is None
    except KycboxError:
        connected = False
    if connected:
        return answer(wire.Health("healthy", __version__, "connected"))
    return answer(wire.Health("unhealthy", __version__, "disconnected"), 503)


PARTNER: Final = [create, listed, show, health]
