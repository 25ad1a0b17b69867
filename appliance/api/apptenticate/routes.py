"""The calls of this dialect: admit, one service call, render."""

import msgspec
from litestar import MediaType, Response, get, post
from msgspec import UNSET

from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.application import services_of
from appliance.api.apptenticate import codes, parse, render
from appliance.api.apptenticate.admission import admitted, settings_of
from appliance.api.apptenticate.parse import INTAKE
from appliance.domain.attack import Attack, Strictness
from appliance.services.call import Caller
from appliance.services.call_numbers import CallNumber
from appliance.services.check import check
from appliance.services.check_shapes import AttackWanted, Check
from appliance.services.compare_faces import CompareFaces, compare_faces
from appliance.services.judge_document import JudgeDocument, judge_document
from appliance.services.pictures import Sealed

OCR = ("/api/v3/ocr", "/api/ocr", "/api/v2/ocr", "/api/v3.2/ocr")
LIVENESS = "/api/v3/biometrics/liveness"
FOREIGNS = "/api/v3/biometrics/foreigns"
PROOF_OF_LIFE = "document_liveness"
"""Scope of accounts whose documents have to prove to be there in person; one without scopes has it."""


@post(list(OCR), status_code=200)
async def ocr(request: AnyRequest) -> Answer:
    """Judge and read a document."""
    settings = settings_of(request)
    names = parse.DOCUMENT_FIELDS
    async with admitted(request, names, lambda fields: parse.document(fields, settings), "ocr") as call:
        caller, asked = call
        number = CallNumber(caller)
        proof = has_proof_of_life(caller)
        command = JudgeDocument(
            front=asked.front,
            back=asked.back,
            wanted=parse.WANTED[asked.document_type],
            refuse=frozenset(codes.REFUSALS) if proof else frozenset(),
            attacks=codes.looked_for(settings) if proof else (),
            strictness=Strictness(settings.strictness),
            intake=INTAKE,
            effect=number,
            state=asked.state,
        )
        judged = await judge_document(services_of(request), caller, command)
    return _answer(request, caller, render.document(judged, asked, settings, number.value))


@post(LIVENESS, status_code=200)
async def liveness(request: AnyRequest) -> Answer:
    """Prove that a selfie is of a living person; of a sealed capture also that a camera took it."""
    async with admitted(request, parse.LIVENESS_FIELDS, parse.liveness, "face") as (caller, asked):
        number = CallNumber(caller)
        wanted = [AttackWanted(Attack.PRESENTATION_ATTACK)]
        if isinstance(asked.selfie, Sealed):
            wanted.append(AttackWanted(Attack.INJECTION_ATTACK))
        command = Check(
            face=asked.selfie,
            document=None,
            domain=asked.domain,
            face_attacks=tuple(wanted),
            document_attacks=None,
            validate=False,
            search=None,
            ignore=frozenset(),
            intake=INTAKE,
            effect=number,
        )
        checked = await check(services_of(request), caller, command)
        told = number.value if asked.return_id else UNSET
        result = render.liveness(checked, told, details=asked.details)
    return _answer(request, caller, result)


@post(FOREIGNS, status_code=200)
async def foreigns(request: AnyRequest) -> Answer:
    """Compare a selfie with the portrait of a document, or with another picture of a person."""
    async with admitted(request, parse.MATCH_FIELDS, parse.match, "face") as (caller, asked):
        number = CallNumber(caller)
        command = CompareFaces(asked.front, asked.selfie, INTAKE, number)
        result = await compare_faces(services_of(request), caller, command)
    return _answer(request, caller, render.match(result, number.value if asked.return_id else UNSET))


@get("/openapi.json")
async def openapi(request: AnyRequest) -> Answer:
    """Describe this dialect to clients' generators."""
    return Response(request.app.state.openapi, media_type=MediaType.JSON)


def has_proof_of_life(caller: Caller) -> bool:
    """Whether the account has the proof of life of documents."""
    scopes = caller.principal.scopes
    return not scopes or PROOF_OF_LIFE in scopes


def _answer(request: AnyRequest, caller: Caller, body: msgspec.Struct) -> Answer:
    """Answer 200, also what is not valid, unless the operator chose 400 for this account."""
    as_400 = caller.principal.id in settings_of(request).invalid_as_400
    return answer(body, 400 if as_400 and not render.is_valid(body) else 200)


ROUTES = [ocr, liveness, foreigns, openapi]
