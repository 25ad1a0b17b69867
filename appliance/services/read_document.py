"""Read an identity document from one picture."""

from dataclasses import dataclass

from appliance.domain.capture import Capture
from appliance.domain.document import Document, DocumentType
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.pictures import Intake, Picture, capture
from appliance.services.tokens import Spend
from appliance.vision.documents.reader import DocumentReader
from appliance.vision.portrait import portrait_jpeg


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """The command.

    Attributes:
        picture: of the document.
        wanted: its kind where the caller knows it.
        intake: formats and bytes taken.
        spend: what the call costs, in the transaction of the leaf.
    """

    picture: Picture
    wanted: DocumentType | None
    intake: Intake
    spend: Spend | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """A document, and its portrait as a JPEG file; b"" where it shows no face."""

    document: Document
    portrait: bytes


def read(documents: DocumentReader, picture: Capture, wanted: DocumentType | None) -> Reading:
    """Read the document on a decoded picture. Blocks for some hundred milliseconds."""
    document = documents.read(picture.pixels, wanted)
    portrait = portrait_jpeg(document.page, document.portraits[0].box) if document.portraits else b""
    return Reading(document, portrait)


async def read_document(services: Services, caller: Caller, command: ReadDocument) -> Reading:
    """Read a document and leave the audit leaf of it. An unreadable one is a Reading of confidence 0.

    The caller needs the scope `ocr`.

    Raises:
        RequestError: scope, tokens, or the picture.
        Busy: the inference pool is full.
        ServiceError: decoding, inference or storage failed.
    """
    caller.require("ocr")
    async with services.pool.admit() as slot:
        decoded = await capture(services, caller, command.picture, command.intake)
        reading = await slot.run(read, services.documents, decoded, command.wanted)
    document = reading.document
    await services.audit.succeeded(
        caller,
        "document.scan",
        effect=command.spend,
        details={
            "type": document.type.value,
            "confidence": round(document.confidence, 4),
            "fields": len(document.fields),
            "mrz": document.mrz is not None,
        },
    )
    return reading
