"""Evidence of a decision about an applicant: gathered from the session, sealed, kept with its leaf."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from appliance import __version__
from appliance.domain import evidence
from appliance.domain.evidence import Act, Client, ClockTrust, Evidence, Input, Measured
from appliance.domain.onboarding import AttackScore, OnboardingSession, State
from appliance.domain.risk import Assessment
from appliance.domain.risk_policy import Policy
from appliance.domain.score import SIMILARITY
from appliance.domain.screening import Query, Screening
from appliance.engine.runtime import Runtime
from appliance.store.evidence_packets import EvidencePackets, Sealed
from appliance.store.transaction import Connection, Transaction
from appliance.vision.attacks import minifasnet
from appliance.vision.attacks.registry import PIPELINES
from hardware import system

GENUINE = 0.5
"""Threshold of every attack check."""
READING = "text-recognition"
LIVENESS = "face-mesh"
CALIBRATION = "calibration.json"


@dataclass(frozen=True, slots=True)
class Marks:
    """SHA-256, hex, of a model's weights and of its calibration; "" where it has none."""

    weights: str = ""
    calibration: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was decided, and from what, beside the session itself.

    Attributes:
        assessment: of the risk.
        decision: the state that follows.
        reason: one sentence for people.
        client: who sent the pictures, and how.
        query: that was screened; None where it was not.
        screening: None where it was not done.
        consent: reference to the person's consent; "" takes `consent_reference` of the session's metadata.
    """

    assessment: Assessment
    decision: State
    reason: str
    client: Client
    query: Query | None = None
    screening: Screening | None = None
    consent: str = ""


class DecisionEvidence:
    """Makes packets.

    Args:
        packets: seals and keeps them.
        box: id of this box.
        policy: that decisions follow.
        marks: of models and pipelines, by name.
        clock: state of the box's clock.
    """

    def __init__(
        self,
        packets: EvidencePackets,
        box: str,
        policy: Policy,
        marks: Mapping[str, Marks],
        clock: Callable[[], system.Clock] = system.clock,
    ) -> None:
        self._packets, self._box, self._policy, self._marks, self._clock = packets, box, policy, marks, clock

    def decided(self, session: OnboardingSession, judged: Judged, now: int) -> Sealed:
        """Seal the evidence of a decision by the box. Its `evidence` belongs into the leaf's details.

        Args:
            session: as it was judged.
            judged: what came of it.
            now: seconds since 1970.
        """
        return self._sealed(
            Evidence(
                session=session.id,
                tenant=session.tenant,
                box=self._box,
                release=__version__,
                act=Act("decided", "box", judged.decision.value, judged.reason, now),
                subject=_subject(session),
                consent=judged.consent or _consent(session),
                inputs=tuple(_inputs(session)),
                measured=tuple(self._measured(session)),
                client=judged.client,
                clock=self._trust(),
                query=judged.query,
                screening=judged.screening,
                assessment=judged.assessment,
                policy=self._policy,
            )
        )

    def acted(self, session: OnboardingSession, act: Act) -> Sealed:
        """Seal the evidence of an officer's act; what it rests on is in the packets before it."""
        return self._sealed(
            Evidence(
                session=session.id,
                tenant=session.tenant,
                box=self._box,
                release=__version__,
                act=act,
                clock=self._trust(),
            )
        )

    def keep(self, transaction: Transaction, session: str, sealed: Sealed, seq: int, now: int) -> None:
        """Keep the packet, in the transaction of the decision and after its leaf.

        Args:
            transaction: of the decision.
            session: id.
            sealed: of `decided` or `acted`.
            seq: index of the leaf whose details name `sealed.evidence`.
            now: seconds since 1970.
        """
        self._packets.keep(transaction, session, sealed, seq, now)

    def file(self, connection: Connection, session: str) -> bytes:
        """The packets of a session as one file, sealed and signed.

        Raises:
            NotFound: there is none.
        """
        return self._packets.file(connection, session)

    def contents(self, connection: Connection, session: str) -> list[Mapping[str, object]]:
        """What the packets of a session say, oldest first."""
        return [evidence.decode(one) for one in self._packets.contents(connection, session)]

    def _sealed(self, one: Evidence) -> Sealed:
        return self._packets.seal(one.session, evidence.encode(one, secrets.token_bytes(16)))

    def _trust(self) -> ClockTrust:
        seen = self._clock()
        return ClockTrust(seen.synchronised, seen.plausible)

    def _measured(self, session: OnboardingSession) -> Iterable[Measured]:
        document, selfie, live = session.document, session.selfie, session.liveness
        if document is not None:
            reading = self._marks.get(READING, Marks())
            yield Measured(
                "document_reading",
                document.confidence,
                self._policy.thresholds.readable,
                document.valid,
                READING,
                reading.weights,
                reading.calibration,
                document.errors,
            )
            yield from (self._attack(one) for one in document.attacks)
        if selfie is not None:
            model = self._marks.get(selfie.model, Marks())
            yield Measured(
                "face_match",
                selfie.similarity,
                SIMILARITY[1],
                selfie.matched,
                selfie.model,
                model.weights,
                model.calibration,
            )
            yield from (self._attack(one) for one in selfie.attacks)
        if live is not None:
            mesh = self._marks.get(LIVENESS, Marks())
            yield Measured(
                "liveness",
                live.confidence,
                None,
                live.passed,
                LIVENESS,
                mesh.weights,
                mesh.calibration,
                (*live.checks, *live.reasons),
            )

    def _attack(self, one: AttackScore) -> Measured:
        marks = self._marks.get(one.pipeline, Marks())
        return Measured(
            one.attack,
            one.probability,
            GENUINE,
            one.probability >= GENUINE,
            one.pipeline,
            marks.weights,
            marks.calibration,
        )


def marks_of(runtime: Runtime, models: Path) -> Mapping[str, Marks]:
    """Digests of what scores rest on, taken once at start.

    Args:
        runtime: with the loaded models; what it loaded was compared with these digests.
        models: folder of the project's models, for calibrations of pipelines.
    """
    found = {}
    for status in runtime.status():
        manifest = runtime.manifest(status.name)
        calibration = _digest(Path(manifest.folder) / CALIBRATION)
        found[status.name] = Marks(manifest.files[0].sha256, calibration)
    for pipeline in PIPELINES:
        nets = minifasnet.NETS if pipeline.pack else ()
        weights = "+".join(found[net].weights for net in nets if net in found)
        found[pipeline.name] = Marks(weights, _digest(models / pipeline.name / CALIBRATION))
    return MappingProxyType(found)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _consent(session: OnboardingSession) -> str:
    """What the partner named in the session's metadata as the person's consent."""
    named = session.metadata.get("consent_reference", "")
    return named[:200] if isinstance(named, str) else ""


def _inputs(session: OnboardingSession) -> Iterable[Input]:
    document, selfie, live = session.document, session.selfie, session.liveness
    if document is not None:
        yield Input("document", document.id, document.picture, 1, document.at)
    if selfie is not None:
        yield Input("selfie", selfie.id, selfie.picture, 1, selfie.at)
    if live is not None:
        yield Input("frames", live.id, live.frames, live.count, live.at)


def _subject(session: OnboardingSession) -> Mapping[str, str]:
    document = session.document
    if document is None:
        return {"external_user_id": session.external_user_id}
    return {
        "external_user_id": session.external_user_id,
        "document_type": document.type,
        "document_country": document.country,
        "document_number": document.number_masked,
        "full_name": document.full_name,
        "date_of_birth": document.date_of_birth,
        "nationality": document.nationality,
        "sex": document.sex,
        "expiry_date": document.expiry_date,
    }
