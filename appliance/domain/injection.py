"""Whether a picture came through a camera in front of a person, or was slipped in: tests, multiplied.

Each test has a code, which goes to the ledger and never to whoever sent the picture: it would teach what to
change. Weights are in `WEIGHTS`, with their reasons; figures are in models/injection/card.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from appliance.domain.provenance import Channel, Provenance

WEIGHTS: Final[Mapping[str, float]] = {
    # A plain file may come from anywhere: nothing about it proves a camera. It stays below the threshold.
    "untrusted_upload": 0.45,
    # Sealed to this box, fresh and used once, by software that nobody vouches for.
    "device_not_enrolled": 0.80,
    # The very file was checked before. A camera does not take the same picture twice.
    "picture_repeated": 0.05,
    # A picture that looks the same, saved anew: a file was kept and changed.
    "picture_resembles": 0.20,
    # It came before in a bundle that was used twice, or too late.
    "bundle_replayed": 0.10,
    "bundle_stale": 0.30,
    # What the file says of itself is easily forged and easily innocent: together at most a fifth.
    "edited_by_software": 0.85,
    "made_by_generator": 0.80,
}


@dataclass(frozen=True, slots=True)
class Injection:
    """0..1 that the picture is genuine, 0.5 decides; and the codes of what spoke against it."""

    probability: float
    reasons: tuple[str, ...]


def judge(
    provenance: Provenance,
    *,
    repeated: bool,
    resembles: bool,
    evidence: tuple[str, ...],
    metadata: tuple[str, ...],
) -> Injection:
    """Multiply what each test leaves.

    Args:
        provenance: of the picture.
        repeated: the same file was checked before.
        resembles: one that looks the same was.
        evidence: codes held against it before.
        metadata: codes of what its file says of itself.
    """
    reasons = []
    if provenance.channel is Channel.UPLOAD:
        reasons.append("untrusted_upload")
    elif provenance.channel is Channel.BUNDLE and not provenance.enrolled:
        reasons.append("device_not_enrolled")
    if repeated:
        reasons.append("picture_repeated")
    elif resembles:
        reasons.append("picture_resembles")
    reasons += [code for code in (*evidence, *metadata) if code in WEIGHTS]
    probability = 1.0
    for code in dict.fromkeys(reasons):
        probability *= WEIGHTS[code]
    return Injection(probability, tuple(dict.fromkeys(reasons)))
