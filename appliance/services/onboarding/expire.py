"""End sessions whose time is over, tell of it, and erase those that ended long ago."""

import logging
import time

from appliance.domain.credential import AuditEntry
from appliance.domain.onboarding import OnboardingSession
from appliance.errors import InvalidRequest, NotFound
from appliance.services.context import Services
from appliance.services.onboarding import events
from appliance.store.transaction import Effect, Transaction

LOG = logging.getLogger(__name__)


async def expire_sessions(services: Services) -> int:
    """End all sessions whose time is over; returns how many. Each is a transaction of its own."""
    now, ended = int(time.time()), 0
    while True:
        due = await services.database.read(lambda connection: services.onboarding.due(connection, now))
        done = [await _expired(services, session, now) for session in due]
        ended += sum(done)
        if not any(done):  # none was due, or each was submitted in the meantime
            return ended


async def _expired(services: Services, session: OnboardingSession, now: int) -> bool:
    try:
        await services.database.commit(*_expiry(services, session, now))
    except (InvalidRequest, NotFound):
        LOG.debug("session %s has ended by itself", session.id)
        return False
    return True


async def forget_sessions(services: Services) -> int:
    """Erase sessions that ended longer ago than the settings say; returns how many."""
    before = int(time.time()) - services.settings.api.onboarder.kept_days * 86_400

    def effect(transaction: Transaction) -> int:
        gone = services.onboarding.forget(transaction, before)
        if gone:
            transaction.audit(AuditEntry("box", "box", "onboarding.forget", details={"sessions": gone}))
        return gone

    return await services.database.write(effect)


def _expiry(services: Services, session: OnboardingSession, now: int) -> tuple[AuditEntry, Effect]:
    def effect(transaction: Transaction) -> None:
        ended = services.onboarding.expire(transaction, session.tenant, session.id, now)
        events.tell(services, transaction, events.EXPIRED, ended, now)

    return AuditEntry("box", session.tenant, "onboarding.expire", object=session.id), effect
