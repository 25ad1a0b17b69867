"""The colours of a screen and what must answer them, on measures without pictures."""

import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from appliance.domain.screen_light import (
    MILLISECONDS,
    RAMP,
    Colour,
    Flash,
    LightFrame,
    LightReason,
    LightSequence,
    LightState,
    drawn_lights,
    judge_light,
)
from appliance.errors import InvalidRequest

SPOTS = 60
_RNG = np.random.default_rng(2)
POSITIONS = _RNG.uniform(-0.5, 0.5, (SPOTS, 2))
DEPTH = np.sqrt(1 - (POSITIONS**2).sum(axis=1))
NORMALS = np.column_stack([POSITIONS, -DEPTH])
SKIN = _RNG.uniform(0.2, 0.5, (SPOTS, 3))


def lights(seed=1, count=8):
    return drawn_lights(random.Random(seed).randrange, count)


def film(shown, *, lag=0.1, strength=0.1, flat=False, noise=0.002, wall=0.03, gain=0.0, rate=15.0):
    """Frames of a round head, or of a flat one, before a screen that shows this."""
    rng = np.random.default_rng(9)
    times = np.arange(0, shown.seconds + 0.3, 1 / rate)
    answer = np.ones(SPOTS) if flat else DEPTH
    frames = []
    for time, light in zip(times, shown.emitted(times - lag), strict=True):
        exposure = 1 - gain * light.mean()
        places = SKIN * (1 + strength * answer[:, None] * light) * exposure
        around = 0.3 * (1 + strength * wall * light) * exposure
        places = places * (1 + rng.normal(0, noise, places.shape))
        frames.append(LightFrame(float(time), around, places.mean(axis=0), places, NORMALS, POSITIONS))
    return frames


@pytest.mark.parametrize("seed", range(6))
def test_a_head_that_answers_passes(seed):
    shown = lights(seed)
    found = judge_light(shown, film(shown))
    assert (found.state, found.reason) == (LightState.PASSED, None)
    assert found.lag == pytest.approx(0.1, abs=0.03)
    assert found.likeness > 0.9
    assert found.shape > 0.9


@pytest.mark.parametrize("seed", range(6))
def test_answers_to_other_colours_fail(seed):
    found = judge_light(lights(seed), film(lights(seed + 100)))
    assert (found.state, found.reason) == (LightState.FAILED, LightReason.OTHER_COLOURS)


@pytest.mark.parametrize("lag", [0.4, 0.6, 0.85])
def test_a_late_answer_fails(lag):
    found = judge_light(lights(), film(lights(), lag=lag))
    assert (found.state, found.reason) == (LightState.FAILED, LightReason.LATE)
    assert found.lag == pytest.approx(lag, abs=0.03)


def test_an_answer_before_the_question_fails():
    assert judge_light(lights(), film(lights(), lag=-0.08)).reason is LightReason.LATE


def test_a_flat_picture_fails():
    found = judge_light(lights(), film(lights(), flat=True))
    assert (found.state, found.reason) == (LightState.FAILED, LightReason.FLAT)


def test_nothing_is_told_where_the_screen_adds_nothing_or_too_little_for_a_shape():
    sun = judge_light(lights(), film(lights(), strength=0.002))
    assert (sun.state, sun.reason) == (LightState.INCONCLUSIVE, LightReason.NO_ANSWER)
    faint = judge_light(lights(), film(lights(), strength=0.05, flat=True, noise=0.05))
    assert (faint.state, faint.reason) == (LightState.INCONCLUSIVE, LightReason.TOO_FAINT_FOR_SHAPE)


def test_what_the_whole_picture_does_is_no_answer():
    """A recording that is coloured as a whole: the wall answers as the face does."""
    tinted = film(lights(), flat=True, wall=1.0, noise=0.0005)
    assert judge_light(lights(), tinted).reason is LightReason.NO_ANSWER


def test_exposure_that_follows_the_light_does_not_matter():
    assert judge_light(lights(), film(lights(), gain=0.05)).state is LightState.PASSED


def test_too_few_frames_tell_nothing():
    found = judge_light(lights(), film(lights())[:20])
    assert (found.state, found.reason) == (LightState.INCONCLUSIVE, LightReason.TOO_FEW_FRAMES)


def test_normals_that_face_nowhere_tell_no_shape():
    blind = [replace(frame, normals=np.tile([0.0, 0.0, -1.0], (SPOTS, 1))) for frame in film(lights())]
    assert judge_light(lights(), blind).state is not LightState.PASSED


# -- the protocol --------------------------------------------------------------------------------


def test_no_colour_follows_itself_and_none_is_shorter_than_a_third_of_a_second():
    for seed in range(50):
        flashes = lights(seed, 12).flashes
        assert all(one.colour is not other.colour for one, other in pairwise(flashes))
        assert all(MILLISECONDS[0] <= 1000 * flash.seconds <= MILLISECONDS[1] for flash in flashes)
    assert MILLISECONDS[0] > 1000 / 3  # WCAG 2.2, 2.3.1: no more than three flashes a second


@pytest.mark.parametrize("count", [5, 13])
def test_other_counts_are_refused(count):
    with pytest.raises(InvalidRequest):
        lights(count=count)


def test_the_screen_is_dark_before_and_after_and_changes_softly():
    shown = LightSequence((Flash(Colour.RED, 1.0, 0.4), Flash(Colour.WHITE, 0.7, 0.5)))
    times = np.array([-0.5, 0.0, RAMP / 2, RAMP, 0.4, 0.4 + RAMP, 0.9 + RAMP, 2.0])
    red = shown.emitted(times)[:, 0]
    assert red == pytest.approx([0, 0, 0.5, 1, 1, 0.7, 0, 0])
    assert shown.seconds == pytest.approx(0.9)
