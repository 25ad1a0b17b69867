"""Pictures of a call: bytes as sent, or the key of an upload, become a capture."""

import asyncio
from dataclasses import dataclass
from typing import TypeAlias

from appliance.domain.capture import Capture
from appliance.errors import Forbidden, NotFound
from appliance.services.call import Caller
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


Picture: TypeAlias = Sent | Stored


async def capture(services: Services, caller: Caller, picture: Picture, intake: Intake) -> Capture:
    """Fetch and decode one picture.

    Raises:
        Forbidden: no upload of this tenant has that key. Whether another's has is not told.
        UnsupportedFormat: the bytes are not of the formats of this route.
        PictureUnreadable: damaged.
        PictureTooLarge: too many bytes or pixels.
        DecoderFailed: the decoding process died over it.
    """
    data = picture.data if isinstance(picture, Sent) else await _stored(services, caller, picture.key)
    return await services.decoder.decode(data, formats=intake.formats, max_bytes=intake.max_bytes)


async def _stored(services: Services, caller: Caller, key: str) -> bytes:
    try:
        stored = await asyncio.to_thread(services.uploads.open, key, caller.principal.tenant)
    except (NotFound, Forbidden):
        reason = "a file key is not readable by this organization"
        raise Forbidden(reason, remedy="Use a key from this organization's own upload.") from None
    return stored.data
