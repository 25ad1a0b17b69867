"""Blacken personal data in the picture of a document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from appliance.errors import DocumentUnreadable, InvalidRequest
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.pictures import Intake, Picture, capture
from appliance.store.transaction import Effect
from appliance.vision.documents.redaction import BARCODES, ZONE, png, redact

NUMBERS: Final = ("document_number", "personal_number", "vid", ZONE, BARCODES)
"""What is blackened where nothing is named: numbers, and what holds them besides print."""
NAMES: Final = frozenset(
    {
        *NUMBERS,
        *("full_name", "first_name", "last_name", "father_name", "full_name_local"),
        *("date_of_birth", "address", "address_local", "place_of_birth"),
    }
)


@dataclass(frozen=True, slots=True)
class MaskImage:
    """The command: picture, fields to blacken (empty: the numbers), formats and bytes taken."""

    picture: Picture
    fields: tuple[str, ...]
    intake: Intake


@dataclass(frozen=True, eq=False, slots=True)
class MaskedImage:
    """A PNG file, and per field the boxes that were blackened in it: left, top, width, height."""

    png: bytes
    boxes: tuple[tuple[str, tuple[int, int, int, int]], ...]


async def mask_image(
    services: Services,
    caller: Caller,
    command: MaskImage,
    effect_of: Callable[[MaskedImage], Effect] | None = None,
) -> MaskedImage:
    """Blacken, read the result again, and leave the audit leaf.

    The caller needs the scopes `mask` and `ocr`.

    Raises:
        InvalidRequest: a field that cannot be blackened.
        DocumentUnreadable: no document was read, or something asked for can still be read afterwards.
        RequestError: scope, or the picture. Busy: the inference pool is full.
    """
    caller.require("mask", "ocr")
    if unknown := sorted(set(command.fields) - NAMES):
        raise InvalidRequest(
            f"{unknown[0][:40]} cannot be masked in a picture", remedy=f"One of: {', '.join(sorted(NAMES))}."
        )
    names = command.fields or NUMBERS
    async with services.pool.admit() as slot:
        taken = await capture(services, caller, command.picture, command.intake)
        document = await slot.run(services.documents.read, taken.pixels)
        if not document.fields and not document.evidence:
            remedy = "Take the picture again: whole, sharp, without glare."
            raise DocumentUnreadable("no document can be read", remedy=remedy)
        redacted = await slot.run(redact, services.documents, taken.pixels, document, names)
        if redacted.legible:
            reason = f"these can still be read after masking: {', '.join(redacted.legible)}"
            raise DocumentUnreadable(reason, remedy="Take the picture again, sharper and closer.")
        file = await slot.run(png, redacted.pixels)
    found = MaskedImage(file, redacted.boxes)
    await services.audit.succeeded(
        caller,
        "masking.image",
        effect=effect_of(found) if effect_of else None,
        details={"type": document.type.value, "fields": ",".join(sorted(names)), "boxes": len(found.boxes)},
    )
    return found
