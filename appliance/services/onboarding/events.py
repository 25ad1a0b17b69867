"""What a partner is told of a session: ids, state and risk and no more, in the transaction of the step."""

from datetime import UTC, datetime
from typing import Any

from appliance.domain.onboarding import OnboardingSession
from appliance.services.context import Services
from appliance.services.onboarding.access import API
from appliance.store.transaction import Transaction

CREATED, UPLOADED = "session.created", "session.document_uploaded"
COMPLETED, EXPIRED = "session.completed", "session.expired"
REVIEWED = "session.reviewed"
"""Not on the page: an officer has decided. `session.completed` came before it, with `manual_review`, and
comes once per session, so systems that know the page's four events alone stay right."""

SANCTIONS_HIT = "session.sanctions_hit"
"""Not on the page: a list that came after the approval names somebody who may be this applicant."""


def tell(
    services: Services, transaction: Transaction, event: str, session: OnboardingSession, now: int
) -> None:
    """Queue an event of a session: to its own address, or where it names none to the one that is set."""
    moment = datetime.fromtimestamp(now, UTC)
    body = event_body(event, session, moment)
    services.webhooks.tell(
        transaction, API, session.tenant, stream=session.id, body=body, url=session.webhook_url, now=moment
    )


def event_body(event: str, session: OnboardingSession, moment: datetime) -> dict[str, Any]:
    """The body of an event; risk is null until it is known."""
    outcome = session.outcome
    return {
        "event": event,
        "session_id": session.id,
        "status": session.state.value,
        "risk_level": outcome.risk_level if outcome else None,
        "risk_score": outcome.risk_score if outcome else None,
        "timestamp": moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
