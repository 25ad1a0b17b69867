"""From evidence to a decision: hard rules first, then a score that can be explained line by line.

The score is a noisy-or, 1 - product of (1 - weight x signal): it grows with every doubt, whatever the others
are, and never shrinks because one more thing was looked at. Rules are contributions too, heavy enough that
the level never contradicts the decision. Nothing here approves against a rule, and no list rejects anybody:
both are what supervisors expect of screening (the watch list finds, a person decides).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain import risk_words
from appliance.domain.provenance import Channel
from appliance.domain.risk_policy import ListRule, Outcome, Policy, Rule
from appliance.domain.screening import Screening, ScreeningState

__all__ = ["Assessment", "Contribution", "Decision", "DeviceFacts", "DocumentFacts", "FaceFacts", "Level"]
__all__ += ["LivenessFacts", "Policy", "Signals", "assess"]

DIGITS = 4
"""Of the score; levels are told from the rounded score, so that what is shown agrees with itself."""


class Level(StrEnum):
    """How much risk the score stands for."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Decision(StrEnum):
    """What becomes of a case."""

    APPROVED = "approved"
    MANUAL_REVIEW = "manual_review"
    REJECTED = "rejected"

    @property
    def severity(self) -> int:
        """0 approved, 1 manual review, 2 rejected."""
        return list(Decision).index(self)


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What the document gave.

    Attributes:
        confidence: of its reading, 0..1.
        valid: every check that could be made holds (check digits, dates, format).
        expired: past its expiry date; None where no such date was read.
        mrz_valid: check digits of the machine-readable zone; None without a zone.
        conflicts: fields on which two places of the document disagree.
        signature: the issuer's signature on its data holds; None where it carries none that can be checked.
        genuine: lowest probability of all attack checks, 0 attack .. 1 genuine; None where none could look.
        nationality: of the holder, alpha-3; "" where unknown.
        issuer: issuing state, alpha-3; "" where unknown.
    """

    confidence: float
    valid: bool
    expired: bool | None = None
    mrz_valid: bool | None = None
    conflicts: int = 0
    signature: bool | None = None
    genuine: float | None = None
    nationality: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class FaceFacts:
    """How the selfie compares.

    Attributes:
        similarity: with the document's portrait, 0..1 on the scale S; 0.80 is the decision point.
        matched: whether that counts as one person.
        genuine: lowest probability of all attack checks on the selfie; None where none could look.
        elsewhere: highest similarity S with a face of another customer; None where nobody looked.
    """

    similarity: float
    matched: bool
    genuine: float | None = None
    elsewhere: float | None = None


@dataclass(frozen=True, slots=True)
class LivenessFacts:
    """What the active check gave: whether it passed, its confidence 0..1, whether it saw an attack."""

    passed: bool
    confidence: float
    spoof: bool


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """How the pictures came.

    Attributes:
        channel: how; of several the worst.
        enrolled: whether an enrolled device signed them.
        genuine: lowest probability of the injection checks; None where none could look.
        seen_before: whether a picture was used in another session.
        clock_synchronised: whether the box's clock is; None where that cannot be told.
    """

    channel: Channel = Channel.UPLOAD
    enrolled: bool = False
    genuine: float | None = None
    seen_before: bool = False
    clock_synchronised: bool | None = None


@dataclass(frozen=True, slots=True)
class Signals:
    """Everything that is known of a case; None where a part is missing.

    Attributes:
        document, face, liveness: what the last try of each gave.
        screening: by the lists.
        device: how the pictures came.
        attacks_before: how many tries before the last ones showed an attack.
    """

    document: DocumentFacts | None = None
    face: FaceFacts | None = None
    liveness: LivenessFacts | None = None
    screening: Screening | None = None
    device: DeviceFacts | None = None
    attacks_before: int = 0


@dataclass(frozen=True, slots=True)
class Contribution:
    """One reason for the score.

    Attributes:
        name: of the rule or signal.
        weight: of it in the policy.
        signal: 0..1, how much doubt; 1 for a rule.
        share: of the score: all shares add up to it.
        words: for an officer.
        outcome: what the rule leads to; None for a graded signal.
    """

    name: str
    weight: float
    signal: float
    share: float
    words: str
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """The outcome.

    Attributes:
        score: 0..1, four digits.
        level: of it.
        decision: what becomes of the case.
        reasons: codes of why it is not approved, gravest first; empty if it is.
        contributions: largest share first; graded signals without doubt stand last.
        policy_version: version and digest of the policy.
    """

    score: float
    level: Level
    decision: Decision
    reasons: tuple[str, ...]
    contributions: tuple[Contribution, ...]
    policy_version: str


def assess(signals: Signals, policy: Policy) -> Assessment:
    """Decide. The same signals and policy always give the same assessment.

    Raises:
        ValueError: a number of the signals is outside of 0..1.
    """
    _check(signals)
    fired = list(_fired(signals, policy))
    doubts = list(_doubts(signals, policy))
    found = [
        Contribution(name, rule.weight, 1.0, 0.0, risk_words.rule(name), Outcome(rule.outcome))
        for name, rule in fired
    ]
    for name, value in doubts:
        span = getattr(policy.signals, name)
        doubt = span.doubt(value)
        words = risk_words.signal(name, value, doubt)
        found.append(Contribution(name, span.weight, doubt, 0.0, words))
    score = _noisy_or(found)
    level = _level(score, policy)
    decision = _decision(found, policy)
    return Assessment(
        score=score,
        level=level,
        decision=decision,
        reasons=_reasons(found, decision, level),
        contributions=_shared(found, score),
        policy_version=policy.stamp(),
    )


def _check(signals: Signals) -> None:
    document, face, live, device = signals.document, signals.face, signals.liveness, signals.device
    numbers = (
        document.confidence if document else None,
        document.genuine if document else None,
        face.similarity if face else None,
        face.genuine if face else None,
        face.elsewhere if face else None,
        live.confidence if live else None,
        device.genuine if device else None,
        *(match.score for match in (signals.screening.matches if signals.screening else ())),
    )
    if not all(number is None or 0 <= number <= 1 for number in numbers):
        raise ValueError("a number of the evidence is outside of 0..1")
    if document and document.conflicts < 0:
        raise ValueError("a negative number of conflicts")


def _fired(signals: Signals, policy: Policy) -> Iterator[tuple[str, Rule | ListRule]]:
    """Rules that hold, gravest first as the policy's structure lists them."""
    document, face, live, device = signals.document, signals.face, signals.liveness, signals.device
    sure, suspected = policy.thresholds.sure, policy.thresholds.suspected
    listed = signals.screening.state if signals.screening else None
    holds = {
        "spoof_detected": (live is not None and live.spoof) or _below(face.genuine if face else None, sure),
        "document_forged": _below(document.genuine if document else None, sure),
        "document_signature_failed": document is not None and document.signature is False,
        "injection_detected": _below(device.genuine if device else None, sure),
        "face_mismatch": _unlike(face) and not _near(face, policy),
        "face_near_miss": _unlike(face) and _near(face, policy),
        "attack_before": signals.attacks_before > 0,
        "document_missing": document is None,
        "face_missing": face is None and "face" in policy.required,
        "liveness_missing": live is None and "liveness" in policy.required,
        "document_unreadable": _below(document.confidence if document else None, policy.thresholds.readable),
        "document_invalid": document is not None and (not document.valid or document.mrz_valid is False),
        "document_expired": document is not None and document.expired is True,
        "document_attack_suspected": _below(document.genuine if document else None, suspected),
        "face_attack_suspected": _below(face.genuine if face else None, suspected),
        "injection_suspected": _below(device.genuine if device else None, suspected),
        "capture_seen_before": device is not None and device.seen_before,
        "face_known_elsewhere": face is not None
        and face.elsewhere is not None
        and face.elsewhere >= policy.thresholds.elsewhere,
        "liveness_failed": live is not None and not live.passed,
        "sanctions_hit": listed == ScreeningState.HIT,
        "sanctions_list_unavailable": listed == ScreeningState.UNAVAILABLE,
        "sanctions_not_screened": listed is None,
    }
    for name in policy.rules.__struct_fields__:
        if holds[name]:
            yield name, getattr(policy.rules, name)


