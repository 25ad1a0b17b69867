"""Whether a selfie shows a living person: passive, from one picture."""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.domain.attack import Attack, Domain, Finding, Strictness
from appliance.domain.capture import Capture
from appliance.domain.face import Face
from appliance.engine.pool import Slot
from appliance.errors import InvalidRequest, NotInstalled
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.pictures import Intake, Picture, capture
from appliance.store.transaction import Effect
from appliance.vision.faces.validate import validate


@dataclass(frozen=True, slots=True)
class PassiveLiveness:
    """The command: the selfie, formats and bytes taken."""

    selfie: Picture
    intake: Intake


@dataclass(frozen=True, slots=True)
class Liveness:
    """What was found.

    Attributes:
        live: the probability reaches 0.5.
        probability: 0..1, 1 is live.
        attack: what it is taken for where it is not live, "" otherwise.
    """

    live: bool
    probability: float
    attack: str


async def passive_liveness(
    services: Services,
    caller: Caller,
    command: PassiveLiveness,
    effect_of: Callable[[Liveness], Effect] | None = None,
) -> Liveness:
    """Check one selfie and leave the audit leaf.

    The caller needs the scope `face`.

    Raises:
        InvalidRequest: the picture shows no face that can be judged; the message says why.
        NotInstalled: there is no model for it.
        RequestError: scope, or the picture.
        Busy: the inference pool is full.
    """
    caller.require("face")
    async with services.pool.admit() as slot:
        taken = await capture(services, caller, command.selfie, command.intake)
        faces = await slot.run(services.faces.detect, taken.pixels)
        found = await judged(services, slot, taken, faces)
    if isinstance(found, str):
        raise NotInstalled("liveness cannot be judged", remedy=f"{found[:1].upper()}{found[1:]}.")
    await services.audit.succeeded(
        caller,
        "face.liveness",
        effect=effect_of(found) if effect_of else None,
        details={"live": found.live, "probability": round(found.probability, 4)},
    )
    return found


async def judged(services: Services, slot: Slot, taken: Capture, faces: list[Face]) -> Liveness | str:
    """Judge a decoded selfie; where no model is installed, the sentence that says what is missing.

    Raises:
        InvalidRequest: no face, several, too small, at the edge, covered, turned away.
    """
    code = await slot.run(validate, faces, taken.pixels, services.face_policy)
    if code is not None:
        reason = f"the selfie cannot be judged: {code.value.lower().replace('_', ' ')}"
        raise InvalidRequest(reason, remedy="Take it again: one face, whole, from the front.")
    pipeline = services.attacks.resolve(Attack.PRESENTATION_ATTACK, None, None)
    finding: Finding = await slot.run(
        services.attacks.face, pipeline, taken.pixels, faces[0], Strictness.REGULAR, Domain.GENERAL
    )
    if finding.probability is None:
        return finding.reason
    live = finding.probability >= 0.5
    return Liveness(live, finding.probability, "" if live else "presentation_attack")
