"""Video-based customer identification: which states a session has, and what it takes to be complete.

RBI Master Direction on KYC, section 18 (as of 10 May 2021): consent on record before anything else, live
location with its time, face match and liveness, questions that are not the same each time, a recording that
is kept, an official by name, a concurrent audit before the account is used. A disrupted session is not taken
up again: it is aborted, and another one begins.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import msgspec

from appliance.errors import InvalidRequest

HOURS: Final = 24
"""A session that is not complete by then is aborted."""
CLOCK_SECONDS: Final = 300
"""How far the time of a location may be from the box's."""


class State(StrEnum):
    """Where a session stands."""

    CREATED = "created"
    CONSENTED = "consented"
    IN_PROGRESS = "in_progress"
    RECORDED = "recorded"
    AUDITED = "audited"
    ABORTED = "aborted"


class Step(StrEnum):
    """What may happen to it."""

    CONSENT = "consent"
    LOCATE = "locate"
    EVIDENCE = "evidence"
    RECORDING = "recording"
    COMPLETE = "complete"
    AUDIT = "audit"
    ABORT = "abort"


EDGES: Final[Mapping[tuple[State, Step], State]] = MappingProxyType(
    {
        (State.CREATED, Step.CONSENT): State.CONSENTED,
        (State.CONSENTED, Step.LOCATE): State.IN_PROGRESS,
        (State.IN_PROGRESS, Step.LOCATE): State.IN_PROGRESS,
        (State.IN_PROGRESS, Step.EVIDENCE): State.IN_PROGRESS,
        (State.IN_PROGRESS, Step.RECORDING): State.IN_PROGRESS,
        (State.IN_PROGRESS, Step.COMPLETE): State.RECORDED,
        (State.RECORDED, Step.AUDIT): State.AUDITED,
        (State.CREATED, Step.ABORT): State.ABORTED,
        (State.CONSENTED, Step.ABORT): State.ABORTED,
        (State.IN_PROGRESS, Step.ABORT): State.ABORTED,
    }
)
"""Every other step is refused."""


class Location(msgspec.Struct, frozen=True):
    """Where the customer is: degrees, metres, seconds since 1970."""

    latitude: float
    longitude: float
    accuracy: float
    at: int

    def __repr__(self) -> str:
        return "Location()"


class Fence(msgspec.Struct, frozen=True):
    """Degrees between which the customer has to be."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, location: Location) -> bool:
        """Whether a location lies inside."""
        inside = self.south <= location.latitude <= self.north
        return inside and self.west <= location.longitude <= self.east


class Question(msgspec.Struct, frozen=True):
    """One question of the official's: how it was answered, and whether somebody prompted the customer."""

    asked: str
    right: bool
    prompted: bool = False


class Evidence(msgspec.Struct, frozen=True):
    """What was judged during the call.

    Attributes:
        match: the customer's face is the document's.
        similarity: 0..1, 0.80 decides.
        live: the customer is a living person.
        live_by: `box` where a model said so, `official` where only the official did.
        liveness: 0..1 of the model; None where there is none.
        questions: that were asked.
    """

    match: bool
    similarity: float
    live: bool
    live_by: str
    liveness: float | None
    questions: tuple[Question, ...]


class Recording(msgspec.Struct, frozen=True):
    """The stored video: its record in the vault, SHA-256 in hexadecimal, length and media type."""

    record: str
    sha256: str
    length: int
    media_type: str


class Facts(msgspec.Struct, frozen=True):
    """All that is known of a session; sealed on disk.

    Attributes:
        customer_id: the caller's own name for its customer.
        official: who leads the call.
        metadata: the caller's own, a JSON object.
        consent: reference of the consent, "" before.
        location, evidence, recording: None before.
        result: `approved` or `rejected` by the concurrent audit, "" before.
        auditor: who gave it.
        reason: why it was aborted.
        record: of these facts in the vault once it is complete.
    """

    customer_id: str
    official: str
    metadata: dict[str, Any] = {}
    consent: str = ""
    location: Location | None = None
    evidence: Evidence | None = None
    recording: Recording | None = None
    result: str = ""
    auditor: str = ""
    reason: str = ""
    record: str = ""

    def __repr__(self) -> str:
        return "Facts()"


def after(state: State, step: Step) -> State:
    """The state that a step leads to.

    Raises:
        InvalidRequest: it leads nowhere from here.
    """
    following = EDGES.get((state, step))
    if following is None:
        raise InvalidRequest(
            f"the session is {state.value}: no {step.value} now",
            remedy="Steps: consent, location, evidence, recording, complete; an aborted session is over.",
        )
    return following


def missing(facts: Facts, fence: Fence) -> tuple[str, ...]:
    """What stands against completing a session, as words for the caller."""
    evidence = facts.evidence
    questions = evidence.questions if evidence else ()
    wanted = {
        "consent": bool(facts.consent),
        "location": facts.location is not None,
        "location_inside": facts.location is None or fence.holds(facts.location),
        "evidence": evidence is not None,
        "face_match": evidence is None or evidence.match,
        "liveness": evidence is None or evidence.live,
        "questions": evidence is None or any(one.right for one in questions),
        "unprompted": not any(one.prompted for one in questions),
        "recording": facts.recording is not None,
    }
    return tuple(name for name, there in wanted.items() if not there)