def _unlike(face: FaceFacts | None) -> bool:
    return face is not None and not face.matched


def _near(face: FaceFacts | None, policy: Policy) -> bool:
    return face is not None and face.similarity >= policy.thresholds.near_miss


def _below(value: float | None, threshold: float) -> bool:
    return value is not None and value < threshold


def _doubts(signals: Signals, policy: Policy) -> Iterator[tuple[str, float | None]]:
    """Graded signals and their values; None where there is none."""
    document, face, live, device = signals.document, signals.face, signals.liveness, signals.device
    yield "document_reading", document.confidence if document else None
    yield "document_conflicts", float(document.conflicts) if document else None
    yield "document_zone", _wrong(document.mrz_valid if document else None)
    yield "document_signature", _wrong(document.signature if document else None)
    yield "document_attack", document.genuine if document else None
    yield "face_margin", face.similarity if face else None
    yield "face_attack", face.genuine if face else None
    yield "face_elsewhere", face.elsewhere if face else None
    yield "liveness_margin", live.confidence if live else None
    yield "screening_match", _match(signals.screening)
    yield "injection", device.genuine if device else None
    yield "channel", _way(device, policy)
    yield "clock", _wrong(device.clock_synchronised if device else None)
    yield "country", _country(document, policy)


def _wrong(holds: object) -> float | None:
    """1 where a check failed, 0 where it holds, None where it was not made."""
    return None if holds is None else float(not holds)


