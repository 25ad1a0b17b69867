"""A screen lights the face with colours that nobody could know before: the protocol, and what must answer.

The screen shows a random row of colours while the camera films. A head before it takes on each colour a
moment later, most where it faces the screen; the wall behind it hardly does. A recording shows other colours
or none, a picture held there answers everywhere alike, and an image made by a computer answers late.

No more than three changes a second and none of them sudden: WCAG 2.2, success criterion 2.3.1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from appliance.domain.motion import Values
from appliance.errors import InvalidRequest

FLASHES = 8
"""Colours shown: 4 x 3^7 rows of four colours whose neighbours differ, 8,748, before levels and lengths."""
FEWEST_FLASHES, MOST_FLASHES = 6, 12
LEVELS = (0.7, 0.85, 1.0)
"""Brightness, share of the screen's full light."""
MILLISECONDS = (350, 600)
"""Length of one colour: never more than three changes a second."""
RAMP = 0.08
"""Seconds in which one colour becomes the next."""
LEAST_FRAMES_A_FLASH = 3
LATEST, STEP = 0.9, 0.02
"""Seconds after the screen within which an answer is looked for at all, and in what steps."""
LAG = (0.0, 0.30)
"""Seconds after the screen within which a camera and a head answer: display, exposure, read-out."""
LEAST_ANSWER = 0.003
"""Least change of the face with the screen, share of its light, from which anything can be told: in bright
sun the screen adds less, and what else changes is noise."""
LEAST_LIKENESS = 0.6
"""Correlation of the face's colours with the screen's, all three channels as one row."""
LEAST_SHAPE = 0.6
"""Correlation of the answer over the face with how much each place faces the screen, once what a flat sheet
could show (an even change from one side to the other) is taken from both."""
LEAST_SPREAD_SEEN = 2.0
"""Changes of the answer over the face that a head would show, over their error: below, nothing is told."""


class Colour(StrEnum):
    """What the screen shows."""

    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    WHITE = "white"


LIGHTS: Mapping[Colour, tuple[float, float, float]] = MappingProxyType(
    {
        Colour.RED: (1.0, 0.05, 0.05),
        Colour.GREEN: (0.05, 1.0, 0.05),
        Colour.BLUE: (0.05, 0.05, 1.0),
        Colour.WHITE: (1.0, 1.0, 1.0),
    }
)
"""Linear light of red, green and blue."""


@dataclass(frozen=True, slots=True)
class Flash:
    """One colour: `level` is a share of the screen's full light."""

    colour: Colour
    level: float
    seconds: float


@dataclass(frozen=True, slots=True)
class LightSequence:
    """What the screen shows, from time 0 on; dark before and after."""

    flashes: tuple[Flash, ...]

    @property
    def seconds(self) -> float:
        """Length of the whole."""
        return sum(flash.seconds for flash in self.flashes)

    def emitted(self, times: Values) -> Values:
        """Linear light of the screen at these times, N x 3, 0..1."""
        levels = np.array(
            [[0.0] * 3, *(np.array(LIGHTS[f.colour]) * f.level for f in self.flashes), [0.0] * 3]
        )
        starts = np.concatenate([[0.0], np.cumsum([flash.seconds for flash in self.flashes])])
        knots = np.sort(np.concatenate([starts, starts + RAMP]))
        values = np.repeat(levels, 2, axis=0)[1:-1]
        return np.column_stack([np.interp(times, knots, values[:, channel]) for channel in range(3)])


@dataclass(frozen=True, eq=False, slots=True)
class LightFrame:
    """What one frame shows of the light, all in linear light.

    Attributes:
        time: seconds since the screen began.
        around: 3, mean of the surroundings.
        face: 3, mean of the face.
        places: P x 3, mean colour of places on the skin.
        normals: P x 3, where each place faces: x right, y down, z away from the camera, length 1.
        positions: P x 2, where it lies in the picture, in widths of the face from its middle.
    """

    time: float
    around: Values
    face: Values
    places: Values
    normals: Values
    positions: Values


