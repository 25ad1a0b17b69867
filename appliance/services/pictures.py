"""Pictures of a call: bytes as sent, or the key of an upload, become a capture."""

import asyncio
from dataclasses import dataclass, replace
from typing import TypeAlias

from appliance.domain.capture import Capture
from appliance.errors import Forbidden, NotFound, RequestError
from appliance.services.call import Caller
from appliance.services.captures import open_sealed
from appliance.services.context import Services


@dataclass(frozen=True, slots=True)
class Intake:
    """What a route takes: media types, found from the bytes, and bytes per picture."""

    formats: frozenset[str]
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture in the call itself."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture uploaded before, by its key."""

    key: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed capture in the call itself. It is used up by the call."""

    data: bytes


Picture: TypeAlias = Sent | Stored | Sealed


async def capture(
    services: Services, caller: Caller, picture: Picture, intake: Intake, part: str = ""
) -> Capture:
    """Fetch and decode one picture.

    Args:
        services: of the box.
        caller: who sent it.
        picture: as it was sent.
        intake: formats and bytes taken.
        part: which picture of the call it is; a refusal of it carries this name.

    Raises:
        Forbidden: no upload of this tenant has that key. Whether another's has is not told.
        UnsupportedFormat: the bytes are not of the formats of this route.
        PictureUnreadable: damaged.
        PictureTooLarge: too many bytes or pixels.
        BundleRefused: a sealed capture that does not open, is stale, or was used before.
        DecoderFailed: the decoding process died over it.
    """
    try:
        return await _decoded(services, caller, picture, intake)
    except RequestError as error:
        error.part = part
        raise


async def _decoded(services: Services, caller: Caller, picture: Picture, intake: Intake) -> Capture:
    if isinstance(picture, Sealed):
        data, provenance = await open_sealed(services, caller, picture.data)
        decoded = await services.decoder.decode(data, formats=intake.formats, max_bytes=intake.max_bytes)
        return replace(decoded, provenance=provenance)
    data = picture.data if isinstance(picture, Sent) else await _stored(services, caller, picture.key)
    return await services.decoder.decode(data, formats=intake.formats, max_bytes=intake.max_bytes)


async def _stored(services: Services, caller: Caller, key: str) -> bytes:
    try:
        stored = await asyncio.to_thread(services.uploads.open, key, caller.principal.tenant)
    except (NotFound, Forbidden):
        reason = "a file key is not readable by this organization"
        raise Forbidden(reason, remedy="Use a key from this organization's own upload.") from None
    return stored.data
