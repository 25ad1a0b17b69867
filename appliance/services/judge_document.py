"""Judge the picture of a document, prove that the document is there in person, and read it.

Each picture is decoded once. What is cheap comes first: a picture with a fault that ends the call is not
read. All of it happens in one place of the inference pool.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.domain.attack import Attack, Finding, Strictness
from appliance.domain.capture import Capture
from appliance.domain.document import DocumentFault, DocumentType, FoundDocument
from appliance.engine.pool import Slot
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.parts import both
from appliance.services.pictures import Intake, Picture, capture
from appliance.services.read_document import Reading, details_of, read
from appliance.store.transaction import Transaction
from appliance.vision.documents.faults import judge
from appliance.vision.documents.reader import DocumentReader, Look

FRONT, BACK = "front", "back"
ONLY_FRONT = frozenset({DocumentFault.DOCUMENT_PHOTO_NOT_FOUND, DocumentFault.DOCUMENT_IS_COLORLESS})
"""A card's back has no portrait, and often no colour."""


@dataclass(frozen=True, slots=True)
class JudgeDocument:
    """The command.

    Attributes:
        front: picture of the side with the portrait.
        back: of the other side, where there is one.
        wanted: its kind where the caller knows it.
        refuse: faults that end the call; empty: the pictures are not judged.
        attacks: that the document is checked for, as far as this box can.
        strictness: of those checks; a pipeline without it takes REGULAR.
        intake: formats and bytes taken.
        effect: what else the call changes, in the transaction of its leaf.
        state: that the caller says it was issued by, "" where it says nothing; the ledger keeps whether the
            document agrees.
    """

    front: Picture
    back: Picture | None
    wanted: DocumentType | None
    refuse: frozenset[DocumentFault]
    attacks: tuple[Attack, ...]
    strictness: Strictness
    intake: Intake
    effect: Callable[[Transaction], None] | None = None
    state: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """The result.

    Attributes:
        faults: of the pictures that end the call, both sides'.
        findings: of the checks that were carried out, in the order asked for.
        reading: None where a fault ended the call.
    """

    faults: frozenset[DocumentFault]
    findings: tuple[Finding, ...] = ()
    reading: Reading | None = None

    @property
    def attack(self) -> Attack | None:
        """The first attack that was found."""
        found = (one for one in self.findings if one.probability is not None and one.probability < 0.5)
        return next((one.pipeline.attack for one in found), None)


@dataclass(frozen=True, eq=False, slots=True)
class _Side:
    """One picture, what is seen on it at first, and what is wrong with it."""

    capture: Capture
    look: Look
    found: FoundDocument | None = None
    faults: frozenset[DocumentFault] = frozenset()


async def judge_document(services: Services, caller: Caller, command: JudgeDocument) -> Judged:
    """Judge, check and read a document, and leave the audit leaf.

    The caller needs the scope `ocr`.

    Raises:
        RequestError: scope, or a picture that cannot be taken; `part` says which, FRONT or BACK.
        Busy: the inference pool is full.
        ServiceError: decoding, inference or storage failed.
    """
    caller.require("ocr")
    async with services.pool.admit() as slot:
        front, back = await both(
            capture(services, caller, command.front, command.intake, FRONT),
            _back(services, caller, command),
        )
        judged = await _judged(services, caller, slot, command, [front] if back is None else [front, back])
    await services.audit.succeeded(
        caller, "document.judge", effect=command.effect, details=_details(judged, command.state)
    )
    return judged


async def _back(services: Services, caller: Caller, command: JudgeDocument) -> Capture | None:
    if command.back is None:
        return None
    return await capture(services, caller, command.back, command.intake, BACK)


async def _judged(
    services: Services, caller: Caller, slot: Slot, command: JudgeDocument, pictures: Sequence[Capture]
) -> Judged:
    judges = bool(command.refuse or command.attacks)
    sides = await asyncio.gather(
        *(slot.run(_side, services.documents, picture, judges=judges) for picture in pictures)
    )
    front, *back = sides
    faults = front.faults.union(*(side.faults - ONLY_FRONT for side in back)) & command.refuse
    if faults:
        return Judged(faults)
    looks = [side.look for side in back]
    findings, reading = await both(
        _findings(services, slot, command, front),
        slot.run(
            read,
            services.documents,
            front.look,
            command.wanted,
            *looks,
            whole_numbers=caller.sees_whole_numbers,
        ),
    )
    return Judged(faults, findings, reading)


def _side(documents: DocumentReader, picture: Capture, *, judges: bool) -> _Side:
    """Look at a picture once, and judge it where that is wanted. Blocks."""
    look = documents.look(picture.pixels)
    if not judges:
        return _Side(picture, look)
    found = documents.find(look)
    return _Side(picture, look, found, frozenset(judge(picture, found)))


async def _findings(
    services: Services, slot: Slot, command: JudgeDocument, front: _Side
) -> tuple[Finding, ...]:
    if front.found is None:
        return ()
    return await findings(services, slot, command.attacks, command.strictness, front.capture, front.found)


async def findings(  # noqa: PLR0913, PLR0917 - what is checked, and how
    services: Services,
    slot: Slot,
    attacks: Sequence[Attack],
    strictness: Strictness,
    picture: Capture,
    found: FoundDocument,
) -> tuple[Finding, ...]:
    """What the checks say that this box has; those it does not have say nothing.

    Args:
        services: of the box.
        slot: place in the inference pool.
        attacks: that are looked for.
        strictness: a pipeline without it takes REGULAR.
        picture: of the document.
        found: the document in it.
    """
    ready = {status.pipeline.name for status in services.attacks.status() if status.ready}
    made = []
    for attack in attacks:
        pipeline = services.attacks.resolve(attack, None, None)
        if pipeline.name in ready:
            own = strictness if strictness in pipeline.strictnesses else Strictness.REGULAR
            made.append(await slot.run(services.attacks.document, pipeline, picture, found, own))
    return tuple(made)


def _details(judged: Judged, state: str) -> dict[str, str | int | float | bool]:
    details: dict[str, str | int | float | bool] = {
        one.pipeline.attack.value: round(one.probability, 4)
        for one in judged.findings
        if one.probability is not None
    }
    if judged.faults:
        details["faults"] = ",".join(sorted(judged.faults))
    if judged.reading is not None:
        document = judged.reading.document
        details |= details_of(document)
        if state and (issued := document.value("issuing_country")):
            details["state_agrees"] = issued == state
    return details
