"""The checks of the Verify Identity dialect: admit, one service call, render."""

from litestar import HttpMethod, post, route

from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.application import authenticated, services_of
from appliance.api.deepidv import render
from appliance.api.deepidv.admission import admitted, settings_of
from appliance.api.deepidv.images import INTAKE
from appliance.errors import NotInstalled
from appliance.services.compare_faces import CompareFaces, compare_faces
from appliance.services.detect_face import DetectFace, detect_face
from appliance.services.read_document import ReadDocument, read_document
from appliance.services.verify_identity import VerifyIdentity, verify_identity


@post("/v1/identity/verify", status_code=200)
async def verify(request: AnyRequest) -> Answer:
    """Read the document, find the selfie's face, compare the two."""
    async with admitted(request, "documentImage", "faceImage", scopes=("ocr", "face")) as call:
        document, selfie = call.pictures
        command = VerifyIdentity(
            document,
            selfie,
            wanted=call.wanted,
            intake=INTAKE,
            refuse_expired=settings_of(request).refuse_expired,
            spend=call.spend,
        )
        result = await verify_identity(services_of(request), call.caller, command)
    return answer(render.identity(result))


@post("/v1/document/scan", status_code=200)
async def scan(request: AnyRequest) -> Answer:
    """Read a document."""
    async with admitted(request, "image", scopes=("ocr",)) as call:
        (image,) = call.pictures
        command = ReadDocument(image, call.wanted, INTAKE, call.spend)
        reading = await read_document(services_of(request), call.caller, command)
    return answer(render.scan(reading))


@post("/v1/face/detect", status_code=200)
async def detect(request: AnyRequest) -> Answer:
    """Find the top face."""
    async with admitted(request, "image", scopes=("face",)) as call:
        (image,) = call.pictures
        command = DetectFace(image, INTAKE, call.spend)
        found = await detect_face(services_of(request), call.caller, command)
    return answer(render.detection(found))


@post("/v1/face/compare", status_code=200)
async def compare(request: AnyRequest) -> Answer:
    """Compare the faces of two pictures."""
    async with admitted(request, "source", "target", scopes=("face",)) as call:
        source, target = call.pictures
        command = CompareFaces(source, target, INTAKE, call.spend)
        result = await compare_faces(services_of(request), call.caller, command)
    return answer(render.comparison(result))


@post("/v1/face/estimate-age", status_code=200)
async def estimate_age(request: AnyRequest) -> Answer:
    """Refuse: there is no age model."""
    authenticated(request).require("face")
    raise NotInstalled("this box does not estimate ages", remedy="It needs an age model.")


@route(
    ["/v1/sessions", "/v1/sessions/{session:str}", "/v1/sessions/{session:str}/update-status"],
    http_method=[HttpMethod.GET, HttpMethod.POST, HttpMethod.PATCH],
    status_code=200,
)
async def sessions(request: AnyRequest) -> Answer:
    """Refuse: there is no hosted flow in this dialect."""
    authenticated(request).require("sessions")
    raise NotInstalled("this box does not serve hosted sessions", remedy="Call /v1/identity/verify.")


CHECKS = [verify, scan, detect, compare, estimate_age, sessions]
