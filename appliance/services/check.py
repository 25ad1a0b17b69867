"""Check a selfie and a document: attacks, whether they show one person, whether that person is known.

Each picture is decoded once, its faces are found once, and each face becomes one template per model that is
asked for. Selfie and document are worked on at the same time; what fails on one side leaves the other alone.
"""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.domain.attack import Attack, Finding, Pipeline, Strictness
from appliance.domain.capture import Capture, Pixels
from appliance.domain.document import HARD_FAULTS, DocumentFault, FoundDocument
from appliance.domain.face import Face, Template, cosine
from appliance.domain.face_policy import FaceCode
from appliance.domain.injection import Injection
from appliance.engine.pool import Slot
from appliance.errors import InvalidRequest, KycboxError, NotFound
from appliance.services import injection as injections
from appliance.services.call import Caller
from appliance.services.check_shapes import (
    AttackWanted,
    Check,
    Checked,
    DocumentEntry,
    FaceEntry,
    Searched,
    Source,
    Validation,
)
from appliance.services.compare_faces import MOST_FACES
from appliance.services.context import Services
from appliance.services.enrol import main_faces
from appliance.services.parts import Failed, both, part
from appliance.services.pictures import Picture, Sealed, capture
from appliance.store.transaction import Transaction
from appliance.vision.documents.faults import judge
from appliance.vision.faces.validate import validate

NO_FACE = "Failed to detect face"
TOO_MANY = "Too many faces detected"
UNKNOWN_COLLECTION = "Collection does not exist"
INTERNAL = "Internal error"
SEARCH_POINT = 0.9
"""Of map P: from here on a hit counts."""


def default_face_attacks(picture: Picture | None) -> tuple[AttackWanted, ...]:
    """What is checked where a caller names nothing: injection only where the way of the picture is known."""
    attacks = [Attack.PRESENTATION_ATTACK, Attack.DEEPFAKE_ATTACK]
    if isinstance(picture, Sealed):
        attacks.append(Attack.INJECTION_ATTACK)
    return tuple(AttackWanted(attack) for attack in attacks)


def default_document_attacks() -> tuple[AttackWanted, ...]:
    """What is checked where a caller names nothing; manipulation is checked on request only."""
    return tuple(
        AttackWanted(attack)
        for attack in (
            Attack.SCREEN_REPLAY_ATTACK,
            Attack.PRINTED_COPY_ATTACK,
            Attack.PORTRAIT_SUBSTITUTION_ATTACK,
        )
    )


@dataclass(eq=False, slots=True)
class _Side:
    """One picture and what is found on it once.

    Attributes:
        pixels: that `faces` were found on: the picture, or the flattened page.
        faces: largest first.
        templates: by face's place and model, made when first asked for.
    """

    capture: Capture
    pixels: Pixels
    faces: Sequence[Face]
    templates: dict[tuple[int, str], Template] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class _Selfie(_Side):
    code: FaceCode | None = None


