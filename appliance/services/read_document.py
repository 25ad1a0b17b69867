"""Read an identity document from a picture of it, or from pictures of both its sides."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from appliance.domain.capture import Capture, Pixels
from appliance.domain.disclosure import disclosed
from appliance.domain.document import Document, DocumentType
from appliance.errors import DecoderFailed, RequestError
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.parts import both
from appliance.services.pictures import Intake, Picture, capture
from appliance.services.tokens import Spend
from appliance.store.transaction import Effect
from appliance.vision.decode import PORTRAITS, Decoder
from appliance.vision.documents.reader import DocumentReader, Look
from appliance.vision.documents.sides import joined
from appliance.vision.portrait import picture_jpeg, portrait_jpeg

_MOST_PHOTO: Final = 16 * 1024
"""Bytes of a portrait in a barcode; the largest code holds 2,953."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """The command.

    Attributes:
        picture: of the document.
        wanted: its kind where the caller knows it.
        intake: formats and bytes taken.
        spend: what the call costs, in the transaction of the leaf.
        back: of the same card's other side.
    """

    picture: Picture
    wanted: DocumentType | None
    intake: Intake
    spend: Spend | None = None
    back: Picture | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """A document, and its portrait as a JPEG file; b"" where there is none.

    The portrait is cut out of the print. `read_document` takes a signed barcode's where the print shows none;
    it is for people to look at, faces are compared with the print's only.
    """

    document: Document
    portrait: bytes


def read(
    documents: DocumentReader,
    picture: Capture | Look,
    wanted: DocumentType | None,
    back: Capture | Look | None = None,
    *,
    whole_numbers: bool = False,
) -> Reading:
    """Read the document on decoded pictures. Blocks for some hundred milliseconds.

    Args:
        documents: the reader.
        picture: of the front, or the only one; or what the reader's `look` made of it.
        wanted: what the caller expects.
        back: of the other side.
        whole_numbers: whether Aadhaar numbers are left as they are; else their last four digits show.
    """
    document = documents.read(_seen(picture), wanted)
    if back is not None:
        document = joined(document, documents.read(_seen(back), wanted))
    portrait = portrait_jpeg(document.page, document.portraits[0].box) if document.portraits else b""
    return Reading(document if whole_numbers else disclosed(document), portrait)


def _seen(picture: Capture | Look) -> Pixels | Look:
    return picture.pixels if isinstance(picture, Capture) else picture


async def read_document(
    services: Services,
    caller: Caller,
    command: ReadDocument,
    effect_of: Callable[[Reading], Effect] | None = None,
) -> Reading:
    """Read a document and leave the audit leaf of it. An unreadable one is a Reading of confidence 0.

    The caller needs the scope `ocr`.

    Raises:
        RequestError: scope, tokens, or the picture.
        Busy: the inference pool is full.
        ServiceError: decoding, inference or storage failed.
    """
    caller.require("ocr")
    async with services.pool.admit() as slot:
        decoded, back = await both(
            capture(services, caller, command.picture, command.intake), _back(services, caller, command)
        )
        reading = await slot.run(
            read, services.documents, decoded, command.wanted, back, whole_numbers=caller.sees_whole_numbers
        )
    reading = await with_signed_portrait(services.decoder, reading)
    await services.audit.succeeded(
        caller,
        "document.scan",
        effect=effect_of(reading) if effect_of else command.spend,
        details=details_of(reading.document),
    )
    return reading


async def with_signed_portrait(decoder: Decoder, reading: Reading) -> Reading:
    """The reading with the portrait that an issuer has signed, where the print shows none.

    A portrait whose signature does not hold is a stranger's picture and is not decoded at all.
    """
    signed = next((one.photo for one in reading.document.evidence if one.verified and one.photo), b"")
    if reading.portrait or not signed:
        return reading
    try:
        decoded = await decoder.decode(signed, formats=PORTRAITS, max_bytes=_MOST_PHOTO)
    except (RequestError, DecoderFailed):
        # The caller sent a document, not this; its fields stand without it. The decoder counts the failure.
        return reading
    return replace(reading, portrait=await asyncio.to_thread(picture_jpeg, decoded.pixels))


async def _back(services: Services, caller: Caller, command: ReadDocument) -> Capture | None:
    if command.back is None:
        return None
    return await capture(services, caller, command.back, command.intake)


def details_of(document: Document) -> dict[str, str | int | float | bool]:
    """What the ledger keeps of a reading: figures and codes."""
    return {
        "type": document.type.value,
        "confidence": round(document.confidence, 4),
        "fields": len(document.fields),
        "mrz": document.mrz is not None,
        "conflicts": len(document.conflicts),
        "evidence": ",".join(
            f"{one.kind.value}:{'none' if one.verified is None else one.verified}".lower()
            for one in document.evidence
        ),
    }
