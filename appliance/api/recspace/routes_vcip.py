"""Video-based identification: opened, led through its steps, completed, audited."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from litestar import Response, get, post

from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.application import services_of
from appliance.api.recspace import wire
from appliance.api.recspace.admission import FACES, Admitted, authenticated, once
from appliance.api.recspace.body import parsed
from appliance.api.recspace.routes import MATCHES
from appliance.domain.vcip import Evidence, Fence, Location, Question, missing
from appliance.errors import InvalidRequest
from appliance.services.match_faces import MatchFaces
from appliance.services.vcip_sessions import (
    Taking,
    abort_vcip,
    audit_vcip,
    complete_vcip,
    consent_vcip,
    create_vcip,
    get_vcip,
    locate_vcip,
    prove_vcip,
    record_vcip,
    watch_vcip,
)
from appliance.store.vcip_sessions import VcipSession

PATH: Final = "/v1/vcip/sessions"


class _Create(msgspec.Struct, frozen=True):
    customer_id: str
    official_id: str
    metadata: dict[str, Any] = {}


class _Consent(msgspec.Struct, frozen=True):
    reference: str


class _Located(msgspec.Struct, frozen=True):
    latitude: float
    longitude: float
    at: datetime
    accuracy: float = 0.0


class _Audited(msgspec.Struct, frozen=True):
    auditor_id: str
    result: str


class _Aborted(msgspec.Struct, frozen=True):
    reason: str


@post(PATH, status_code=201)
async def create(request: AnyRequest) -> Answer:
    """Open a session."""

    async def act(call: Admitted) -> None:
        given = parsed(call.body, _Create)
        join = call.joined(_of(call))
        await create_vcip(
            call.services, call.caller, given.customer_id, given.official_id, given.metadata, join
        )

    return await once(request, act, scopes=("sessions",), status=201, personal=True)


@get(PATH + "/{session:str}")
async def show(request: AnyRequest, session: str) -> Answer:
    """Look at a session."""
    services, caller = services_of(request), authenticated(request)
    caller.require("sessions")
    with services.limits.enter(caller.principal):
        found = await get_vcip(services, caller, session)
    return answer(_rendered(caller.request_id, found, Fence(*services.settings.vcip.fence)))


@post(PATH + "/{session:str}/consent", status_code=200)
async def consent(request: AnyRequest, session: str) -> Answer:
    """Put the consent on record."""
    return await _step(
        request,
        session,
        lambda call, taking: consent_vcip(
            call.services, call.caller, taking, parsed(call.body, _Consent).reference
        ),
    )


@post(PATH + "/{session:str}/location", status_code=200)
async def location(request: AnyRequest, session: str) -> Answer:
    """Note where the customer is."""

    async def locate(call: Admitted, taking: Taking) -> None:
        given = parsed(call.body, _Located)
        if given.at.tzinfo is None:
            raise InvalidRequest("at is not a time with a zone", remedy="Send it as 2026-01-31T00:00:00Z.")
        here = Location(given.latitude, given.longitude, given.accuracy, int(given.at.timestamp()))
        await locate_vcip(call.services, call.caller, taking, here)

    return await _step(request, session, locate)


@post(PATH + "/{session:str}/evidence", status_code=200)
async def evidence(request: AnyRequest, session: str) -> Answer:
    """Judge what the video shows."""

    async def prove(call: Admitted, taking: Taking) -> None:
        pictures = MatchFaces(
            call.picture("id_photo"), call.picture("selfie"), MATCHES, liveness=True, intake=FACES
        )
        questions = parsed(call.text("questions", "").encode(), tuple[Question, ...])
        saw = call.flag("official_saw_live")
        await prove_vcip(call.services, call.caller, taking, pictures, questions, official_saw_live=saw)

    names = ("id_photo", "selfie", "questions", "official_saw_live")
    return await _step(request, session, prove, *names, scopes=("sessions", "face"))


@post(PATH + "/{session:str}/recording", status_code=200)
async def recording(request: AnyRequest, session: str) -> Answer:
    """Store the recording."""
    return await _step(
        request,
        session,
        lambda call, taking: record_vcip(call.services, call.caller, taking, call.picture("recording").data),
        "recording",
    )


@get(PATH + "/{session:str}/recording")
async def watch(request: AnyRequest, session: str) -> Answer:
    """Give the recording out, on record."""
    services, caller = services_of(request), authenticated(request)
    caller.require("audit:read")
    said = request.headers.get
    with services.limits.enter(caller.principal):
        video, kind = await watch_vcip(services, caller, session, said("x-role", ""), said("x-reason", ""))
    headers = {"Content-Disposition": f'attachment; filename="{session}"', "Cache-Control": "no-store"}
    return Response(video, media_type=kind, headers=headers)


@post(PATH + "/{session:str}/complete", status_code=200)
async def complete(request: AnyRequest, session: str) -> Answer:
    """End a session with nothing missing."""
    return await _step(
        request, session, lambda call, taking: complete_vcip(call.services, call.caller, taking)
    )


@post(PATH + "/{session:str}/audit", status_code=200)
async def audit(request: AnyRequest, session: str) -> Answer:
    """Note the result of the concurrent audit."""

    async def judge(call: Admitted, taking: Taking) -> None:
        given = parsed(call.body, _Audited)
        await audit_vcip(call.services, call.caller, taking, given.auditor_id, given.result)

    return await _step(request, session, judge, scopes=("sessions", "audit:read"))


@post(PATH + "/{session:str}/abort", status_code=200)
async def abort(request: AnyRequest, session: str) -> Answer:
    """End a session that was disrupted."""
    return await _step(
        request,
        session,
        lambda call, taking: abort_vcip(
            call.services, call.caller, taking, parsed(call.body, _Aborted).reason
        ),
    )


async def _step(
    request: AnyRequest,
    session: str,
    take: Callable[[Admitted, Taking], Awaitable[None]],
    *names: str,
    scopes: tuple[str, ...] = ("sessions",),
) -> Answer:
    async def act(call: Admitted) -> None:
        await take(call, Taking(session, call.joined(_of(call))))

    return await once(request, act, *names, scopes=scopes)


def _of(call: Admitted) -> Callable[[VcipSession], wire.Vcip]:
    fence = Fence(*call.services.settings.vcip.fence)
    return lambda session: _rendered(call.id, session, fence)


def _rendered(request_id: str, session: VcipSession, fence: Fence) -> wire.Vcip:
    facts = session.facts
    judged, video = facts.evidence, facts.recording
    return wire.Vcip(
        request_id=request_id,
        session_id=session.id,
        status=session.state.value,
        join_url=None,
        customer_id=facts.customer_id,
        official_id=facts.official,
        metadata=facts.metadata,
        consent=facts.consent or None,
        location_inside=None if facts.location is None else fence.holds(facts.location),
        evidence=None if judged is None else _judged(judged),
        recording=None
        if video is None
        else wire.VcipRecording(video.record, video.sha256, video.length, video.media_type),
        missing=list(missing(facts, fence)),
        record_id=facts.record or None,
        result=facts.result or None,
        auditor_id=facts.auditor or None,
        reason=facts.reason or None,
        created_at=_stamp(session.created_at),
        expires_at=_stamp(session.expires_at),
        completed_at=None if session.ended_at is None else _stamp(session.ended_at),
    )


def _judged(evidence: Evidence) -> wire.VcipEvidence:
    return wire.VcipEvidence(
        evidence.match,
        evidence.similarity,
        evidence.live,
        evidence.live_by,
        evidence.liveness,
        len(evidence.questions),
    )


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


VCIP: Final = [create, show, consent, location, evidence, recording, watch, complete, audit, abort]
