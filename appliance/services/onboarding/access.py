"""Who may take a step: the partner with its key, or the applicant's browser with a token of one session."""

import time
from typing import Final

from appliance.domain.credential import Principal
from appliance.domain.onboarding import OnboardingSession, Step, after
from appliance.errors import Forbidden, NotFound
from appliance.services.call import Caller
from appliance.services.context import Services
from appliance.store.applicant_tokens import PREFIX, Bound
from appliance.store.onboarding import refuse_late
from appliance.store.transaction import Connection

API: Final = "onboarder"
_APPLICANT: Final = "applicant:"
_SCOPES: Final = frozenset({"sessions", "ocr", "face"})
_PLAN: Final = "sandbox"
"""Calls per minute of one session's page; no key of a partner is behind it."""


def authenticate(services: Services, secret: str) -> Principal | None:
    """Find who a key or an applicant's token stands for; None for nobody."""
    if not secret.startswith(PREFIX):
        return services.credentials.authenticate(secret, API)
    bound = services.applicants.open(secret, int(time.time()))
    return None if bound is None else Principal(_APPLICANT + bound.session, bound.tenant, API, _SCOPES, _PLAN)


def token(services: Services, session: OnboardingSession) -> str:
    """Make the token that an applicant's browser shows for a session."""
    return services.applicants.make(Bound(session.id, session.tenant, session.expires_at))


def is_applicant(caller: Caller) -> bool:
    """Whether an applicant's browser calls, rather than a partner."""
    return caller.principal.id.startswith(_APPLICANT)


def require_partner(caller: Caller) -> None:
    """Refuse applicants.

    Raises:
        Forbidden: an applicant calls.
    """
    if is_applicant(caller):
        raise Forbidden("insufficient permissions")


async def session_for(
    services: Services, caller: Caller, identity: str, step: Step | None = None
) -> OnboardingSession:
    """Find a session that the caller may see, and where a step is named, may take it with.

    Raises:
        NotFound: the tenant has none of that id, or an applicant names another session than its own.
        InvalidRequest: the step leads nowhere from here, or the session's time is over.
    """
    if is_applicant(caller) and caller.principal.id != _APPLICANT + identity:
        raise NotFound("session not found")
    tenant = caller.principal.tenant

    def find(connection: Connection) -> OnboardingSession:
        return services.onboarding.get(connection, tenant, identity)

    found = await services.database.read(find)
    if step is not None:
        after(found.state, step)
        refuse_late(found, int(time.time()))
    return found
