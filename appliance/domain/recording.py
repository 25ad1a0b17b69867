"""Whether a row of frames is one unbroken recording: no frame twice, no loop, no cut.

Two frames of a camera are never alike to the last grey level: sensor noise and the least movement see to it.
What a patient attacker adds to a replayed frame (noise, a shift, another gain) hides it from these checks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from appliance.domain.motion import Frame, Values

ALIKE = 0.01
"""Mean difference of two views, grey levels, below which they are one picture: compressed again perhaps.
Views of a still scene differ by about 0.1 through sensor noise alone."""
MOST_STILL = 0.5
"""Share of the frames that may repeat the frame before: a page that samples faster than its camera."""
RECURS = 0.3
"""Two views far apart are the same moment when they differ by less than this share of what neighbours do."""
MOVES = 0.4
"""Grey levels by which neighbouring views differ at least where a recurrence is looked for."""
NOT_NEAR = 3
"""Frames that lie between a moment and its recurrence, at least."""
LOOP_RUN, BACK_RUN, RUN_SHARE = 5, 6, 0.25
"""Moments in a row that recur: forwards, backwards, and as a share of all frames. A person who turns and
comes back shows a few moments twice, in the reverse order."""
MOST_YAW, MOST_PITCH, MOST_SHIFT, MOST_GROWTH = 25.0, 16.0, 0.14, 1.30
"""From one frame to the next, at 5 frames a second or more: degrees, degrees, shorter sides, factor of size.
Where the face is lost between two frames, twice as much."""
CUT_LEVELS, CUT_RATIO = 7.0, 5.0
"""The surroundings jump when they change by so many grey levels, and so many times more than usual."""
LIT_LEVELS, LIT_RATIO, LIT_JUMP = 3.0, 2.5, 0.07
"""The same where the light jumps at once, by this share: half as much is enough."""
DARK = 32.0
"""Grey levels below which shares of light are noise: they count as of this one."""
AROUND = 0.35
"""The face's extent is widened by this share of itself on each side: hair and shoulders move with it."""
LEAST_AROUND = 0.12
"""Share of the picture that must lie around the face for its surroundings to be judged."""


class Fault(StrEnum):
    """What is wrong with a row."""

    ONE_PICTURE = "one_picture"
    FROZEN = "frozen"
    REPEATED = "repeated_frames"
    LOOPED = "looped"
    SPLICED = "spliced"


@dataclass(frozen=True, eq=False, slots=True)
class Recording:
    """A row without its still repetitions.

    Attributes:
        frames: the first of each run of frames that are one picture.
        still: share of the frames that were left out.
        faults: all that were found, each once, in the order of `Fault`.
    """

    frames: tuple[Frame, ...]
    still: float
    faults: tuple[Fault, ...]


def recording(frames: Sequence[Frame]) -> Recording:
    """Look at a row of frames, in the order as sent."""
    if not frames:
        return Recording((), 0.0, ())
    kept = distinct(frames)
    still = 1 - len(kept) / len(frames)
    found = {
        Fault.ONE_PICTURE: len(kept) == 1 < len(frames),
        Fault.FROZEN: still > MOST_STILL,
        Fault.REPEATED: _repeated(kept, _apart(kept)),
        Fault.LOOPED: _looped(len(kept), _apart(kept, lit_alike=True)),
        Fault.SPLICED: _spliced(kept),
    }
    return Recording(tuple(kept), still, tuple(fault for fault, held in found.items() if held))


def distinct(frames: Sequence[Frame]) -> list[Frame]:
    """Leave out each frame that is the same picture as the one before it."""
    kept: list[Frame] = []
    for frame in frames:
        if not kept or not _same(kept[-1], frame):
            kept.append(frame)
    return kept


def _same(one: Frame, other: Frame) -> bool:
    return one.digest == other.digest or float(np.abs(one.view - other.view).mean()) < ALIKE


def _repeated(frames: Sequence[Frame], apart: Values) -> bool:
    """A picture comes again after another one."""
    digests = {frame.digest for frame in frames}
    later = np.triu_indices(len(frames), 1)
    return len(digests) < len(frames) or bool((apart[later] < ALIKE).any())


def _looped(count: int, apart: Values) -> bool:
    """A stretch of movement comes again, forwards or backwards."""
    if count < 2 * LOOP_RUN:
        return False
    step = np.diagonal(apart, 1)
    moves = np.maximum(np.append(step, 0), np.insert(step, 0, 0))
    quieter = np.minimum(moves[:, None], moves[None])
    at = np.arange(count)
    far = at[None] - at[:, None] > NOT_NEAR
    recurs = far & (quieter >= MOVES) & (apart <= RECURS * quieter)
    least = round(RUN_SHARE * count)
    forwards = max(_longest(np.diagonal(recurs, lag)) for lag in range(NOT_NEAR, count))
    flipped = recurs[:, ::-1]
    backwards = max(_longest(np.diagonal(flipped, lag)) for lag in range(1 - count, count))
    return forwards >= max(LOOP_RUN, least) or backwards >= max(BACK_RUN, least)