class LightState(StrEnum):
    """What can be said."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


class LightReason(StrEnum):
    """Why not."""

    TOO_FEW_FRAMES = "too_few_frames"
    NO_ANSWER = "no_answer"
    OTHER_COLOURS = "other_colours"
    LATE = "late"
    FLAT = "flat"
    TOO_FAINT_FOR_SHAPE = "too_faint_for_shape"


@dataclass(frozen=True, slots=True)
class LightVerdict:
    """What was found. Only `PASSED` is a pass: `INCONCLUSIVE` says that this light shows nothing here.

    Attributes:
        state: the word.
        reason: why it is not passed, None where it is.
        answer: change of the face with the screen, share of its light.
        likeness: correlation with the screen's colours, -1..1.
        lag: seconds at which they are most alike.
        shape: correlation of the answer over the face with a head's shape, -1..1.
    """

    state: LightState
    reason: LightReason | None
    answer: float = 0.0
    likeness: float = 0.0
    lag: float = 0.0
    shape: float = 0.0


def drawn_lights(choose: Callable[[int], int], count: int = FLASHES) -> LightSequence:
    """Draw a row of colours; neighbours differ.

    Args:
        choose: a number from 0 to one less than its argument, each as likely (`secrets.randbelow`).
        count: of colours, 6 to 12.

    Raises:
        InvalidRequest: another count.
    """
    if not FEWEST_FLASHES <= count <= MOST_FLASHES:
        raise InvalidRequest(f"a row has {FEWEST_FLASHES} to {MOST_FLASHES} colours", remedy="Ask for eight.")
    flashes: list[Flash] = []
    low, high = MILLISECONDS
    for _ in range(count):
        left = [colour for colour in Colour if not flashes or colour is not flashes[-1].colour]
        level = LEVELS[choose(len(LEVELS))]
        flashes.append(Flash(left[choose(len(left))], level, (low + choose(high - low + 1)) / 1000))
    return LightSequence(tuple(flashes))


def judge_light(sequence: LightSequence, frames: Sequence[LightFrame]) -> LightVerdict:
    """Whether a head answered the screen.

    Args:
        sequence: what was shown.
        frames: of the whole time, at least three a colour, in order.
    """
    if len(frames) < LEAST_FRAMES_A_FLASH * len(sequence.flashes):
        return LightVerdict(LightState.INCONCLUSIVE, LightReason.TOO_FEW_FRAMES)
    times = np.array([frame.time for frame in frames])
    around = np.maximum(np.stack([frame.around for frame in frames]), 1e-4)
    # gain and white balance, which follow the light too, fall out of the quotients
    places = np.stack([frame.places for frame in frames]) / around[:, None]
    face = _relative(np.stack([frame.face for frame in frames]) / around, times)
    lag, likeness = _best_lag(sequence, times, face)
    shown = _steady(sequence.emitted(times - lag), times)
    slope = (face * shown).sum(axis=0) / np.maximum((shown**2).sum(axis=0), 1e-9)
    answer = float(np.sqrt(np.mean((slope * shown.std(axis=0)) ** 2)))
    shape, seen = _shape(frames, places, shown, times)
    against = {
        LightReason.NO_ANSWER: answer < LEAST_ANSWER,
        LightReason.OTHER_COLOURS: likeness < LEAST_LIKENESS,
        LightReason.LATE: not LAG[0] <= lag <= LAG[1],
        LightReason.TOO_FAINT_FOR_SHAPE: shape < LEAST_SHAPE and seen < LEAST_SPREAD_SEEN,
        LightReason.FLAT: shape < LEAST_SHAPE,
    }
    reason = next((one for one, held in against.items() if held), None)
    state = LightState.PASSED if reason is None else LightState.FAILED
    if reason in {LightReason.NO_ANSWER, LightReason.TOO_FAINT_FOR_SHAPE}:
        state = LightState.INCONCLUSIVE
    return LightVerdict(state, reason, answer, likeness, lag, shape)


def _relative(light: Values, times: Values) -> Values:
    """Change of each column over its mean, without what drifts evenly over time. N x C."""
    return _steady(light / np.maximum(light.mean(axis=0), 1e-6), times)


def _steady(rows: Values, times: Values) -> Values:
    """Without the mean, and without what grows evenly with time."""
    return _without(np.column_stack([np.ones_like(times), times - times.mean()]), rows)


def _without(basis: Values, rows: Values) -> Values:
    """What of the columns the basis does not explain (least squares)."""
    found, *_ = np.linalg.lstsq(basis, rows, rcond=None)
    return np.asarray(rows - basis @ found, np.float64)


def _best_lag(sequence: LightSequence, times: Values, face: Values) -> tuple[float, float]:
    """Seconds of the best likeness, and that likeness."""
    ours = face / np.maximum(face.std(axis=0), 1e-9)
    best = (0.0, -1.0)
    for lag in np.arange(-0.1, LATEST + STEP / 2, STEP):
        shown = _steady(sequence.emitted(times - lag), times)
        theirs = shown / np.maximum(shown.std(axis=0), 1e-9)
        likeness = float((ours * theirs).mean())
        if likeness > best[1]:
            best = (round(float(lag), 3), likeness)
    return best


def _shape(frames: Sequence[LightFrame], places: Values, shown: Values, times: Values) -> tuple[float, float]:
    """Correlation of the answer over the face with a head's shape; how well such a shape could be seen.

    Each place is taken over its own mean, so that skin, beard and lips count alike.
    """
    count, spots, _ = places.shape
    changes = _relative(places.reshape(count, -1), times).reshape(count, spots, 3)
    power = float((shown**2).sum())
    answers = np.einsum("fpc,fc->p", changes, shown) / max(power, 1e-9)
    rest = changes - answers[None, :, None] * shown[:, None, :]
    rest -= rest.mean(axis=1, keepdims=True)  # what all places share bears on no shape
    error = float(np.sqrt((rest**2).mean() / max(power, 1e-9)))
    positions = np.mean([frame.positions for frame in frames], axis=0)
    facing = np.maximum(-np.mean([frame.normals for frame in frames], axis=0)[:, 2], 0.0)
    flat = np.column_stack([np.ones(spots), positions])
    ours, heads = _without(flat, answers[:, None])[:, 0], _without(flat, facing[:, None])[:, 0]
    scale = float(np.linalg.norm(ours) * np.linalg.norm(heads))
    alike = float(ours @ heads) / scale if scale > 1e-12 else 0.0
    expected = abs(float(answers.mean())) * float(heads.std()) / max(float(facing.mean()), 1e-6)
    return alike, expected / max(error, 1e-9)
