"""Attack checks by name: what kinds there are, which pipeline does which, and what one of them found.

Probability 0 is an attack, 1 genuine, threshold 0.5 in every pipeline. A strictness moves the map from the
pipeline's raw score, never the threshold.
"""

import itertools
import math
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from appliance.errors import ModelCorrupt


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


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Errors of a pipeline at one strictness, on pictures that had no part in choosing it.

    Attributes:
        threshold: least raw score that counts as genuine; the map puts 0.5 there.
        apcer: attacks taken for genuine, by attack instrument (ISO/IEC 30107-3: never averaged over them).
        apcer_bounds: 95 % confidence bounds of each.
        bpcer: genuine pictures taken for attacks, by set.
        bpcer_bounds: 95 % confidence bounds of each.
    """

    threshold: float
    apcer: dict[str, float]
    apcer_bounds: dict[str, tuple[float, float]]
    bpcer: dict[str, float]
    bpcer_bounds: dict[str, tuple[float, float]]


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a pipeline's raw score means: `models/<pipeline>/calibration.json`.

    Attributes:
        pipeline: its name.
        population: on what pictures, and how.
        lowest: raw score of a sure attack.
        highest: raw score of a surely genuine picture.
        rates: by strictness.
    """

    pipeline: str
    population: str
    lowest: float
    highest: float
    rates: dict[Strictness, Rate]

    @classmethod
    def decode(cls, text: bytes) -> "Calibration":
        """Read a calibration file.

        Raises:
            ModelCorrupt: it is not one, or its thresholds are not in order.
        """
        try:
            made = msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            remedy = "Take the calibration file again from the release."
            raise ModelCorrupt(f"not a calibration file: {error}", remedy=remedy) from None
        levels = [made.rates[one].threshold for one in Strictness if one in made.rates]
        ordered = [made.lowest, *levels, made.highest]
        if not levels or any(low >= high for low, high in itertools.pairwise(ordered)):
            reason = f"the thresholds of {made.pipeline} are not in the order soft, regular, hard"
            raise ModelCorrupt(reason, remedy="Fit the calibration again.")
        return made

    def probability(self, raw: float, strictness: Strictness) -> float:
        """0..1 that a picture of this raw score is genuine: straight lines through (threshold, 0.5)."""
        knot = self.rates[strictness].threshold
        raw = min(max(raw, self.lowest), self.highest)
        if raw < knot:  # never rounded up to the threshold itself
            return min(0.5 * (raw - self.lowest) / (knot - self.lowest), math.nextafter(0.5, 0.0))
        return 0.5 + 0.5 * (raw - knot) / (self.highest - knot)
