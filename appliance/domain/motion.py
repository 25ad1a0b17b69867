"""A face in a row of frames: what is measured of each, and what those measures say of a person's movements.

Every movement counts from the person's own rest, the first frames of the row: no fixed limit of an eye's
opening or a mouth's width is right for all faces. A strength of 1 is what an action asks for; the figures
in `REACH` were chosen on made sequences and photographs, see docs/active-liveness.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from appliance.domain.challenge import Action
from appliance.domain.face import Template

Values: TypeAlias = NDArray[np.float64]

REACH: Mapping[Action, float] = MappingProxyType(
    {
        Action.TURN_LEFT: 10.0,
        Action.TURN_RIGHT: 10.0,
        Action.NOD: 8.0,
        Action.BLINK: 0.25,
        Action.SMILE: 0.10,
        Action.OPEN_MOUTH: 0.17,
        Action.COME_CLOSER: 0.15,
    }
)
"""How far from rest an action leads at least: degrees of yaw, of yaw, of pitch; share by which the eyes
close; share by which the mouth widens; opening of the mouth over its width; share by which the face grows. A
photograph turned by 50 degrees in the hand moves the mesh's yaw by 7, one tilted by 40 its pitch by 6."""
REST_SHARE = 0.12
LEAST_REST = 3
"""Frames at the beginning in which the person is at rest: this share of all, and at least so many."""
REST_YAW = 18.0
"""Degrees from the front that a person at rest may look to the side."""
STEADY_YAW, STEADY_PITCH, STEADY_ASPECT = 9.0, 7.0, 0.05
"""Eyes, mouth and smile are judged only so near to rest in yaw, pitch (degrees) and height over width of the
face: a tilted photograph closes its eyes and widens its mouth."""
NOD_ASPECT = 0.12
"""A head that nods keeps this proportion so far; a tilted photograph loses it."""
BLINK_WINDOW = 6
"""Frames on each side in which the person's open eyes are looked for."""
RELEASED = 0.5
"""Strength below which an action has not begun or is over."""


@dataclass(frozen=True, eq=False, slots=True)
class FaceInMotion:
    """The face of one frame.

    Attributes:
        yaw, pitch, roll: degrees, see `domain.face.Pose`.
        eyes: how open the more open eye is, in a unit of the person's own.
        mouth: gap between the lips over the width of the inner mouth.
        smile: width of the mouth over the distance of the outer corners of the eyes.
        aspect: forehead to base of the nose over the same distance, as seen.
        size: distance of the outer corners of the eyes, depth included, over the picture's shorter side.
        centre: x and y over the picture's shorter side.
        extent: left, top, right, bottom of the mesh as shares of the picture.
        quality: 0..1, see `domain.face.FaceQuality`.
        outline: N x 2, points of the skull, in distances of the outer corners of the eyes.
        template: None where none was made.
    """

    yaw: float
    pitch: float
    roll: float
    eyes: float
    mouth: float
    smile: float
    aspect: float
    size: float
    centre: tuple[float, float]
    extent: tuple[float, float, float, float]
    quality: float
    outline: Values
    template: Template | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """One frame as measured.

    Attributes:
        index: place among the frames as sent.
        digest: SHA-256 of the file, hexadecimal.
        view: 32 x 32, mean luminances of the whole picture, 0..255.
        faces: main faces, 0 where none is seen.
        face: the largest; None where none is seen.
    """

    index: int
    digest: str
    view: Values
    faces: int
    face: FaceInMotion | None


@dataclass(frozen=True, slots=True)
class Event:
    """An action that was done.

    Attributes:
        action: which.
        start, reached, peak, end: places in the row that was judged: where it begins, is first as far as is
            asked for, is strongest, and is last seen.
        strength: at the peak, at least 1.
        released: the person came back from it before the row ended.
    """

    action: Action
    start: int
    reached: int
    peak: int
    end: int
    strength: float
    released: bool


@dataclass(frozen=True, slots=True)
class Rest:
    """The person looking into the camera.

    Attributes:
        frames: how many frames of the beginning it was taken from.
    """

    frames: int
    yaw: float
    pitch: float
    mouth: float
    smile: float
    aspect: float
    size: float


def at_rest(faces: Sequence[FaceInMotion]) -> Rest | None:
    """The person's own rest, the median of the first frames; None where they look to the side there."""
    count = min(max(LEAST_REST, round(REST_SHARE * len(faces))), len(faces))
    first = faces[:count]
    if not first:
        return None

    def middle(name: str) -> float:
        return float(np.median([getattr(face, name) for face in first]))

    rest = Rest(count, *(middle(name) for name in ("yaw", "pitch", "mouth", "smile", "aspect", "size")))
    return rest if abs(rest.yaw) <= REST_YAW else None


def strengths(faces: Sequence[FaceInMotion], rest: Rest) -> dict[Action, Values]:
    """How strongly each action shows in each frame: 0 at rest, 1 as far as the action asks for."""

    def row(name: str) -> Values:
        return np.array([getattr(face, name) for face in faces], np.float64)

    yaw, pitch = row("yaw") - rest.yaw, row("pitch") - rest.pitch
    tilt = np.abs(row("aspect") / max(rest.aspect, 1e-6) - 1)
    steady = (np.abs(yaw) <= STEADY_YAW) & (np.abs(pitch) <= STEADY_PITCH) & (tilt <= STEADY_ASPECT)
    moved = {
        Action.TURN_LEFT: yaw,
        Action.TURN_RIGHT: -yaw,
        Action.NOD: np.where(tilt <= NOD_ASPECT, -pitch, 0.0),
        Action.BLINK: _closing(row("eyes"), steady),
        Action.SMILE: np.where(steady, row("smile") / max(rest.smile, 1e-6) - 1, 0.0),
        Action.OPEN_MOUTH: np.where(np.abs(yaw) <= STEADY_YAW, row("mouth") - rest.mouth, 0.0),
        Action.COME_CLOSER: row("size") / max(rest.size, 1e-6) - 1,
    }
    return {action: np.maximum(far, 0.0) / REACH[action] for action, far in moved.items()}


def events(faces: Sequence[FaceInMotion], rest: Rest) -> list[Event]:
    """Every action that was done, by the place where it is reached."""
    found = [event for action, row in strengths(faces, rest).items() for event in _runs(action, row)]
    return sorted(found, key=lambda event: (event.reached, event.action))


def _closing(eyes: Values, steady: NDArray[np.bool_]) -> Values:
    """Share by which the eyes are closed, against the most open ones of the frames around."""
    closed = np.zeros(len(eyes))
    for at in np.flatnonzero(steady):
        around = slice(max(0, at - BLINK_WINDOW), at + BLINK_WINDOW + 1)
        reference = float(np.quantile(eyes[around][steady[around]], 0.8))
        closed[at] = 1 - eyes[at] / max(reference, 1e-6)
    return closed


def _runs(action: Action, row: Values) -> list[Event]:
    """Stretches in which an action has begun and is not over, and which reach 1."""
    begun = np.concatenate([[False], row >= RELEASED, [False]])
    edges = np.flatnonzero(begun[1:] != begun[:-1])
    found = []
    for start, after in zip(edges[::2], edges[1::2], strict=True):
        peak = int(start + np.argmax(row[start:after]))
        if row[peak] >= 1:
            reached = int(start + np.argmax(row[start:after] >= 1))
            released = bool(after < len(row))
            found.append(Event(action, int(start), reached, peak, int(after) - 1, float(row[peak]), released))
    return found