def _apart(frames: Sequence[Frame], *, lit_alike: bool = False) -> Values:
    """Mean differences of all views from each other, grey levels; brought to one brightness if asked."""
    views = np.stack([frame.view.ravel() for frame in frames])
    if lit_alike:
        views = views * (128 / np.maximum(views.mean(axis=1, keepdims=True), 1))
    return np.stack([np.abs(views - one).mean(axis=1) for one in views])


def _longest(row: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    longest = run = 0
    for held in row:
        run = run + 1 if held else 0
        longest = max(longest, run)
    return longest


def _spliced(frames: Sequence[Frame]) -> bool:
    """The head or the surroundings jump between two frames in which a face is seen."""
    seen = [(at, frame) for at, frame in enumerate(frames) if frame.face is not None]
    pairs = [(one, other, 1 if there - at == 1 else 2) for (at, one), (there, other) in pairwise(seen)]
    if any(_head_jumps(*pair) for pair in pairs):
        return True
    changes = [change for one, other, _ in pairs if (change := _change_around(one, other)) is not None]
    if len(changes) < 3:
        return False
    usual = float(np.median([moved for moved, _ in changes]))
    return any(
        moved > max(CUT_LEVELS, CUT_RATIO * usual)
        or (lit > LIT_JUMP and moved > max(LIT_LEVELS, LIT_RATIO * usual))
        for moved, lit in changes
    )


def _head_jumps(one: Frame, other: Frame, steps: int) -> bool:
    if one.face is None or other.face is None:
        return False
    a, b = one.face, other.face
    shift = float(np.hypot(a.centre[0] - b.centre[0], a.centre[1] - b.centre[1]))
    growth = max(a.size, b.size) / max(min(a.size, b.size), 1e-6)
    return (
        abs(a.yaw - b.yaw) > MOST_YAW * steps
        or abs(a.pitch - b.pitch) > MOST_PITCH * steps
        or shift > MOST_SHIFT * steps
        or growth > MOST_GROWTH**steps
    )


def _change_around(one: Frame, other: Frame) -> tuple[float, float] | None:
    """Median change around the face, grey levels, and change of its light, a share; None where there is none.

    What the whole gains or loses in brightness is taken off the first.
    """
    around = _around(one) & _around(other)
    if around.mean() < LEAST_AROUND:
        return None
    before, after = one.view[around], other.view[around]
    change = after - before
    lit = float(np.median(change))
    return float(np.median(np.abs(change - lit))), abs(lit) / max(float(before.mean()), DARK)


def _around(frame: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    free = np.ones(frame.view.shape, bool)
    if frame.face is None:
        return free
    side = len(frame.view)
    left, top, right, bottom = frame.face.extent
    wide, high = AROUND * (right - left), AROUND * (bottom - top)
    columns, rows = _cells(left - wide, right + wide, side), _cells(top - 1.5 * high, 1.0, side)
    free[rows, columns] = False  # shoulders: down to the edge
    return free


def _cells(low: float, high: float, side: int) -> slice:
    return slice(max(0, int(np.floor(low * side))), max(0, int(np.ceil(high * side))))


def flatness(outline: Values, rest: Values) -> float:
    """How well a flat sheet explains the change of a face's outline: what is left over.

    The sheet may turn, tilt and come closer (a homography, by the direct linear transform). A head that
    turns by 12 degrees leaves .03 to .06, a photograph turned by 35 degrees .01 to .02.

    Args:
        outline: N x 2, see `FaceInMotion`.
        rest: the same of the person at rest.

    Returns:
        Root mean square, distances of the outer corners of the eyes.
    """
    ones = np.ones(len(rest))
    a = np.column_stack([rest, ones])
    zero = np.zeros_like(a)
    top = np.hstack([-a, zero, outline[:, :1] * a])
    low = np.hstack([zero, -a, outline[:, 1:] * a])
    sheet = np.linalg.svd(np.vstack([top, low]), full_matrices=False)[2][-1].reshape(3, 3)
    there = a @ sheet.T
    depth = there[:, 2:]
    there = there[:, :2] / np.where(np.abs(depth) < 1e-9, 1e-9, depth)
    return float(np.sqrt(((there - outline) ** 2).sum(axis=1).mean()))
