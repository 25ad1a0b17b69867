"""The liveness step: did the person of the selfie do what was asked, before a camera, just now."""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain.liveness import LivenessVerdict
from appliance.domain.onboarding import LivenessFacts, OnboardingSession, Step
from appliance.errors import Conflict, InvalidRequest
from appliance.services.active_liveness import FEWEST, MOST
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.onboarding.access import session_for
from appliance.services.pictures import Intake, Sent, capture
from appliance.store.transaction import Transaction
from appliance.vision.kept_picture import kept_jpeg


@dataclass(frozen=True, slots=True)
class AnswerChallenge:
    """The command: `chl_...`, the frames in the order of their taking, formats and bytes taken of each."""

    challenge: str
    frames: Sequence[bytes]
    intake: Intake


async def check_liveness(
    services: Services, caller: Caller, identity: str, command: AnswerChallenge
) -> LivenessFacts:
    """Judge the frames. The challenge is used up before they are looked at, whatever comes of it.

    The caller needs the scope `face`.

    Raises:
        NotFound: no such session.
        InvalidRequest: not now, too often, too few or too many frames, a challenge that is not open, or
            frames that cannot be judged.
        Conflict: another selfie or challenge came meanwhile.
        NotInstalled: the selfie's template model is no longer on this box.
        RequestError: a frame. Busy: the inference pool is full.
    """
    caller.require("face")
    if not FEWEST <= len(command.frames) <= MOST:
        raise InvalidRequest(f"a liveness check takes {FEWEST} to {MOST} files")
    session = await session_for(services, caller, identity, Step.LIVENESS)
    face = await services.database.read(
        lambda connection: services.onboarding.face(connection, session.tenant, identity)
    )
    kept = b""
    async with services.pool.admit() as slot:  # a full pool leaves the challenge open
        taken = await _take(services, caller, session, command.challenge)
        if taken.challenge is None or taken.selfie is None:
            raise InvalidRequest("the session has no selfie yet", remedy="Upload the selfie first.")
        selfie = taken.selfie.id
        verdict = await slot.run(services.active_liveness.judge, taken.challenge, list(command.frames), face)
        if services.settings.api.onboarder.keep_pictures and verdict.best_frame >= 0:
            best = Sent(command.frames[verdict.best_frame])
            frame = await capture(services, caller, best, command.intake)
            kept = await slot.run(kept_jpeg, frame.pixels)
    found = _facts(command, verdict)

    def effect(transaction: Transaction) -> None:
        services.onboarding.liveness(transaction, session.tenant, identity, found, selfie, int(time.time()))
        if kept:
            services.onboarding.keep_picture(transaction, session.tenant, identity, "frame", kept)

    try:
        await services.audit.succeeded(
            caller, "onboarding.liveness", effect=effect, about=identity, details=_details(found)
        )
    except Conflict:
        if found.spoofed:
            await _attacked(services, caller, session, found)
        raise
    return found


async def _attacked(
    services: Services, caller: Caller, session: OnboardingSession, found: LivenessFacts
) -> None:
    """Keep that there was an attack, though the frames count no more."""

    def effect(transaction: Transaction) -> None:
        services.onboarding.attacked(transaction, session.tenant, session.id, int(time.time()))

    await services.audit.succeeded(
        caller, "onboarding.attack", effect=effect, about=session.id, details=_details(found)
    )


async def _take(
    services: Services, caller: Caller, session: OnboardingSession, challenge: str
) -> OnboardingSession:
    taken: list[OnboardingSession] = []

    def effect(transaction: Transaction) -> None:
        now = int(time.time())
        taken[:] = [
            services.onboarding.take_challenge(transaction, session.tenant, session.id, challenge, now)
        ]

    await services.audit.succeeded(
        caller, "onboarding.challenge_used", effect=effect, about=session.id, details={"challenge": challenge}
    )
    return taken[0]


def _facts(command: AnswerChallenge, verdict: LivenessVerdict) -> LivenessFacts:
    digests = b"".join(hashlib.sha256(frame).digest() for frame in command.frames)
    return LivenessFacts(
        id=f"lvc_{secrets.token_hex(12)}",
        challenge=command.challenge,
        passed=verdict.passed,
        confidence=verdict.confidence,
        spoofed=verdict.spoof_detected,
        checks=tuple(verdict.checks),
        reasons=tuple(verdict.reasons),
        frames=hashlib.sha256(digests).hexdigest(),
        count=len(command.frames),
        at=int(time.time()),
    )


def _details(found: LivenessFacts) -> dict[str, str | int | float | bool]:
    return {
        "check": found.id,
        "challenge": found.challenge,
        "passed": found.passed,
        "confidence": round(found.confidence, 4),
        "spoof": found.spoofed,
        "checks": ",".join(found.checks),
        "reasons": ",".join(found.reasons),
        "sha256": found.frames,
        "frames": found.count,
    }
