"""An applicant's whole journey: which states there are, what leads on, what each step found.

The states are the words of the eKYC-Onboarder page; its edges are not on the page and are the conservative
reading: an end is an end, and only an officer leads out of manual review.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from appliance.domain.challenge import Challenge
from appliance.errors import InvalidRequest

HOURS: Final = 24
"""A session that is not submitted by then has expired."""
MOST_TRIES: Final = 10
"""Documents, selfies and liveness checks per session, each: nobody may search for what passes."""


class State(StrEnum):
    """Where a session stands."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    APPROVED = "approved"
    REJECTED = "rejected"
    MANUAL_REVIEW = "manual_review"
    EXPIRED = "expired"


class Step(StrEnum):
    """What may happen to it. The box decides a submitted session, an officer a reviewed one."""

    DOCUMENT = "document"
    SELFIE = "selfie"
    CHALLENGE = "challenge"
    LIVENESS = "liveness"
    APPROVE = "approve"
    REJECT = "reject"
    REVIEW = "review"
    EXPIRE = "expire"
    OFFICER_APPROVE = "officer_approve"
    OFFICER_REJECT = "officer_reject"


TABLE: Final[Mapping[tuple[State, Step], State]] = MappingProxyType(
    {
        (State.PENDING, Step.DOCUMENT): State.IN_PROGRESS,
        (State.PENDING, Step.EXPIRE): State.EXPIRED,
        (State.IN_PROGRESS, Step.DOCUMENT): State.IN_PROGRESS,
        (State.IN_PROGRESS, Step.SELFIE): State.IN_PROGRESS,
        (State.IN_PROGRESS, Step.CHALLENGE): State.IN_PROGRESS,
        (State.IN_PROGRESS, Step.LIVENESS): State.IN_PROGRESS,
        (State.IN_PROGRESS, Step.APPROVE): State.APPROVED,
        (State.IN_PROGRESS, Step.REJECT): State.REJECTED,
        (State.IN_PROGRESS, Step.REVIEW): State.MANUAL_REVIEW,
        (State.IN_PROGRESS, Step.EXPIRE): State.EXPIRED,
        (State.MANUAL_REVIEW, Step.OFFICER_APPROVE): State.APPROVED,
        (State.MANUAL_REVIEW, Step.OFFICER_REJECT): State.REJECTED,
    }
)
"""Every other step is refused, and the session stays as it is."""
OPEN: Final = frozenset({State.PENDING, State.IN_PROGRESS})
"""States in which an applicant may still do something, and which time ends."""
DECISIONS: Final[Mapping[State, Step]] = MappingProxyType(
    {State.APPROVED: Step.APPROVE, State.REJECTED: Step.REJECT, State.MANUAL_REVIEW: Step.REVIEW}
)
"""What a submitted session may become, and the step that leads there."""


@dataclass(frozen=True, slots=True)
class AttackScore:
    """What one check for attacks said.

    Attributes:
        attack: `screen_replay`, `printed_copy`, `presentation_attack` ...
        pipeline: its name on this box.
        probability: 0 = attack, 1 = genuine, threshold 0.5.
    """

    attack: str
    pipeline: str
    probability: float


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What the document step found. Its repr shows no personal data.

    Attributes:
        id: `doc_...`.
        type: as the applicant named it: passport, national_id, drivers_license, residence_permit.
        country: ISO alpha-2, as the applicant named it.
        confidence: of the reading, 0..1.
        full_name, date_of_birth, nationality, expiry_date: as read; dates ISO, nationality alpha-3; "" where
            it shows none.
        sex: M, F or "".
        number_masked: all that is kept of the document number: `****1234`.
        mrz_valid: None where the document has no machine-readable zone.
        errors: codes of what stands against the document; empty means that it is valid.
        attacks: checks that this box carried out.
        picture: SHA-256 of the bytes as sent, hex.
        portrait: whether a face was found on it to compare with.
        at: seconds since 1970.
        expired: past its expiry date on the day of the upload; None where no such date was read.
        issuer: issuing state, alpha-3; "" where unknown.
        signature: whether its issuer's signature holds; None where none could be checked.
        conflicts: names of fields on which two places of the document disagree.
    """

    id: str
    type: str
    country: str
    confidence: float
    full_name: str
    date_of_birth: str
    nationality: str
    expiry_date: str
    sex: str
    number_masked: str
    mrz_valid: bool | None
    errors: tuple[str, ...]
    attacks: tuple[AttackScore, ...]
    picture: str
    portrait: bool
    at: int
    expired: bool | None = None
    issuer: str = ""
    signature: bool | None = None
    conflicts: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Nothing stands against it."""
        return not self.errors

    @property
    def spoofed(self) -> bool:
        """A check found an attack."""
        return any(one.probability < 0.5 for one in self.attacks)

    def __repr__(self) -> str:
        return f"DocumentFacts({self.id}, {self.type})"