@dataclass(eq=False, slots=True)
class _Paper(_Side):
    found: FoundDocument | None = None
    faults: tuple[DocumentFault, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    """The checks of a call with their pipelines, chosen before any work."""

    face: tuple[tuple[Pipeline, Strictness], ...] | None
    document: tuple[tuple[Pipeline, Strictness], ...] | None


async def check(services: Services, caller: Caller, command: Check) -> Checked:
    """Carry out what is asked for and leave the audit leaf.

    The caller needs the scope `face`, for document checks also `ocr`, for a search also `search`.

    Raises:
        InvalidRequest: a picture that is needed is missing; no such pipeline or strictness.
        RequestError: scope, or a picture that cannot be taken.
        Busy: the inference pool is full.
        ServiceError: decoding or storage failed.
    """
    caller.require(*_scopes(command))
    _require_pictures(command)
    plan = _Plan(_chosen(services, command.face_attacks), _chosen(services, command.document_attacks))
    async with services.pool.admit() as slot:
        work = _Work(services, slot, caller, command)
        selfie, paper = await both(part("selfie", work.selfie()), part("document", work.paper()))
        face, document, validation, searches = await asyncio.gather(
            work.face_entries(plan.face, selfie),
            work.document_entries(plan.document, paper),
            work.validation(selfie, paper),
            work.searches(selfie, paper),
        )
    checked = Checked(face, document, validation, searches)
    await services.audit.succeeded(
        caller, "identity.check", effect=work.keep, details=_details(checked, work.judged)
    )
    return checked


class _Work:
    """One call under way."""

    def __init__(self, services: Services, slot: Slot, caller: Caller, command: Check) -> None:
        self._services = services
        self._slot = slot
        self._caller = caller
        self._command = command
        self._seen: tuple[Capture, bytes] | None = None
        self.judged: Injection | None = None

    async def selfie(self) -> _Selfie | None:
        """Decode the selfie, find its faces, hold it against the policy."""
        command, services = self._command, self._services
        if command.face is None:
            return None
        taken = await capture(services, self._caller, command.face, command.intake, "face")
        faces = await self._slot.run(services.faces.detect, taken.pixels)
        code = None
        if command.face_attacks is not None:
            code = await self._slot.run(validate, faces, taken.pixels, services.face_policy)
        return _Selfie(taken, taken.pixels, faces, code=code)

    async def paper(self) -> _Paper | None:
        """Decode the picture of the document, find the document and its portraits, judge the picture."""
        command, services = self._command, self._services
        if command.document is None:
            return None
        taken = await capture(services, self._caller, command.document, command.intake, "document")
        found = await self._slot.run(services.documents.find, taken.pixels)
        faults: tuple[DocumentFault, ...] = ()
        if command.document_attacks is not None:
            faults = await self._slot.run(judge, taken, found)
        return _Paper(taken, found.page, found.portraits, found=found, faults=faults)

    async def face_entries(
        self, wanted: tuple[tuple[Pipeline, Strictness], ...] | None, selfie: _Selfie | Failed | None
    ) -> tuple[FaceEntry, ...] | None:
        """One entry per check of the selfie, in the order asked for."""
        if wanted is None:
            return None
        if not isinstance(selfie, _Selfie):
            return tuple(FaceEntry(*one, reason=INTERNAL) for one in wanted)
        if selfie.code:
            return tuple(FaceEntry(*one, code=selfie.code) for one in wanted)
        findings = await asyncio.gather(*(part(one[0].name, self._face(one, selfie)) for one in wanted))
        return tuple(
            FaceEntry(*one, reason=INTERNAL)
            if isinstance(finding, Failed)
            else FaceEntry(*one, finding, reason=finding.reason)
            for one, finding in zip(wanted, findings, strict=True)
        )

    async def _face(self, wanted: tuple[Pipeline, Strictness], selfie: _Selfie) -> Finding:
        pipeline, strictness = wanted
        if pipeline.attack is Attack.INJECTION_ATTACK:
            finding, self.judged, seen = await injections.injection(
                self._services, self._slot, selfie.capture
            )
            if self.judged:
                self._seen = selfie.capture, seen
            return finding
        attacks, domain = self._services.attacks, self._command.domain
        return await self._slot.run(
            attacks.face, pipeline, selfie.pixels, selfie.faces[0], strictness, domain
        )

    async def document_entries(
        self, wanted: tuple[tuple[Pipeline, Strictness], ...] | None, paper: _Paper | Failed | None
    ) -> tuple[DocumentEntry, ...] | None:
        """One entry per check of the document, in the order asked for."""
        if wanted is None:
            return None
        if not isinstance(paper, _Paper) or paper.found is None:
            return tuple(DocumentEntry(*one, reason=INTERNAL) for one in wanted)
        hard = [fault for fault in paper.faults if fault in HARD_FAULTS - self._command.ignore]
        if hard:
            return tuple(DocumentEntry(*one, code=hard[0]) for one in wanted)
        warnings = tuple(fault for fault in paper.faults if fault not in HARD_FAULTS)
        run, attacks = self._slot.run, self._services.attacks
        findings = await asyncio.gather(
            *(
                part(pipeline.name, run(attacks.document, pipeline, paper.capture, paper.found, strictness))
                for pipeline, strictness in wanted
            )
        )
        return tuple(
            DocumentEntry(*one, reason=INTERNAL)
            if isinstance(finding, Failed)
            else DocumentEntry(*one, finding, warnings=warnings, reason=finding.reason)
            for one, finding in zip(wanted, findings, strict=True)
        )

    async def validation(
        self, selfie: _Selfie | Failed | None, paper: _Paper | Failed | None
    ) -> Validation | None:
        """Compare the selfie's largest face with every portrait of the document; the best counts."""
        if not self._command.validate:
            return None
        if not isinstance(selfie, _Selfie) or not isinstance(paper, _Paper):
            return Validation(None, INTERNAL)
        if not selfie.faces or not paper.faces:
            return Validation(None, NO_FACE)
        model = self._services.faces.template_model
        probe, *references = await asyncio.gather(
            self._template(selfie, 0, model),
            *(self._template(paper, place, model) for place in range(min(MOST_FACES, len(paper.faces)))),
        )
        best = max(cosine(probe, reference) for reference in references)
        return Validation(self._services.scores.P(best))

    async def searches(
        self, selfie: _Selfie | Failed | None, paper: _Paper | Failed | None
    ) -> tuple[Searched, ...] | None:
        """Search every collection for the selfie's face, then every collection for the document's."""
        wanted = self._command.search
        if wanted is None:
            return None
        sides = [(Source.FACE, selfie), (Source.DOCUMENT, paper)]
        given = [(source, side) for source, side in sides if side is not None]
        return tuple(
            [
                await self._search(collection, source, side)
                for (source, side), collection in itertools.product(given, wanted.collections)
            ]
        )

    async def _search(self, collection: str, source: Source, side: _Side | Failed) -> Searched:
        wanted = self._command.search
        assert wanted
        if isinstance(side, Failed):
            return Searched(collection, source, reason=INTERNAL)
        tenant, known = self._caller.principal.tenant, self._services.collections
        try:
            model = known.get(tenant, collection).model
            faces = _counted(side)
            if not faces:
                return Searched(collection, source, reason=NO_FACE)
            if len(faces) > wanted.max_faces:
                return Searched(collection, source, reason=TOO_MANY)
            maps = self._services.scores_of(model)
            best: dict[str, float] = {}
            for place in range(len(faces)):
                probe = await self._template(side, place, model)
                for hit in await self._slot.run(known.search, tenant, collection, probe, wanted.limit):
                    best[hit.record_id] = max(maps.P(hit.cosine), best.get(hit.record_id, 0.0))
        except NotFound:
            return Searched(collection, source, reason=UNKNOWN_COLLECTION)
        except KycboxError as error:
            return Searched(collection, source, reason=f"{error.message}. {error.remedy}")
        hits = sorted(best.items(), key=lambda hit: (-hit[1], hit[0]))[: wanted.limit]
        return Searched(collection, source, tuple(hits))

    async def _template(self, side: _Side, place: int, model: str) -> Template:
        """The template of a face, made once per model."""
        key = place, model
        if key not in side.templates:
            face = side.faces[place]
            made = await self._slot.run(self._services.faces.template, side.pixels, face, model)
            side.templates.setdefault(key, made)
        return side.templates[key]

    def keep(self, transaction: Transaction) -> None:
        """Remember the selfie, once its check is certain to be answered, and what the caller wants kept."""
        if self._command.effect is not None:
            self._command.effect(transaction)
        if self._seen:
            injections.remember(self._services, transaction, *self._seen)


def _counted(side: _Side) -> Sequence[Face]:
    """Faces that count: none of a selfie's background, none that repeats a document's portrait small."""
    return main_faces(side.faces)


def _scopes(command: Check) -> list[str]:
    wanted = {
        "face": command.face_attacks is not None or command.validate or command.search is not None,
        "ocr": command.document_attacks is not None,
        "search": command.search is not None,
    }
    return [scope for scope, needed in wanted.items() if needed]


def _require_pictures(command: Check) -> None:
    faces = command.face_attacks is not None or command.validate
    papers = command.document_attacks is not None or command.validate
    missing = (
        "face" if faces and command.face is None else "doc" if papers and command.document is None else ""
    )
    if not missing and command.search is not None and command.face is None and command.document is None:
        missing = "face"
    if missing:
        raise InvalidRequest(f"Required part '{missing}' is not present.", remedy="Send that picture.")


def _chosen(
    services: Services, wanted: tuple[AttackWanted, ...] | None
) -> tuple[tuple[Pipeline, Strictness], ...] | None:
    if wanted is None:
        return None
    return tuple(
        (
            services.attacks.resolve(one.attack, one.pipeline, one.strictness),
            one.strictness or Strictness.REGULAR,
        )
        for one in wanted
    )


def _details(checked: Checked, judged: Injection | None) -> dict[str, str | int | float | bool]:
    """What the ledger keeps: codes and figures; reasons about injection are for officers only."""
    details: dict[str, str | int | float | bool] = {}
    entries: list[FaceEntry | DocumentEntry] = [*(checked.face or ()), *(checked.document or ())]
    for entry in entries:
        finding = entry.finding
        told: str | float = str(entry.code or "ERROR")
        if finding and finding.probability is not None:
            told = round(finding.probability, 4)
        details[entry.pipeline.attack.value] = told
    if judged:
        details["injection_reasons"] = ",".join(judged.reasons)
    if checked.validation:
        probability = checked.validation.probability
        details["validation"] = "ERROR" if probability is None else round(probability, 4)
    if checked.searches is not None:
        details["searches"] = len(checked.searches)
        details["hits"] = sum(p >= SEARCH_POINT for one in checked.searches for _, p in one.hits)
    return details