def _match(screening: Screening | None) -> float | None:
    """Score of the best match; 0 for a clear screening, None for one that could not be done."""
    if screening is None or screening.state == ScreeningState.UNAVAILABLE:
        return None
    return max((match.score for match in screening.matches), default=0.0)


def _way(device: DeviceFacts | None, policy: Policy) -> float | None:
    if device is None:
        return None
    if device.channel == Channel.BUNDLE and device.enrolled:
        return policy.channels.enrolled
    by_channel = {
        Channel.KIOSK: policy.channels.kiosk,
        Channel.BUNDLE: policy.channels.bundle,
        Channel.UPLOAD: policy.channels.upload,
    }
    return by_channel[device.channel]


def _country(document: DocumentFacts | None, policy: Policy) -> float:
    known = policy.countries
    named = (document.nationality, document.issuer) if document else ("", "")
    return max(known.named.get(one, known.default) if one else known.unknown for one in named)


def _noisy_or(contributions: list[Contribution]) -> float:
    """1 - product of (1 - weight x signal). Multiplying in a fixed order keeps rounding monotone too."""
    rest = 1.0
    for one in contributions:
        rest *= 1.0 - one.weight * one.signal
    return round(1.0 - rest, DIGITS)


def _level(score: float, policy: Policy) -> Level:
    if score >= policy.high:
        return Level.HIGH
    return Level.MEDIUM if score >= policy.medium else Level.LOW


OF_LISTS = frozenset(
    {"sanctions_hit", "sanctions_list_unavailable", "sanctions_not_screened", "screening_match", "country"}
)
"""Contributions that never take part in a rejection: they are about a name or a state, not about an act."""


def _decision(found: list[Contribution], policy: Policy) -> Decision:
    outcomes = {one.outcome for one in found}
    own = _noisy_or([one for one in found if one.name not in OF_LISTS])
    if Outcome.REJECT in outcomes or (own >= policy.high and policy.high_means == Outcome.REJECT):
        return Decision.REJECTED
    if Outcome.REVIEW in outcomes or _noisy_or(found) >= policy.medium:
        return Decision.MANUAL_REVIEW
    return Decision.APPROVED


def _reasons(found: list[Contribution], decision: Decision, level: Level) -> tuple[str, ...]:
    if decision == Decision.APPROVED:
        return ()
    rules = tuple(one.name for one in found if one.outcome is not None)
    rejecting = tuple(one.name for one in found if one.outcome == Outcome.REJECT)
    ordered = rejecting + tuple(name for name in rules if name not in rejecting)
    if ordered:
        return ordered
    graded = sorted(found, key=lambda one: one.weight * one.signal, reverse=True)
    return (f"risk_{level}", *(one.name for one in graded[:3] if one.weight * one.signal > 0))


def _shared(found: list[Contribution], score: float) -> tuple[Contribution, ...]:
    """Split the score in proportion to -log(1 - weight x signal), the form in which the factors add up."""
    logs = [-math.log1p(-one.weight * one.signal) for one in found]
    whole = math.fsum(logs)
    shared = [
        Contribution(
            one.name, one.weight, one.signal, score * part / whole if whole else 0.0, one.words, one.outcome
        )
        for one, part in zip(found, logs, strict=True)
    ]
    return tuple(sorted(shared, key=lambda one: (-one.share, one.name)))
