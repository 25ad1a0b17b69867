"""What the use cases work with, handed over once by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from appliance.config import Settings
from appliance.domain.face_policy import FacePolicy
from appliance.domain.risk_policy import Policy
from appliance.domain.score import ScoreMaps
from appliance.engine.pool import InferencePool
from appliance.engine.runtime import Runtime
from appliance.services.active_liveness import ActiveLiveness
from appliance.services.audit import Audit
from appliance.services.evidence_packet import DecisionEvidence
from appliance.services.idempotent import Idempotency
from appliance.services.limits import RateLimits
from appliance.services.logins import Logins
from appliance.services.metrics import Metrics
from appliance.services.screening.screener import Screener
from appliance.services.webhooks import Webhooks
from appliance.store.account_tokens import AccountTokens
from appliance.store.applicant_tokens import ApplicantTokens
from appliance.store.capture_memory import CaptureMemory
from appliance.store.captures import Captures
from appliance.store.checkpoints import Checkpoints
from appliance.store.collections import Collections
from appliance.store.credentials import Credentials
from appliance.store.database import Database
from appliance.store.kyc_sessions import KycSessions
from appliance.store.onboarding import OnboardingSessions
from appliance.store.reading_batches import ReadingBatches
from appliance.store.templates import Templates
from appliance.store.uploads import Uploads
from appliance.store.vault import Vault
from appliance.store.vault_approvals import Approvals
from appliance.store.vault_upkeep import VaultUpkeep
from appliance.store.vcip_sessions import VcipSessions
from appliance.vision.attacks.registry import AttackChecks
from appliance.vision.decode import Decoder
from appliance.vision.documents.reader import DocumentReader
from appliance.vision.faces.reader import FaceReader


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a use case may reach.

    Attributes:
        settings: of the box.
        database: writes with their audit leaf, and reads.
        credentials: who may call.
        account_tokens: of accounts that log in.
        logins: whether an account may log in.
        uploads: pictures put beforehand.
        collections: of faces.
        templates: seals those that leave the box.
        decoder: files to pixels.
        runtime: the networks, for their state.
        pool: places for inference.
        faces: faces and templates.
        documents: identity documents.
        attacks: checks for attacks.
        face_policy: what a selfie must be like.
        scores: from a cosine of `faces`' templates to the scores shown.
        audit: leaves about calls.
        limits: calls per credential.
        metrics: counters of the box.
        captures: opens sealed ones.
        memory: of captures seen before.
        vault: what was masked reversibly.
        vault_upkeep: erases what is past its time, changes its keys.
        approvals: of unmaskings, by a second person.
        today: the day that expiry dates are held against.
        webhooks: tells customers' systems of events.
        idempotency: lets a call that is sent again act once.
        checkpoints: sign the ledger.
        kyc_sessions: of customers' checks.
        vcip_sessions: of video-based identifications.
        batches: of documents that wait to be read.
        screening: people against sanctions lists.
        onboarding: sessions of applicants' whole journeys.
        applicants: tokens that their browsers show.
        risk_policy: that decisions about applicants follow.
        evidence: of those decisions.
        active_liveness: judges frames against a challenge.
    """

    settings: Settings
    database: Database
    credentials: Credentials
    account_tokens: AccountTokens
    logins: Logins
    uploads: Uploads
    collections: Collections
    templates: Templates
    decoder: Decoder
    runtime: Runtime
    pool: InferencePool
    faces: FaceReader
    documents: DocumentReader
    attacks: AttackChecks
    face_policy: FacePolicy
    scores: ScoreMaps
    audit: Audit
    limits: RateLimits
    metrics: Metrics
    captures: Captures
    memory: CaptureMemory
    vault: Vault
    vault_upkeep: VaultUpkeep
    approvals: Approvals
    today: Callable[[], date]
    webhooks: Webhooks
    idempotency: Idempotency
    checkpoints: Checkpoints
    kyc_sessions: KycSessions
    vcip_sessions: VcipSessions
    batches: ReadingBatches
    onboarding: OnboardingSessions
    applicants: ApplicantTokens
    risk_policy: Policy
    evidence: DecisionEvidence
    active_liveness: ActiveLiveness
    screening: Screener

    def scores_of(self, model: str) -> ScoreMaps:
        """The score maps of a template model.

        Raises:
            NotInstalled: that model is not on this box.
        """
        return ScoreMaps.from_calibration(self.faces.calibration_of(model))
