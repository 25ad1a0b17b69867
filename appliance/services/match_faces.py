"""Compare the face of a document with a selfie, and judge the selfie's liveness beside it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from appliance.domain.face import cosine
from appliance.errors import InvalidRequest
from appliance.services.call import Caller
from appliance.services.compare_faces import MOST_FACES, templates
from appliance.services.context import Services
from appliance.services.parts import both
from appliance.services.passive_liveness import Liveness, judged
from appliance.services.pictures import Intake, Picture, capture
from appliance.store.transaction import Effect


@dataclass(frozen=True, slots=True)
class MatchFaces:
    """The command.

    Attributes:
        reference: of a document or on file: its best face counts.
        selfie: its largest face counts.
        threshold: similarity from which they match, 0..1 on map S.
        liveness: whether the selfie's liveness is judged too.
        intake: formats and bytes taken.
    """

    reference: Picture
    selfie: Picture
    threshold: float
    liveness: bool
    intake: Intake


@dataclass(frozen=True, slots=True)
class FacesMatched:
    """What was found.

    Attributes:
        similarity: of the best pair, 0..1 on map S; 0.80 is the decision point.
        match: it reaches the caller's threshold; liveness does not count.
        liveness: None where it was not asked for; a sentence where no model is installed.
    """

    similarity: float
    match: bool
    liveness: Liveness | str | None


async def match_faces(
    services: Services,
    caller: Caller,
    command: MatchFaces,
    effect_of: Callable[[FacesMatched], Effect] | None = None,
) -> FacesMatched:
    """Compare, judge, and leave the audit leaf.

    The caller needs the scope `face`.

    Raises:
        InvalidRequest: a picture without a face, or a selfie whose liveness cannot be judged.
        RequestError: scope, or a picture.
        Busy: the inference pool is full.
    """
    caller.require("face")
    found = await compared(services, caller, command)
    await services.audit.succeeded(
        caller,
        "face.match",
        effect=effect_of(found) if effect_of else None,
        details={
            "match": found.match,
            "similarity": round(found.similarity, 4),
            "threshold": command.threshold,
            "live": found.liveness.live if isinstance(found.liveness, Liveness) else "",
            "model": services.faces.template_model,
        },
    )
    return found


async def compared(services: Services, caller: Caller, command: MatchFaces) -> FacesMatched:
    """Compare and judge, without a leaf. Raises as `match_faces` does."""
    async with services.pool.admit() as slot:
        reference, selfie = await both(
            capture(services, caller, command.reference, command.intake),
            capture(services, caller, command.selfie, command.intake),
        )
        known, probes = await asyncio.gather(
            slot.run(services.faces.detect, reference.pixels), slot.run(services.faces.detect, selfie.pixels)
        )
        for name, faces in (("id_photo", known), ("selfie", probes)):
            if not faces:
                raise InvalidRequest(f"no face was found in {name}", remedy="Send a picture that shows one.")
        references, probe = await asyncio.gather(
            slot.run(templates, services.faces, reference.pixels, known[:MOST_FACES]),
            slot.run(templates, services.faces, selfie.pixels, probes[:1]),
        )
        liveness = await judged(services, slot, selfie, probes) if command.liveness else None
    best = max(cosine(probe[0], one) for one in references)
    similarity = services.scores.S(best)
    return FacesMatched(similarity, similarity >= command.threshold, liveness)
