"""Whether an applicant is verified: the fixed blend and the rule, pure.

Weights and the rule that a failed part counts nothing come from the Verify Identity page; what makes
`verified` true is not on it and is the conservative reading: all three parts must hold.
"""

from dataclasses import dataclass
from datetime import date

DOCUMENT_WEIGHT = 0.4
FACE_WEIGHT = 0.2
MATCH_WEIGHT = 0.4
READABLE = 50.0
"""Least document confidence, 0..100, of a document that counts as read."""


@dataclass(frozen=True, slots=True)
class DocumentEvidence:
    """What the document reading gave.

    Attributes:
        confidence: 0..100; 0 where the document could not be read.
        has_number: a document number was found.
        has_name: a name was found.
        expires: the expiry date, None where unknown.
    """

    confidence: float
    has_number: bool
    has_name: bool
    expires: date | None = None

    @property
    def readable(self) -> bool:
        """Confident enough, and it says who."""
        return self.confidence >= READABLE and (self.has_number or self.has_name)


@dataclass(frozen=True, slots=True)
class FaceEvidence:
    """Whether the selfie shows a face; `confidence` 0..100, 0 without one."""

    detected: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class MatchEvidence:
    """Whether selfie and document show one person; `confidence` 0..100, 0 where it could not be told."""

    matched: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision and the blended confidence, 0..100 with two decimals."""

    verified: bool
    confidence: float
    reasons: tuple[str, ...]
    """What stood against it: document_unreadable, document_expired, face_not_found, face_mismatch."""


NO_DOCUMENT = DocumentEvidence(confidence=0.0, has_number=False, has_name=False)
NO_FACE = FaceEvidence(detected=False, confidence=0.0)
NO_MATCH = MatchEvidence(matched=False, confidence=0.0)


def decide(
    document: DocumentEvidence | None,
    face: FaceEvidence | None,
    match: MatchEvidence | None,
    *,
    today: date,
    refuse_expired: bool = False,
) -> Verdict:
    """Blend and decide. A part that failed is None: it counts 0 and the weights stay as they are.

    Args:
        document: of the document reading.
        face: of the selfie.
        match: of document portrait against selfie.
        today: the day an expiry date is held against.
        refuse_expired: whether an expired document, by itself, makes `verified` false.
    """
    document, face, match = document or NO_DOCUMENT, face or NO_FACE, match or NO_MATCH
    expired = document.expires is not None and document.expires < today
    against = {
        "document_unreadable": not document.readable,
        "document_expired": expired and refuse_expired,
        "face_not_found": not face.detected,
        "face_mismatch": not match.matched,
    }
    blend = (
        DOCUMENT_WEIGHT * document.confidence
        + FACE_WEIGHT * (face.confidence if face.detected else 0.0)
        + MATCH_WEIGHT * match.confidence
    )
    reasons = tuple(code for code, holds in against.items() if holds)
    return Verdict(verified=not reasons, confidence=round(blend, 2), reasons=reasons)
