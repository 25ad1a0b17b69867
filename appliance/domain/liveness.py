"""Whether frames show a living person who did what was asked: the verdict, from measures of each frame.

Pure: the same measures give the same verdict. What the verdict rests on, and what it cannot see, is said in
docs/active-liveness.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from appliance.domain.challenge import Action
from appliance.domain.face import Template, cosine
from appliance.domain.motion import Event, FaceInMotion, Frame, Rest, at_rest, events
from appliance.domain.recording import Fault, distinct, flatness, recording
from appliance.domain.score import ScoreMaps

FEWEST_FIRST, FEWEST_MORE = 6, 3
"""Different frames with a face that the first action and each further one need."""
MOST_LOST, LOST_RUN = 0.15, 3
"""Share of frames without a face that is borne, and frames in a row that are not."""
STRAY_FACES = 1
"""Frames with a second main face that are borne: a passer-by, a poster."""
FIDGET = 1.25
"""Strength from which an action that was not asked for counts."""
DEPTH = 0.024
"""Least `flatness` left over at the peak of a turn of the head."""
NEAR_FRONT, TOO_FAR = 15.0, 35.0
"""Degrees of yaw: two faces nearer to the front are held to the decision point; one beyond the second is
not compared, templates do not carry so far."""
STRANGE = 0.35
"""Share of the other frames that a frame may be unlike before it shows another person."""
LEAST_CLEAR = 0.2
"""Quality below which a face is not compared."""
FEWEST_COMPARED = 3
MOST_COMPARED = 30
"""Templates that are made at most, 10 to 20 ms each."""
ACCOMPANIES: Mapping[Action, frozenset[Action]] = MappingProxyType(
    {
        Action.SMILE: frozenset({Action.OPEN_MOUTH}),
        Action.OPEN_MOUTH: frozenset({Action.SMILE, Action.NOD}),
        Action.NOD: frozenset({Action.COME_CLOSER}),
        Action.COME_CLOSER: frozenset({Action.NOD}),
        Action.TURN_LEFT: frozenset({Action.NOD}),
        Action.TURN_RIGHT: frozenset({Action.NOD}),
        Action.BLINK: frozenset(),
    }
)
"""What may show at the same time as an action that was asked for: mouths and heads do not move one by one."""
CHECKS: Mapping[Action, str] = MappingProxyType(
    {
        Action.TURN_LEFT: "head_movement",
        Action.TURN_RIGHT: "head_movement",
        Action.NOD: "head_movement",
        Action.BLINK: "blink",
        Action.SMILE: "smile",
        Action.OPEN_MOUTH: "mouth_movement",
        Action.COME_CLOSER: "distance_change",
    }
)


class Reason(StrEnum):
    """What stands against a row of frames."""

    TOO_FEW_FRAMES = "too_few_frames"
    FACE_LOST = "face_lost"
    SEVERAL_FACES = "several_faces"
    NOT_AT_REST = "not_at_rest"
    UNCLEAR = "unclear"
    ACTION_MISSING = "action_missing"
    WRONG_ORDER = "wrong_order"
    UNASKED_ACTION = "unasked_action"
    ONE_PICTURE = "one_picture"
    FROZEN = "frozen"
    REPEATED = "repeated_frames"
    LOOPED = "looped"
    SPLICED = "spliced"
    FLAT = "flat"
    OTHER_PERSON = "other_person"
    NOT_THE_SELFIE = "not_the_selfie"
    PRESENTATION_ATTACK = "presentation_attack"


SPOOFS = frozenset(
    {
        Reason.ONE_PICTURE,
        Reason.REPEATED,
        Reason.LOOPED,
        Reason.FLAT,
        Reason.OTHER_PERSON,
        Reason.PRESENTATION_ATTACK,
    }
)
"""These are evidence of an attack; the others, of a challenge that was not followed or frames that show too
little. Frames that stand still for a while or jump may come of a slow camera or a lost connection, a whole
row of one picture comes of no camera; not to be like the selfie is the face comparison's matter, which has
its own share of false alarms."""


@dataclass(frozen=True, slots=True)
class LivenessVerdict:
    """What was found.

    Attributes:
        passed: the person did what was asked, and nothing speaks of an attack.
        confidence: 0..1, that of the weakest check; at least 0.5 exactly where `passed`.
        spoof_detected: there is evidence of an attack, not only of a challenge that was not followed.
        checks: names of the checks that were made. What could not be made is not named.
        reasons: codes of what stood against it, see `Reason`; empty where `passed`.
        best_frame: index, among the frames as sent, of the one that shows the face best; -1 where none does.
    """

    passed: bool
    confidence: float
    spoof_detected: bool
    checks: tuple[str, ...]
    reasons: tuple[str, ...]
    best_frame: int


@dataclass(frozen=True, slots=True)
class Likeness:
    """When two faces are one person's.

    Attributes:
        maps: of the template model in use: near the front its decision point counts.
        loosest: cosine that counts where one of the two looks aside.
    """

    maps: ScoreMaps
    loosest: float


@dataclass(slots=True)
class _Findings:
    """Collected while the frames are judged: `scores` has 0.5 where a check is just passed."""

    checks: dict[str, None]
    reasons: dict[Reason, None]
    scores: list[float]

    def check(self, name: str, score: float, reason: Reason | None = None) -> None:
        """Note a check that was made; `reason` says why it failed."""
        self.checks[name] = None
        self.scores.append(score)
        if reason:
            self.reasons[reason] = None


def judge(
    actions: Sequence[Action],
    frames: Sequence[Frame],
    likeness: Likeness,
    selfie: Template | None = None,
    genuine: Sequence[float] = (),
) -> LivenessVerdict:
    """Judge a row of frames.

    Args:
        actions: that were asked for, in order; at least one.
        frames: measured, in the order as sent.
        likeness: of the templates' model.
        selfie: of the same model; None where there is none to compare with.
        genuine: what the passive check says of the best frames, 0..1 each; empty where it is not installed.
    """
    found = _Findings({}, {}, [])
    row = recording(frames)
    kept = [frame for frame in row.frames if frame.face is not None]
    faces = [frame.face for frame in kept if frame.face is not None]
    _enough(found, actions, row.frames, faces)
    for fault in row.faults:
        found.reasons[Reason(fault.value)] = None
    broken = set(row.faults)
    found.check("duplicate_frames", 0.0 if broken - {Fault.SPLICED} else 1.0)
    found.check("continuity", 0.0 if Fault.SPLICED in broken else 1.0)
    rest = at_rest(faces) if Reason.TOO_FEW_FRAMES not in found.reasons else None
    if rest is not None:
        _actions_done(found, actions, faces, rest)
    elif Reason.TOO_FEW_FRAMES not in found.reasons:
        found.reasons[Reason.NOT_AT_REST] = None
    _one_person(found, faces, likeness, selfie)
    if genuine:
        middle = float(np.median(genuine))
        found.check("texture_analysis", middle, None if middle >= 0.5 else Reason.PRESENTATION_ATTACK)
    best = best_frames(frames, 1)
    return _verdict(found, best[0] if best else -1)


def _verdict(found: _Findings, best: int) -> LivenessVerdict:
    reasons = tuple(reason for reason in Reason if reason in found.reasons)
    weakest = min(found.scores, default=0.0)
    return LivenessVerdict(
        passed=not reasons,
        confidence=max(weakest, 0.5) if not reasons else min(weakest, 0.49),
        spoof_detected=bool(SPOOFS & set(reasons)),
        checks=tuple(found.checks),
        reasons=tuple(reason.value for reason in reasons),
        best_frame=best,
    )


def best_frames(frames: Sequence[Frame], most: int) -> list[int]:
    """Indexes of the frames that show the face best: from the front, clear; best first."""

    def worth(face: FaceInMotion) -> float:
        return face.quality - abs(face.yaw) / 45 - abs(face.pitch) / 60 - min(face.mouth, 0.5)

    seen = [(worth(frame.face), frame.index) for frame in frames if frame.face is not None]
    return [index for _, index in sorted(seen, key=lambda one: (-one[0], one[1]))[:most]]


def to_compare(frames: Sequence[Frame], most: int = MOST_COMPARED) -> list[int]:
    """Indexes of the frames that a template is to be made of: peaks of movements, then evenly spread ones."""
    kept = [frame for frame in distinct(frames) if frame.face is not None and _clear(frame.face)]
    faces = [frame.face for frame in kept if frame.face is not None]
    rest = at_rest(faces) if faces else None
    peaks = [event.peak for event in events(faces, rest)] if rest is not None else []
    spread = np.linspace(0, len(kept) - 1, min(len(kept), most)).round().astype(int).tolist()
    chosen = list(dict.fromkeys([*peaks[: most // 2], *spread]))[:most]
    return sorted(kept[at].index for at in chosen)


def _clear(face: FaceInMotion) -> bool:
    return face.quality >= LEAST_CLEAR and abs(face.yaw) <= TOO_FAR


def _enough(
    found: _Findings, actions: Sequence[Action], frames: Sequence[Frame], faces: Sequence[FaceInMotion]
) -> None:
    """Whether the frames show one face, for long enough."""
    if len(faces) < FEWEST_FIRST + FEWEST_MORE * (len(actions) - 1):
        found.reasons[Reason.TOO_FEW_FRAMES] = None
    lost = [frame.face is None for frame in frames]
    gaps = max((_run(lost[at:]) for at in range(len(lost))), default=0)
    if sum(lost) > MOST_LOST * len(frames) or gaps >= LOST_RUN:
        found.reasons[Reason.FACE_LOST] = None
    if sum(frame.faces > 1 for frame in frames) > STRAY_FACES:
        found.reasons[Reason.SEVERAL_FACES] = None
    if found.reasons:
        found.scores.append(0.0)


def _run(held: Sequence[bool]) -> int:
    return next((at for at, one in enumerate(held) if not one), len(held))


def _actions_done(
    found: _Findings, actions: Sequence[Action], faces: Sequence[FaceInMotion], rest: Rest
) -> None:
    """Whether what was asked for was done, in its order, and nothing else."""
    done = events(faces, rest)
    asked = _alone([event for event in done if event.action in actions])
    for action in actions:
        strongest = max((event.strength for event in asked if event.action is action), default=0.0)
        missing = Reason.ACTION_MISSING if strongest < 1 else None
        found.check(CHECKS[action], min(strongest / 2, 1.0), missing)
    if any(_unasked(event, asked) for event in done if event.action not in actions):
        found.reasons[Reason.UNASKED_ACTION] = None
    if len(actions) > 1 and Reason.ACTION_MISSING not in found.reasons:
        ordered = in_order(actions, asked)
        found.check("frame_order", 1.0 if ordered else 0.0, None if ordered else Reason.WRONG_ORDER)
    _depth(found, asked, faces, rest)


def _unasked(event: Event, asked: Sequence[Event]) -> bool:
    """Whether an action that nobody asked for is more than fidgeting or company of one that was asked for."""
    if event.action is Action.BLINK or event.strength < FIDGET:
        return False
    return not any(_accompanies(event, other) for other in asked)


def _alone(done: Sequence[Event]) -> list[Event]:
    """Without what only accompanies a stronger action and is done by itself another time."""
    return [
        event
        for event in done
        if not any(_accompanies(event, other) and event.strength < other.strength for other in done)
        or sum(other.action is event.action for other in done) == 1
    ]


def _accompanies(event: Event, other: Event) -> bool:
    together = event.start <= other.end and other.start <= event.end
    return together and event.action in ACCOMPANIES[other.action]


def in_order(actions: Sequence[Action], done: Sequence[Event]) -> bool:
    """Whether the actions were done in this order, by when each was reached.

    One that is done twice in a row counts once. Eyes blink of themselves: a blink must be among those
    between its neighbours, others do not count.
    """
    others = [event for event in done if event.action is not Action.BLINK]
    merged = [event for at, event in enumerate(others) if at == 0 or others[at - 1].action != event.action]
    wanted = [action for action in actions if action is not Action.BLINK]
    if [event.action for event in merged] != wanted:
        return False
    blinks = [event.reached for event in done if event.action is Action.BLINK]
    places = iter(event.reached for event in merged)
    after, waiting = -1, False
    for action in actions:
        if action is Action.BLINK:
            waiting = True
            continue
        place = next(places)
        if waiting and not any(after < blink < place for blink in blinks):
            return False
        after, waiting = place, False
    return not waiting or any(blink > after for blink in blinks)


def _depth(found: _Findings, asked: Sequence[Event], faces: Sequence[FaceInMotion], rest: Rest) -> None:
    """Whether a turn of the head shows the head's depth: a flat picture has none."""
    turns = [event for event in asked if event.action in {Action.TURN_LEFT, Action.TURN_RIGHT}]
    if not turns:
        return
    front = np.mean([face.outline for face in faces[: rest.frames]], axis=0)
    over = min(flatness(faces[event.peak].outline, front) / DEPTH for event in turns)
    found.check("depth", min(over / 2, 1.0), Reason.FLAT if over < 1 else None)


