"""What a check of selfie and document asks, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.attack import Attack, Domain, Finding, Pipeline, Strictness
from appliance.domain.document import DocumentFault
from appliance.domain.face_policy import FaceCode
from appliance.services.pictures import Intake, Picture
from appliance.store.transaction import Transaction


class Source(StrEnum):
    """Which picture a face that was searched for came from."""

    FACE = "FACE"
    DOCUMENT = "DOCUMENT"


@dataclass(frozen=True, slots=True)
class AttackWanted:
    """One check that is asked for; None takes the default pipeline or strictness."""

    attack: Attack
    pipeline: str | None = None
    strictness: Strictness | None = None


@dataclass(frozen=True, slots=True)
class SearchWanted:
    """Where to search, how many hits per collection, how many faces a picture may show."""

    collections: tuple[str, ...]
    limit: int = 5
    max_faces: int = 1


@dataclass(frozen=True, slots=True)
class Check:
    """The command. What is None is not asked for.

    Attributes:
        face: the selfie.
        document: picture of the document.
        domain: which captures the face checks are tuned for.
        face_attacks: checks of the selfie, in the order of the answer.
        document_attacks: checks of the document, in the order of the answer.
        validate: whether to compare selfie and document.
        search: where to search for both faces.
        ignore: document faults that the caller overlooks.
        intake: formats and bytes taken.
        effect: what else the call changes, in the transaction of its leaf.
    """

    face: Picture | None
    document: Picture | None
    domain: Domain
    face_attacks: tuple[AttackWanted, ...] | None
    document_attacks: tuple[AttackWanted, ...] | None
    validate: bool
    search: SearchWanted | None
    ignore: frozenset[DocumentFault]
    intake: Intake
    effect: Callable[[Transaction], None] | None = None


@dataclass(frozen=True, slots=True)
class FaceEntry:
    """One check of the selfie: a finding, or the code or reason why there is none."""

    pipeline: Pipeline
    strictness: Strictness
    finding: Finding | None = None
    code: FaceCode | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """One check of the document: a finding with warnings, or the code or reason why there is none."""

    pipeline: Pipeline
    strictness: Strictness
    finding: Finding | None = None
    code: DocumentFault | None = None
    warnings: tuple[DocumentFault, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Validation:
    """Whether selfie and document show one person: 0..1, 0.5 decides; None with the reason."""

    probability: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Searched:
    """One collection searched for the face of one picture.

    Attributes:
        collection: its name, as asked.
        source: whose face.
        hits: record id and probability 0..1, best first; 0.9 decides.
        reason: why it was not searched, "" where it was.
    """

    collection: str
    source: Source
    hits: tuple[tuple[str, float], ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """The result; a part that was not asked for is None."""

    face: tuple[FaceEntry, ...] | None = None
    document: tuple[DocumentEntry, ...] | None = None
    validation: Validation | None = None
    searches: tuple[Searched, ...] | None = None
