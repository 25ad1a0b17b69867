"""Applicants' journeys without pictures: what the steps would have found, put where they put it."""

import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from appliance.config import Settings
from appliance.domain.challenge import Action, Challenge
from appliance.domain.credential import AuditEntry, Principal
from appliance.domain.face import Template
from appliance.domain.onboarding import AttackScore, DocumentFacts, LivenessFacts, SelfieFacts
from appliance.domain.screening import Screening, ScreeningState
from appliance.services import risk_policy
from appliance.services.audit import Audit
from appliance.services.call import Caller
from appliance.services.evidence_packet import DecisionEvidence
from appliance.services.metrics import Metrics
from appliance.services.onboarding import events
from appliance.services.webhooks import Webhooks
from appliance.store.applicant_tokens import ApplicantTokens
from appliance.store.evidence_packets import EvidencePackets
from appliance.store.onboarding import OnboardingSessions
from appliance.store.store import Store

NUMBER = "AB1234179"
HASH = "ab" * 32


def template(seed: int = 1) -> Template:
    drawn = np.random.default_rng(seed).standard_normal(16).astype(np.float32)
    return Template("face-template-test", drawn / np.linalg.norm(drawn))


def document(identity: str = "doc_1", **changes: Any) -> DocumentFacts:
    found = DocumentFacts(
        id=identity,
        type="passport",
        country="US",
        confidence=0.99,
        full_name="JOHN SMITH",
        date_of_birth="1990-05-15",
        nationality="USA",
        expiry_date="2038-05-15",
        sex="M",
        number_masked="****4179",
        mrz_valid=True,
        errors=(),
        attacks=(AttackScore("printed_copy_attack", "default-pc", 0.97),),
        picture=HASH,
        portrait=True,
        at=1,
        expired=False,
        issuer="USA",
    )
    return replace(found, **changes)


def selfie(identity: str = "ver_1", **changes: Any) -> SelfieFacts:
    attacks = (AttackScore("presentation_attack", "pad-r-1", 0.98),)
    found = SelfieFacts(identity, 0.96, True, "face-template-test", 0.98, attacks, HASH, 2)
    return replace(found, **changes)


def liveness(challenge: str, **changes: Any) -> LivenessFacts:
    checks = ("blink", "head_movement")
    found = LivenessFacts("lvc_1", challenge, True, 0.97, False, checks, (), HASH, 40, 3)
    return replace(found, **changes)


class Screens:
    """A screener that says what it is told to."""

    def __init__(self) -> None:
        self.said = Screening(ScreeningState.CLEAR, "", (), ())

    def screen(self, _query: object) -> Screening:
        return self.said


class Journeys:
    """A store with the services that decide, and a partner; no models."""

    def __init__(self, folder: Path, *, serving: bool = False) -> None:
        self.store = Store.open(folder, floor_bytes=0, ballast_bytes=65536, serving=serving)
        self.settings = Settings(data=str(folder))
        policy = risk_policy.load(self.settings)
        packets = EvidencePackets(self.store.keys, self.store.checkpoints)
        self.sessions = OnboardingSessions(self.store.keys)
        self.screens = Screens()
        self.services: Any = SimpleNamespace(
            settings=self.settings,
            database=self.store.database,
            credentials=self.store.credentials,
            audit=Audit(self.store.database, Metrics()),
            webhooks=Webhooks(self.store.webhooks),
            onboarding=self.sessions,
            applicants=ApplicantTokens(self.store.keys.onboarding),
            risk_policy=policy,
            evidence=DecisionEvidence(packets, self.store.box_id, policy, {}),
            screening=self.screens,
        )

    def caller(self, tenant: str = "bank", number: int = 0) -> Caller:
        return Caller(Principal(tenant, tenant, "onboarder", frozenset(), "enterprise"), f"req_{number}")

    async def upload(self, identity: str, tenant: str = "bank", facts: DocumentFacts | None = None) -> None:
        """The document step: effect, event and leaf as the service has them."""
        found, now = facts or document(), int(time.time())

        def effect(transaction):
            changed = self.sessions.document(transaction, tenant, identity, found, [template()], now)
            events.tell(self.services, transaction, events.UPLOADED, changed, now)

        await self.store.database.commit(
            AuditEntry(tenant, tenant, "onboarding.document", object=identity), effect
        )

    async def prove(self, identity: str, tenant: str = "bank", **changes: Any) -> None:
        """The selfie step, a challenge, and the liveness step."""
        now = int(time.time())

        def effect(transaction):
            session = self.sessions.get(transaction, tenant, identity)
            self.sessions.selfie(
                transaction, tenant, identity, selfie(), template(2), session.document.id, now
            )
            made = Challenge(f"chl_{identity}", identity, (Action.NOD, Action.SMILE), now)
            self.sessions.challenge(transaction, tenant, made, now)
            self.sessions.take_challenge(transaction, tenant, identity, made.identity, now)
            found = liveness(made.identity, **changes)
            self.sessions.liveness(transaction, tenant, identity, found, "ver_1", now)

        await self.store.database.commit(
            AuditEntry(tenant, tenant, "onboarding.liveness", object=identity), effect
        )

    def close(self) -> None:
        self.store.close()
