"""How sure a reading of a zone is.

Check digits do not see everything: names, state codes and the document code have none, and characters
whose values differ by a multiple of ten (6 and G, 0 and U) exchange unseen. What remains is how sure the
network was exactly there.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from appliance.domain.mrz_layout import ALPHABET, CLASSES, FILLER, KINDS, checks
from appliance.domain.states import is_known
from appliance.vision.documents.ctc import Floats
from appliance.vision.documents.mrz_repair import Repaired

# Logistic regression over 252 drawn zones whose check digits hold, 11 of them misread: small pictures, blur,
# hard compression. None had an unknown state code: that weight is a judgement.
_CERTAIN: Final = 4.98
_PER_UNSEEN: Final = -1.20
_PER_STEP: Final = 15.7
_CHANGED: Final = -2.08
_ONE_NAME: Final = -3.05
_UNKNOWN_STATE: Final = -1.0
_MOST_REPAIRED: Final = 0.90
_MOST_INVALID: Final = 0.50
_VALUES: Final = np.array([int(c) if c.isdecimal() else 0 if c == FILLER else ord(c) - 55 for c in ALPHABET])


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against a reading.

    Attributes:
        valid: every check digit holds.
        changed: characters that check digits corrected.
        margin: nats between that correction and the next possible one, at most 20; 20 without correction.
        per_step: mean log probability of a time step in the worst line, 0 is certain.
        unseen: expected number of wrong characters that no check digit would show, by the network's own
            probabilities.
        unknown_states: state codes that are neither ISO's nor ICAO's.
        one_name: nothing parts surname and given names: rare in life, common where fillers were lost.
    """

    valid: bool
    changed: int
    margin: float
    per_step: float
    unseen: float
    unknown_states: int
    one_name: bool

    @classmethod
    def of(cls, kind: str, repaired: Repaired, posteriors: Sequence[Floats], per_step: float) -> "Evidence":
        """Collect the evidence for a zone."""
        held = checks(kind, repaired.lines)
        return cls(
            valid=all(held.values()),
            changed=repaired.changed,
            margin=min(repaired.margin, 20.0),
            per_step=per_step,
            unseen=_unseen(kind, repaired.lines, posteriors),
            unknown_states=_unknown_states(kind, repaired.lines),
            one_name=_one_name(kind, repaired.lines),
        )


def _unknown_states(kind: str, lines: Sequence[str]) -> int:
    count = 0
    for line, mask in zip(lines, KINDS[kind].masks, strict=True):
        at = mask.find("TTT")
        count += at >= 0 and not is_known(line[at : at + 3])
    return count


def _one_name(kind: str, lines: Sequence[str]) -> bool:
    line, first, end = KINDS[kind].names
    return kind != "FRID" and 2 * FILLER not in lines[line][first:end].strip(FILLER)


def _unseen(kind: str, lines: Sequence[str], posteriors: Sequence[Floats]) -> float:
    """Sum over places of the probability of characters that would leave all check digits as they are."""
    layout = KINDS[kind]
    covered = {
        (line, column)
        for check in layout.checks
        for line, first, end in check.spans
        for column in range(first, end)
    }
    digits = {check.at for check in layout.checks}
    total = 0.0
    for number, (line, mask, posterior) in enumerate(zip(lines, layout.masks, posteriors, strict=True)):
        for column, character in enumerate(line):
            if (number, column) in digits:
                continue
            allowed = np.array([c in CLASSES[mask[column]] for c in ALPHABET])
            chosen = ALPHABET.index(character)
            if (number, column) in covered:
                allowed &= (_VALUES - _VALUES[chosen]) % 10 == 0
            allowed[chosen] = False
            probability = np.exp(posterior[column])
            others = float(probability[allowed].sum())
            total += others / (others + float(probability[chosen]))
    return total


def confidence(evidence: Evidence) -> float:
    """0..1 that every character is right.

    A logistic curve over the evidence. Never above 0.90 where check digits corrected something: some wrong
    corrections satisfy them too. Below 0.5 where one does not hold: mostly a specimen, else a misreading.
    """
    score = (
        _CERTAIN
        + _PER_UNSEEN * min(evidence.unseen, 2.0)
        + _PER_STEP * max(evidence.per_step, -0.2)
        + _CHANGED * (evidence.changed > 0)
        + _ONE_NAME * evidence.one_name
        + _UNKNOWN_STATE * evidence.unknown_states
    )
    probability = 1.0 / (1.0 + math.exp(-score))
    if not evidence.valid:
        return min(probability, _MOST_INVALID)
    return min(probability, _MOST_REPAIRED) if evidence.changed else probability
