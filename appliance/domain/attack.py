"""Attack checks by name: what kinds there are, which pipeline does which, and what one of them found.

Probability 0 is an attack, 1 genuine, threshold 0.5 in every pipeline. A strictness moves the map from the
pipeline's raw score, never the threshold.
"""

from dataclasses import dataclass
from enum import StrEnum


class Attack(StrEnum):
    """Kinds of attack."""

    PRESENTATION_ATTACK = "PRESENTATION_ATTACK"
    DEEPFAKE_ATTACK = "DEEPFAKE_ATTACK"
    INJECTION_ATTACK = "INJECTION_ATTACK"
    SCREEN_REPLAY_ATTACK = "SCREEN_REPLAY_ATTACK"
    PRINTED_COPY_ATTACK = "PRINTED_COPY_ATTACK"
    PORTRAIT_SUBSTITUTION_ATTACK = "PORTRAIT_SUBSTITUTION_ATTACK"
    DIGITAL_MANIPULATION_ATTACK = "DIGITAL_MANIPULATION_ATTACK"


FACE_ATTACKS = frozenset({Attack.PRESENTATION_ATTACK, Attack.DEEPFAKE_ATTACK, Attack.INJECTION_ATTACK})
"""Checked on a selfie; the others on a document."""


class Strictness(StrEnum):
    """Where a pipeline's map puts 0.5: SOFT rejects fewer genuine pictures, HARD accepts fewer attacks."""

    SOFT = "SOFT"
    REGULAR = "REGULAR"
    HARD = "HARD"


class Domain(StrEnum):
    """Which captures a face pipeline is tuned for."""

    GENERAL = "GENERAL"  # phones and mixed
    DESKTOP = "DESKTOP"  # webcams


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One named way to check for one kind of attack.

    Attributes:
        name: as callers name it; "" for injection, which has one pipeline without a name.
        attack: what it looks for.
        strictnesses: those that it has a map for.
        pack: name of the model pack that enables it, "" where it needs none.
    """

    name: str
    attack: Attack
    strictnesses: frozenset[Strictness]
    pack: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one pipeline says of one picture.

    Attributes:
        pipeline: that looked.
        strictness: of the map used.
        probability: 0..1 that the picture is genuine; None where it could not be told.
        raw: the pipeline's own score, higher is more genuine; None likewise.
        reason: why there is no probability, "" where there is one.
        quality: 0..1 of the face, where the pipeline looked at one.
    """

    pipeline: Pipeline
    strictness: Strictness
    probability: float | None = None
    raw: float | None = None
    reason: str = ""
    quality: float | None = None
