"""Masking: hide personal data in JSON, and bring it back on record."""

import base64
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from litestar import post

from appliance.api.answers import Answer, AnyRequest
from appliance.api.recspace import wire
from appliance.api.recspace.admission import INTAKE, Admitted, once
from appliance.api.recspace.body import parsed
from appliance.errors import InvalidRequest
from appliance.services.mask_image import MaskedImage, MaskImage, mask_image
from appliance.services.mask_payload import Masking, MaskRequest, mask_payload
from appliance.services.unmask_payload import (
    Approval,
    Unmasked,
    UnmaskRequest,
    approve_unmask,
    unmask_payload,
)

FIELDS: Final = {
    "name": "full_name",
    "dob": "date_of_birth",
    "name_local": "full_name_local",
    **dict.fromkeys(
        ("number", "aadhaar_number", "pan_number", "passport_number", "dl_number", "epic_number"),
        "document_number",
    ),
}
"""What this dialect calls fields -> what the box does."""
NAMES: Final = {"full_name": "name", "date_of_birth": "dob", "full_name_local": "name_local"}
MODES: Final = ("irreversible", "reversible")
"""The first is taken where none is named: it keeps nothing."""


class _Apply(msgspec.Struct, frozen=True):
    payload: dict[str, Any]
    mask_fields: list[str] | None = None
    mask_mode: str = MODES[0]
    purpose: str = ""
    retention_days: int | None = None


class _Unmask(msgspec.Struct, frozen=True):
    mask_id: str
    fields: list[str] | None = None


@post("/v1/masking/apply", status_code=200)
async def apply(request: AnyRequest) -> Answer:
    """Mask a payload."""

    async def act(call: Admitted) -> None:
        given = parsed(call.body, _Apply)
        if given.mask_mode not in MODES:
            raise InvalidRequest("mask_mode is not known", remedy=f"One of: {', '.join(MODES)}.")
        command = MaskRequest(
            payload=given.payload,
            fields=given.mask_fields,
            reversible=given.mask_mode == "reversible",
            purpose=given.purpose or call.caller.purpose,
            retention_days=given.retention_days,
        )

        def render(found: Masking) -> wire.Masked:
            return wire.Masked(
                request_id=call.id,
                mask_id=found.mask_id,
                mask_mode=given.mask_mode,
                payload=found.payload,
                masked_fields=list(found.masked_fields),
                unmatched_fields=list(found.unmatched_fields),
                expires_at=_stamp(found.expires_at),
            )

        await mask_payload(call.services, call.caller, command, call.joined(render))

    return await once(request, act, scopes=("mask",), personal=True)


@post("/v1/masking/unmask", status_code=200)
async def unmask(request: AnyRequest) -> Answer:
    """Bring originals back."""

    async def act(call: Admitted) -> None:
        def render(found: Unmasked) -> wire.Unmasked:
            return wire.Unmasked(call.id, found.mask_id, found.payload, list(found.fields))

        await unmask_payload(call.services, call.caller, _wanted(call), call.joined(render))

    return await once(request, act, scopes=("unmask",))


@post("/v1/masking/approve", status_code=200)
async def approve(request: AnyRequest) -> Answer:
    """Approve, as a second person, what another token is going to unmask."""

    async def act(call: Admitted) -> None:
        def render(found: Approval) -> wire.Approved:
            return wire.Approved(call.id, found.token, _stamp(found.expires_at) or "")

        await approve_unmask(call.services, call.caller, _wanted(call), call.joined(render))

    return await once(request, act, scopes=("unmask",))


@post("/v1/masking/image", status_code=200)
async def image(request: AnyRequest) -> Answer:
    """Blacken personal data in a picture; as PNG where the caller accepts nothing else, else as JSON."""

    async def act(call: Admitted) -> None:
        named = [word.strip() for word in call.text("mask_fields", "").split(",")]
        fields = tuple(FIELDS.get(word, word) for word in named if word)
        command = MaskImage(call.picture("document"), fields, INTAKE)

        def render(found: MaskedImage) -> wire.MaskedImage:
            boxes = [wire.Blackened(NAMES.get(name, name), box) for name, box in found.boxes]
            return wire.MaskedImage(call.id, base64.b64encode(found.png).decode("ascii"), boxes)

        if call.headers.get("accept", "") == "image/png":
            effect_of = call.filed("image/png", _file)
        else:
            effect_of = call.rendered(render)
        await mask_image(call.services, call.caller, command, effect_of)

    return await once(request, act, "document", "mask_fields", scopes=("mask", "ocr"), personal=True)


def _file(found: MaskedImage) -> bytes:
    return found.png


def _wanted(call: Admitted) -> UnmaskRequest:
    given = parsed(call.body, _Unmask)
    headers = call.headers
    return UnmaskRequest(
        given.mask_id,
        headers.get("x-role", ""),
        headers.get("x-reason", ""),
        given.fields,
        headers.get("x-approval", ""),
    )


def _stamp(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


MASKING: Final = [apply, unmask, approve, image]
