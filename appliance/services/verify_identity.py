"""Verify an applicant: read the document, find the face of the selfie, compare the two.

The three parts run at the same time in one place of the inference pool and do not depend on each other's
success: one that fails is reported as failed and the others still count. Each picture is decoded once, each
face found and embedded once.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date

from appliance.domain.capture import Capture
from appliance.domain.document import Document, DocumentType
from appliance.domain.face import Face, Template
from appliance.domain.verdict import DocumentEvidence, FaceEvidence, MatchEvidence, Verdict, decide
from appliance.engine.pool import Slot
from appliance.errors import DecoderFailed, ServiceError
from appliance.services.call import Caller
from appliance.services.compare_faces import MOST_FACES, Comparison, best, found, templates
from appliance.services.context import Services
from appliance.services.parts import Failed, part
from appliance.services.pictures import Intake, Picture, capture
from appliance.services.read_document import Reading, read
from appliance.services.tokens import Spend


@dataclass(frozen=True, slots=True)
class VerifyIdentity:
    """The command.

    Attributes:
        document: picture of the document.
        selfie: picture of the applicant.
        wanted: kind of the document where the caller knows it.
        intake: formats and bytes taken.
        refuse_expired: whether an expired document is not verified.
        spend: what the call costs, in the transaction of the leaf.
    """

    document: Picture
    selfie: Picture
    wanted: DocumentType | None
    intake: Intake
    refuse_expired: bool = False
    spend: Spend | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Identity:
    """What the three parts gave, each a result or Failed, and the verdict.

    Attributes:
        reading: of the document.
        face: largest of the selfie; None where it shows none.
        comparison: of document against selfie.
        verdict: over all.
    """

    reading: Reading | Failed
    face: Face | Failed | None
    comparison: Comparison | Failed
    verdict: Verdict


async def verify_identity(services: Services, caller: Caller, command: VerifyIdentity) -> Identity:
    """Run the three parts, decide, and leave the audit leaf.

    The caller needs the scopes `ocr` and `face`.

    Raises:
        RequestError: scope, tokens, or a picture that cannot be taken.
        Busy: the inference pool is full.
        ServiceError: all three parts failed, or storage did.
    """
    caller.require("ocr", "face")
    async with services.pool.admit() as slot:
        pages, selfies = await asyncio.gather(
            _taken(capture(services, caller, command.document, command.intake)),
            _taken(capture(services, caller, command.selfie, command.intake)),
        )
        reading = asyncio.create_task(_read(services, slot, pages, command.wanted, caller))
        faces = asyncio.create_task(_detect(services, slot, selfies))
        match = asyncio.create_task(_match(services, slot, (pages, reading), (selfies, faces)))
        parts = await asyncio.gather(part("document", reading), part("face", faces), part("match", match))
    result = _decide(parts, services.today(), refuse_expired=command.refuse_expired)
    await services.audit.succeeded(caller, "identity.verify", effect=command.spend, details=_details(result))
    return result


async def _taken(decoding: Awaitable[Capture]) -> Capture | DecoderFailed:
    """A picture that is the caller's fault ends the call; one that killed the decoder fails its parts."""
    try:
        return await decoding
    except DecoderFailed as error:
        return error


def _there(picture: Capture | DecoderFailed) -> Capture:
    if isinstance(picture, DecoderFailed):
        raise picture
    return picture


async def _read(
    services: Services,
    slot: Slot,
    page: Capture | DecoderFailed,
    wanted: DocumentType | None,
    caller: Caller,
) -> Reading:
    whole = caller.sees_whole_numbers
    return await slot.run(read, services.documents, _there(page), wanted, whole_numbers=whole)


async def _detect(services: Services, slot: Slot, selfie: Capture | DecoderFailed) -> list[Face]:
    return await slot.run(services.faces.detect, _there(selfie).pixels)


async def _match(
    services: Services,
    slot: Slot,
    document: tuple[Capture | DecoderFailed, "asyncio.Task[Reading]"],
    selfie: tuple[Capture | DecoderFailed, "asyncio.Task[list[Face]]"],
) -> Comparison:
    """Compare with what the other two parts found; where the reading failed, look for faces anew."""
    page, probe = _there(document[0]), _there(selfie[0])
    probes, references = await asyncio.gather(
        _probes(services, slot, probe, selfie[1]), _references(services, slot, page, document[1])
    )
    return best(services.scores, references, probes)


async def _probes(
    services: Services, slot: Slot, probe: Capture, faces: "asyncio.Task[list[Face]]"
) -> list[Template]:
    detected = await faces
    return await slot.run(templates, services.faces, probe.pixels, detected[:1])


async def _references(
    services: Services, slot: Slot, page: Capture, reading: "asyncio.Task[Reading]"
) -> list[Template]:
    (outcome,) = await asyncio.gather(reading, return_exceptions=True)
    if isinstance(outcome, Reading) and outcome.document.portraits:
        document = outcome.document
        return await slot.run(templates, services.faces, document.page, document.portraits[:MOST_FACES])
    return await slot.run(found, services.faces, page.pixels, MOST_FACES)


def _decide(
    parts: tuple[Reading | Failed, list[Face] | Failed, Comparison | Failed],
    today: date,
    *,
    refuse_expired: bool,
) -> Identity:
    reading, faces, comparison = parts
    if isinstance(reading, Failed) and isinstance(faces, Failed) and isinstance(comparison, Failed):
        raise ServiceError("none of the three checks could be carried out", remedy="Send the call again.")
    face = faces if isinstance(faces, Failed) else (faces[0] if faces else None)
    verdict = decide(
        None if isinstance(reading, Failed) else document_evidence(reading.document),
        FaceEvidence(detected=True, confidence=100 * face.score) if isinstance(face, Face) else None,
        None if isinstance(comparison, Failed) else MatchEvidence(comparison.matched, comparison.percent),
        today=today,
        refuse_expired=refuse_expired,
    )
    return Identity(reading, face, comparison, verdict)


def document_evidence(document: Document) -> DocumentEvidence:
    """Weigh a document for the verdict."""
    try:
        expires = date.fromisoformat(document.value("expiry_date"))
    except ValueError:  # not found, or a date of which a part could not be read
        expires = None
    return DocumentEvidence(
        confidence=100 * document.confidence,
        has_number=bool(document.value("document_number")),
        has_name=any(document.value(name) for name in ("full_name", "first_name", "last_name")),
        expires=expires,
    )


def _details(result: Identity) -> dict[str, str | int | float | bool]:
    reading, comparison = result.reading, result.comparison
    failed = [part.code for part in (reading, result.face, comparison) if isinstance(part, Failed)]
    return {
        "verified": result.verdict.verified,
        "confidence": result.verdict.confidence,
        "reasons": ",".join(result.verdict.reasons),
        "failed": ",".join(failed),
        "type": "" if isinstance(reading, Failed) else reading.document.type.value,
        "percent": 0.0 if isinstance(comparison, Failed) else comparison.percent,
    }
