"""The selfie step: is it the person of the document, and does it show a person."""

import secrets
import time
from dataclasses import dataclass
from typing import Final

from appliance.domain.attack import Attack, Domain, Strictness
from appliance.domain.capture import Capture
from appliance.domain.face import Face, Template, cosine
from appliance.domain.onboarding import AttackScore, SelfieFacts, Step
from appliance.engine.pool import Slot
from appliance.errors import InvalidRequest
from appliance.services.call import Caller
from appliance.services.compare_faces import templates
from appliance.services.context import Services
from appliance.services.onboarding.access import session_for
from appliance.services.pictures import Intake, Picture, capture
from appliance.store.transaction import Transaction
from appliance.vision.faces.validate import validate
from appliance.vision.kept_picture import kept_jpeg

ATTACKS: Final = (Attack.PRESENTATION_ATTACK, Attack.DEEPFAKE_ATTACK)


@dataclass(frozen=True, slots=True)
class UploadSelfie:
    """The command: the selfie, formats and bytes taken."""

    picture: Picture
    intake: Intake


async def upload_selfie(
    services: Services, caller: Caller, identity: str, command: UploadSelfie
) -> SelfieFacts:
    """Take a selfie into a session that has a document with a portrait.

    The caller needs the scope `face`.

    Raises:
        NotFound: no such session.
        InvalidRequest: not now, too often, no document or no portrait yet, or a picture without one face that
            can be judged; the message says why.
        Conflict: another document came meanwhile.
        RequestError: the picture. Busy: the inference pool is full.
    """
    caller.require("face")
    session = await session_for(services, caller, identity, Step.SELFIE)
    portraits = await services.database.read(
        lambda connection: services.onboarding.portraits(connection, session.tenant, identity)
    )
    if session.document is None or not portraits:
        remedy = "Upload a document that shows its holder's face."
        raise InvalidRequest("the document shows no portrait to compare with", remedy=remedy)
    document = session.document.id
    async with services.pool.admit() as slot:
        taken = await capture(services, caller, command.picture, command.intake)
        faces = await slot.run(services.faces.detect, taken.pixels)
        code = await slot.run(validate, faces, taken.pixels, services.face_policy)
        if code is not None:
            reason = f"the selfie cannot be judged: {code.value.lower().replace('_', ' ')}"
            raise InvalidRequest(reason, remedy="Take it again: one face, whole, from the front.")
        (face,) = await slot.run(templates, services.faces, taken.pixels, faces[:1])
        attacks = await _attacks(services, slot, taken, faces[0])
        keeps = services.settings.api.onboarder.keep_pictures
        kept = await slot.run(kept_jpeg, taken.pixels) if keeps else b""
    found = _facts(services, portraits, face, attacks, taken)

    def effect(transaction: Transaction) -> None:
        services.onboarding.selfie(
            transaction, session.tenant, identity, found, face, document, int(time.time())
        )
        services.onboarding.drop_pictures(transaction, identity, "frame")
        if kept:
            services.onboarding.keep_picture(transaction, session.tenant, identity, "selfie", kept)

    await services.audit.succeeded(
        caller, "onboarding.selfie", effect=effect, about=identity, details=_details(found)
    )
    return found


def _facts(
    services: Services,
    portraits: list[Template],
    face: Template,
    attacks: tuple[AttackScore, ...],
    taken: Capture,
) -> SelfieFacts:
    comparable = [one for one in portraits if one.model == face.model]
    if not comparable:
        reason = "the document was read with another face model"
        raise InvalidRequest(reason, remedy="Upload the document again.")
    best = max(cosine(face, one) for one in comparable)
    presence = [one.probability for one in attacks if one.attack == Attack.PRESENTATION_ATTACK.value.lower()]
    return SelfieFacts(
        id=f"ver_{secrets.token_hex(12)}",
        similarity=services.scores.S(best),
        matched=services.scores.matches(best),
        model=face.model,
        live=presence[0] if presence else None,
        attacks=attacks,
        picture=taken.sha256,
        at=int(time.time()),
    )


async def _attacks(services: Services, slot: Slot, taken: Capture, face: Face) -> tuple[AttackScore, ...]:
    """What the checks say that this box has; those it does not have say nothing."""
    found = []
    for attack in ATTACKS:
        pipeline = services.attacks.resolve(attack, None, None)
        finding = await slot.run(
            services.attacks.face, pipeline, taken.pixels, face, Strictness.REGULAR, Domain.GENERAL
        )
        if finding.probability is not None:
            found.append(AttackScore(attack.value.lower(), pipeline.name, finding.probability))
    return tuple(found)


def _details(found: SelfieFacts) -> dict[str, str | int | float | bool]:
    scores: dict[str, str | int | float | bool] = {
        f"{one.attack}:{one.pipeline}": round(one.probability, 4) for one in found.attacks
    }
    return scores | {
        "selfie": found.id,
        "similarity": round(found.similarity, 4),
        "matched": found.matched,
        "model": found.model,
        "sha256": found.picture,
    }
