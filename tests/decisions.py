"""Sessions that the box has decided from made-up findings, through the real store and the real submission."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from appliance.config import Risk, Settings
from appliance.domain.challenge import Action, Challenge
from appliance.domain.credential import Principal
from appliance.domain.onboarding import OnboardingSession
from appliance.domain.screening import (
    ListSource,
    ListVersion,
    Match,
    NameKind,
    Query,
    Screening,
    ScreeningState,
)
from appliance.services import risk_policy
from appliance.services.audit import Audit
from appliance.services.call import Caller
from appliance.services.evidence_packet import DecisionEvidence, Marks
from appliance.services.metrics import Metrics
from appliance.services.onboarding.submit import submit_session
from appliance.services.webhooks import Webhooks
from appliance.store.evidence_packets import EvidencePackets
from appliance.store.onboarding import OnboardingSessions
from appliance.store.onboarding_rows import Wanted, new_identity
from appliance.store.store import Store
from hardware.system import Clock
from tests import journeys

NAME = "ZYXW VUTSRQ"
LIST = ListVersion(
    ListSource.UN, "un-0123456789ab", "ab" * 32, "2026-11-01", "2026-11-02T00:00:00.000Z", 700, 20
)
CLEAR = Screening(ScreeningState.CLEAR, "", (), (LIST,))
MATCH = Match(
    ListSource.UN,
    LIST.version,
    "QDi.999",
    "ZYXV VUTSRQ",
    NameKind.STRONG,
    0.91,
    {"name": 0.96, "birth": -0.05},
    ("1267",),
    "1971",
    ("IRQ",),
)
HIT = Screening(ScreeningState.HIT, "", (MATCH,), (LIST,))
WEIGHTS = "0f" * 32


def services_of(
    store: Store,
    screen: Callable[[Query], Screening] = lambda _: CLEAR,
    auditor: str = "",
    *,
    two_person: bool = False,
) -> Any:
    """What deciding and reviewing need, with a screening that answers as told."""
    policy = risk_policy.load(Settings(data=str(store.folder.path)))
    packets = EvidencePackets(store.keys, store.checkpoints, auditor)
    marks = {"face-template-test": Marks(WEIGHTS, "1e" * 32)}
    clock = Clock(year=2026, plausible=True, synchronised=True)
    return SimpleNamespace(
        settings=Settings(risk=Risk(two_person=two_person, auditor_key=auditor)),
        database=store.database,
        credentials=store.credentials,
        onboarding=OnboardingSessions(store.keys),
        webhooks=Webhooks(store.webhooks),
        audit=Audit(store.database, Metrics()),
        screening=SimpleNamespace(screen=screen),
        risk_policy=policy,
        evidence=DecisionEvidence(packets, store.box_id, policy, marks, lambda: clock),
    )


def ready(services: Any, store: Store, tenant: str = "bank") -> OnboardingSession:
    """A session whose applicant has done everything."""
    now = int(time.time())
    document = replace(
        journeys.document(), full_name=NAME, number_masked="****1234", picture="d0" * 32, confidence=0.97
    )
    selfie = journeys.selfie(picture="5e" * 32, similarity=0.94)
    face = journeys.template()

    def journey(transaction: Any) -> OnboardingSession:
        rows = services.onboarding
        wanted = Wanted("user-7", "http://127.0.0.1:9/hook", metadata={"consent_reference": "consent-42"})
        made = rows.create(transaction, tenant, new_identity(), wanted, now)
        rows.document(transaction, tenant, made.id, document, [face], now)
        rows.selfie(transaction, tenant, made.id, selfie, face, document.id, now)
        drawn = Challenge("chl_1", made.id, (Action.BLINK, Action.NOD), now)
        rows.challenge(transaction, tenant, drawn, now)
        rows.take_challenge(transaction, tenant, made.id, drawn.identity, now)
        for kind in ("document", "selfie"):
            rows.keep_picture(transaction, tenant, made.id, kind, b"\xff\xd8\xff " + kind.encode())
        found = journeys.liveness(drawn.identity, frames="f0" * 32)
        return rows.liveness(transaction, tenant, made.id, found, selfie.id, now)

    return store.database.write_blocking(journey)


async def submitted(services: Any, store: Store, tenant: str = "bank") -> OnboardingSession:
    """A session after submission by a partner's key."""
    session = ready(services, store, tenant)
    caller = Caller(Principal("cred_partner", tenant, "onboarder", frozenset(), "enterprise"), "req-1")
    return await submit_session(services, caller, session.id)


def leaves(store: Store, prefix: str) -> list[dict[str, Any]]:
    """Leaves of the ledger whose action begins so, oldest first."""
    rows = store.database.read_blocking(lambda c: c.rows("SELECT body FROM ledger_leaf ORDER BY seq"))
    bodies = [json.loads(row[0]) for row in rows]
    return [body for body in bodies if body["action"].startswith(prefix)]


def events(store: Store, session: str) -> list[dict[str, Any]]:
    """Events of a session, oldest first."""
    sql = "SELECT payload, tenant, stream FROM outbox WHERE stream = ? ORDER BY seq"
    rows = store.database.read_blocking(lambda c: c.rows(sql, (session,)))
    return [json.loads(store.webhooks.open_event(*row)) for row in rows]
