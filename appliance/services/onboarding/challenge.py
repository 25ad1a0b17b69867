"""The challenge step: what the applicant is asked to do before the camera, drawn for this session."""

import secrets
import time

from appliance.domain.challenge import Challenge
from appliance.domain.challenge import challenge as draw
from appliance.domain.onboarding import Step
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.services.onboarding.access import session_for
from appliance.store.transaction import Transaction


async def new_challenge(services: Services, caller: Caller, identity: str) -> Challenge:
    """Draw a challenge; an earlier one of the session is void from now on.

    The caller needs the scope `face`.

    Raises:
        NotFound: no such session. InvalidRequest: not now, no selfie yet, or too often.
    """
    caller.require("face")
    session = await session_for(services, caller, identity, Step.CHALLENGE)
    now = int(time.time())
    drawn = draw(identity, now, secrets.randbelow, secrets.token_bytes)

    def effect(transaction: Transaction) -> None:
        services.onboarding.challenge(transaction, session.tenant, drawn, now)

    await services.audit.succeeded(
        caller,
        "onboarding.challenge",
        effect=effect,
        about=identity,
        details={"challenge": drawn.identity, "actions": ",".join(drawn.actions)},
    )
    return drawn
