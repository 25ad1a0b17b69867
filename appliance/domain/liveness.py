"""Whether frames show a living person who did what was asked: the verdict, from measures of each frame."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LivenessVerdict:
    """What was found.

    Attributes:
        passed: the person did what was asked, and nothing speaks of an attack.
        confidence: 0..1, that of the weakest check; at least 0.5 exactly where `passed`.
        spoof_detected: there is evidence of an attack, not only of a challenge that was not followed.
        checks: names of the checks that were made. What could not be made is not named.
        reasons: codes of what stood against it, empty where `passed`.
        best_frame: index, among the frames as sent, of the one that shows the face best; -1 where none does.
    """

    passed: bool
    confidence: float
    spoof_detected: bool
    checks: tuple[str, ...]
    reasons: tuple[str, ...]
    best_frame: int