@dataclass(frozen=True, slots=True)
class SelfieFacts:
    """What the selfie step found.

    Attributes:
        id: `ver_...`.
        similarity: to the document's portrait, 0..1 on map S; 0.80 is the decision point.
        matched: it reaches that point.
        model: of the templates that were compared.
        live: probability that the selfie shows a person and no picture of one, 0..1, threshold 0.5; None
            where no such check is installed.
        attacks: checks that this box carried out.
        picture: SHA-256 of the bytes as sent, hex.
        at: seconds since 1970.
    """

    id: str
    similarity: float
    matched: bool
    model: str
    live: float | None
    attacks: tuple[AttackScore, ...]
    picture: str
    at: int

    @property
    def spoofed(self) -> bool:
        """A check found an attack."""
        return any(one.probability < 0.5 for one in self.attacks)


@dataclass(frozen=True, slots=True)
class LivenessFacts:
    """What the liveness step found.

    Attributes:
        id: `lvc_...`.
        challenge: `chl_...` that it answered.
        passed: it shows what was asked, by the person of the selfie.
        confidence: 0..1.
        spoofed: something was found that a live person does not show.
        checks: names of the checks that were carried out.
        reasons: codes of what failed.
        frames: SHA-256 over the frames' SHA-256 in their order, hex.
        count: of frames.
        at: seconds since 1970.
    """

    id: str
    challenge: str
    passed: bool
    confidence: float
    spoofed: bool
    checks: tuple[str, ...]
    reasons: tuple[str, ...]
    frames: str
    count: int
    at: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided at submission, and by an officer after it.

    Attributes:
        risk_score: 0..1.
        risk_level: low, medium or high.
        reason: one sentence for people.
        review_reasons: codes why an officer has to look; they stay after the officer has.
        screening: `clear`, `hit` or `unavailable`.
        screening_reason: code of why it is unavailable, or "".
        contributions: name of a signal -> what it adds to the score.
        policy: version of the rules.
        packet: SHA-256 of the evidence packet, hex, or "".
        officer: who decided after review, or "".
    """

    risk_score: float
    risk_level: str
    reason: str
    review_reasons: tuple[str, ...]
    screening: str
    screening_reason: str = ""
    contributions: Mapping[str, float] = field(default_factory=dict)
    policy: str = ""
    packet: str = ""
    officer: str = ""


@dataclass(frozen=True, slots=True)
class Tries:
    """How often each step was taken, and how often a selfie or a live check showed an attack.

    Another try takes back what the last one found, but not that.
    """

    documents: int = 0
    selfies: int = 0
    challenges: int = 0
    checks: int = 0
    attacks: int = 0


@dataclass(frozen=True, slots=True)
class OnboardingSession:
    """One session. Its repr shows no personal data.

    Attributes:
        id: UUID.
        tenant: owner.
        external_user_id: the partner's own name for its user.
        state: where it stands.
        created_at, expires_at, completed_at: seconds since 1970; `completed_at` is None before the end.
        webhook_url: where its events go, or "".
        redirect_url: where the page sends the applicant at the end, or "".
        metadata: the partner's own, a JSON object.
        document, selfie, liveness: of the last time the step was taken; None before. Another document takes
            back the selfie and the liveness, another selfie takes back the liveness: each was measured
            against what came before it.
        challenge: the newest that was drawn.
        outcome: None before submission.
        tries: of each step.
    """

    id: str
    tenant: str
    external_user_id: str
    state: State
    created_at: int
    expires_at: int
    completed_at: int | None = None
    webhook_url: str = ""
    redirect_url: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    document: DocumentFacts | None = None
    selfie: SelfieFacts | None = None
    liveness: LivenessFacts | None = None
    challenge: Challenge | None = None
    outcome: Outcome | None = None
    tries: Tries = field(default_factory=Tries)

    @property
    def decision(self) -> State | None:
        """What was decided, None before submission and for a session that expired."""
        return self.state if self.outcome is not None else None

    def __repr__(self) -> str:
        return f"OnboardingSession({self.id}, {self.state})"


def after(state: State, step: Step) -> State:
    """The state that a step leads to.

    Raises:
        InvalidRequest: it leads nowhere from here.
    """
    following = TABLE.get((state, step))
    if following is not None:
        return following
    if state is State.PENDING:
        raise InvalidRequest("the session has no document yet", remedy="Upload the document first.")
    if state is State.IN_PROGRESS:
        raise InvalidRequest("the session is not in review", remedy="Submit it first.")
    raise InvalidRequest(f"the session is {state.value} already", remedy="Create another session.")


def masked(number: str) -> str:
    """A document number as it may be shown: its last four characters, of short ones fewer than half."""
    shown = min(4, (len(number) - 1) // 2) if number else 0
    return f"****{number[len(number) - shown :]}" if number else ""
