"""The applicant's steps. A partner's system gets what was found; an applicant's page gets where it stands."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from litestar import HttpMethod, get, post, route

from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.onboarder import body, render
from appliance.api.onboarder.admission import INTAKE, admitted, form
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.onboarding.access import is_applicant, session_for
from appliance.services.onboarding.challenge import new_challenge
from appliance.services.onboarding.document import UploadDocument, upload_document
from appliance.services.onboarding.liveness import AnswerChallenge, check_liveness
from appliance.services.onboarding.selfie import UploadSelfie, upload_selfie
from appliance.services.onboarding.submit import submit_session
from appliance.services.pictures import Sent

T = TypeVar("T")


@post("/kyc/{session:str}/document", status_code=200)
async def document(request: AnyRequest, session: str) -> Answer:
    """Take the document."""
    with admitted(request) as (services, caller):
        await session_for(services, caller, session)
        fields = await form(request, "document_type", "country_code")
        picture, kind, country = body.every(fields, body.file, body.document_type, body.country)
        command = UploadDocument(Sent(picture), kind, country, INTAKE)
        found = await upload_document(services, caller, session, command)
        return await _told(services, caller, session, found, render.document)


@post("/kyc/{session:str}/selfie", status_code=200)
async def selfie(request: AnyRequest, session: str) -> Answer:
    """Take the selfie."""
    with admitted(request) as (services, caller):
        await session_for(services, caller, session)
        fields = await form(request)
        command = UploadSelfie(Sent(body.file(fields)), INTAKE)
        found = await upload_selfie(services, caller, session, command)
        return await _told(services, caller, session, found, render.selfie)


@route(
    "/kyc/{session:str}/liveness/challenge", http_method=[HttpMethod.GET, HttpMethod.POST], status_code=200
)
async def challenge(request: AnyRequest, session: str) -> Answer:
    """Draw a challenge."""
    with admitted(request) as (services, caller):
        drawn = await new_challenge(services, caller, session)
        return await _told(services, caller, session, drawn, render.challenge)


@post("/kyc/{session:str}/liveness", status_code=200)
async def liveness(request: AnyRequest, session: str) -> Answer:
    """Take the frames that answer a challenge."""
    with admitted(request) as (services, caller):
        await session_for(services, caller, session)
        fields = await form(request, "challenge_id", many=("files",))
        challenge_id, frames = body.every(fields, body.challenge_id, body.files)
        command = AnswerChallenge(challenge_id, frames, INTAKE)
        found = await check_liveness(services, caller, session, command)
        return await _told(services, caller, session, found, render.liveness)


@post("/kyc/{session:str}/submit", status_code=200)
async def submit(request: AnyRequest, session: str) -> Answer:
    """Decide."""
    with admitted(request) as (services, caller):
        ended = await submit_session(services, caller, session)
        return await _told(services, caller, session, ended, render.submitted)


@get("/kyc/{session:str}/state")
async def state(request: AnyRequest, session: str) -> Answer:
    """Say where the applicant's page stands."""
    with admitted(request) as (services, caller):
        found = await session_for(services, caller, session)
    return answer(render.page(found, int(time.time())))


async def _told(
    services: Services, caller: Caller, session: str, found: T, render_it: Callable[[T], msgspec.Struct]
) -> Answer:
    if not is_applicant(caller):
        return answer(render_it(found))
    return answer(render.page(await session_for(services, caller, session), int(time.time())))


KYC: Final = [document, selfie, challenge, liveness, submit, state]