def _one_person(
    found: _Findings, faces: Sequence[FaceInMotion], likeness: Likeness, selfie: Template | None
) -> None:
    """Whether all frames show one person, and the one of the selfie."""
    compared = [face for face in faces if face.template is not None]
    if len(compared) < FEWEST_COMPARED:
        found.reasons[Reason.UNCLEAR] = None
        found.scores.append(0.0)
        return
    strange, typical = _strangers(compared, likeness)
    score = min(likeness.maps.P(typical), 0.49) if strange else max(likeness.maps.P(typical), 0.5)
    found.check("same_person", score, Reason.OTHER_PERSON if strange else None)
    if selfie is not None:
        front = [face for face in compared if abs(face.yaw) <= NEAR_FRONT] or compared
        alike = float(np.median([cosine(selfie, face.template) for face in front if face.template]))
        matched = likeness.maps.matches(alike)
        found.check("selfie_match", likeness.maps.P(alike), None if matched else Reason.NOT_THE_SELFIE)


def _strangers(faces: Sequence[FaceInMotion], likeness: Likeness) -> tuple[int, float]:
    """How many frames are unlike the others, and the median cosine of the frame that is least like them.

    It does not depend on the order of the frames.
    """
    vectors = np.stack([face.template.vector for face in faces if face.template is not None])
    alike = np.clip(vectors.astype(np.float64) @ vectors.T.astype(np.float64), -1, 1)
    aside = np.array([abs(face.yaw) > NEAR_FRONT for face in faces])
    near = ~(aside[:, None] | aside[None])
    unlike = np.where(near, ~np.vectorize(likeness.maps.matches)(alike), alike < likeness.loosest)
    others = ~np.eye(len(faces), dtype=bool)
    shares = (unlike & others).sum(axis=1) / (len(faces) - 1)
    typical = [float(np.median(row[held])) for row, held in zip(alike, others, strict=True)]
    return int((shares > STRANGE).sum()), min(typical)
