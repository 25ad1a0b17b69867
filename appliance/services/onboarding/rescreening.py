"""Approved applicants, looked at again when a sanctions list arrives.

The decision stands: it was taken and proved with the lists of its day. A hit is put on record and told to the
partner, who has the customer; officers find it in the ledger.
"""

import time
from collections.abc import Iterator

from appliance.domain.credential import AuditEntry
from appliance.domain.onboarding import State
from appliance.domain.screening import Query, Screening
from appliance.errors import NotFound
from appliance.services.context import Services
from appliance.services.onboarding import events
from appliance.services.onboarding.submit import query_of
from appliance.services.screening.rescreen import Rescreener
from appliance.store.screened_subjects import ScreenedSubjects
from appliance.store.transaction import Transaction

PAGE = 200


def rescreener(services: Services, screened: ScreenedSubjects) -> Rescreener:
    """Looks at approved applicants again."""
    return Rescreener(
        services.screening,
        screened,
        lambda: subjects(services),
        lambda identity, found: tell(services, identity, found),
    )


def subjects(services: Services) -> Iterator[tuple[str, Query]]:
    """Approved applicants whose data are still kept, by session. Blocks."""
    offset = 0
    while True:
        page, _ = services.database.read_blocking(
            lambda connection, at=offset: services.onboarding.page(  # type: ignore[misc]
                connection, state=State.APPROVED, limit=PAGE, offset=at
            )
        )
        for session in page:
            if (query := query_of(session)) is not None:
                yield session.id, query
        if len(page) < PAGE:
            return
        offset += PAGE


def tell(services: Services, identity: str, found: Screening) -> None:
    """Put a hit on record and tell the partner of the session. Blocks.

    A session that was erased meanwhile is nobody's any more.
    """
    now = int(time.time())
    versions = sorted({match.version for match in found.matches})
    details: dict[str, str | int | float | bool] = {
        "lists": ",".join(versions),
        "matches": len(found.matches),
        "score": max(match.score for match in found.matches),
    }

    def effect(transaction: Transaction) -> None:
        session = services.onboarding.anywhere(transaction, identity)
        events.tell(services, transaction, events.SANCTIONS_HIT, session, now)
        entry = AuditEntry(
            "box", session.tenant, "onboarding.sanctions_hit", object=identity, details=details
        )
        transaction.audit(entry)

    try:
        services.database.write_blocking(effect)
    except NotFound:
        return
