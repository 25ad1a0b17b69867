"""Faces into templates, and templates into collections."""

import asyncio
from collections.abc import Sequence

from appliance.domain.capture import Capture
from appliance.domain.face import Face, Template
from appliance.domain.face_policy import is_main
from appliance.errors import InvalidRequest
from appliance.services.call import Caller
from appliance.services.compare_faces import templates
from appliance.services.context import Services
from appliance.services.pictures import Intake, Picture, capture

NO_FACE = "Failed to detect face"
TOO_MANY = "Too many faces detected"
NAMED = 20
"""Records that a leaf of the ledger names; of more it gives the number."""


async def make_template(services: Services, caller: Caller, picture: Picture, intake: Intake) -> bytes:
    """Make the sealed template of the one face of a picture. The caller needs the scope `face`.

    Raises:
        InvalidRequest: no face, or more than one.
        RequestError: scope, or a picture that cannot be taken.
        Busy: the inference pool is full.
    """
    caller.require("face")
    async with services.pool.admit() as slot:
        taken = await capture(services, caller, picture, intake)
        faces = await slot.run(_every_face, services, taken)
        refuse(faces, most=1)
        (template,) = await slot.run(templates, services.faces, taken.pixels, faces)
    await services.audit.succeeded(caller, "template.generate", details={"model": template.model})
    return services.templates.seal(template)


async def enrol_image(  # noqa: PLR0913 - one call of the dialect
    services: Services, caller: Caller, picture: Picture, intake: Intake, *, collection: str, max_faces: int
) -> list[str]:
    """Enrol every face of a picture, from left to right, with the collection's own template model.

    The caller needs the scope `face`.

    Returns:
        The records' ids in that order.

    Raises:
        NotFound: no such collection.
        InvalidRequest: no face, or more than `max_faces`.
        NotInstalled: the collection's template model is not on this box.
        RequestError: scope, or a picture that cannot be taken.
        Busy: the inference pool is full.
    """
    caller.require("face")
    model = services.collections.get(caller.principal.tenant, collection).model
    async with services.pool.admit() as slot:
        taken = await capture(services, caller, picture, intake)
        faces = await slot.run(_every_face, services, taken)
        refuse(faces, most=max_faces)
        made = await slot.run(_across, services, taken, faces, model)
    return await _add(services, caller, collection, made)


async def enrol_templates(
    services: Services, caller: Caller, sealed: Sequence[bytes], collection: str
) -> list[str]:
    """Enrol templates made before, all or none. The caller needs the scope `face`.

    Returns:
        The records' ids in the order of the templates.

    Raises:
        NotFound: no such collection.
        TemplateRefused: one is not of this box, was changed, or is of another model than the collection's.
    """
    caller.require("face")
    opened = await asyncio.to_thread(lambda: [services.templates.open(one) for one in sealed])
    return await _add(services, caller, collection, opened)


async def _add(services: Services, caller: Caller, collection: str, made: Sequence[Template]) -> list[str]:
    tenant = caller.principal.tenant
    effect, ids = await asyncio.to_thread(services.collections.add, tenant, collection, made)
    details: dict[str, str | int | float | bool] = {"added": len(ids), "model": made[0].model if made else ""}
    if len(ids) <= NAMED:
        details["records"] = ",".join(ids)
    await services.audit.succeeded(caller, "collection.add", effect=effect, about=collection, details=details)
    return ids


def _every_face(services: Services, taken: Capture) -> list[Face]:
    """Look closely: whom a record stands for has to be certain, and a smaller face is easily missed."""
    return main_faces(services.faces.detect(taken.pixels, thorough=True))


def _across(services: Services, taken: Capture, faces: Sequence[Face], model: str) -> list[Template]:
    ordered = sorted(faces, key=lambda face: face.box.left)
    return [services.faces.template(taken.pixels, face, model) for face in ordered]


def main_faces(faces: Sequence[Face]) -> list[Face]:
    """Those that are no small ones of the background: neither enrolled nor counted."""
    return [face for face in faces if is_main(face.box.area, faces[0].box.area)]


def refuse(faces: Sequence[Face], *, most: int) -> None:
    """Refuse a picture without a face or with too many.

    Raises:
        InvalidRequest: saying which.
    """
    if not faces:
        raise InvalidRequest(NO_FACE, remedy="Take the picture again, with the whole face in it.")
    if len(faces) > most:
        raise InvalidRequest(TOO_MANY, remedy=f"The picture may show {most}, it shows {len(faces)}.")
