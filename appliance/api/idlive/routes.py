"""The calls of this dialect: admit, one service call, render."""

import base64

import msgspec
from litestar import MediaType, Response, delete, get, post

from appliance import __version__
from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.application import services_of
from appliance.api.forms import json_object
from appliance.api.idlive import parse, render, wire
from appliance.api.idlive.admission import admitted, form
from appliance.domain.attack import Attack
from appliance.errors import InvalidRequest
from appliance.services import collections as use
from appliance.services.captures import decrypt
from appliance.services.check import check
from appliance.services.collections import Described
from appliance.services.enrol import enrol_image, enrol_templates, make_template
from appliance.services.match_template import match_template
from appliance.services.readiness import obstacles


@post("/check", status_code=200)
async def check_identity(request: AnyRequest) -> Answer:
    """Check a selfie and a document."""
    async with admitted(request) as caller:
        encrypted = parse.flag(request, "encrypted", default=True)
        fields = await form(request)
        command = parse.command(
            parse.check_model(fields),
            parse.part(fields, "face", encrypted=encrypted),
            parse.part(fields, "doc", encrypted=encrypted),
        )
        checked = await check(services_of(request), caller, command)
    return answer(render.result(checked))


@post("/collections", status_code=201)
async def create(request: AnyRequest) -> Answer:
    """Create a collection."""
    async with admitted(request, "face") as caller:
        await use.create_collection(services_of(request), caller, parse.text(request, "collection"))
    return Response(b"", status_code=201)


@delete("/collections", status_code=200)
async def remove(request: AnyRequest) -> Answer:
    """Delete a collection."""
    async with admitted(request, "face") as caller:
        name, force = parse.text(request, "collection"), parse.flag(request, "force", default=False)
        await use.delete_collection(services_of(request), caller, name, force=force)
    return Response(b"", status_code=204)


@get("/collections")
async def listed(request: AnyRequest) -> Answer:
    """Show all collections, or the one that is named."""
    async with admitted(request, "face", "search") as caller:
        services, name = services_of(request), request.query_params.get("collection", "")
        if name:
            return answer(_collection(await use.describe_collection(services, caller, name)))
        found = await use.list_collections(services, caller)
    return answer(wire.Collections([_collection(one) for one in found]))


@delete("/collections/remove-record", status_code=200)
async def remove_record(request: AnyRequest) -> Answer:
    """Remove a record from a collection."""
    async with admitted(request, "face") as caller:
        name, record = parse.text(request, "collection"), parse.text(request, "recordId")
        await use.remove_record(services_of(request), caller, name, record)
    return Response(b"", status_code=204)


@post("/generate-template", status_code=201)
async def generate_template(request: AnyRequest) -> Answer:
    """Make the template of the face of a picture."""
    async with admitted(request, "face") as caller:
        encrypted = parse.flag(request, "encrypted", default=None)
        picture = parse.picture(await request.body(), encrypted=encrypted)
        made = await make_template(services_of(request), caller, picture, parse.INTAKE)
    return answer(wire.TemplateResult(base64.b64encode(made).decode()), 201)


@post("/match-over-template", status_code=200)
async def match_over_template(request: AnyRequest) -> Answer:
    """Compare a face with a template."""
    async with admitted(request, "face") as caller:
        encrypted = parse.flag(request, "encrypted", default=None)
        fields = await form(request)
        picture = parse.part(fields, "file", encrypted=encrypted)
        if picture is None:
            raise InvalidRequest("Required part 'file' is not present.")
        template = parse.template(fields.get("template"))
        score = await match_template(services_of(request), caller, picture, parse.INTAKE, template)
    return answer(wire.ScoreResult(score))


@post("/add-template", status_code=201)
async def add_template(request: AnyRequest) -> Answer:
    """Add templates to a collection, all or none."""
    async with admitted(request, "face") as caller:
        name = parse.text(request, "collection")
        json_object(body := await request.body())
        try:
            given = msgspec.json.decode(body, type=wire.TemplatesInput)
        except msgspec.DecodeError:
            reason = 'the body is not {"templates": [...]} with 1 to 1000 templates'
            raise InvalidRequest(reason) from None
        sealed = [parse.template(one) for one in given.templates]
        ids = await enrol_templates(services_of(request), caller, sealed, name)
    return answer(wire.RecordsResult(ids), 201)


@post("/add-image", status_code=201)
async def add_image(request: AnyRequest) -> Answer:
    """Add the faces of a picture to a collection."""
    async with admitted(request, "face") as caller:
        name, most = parse.text(request, "collection"), parse.number(request, "maxFaces", 1, 100)
        encrypted = parse.flag(request, "encrypted", default=None)
        picture = parse.picture(await request.body(), encrypted=encrypted)
        ids = await enrol_image(
            services_of(request), caller, picture, parse.INTAKE, collection=name, max_faces=most
        )
    return answer(wire.RecordsResult(ids), 201)


@post("/decrypt", status_code=200)
async def decrypt_payload(request: AnyRequest) -> Answer:
    """Give the picture out of a sealed capture, with the type that it has."""
    async with admitted(request, "face") as caller:
        data = await request.body()
        if not data:
            raise InvalidRequest("the body is empty", remedy="Send the bundle's bytes.")
        picture, media_type = await decrypt(services_of(request), caller, data)
    return Response(picture, media_type=media_type)


@get("/api_version")
async def api_version(request: AnyRequest) -> Answer:
    """Say which version this is and which pipelines it can run."""
    async with admitted(request):
        services = services_of(request)
        known = [one for one in services.attacks.status() if one.pipeline.name]
    default = next(one.pipeline.name for one in known if one.pipeline.attack is Attack.PRESENTATION_ATTACK)
    return answer(
        wire.Version(
            product="kycbox",
            version=__version__,
            default_pipeline=default,
            available_pipelines=[one.pipeline.name for one in known if one.ready],
            pipelines=[
                wire.PipelineStatus(
                    one.pipeline.name,
                    one.pipeline.attack.value,
                    one.ready,
                    sorted(level.value for level in one.pipeline.strictnesses),
                    one.says,
                )
                for one in known
            ],
            template_model=services.faces.template_model,
        )
    )


@get("/actuator/health")
async def health(request: AnyRequest) -> Answer:
    """Say whether the box can serve."""
    down = await obstacles(services_of(request))
    return answer(wire.Health("DOWN" if down else "UP"), 503 if down else 200)


@get("/v3/api-docs")
async def api_docs(request: AnyRequest) -> Answer:
    """Describe this dialect to clients' generators."""
    return Response(request.app.state.openapi, media_type=MediaType.JSON)


def _collection(described: Described) -> wire.Collection:
    about = described.collection
    return wire.Collection(
        about.name, about.total_records, about.model, described.needs_reenrolment, about.created_at
    )


ROUTES = [
    *(check_identity, create, remove, listed, remove_record, generate_template, match_over_template),
    *(add_template, add_image, decrypt_payload, api_version, health, api_docs),
]
