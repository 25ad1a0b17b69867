"""What rows of measured frames are judged to show."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from appliance.domain.challenge import Action
from appliance.domain.liveness import Reason, best_frames, judge, to_compare
from appliance.domain.motion import at_rest, events
from appliance.domain.recording import Fault, flatness, recording
from tests.unit.measured import ANNA, BERT, LIKENESS, again, course, face, frame, performed, row

LEFT, RIGHT, NOD, BLINK = Action.TURN_LEFT, Action.TURN_RIGHT, Action.NOD, Action.BLINK
SMILE, MOUTH, CLOSER = Action.SMILE, Action.OPEN_MOUTH, Action.COME_CLOSER
PAIRS = list(itertools.permutations(Action, 2))


def verdict(actions, frames, selfie=ANNA, genuine=()):
    return judge(actions, frames, LIKENESS, selfie, genuine)


# -- what was asked for --------------------------------------------------------------------------


@pytest.mark.parametrize("actions", PAIRS, ids="-".join)
def test_who_does_what_was_asked_passes_and_no_one_else(actions):
    frames = row(*performed(*actions))
    found = verdict(actions, frames)
    assert found.reasons == ()
    assert found.passed
    assert 0.5 <= found.confidence <= 1
    assert not found.spoof_detected
    others = [actions[::-1], *PAIRS[PAIRS.index(actions) % 9 :: 9]]
    assert [other for other in others if other != actions and verdict(other, frames).passed] == []


@pytest.mark.parametrize("action", Action)
def test_one_action_is_enough_where_one_was_asked(action):
    frames = row(*performed(action))
    assert verdict((action,), frames).passed
    assert [other for other in Action if verdict((other,), frames).passed] == [action]


@pytest.mark.parametrize(
    ("actions", "shown", "reason"),
    [
        ((LEFT, SMILE), performed(LEFT), Reason.ACTION_MISSING),
        ((LEFT, SMILE), performed(SMILE, LEFT), Reason.WRONG_ORDER),
        ((LEFT, SMILE), performed(LEFT, SMILE, LEFT), Reason.WRONG_ORDER),
        ((LEFT, SMILE), performed(LEFT, NOD, SMILE), Reason.UNASKED_ACTION),
        ((LEFT, SMILE), performed(RIGHT, LEFT, SMILE), Reason.UNASKED_ACTION),
        ((BLINK, SMILE), performed(SMILE, BLINK), Reason.WRONG_ORDER),
        ((LEFT, SMILE), [face(yaw=25.0) for _ in range(12)], Reason.NOT_AT_REST),
        ((LEFT, SMILE), performed(LEFT)[:5], Reason.TOO_FEW_FRAMES),
        ((LEFT, SMILE), [face() for _ in range(20)], Reason.ACTION_MISSING),
    ],
)
def test_what_was_not_asked_fails(actions, shown, reason):
    found = verdict(actions, row(*shown))
    assert reason in found.reasons
    assert not found.passed
    assert not found.spoof_detected
    assert found.confidence < 0.5


def test_repeated_nods_spontaneous_blinks_and_a_smiling_wide_mouth_are_borne():
    assert verdict((NOD, SMILE), row(*performed(NOD, NOD, SMILE))).passed
    assert verdict((LEFT, SMILE), row(*performed(BLINK, LEFT, BLINK, BLINK, SMILE, BLINK))).passed
    wide = [replace(one, smile=one.smile * (1.2 if one.mouth > 0.2 else 1)) for one in performed(MOUTH, LEFT)]
    assert verdict((MOUTH, LEFT), row(*wide)).passed
    fidget = [
        replace(one, yaw=one.yaw + (11.0 if 14 < at < 17 else 0))
        for at, one in enumerate(performed(NOD, SMILE))
    ]
    assert verdict((NOD, SMILE), row(*fidget)).passed


def test_movements_count_from_the_persons_own_rest():
    shown = [
        replace(one, eyes=one.eyes / 3, pitch=one.pitch + 9, yaw=one.yaw - 8) for one in performed(BLINK, NOD)
    ]
    assert verdict((BLINK, NOD), row(*shown)).passed
    narrow = [replace(one, eyes=0.012) for one in performed(LEFT, SMILE)]
    assert verdict((BLINK, SMILE), row(*narrow)).reasons[0] == Reason.ACTION_MISSING


def test_eyes_of_a_tilted_sheet_do_not_blink():
    shown = performed(BLINK, LEFT)
    tilted = [replace(one, aspect=0.9 if one.eyes < 0.02 else 1.0) for one in shown]
    assert Reason.ACTION_MISSING in verdict((BLINK, LEFT), row(*tilted)).reasons


# -- one recording -------------------------------------------------------------------------------


def test_reversed_time_is_seen_where_two_actions_were_asked_for():
    frames = again(row(*performed(LEFT, SMILE))[::-1])
    assert verdict((LEFT, SMILE), frames).reasons == (Reason.WRONG_ORDER,)
    assert verdict((SMILE, LEFT), frames).passed  # nothing in slow frames tells which way time went


def test_frames_that_repeat_the_one_before_are_left_out_up_to_half():
    frames = row(*performed(LEFT, SMILE))
    doubled = again([one for each in frames for one in (each, each)])
    assert verdict((LEFT, SMILE), doubled).passed
    tripled = again([one for each in frames for one in (each, each, each)])
    found = verdict((LEFT, SMILE), tripled)
    assert found.reasons == (Reason.FROZEN,)
    assert not found.spoof_detected  # a tab in the background does that, too
    assert recording(tripled).still == pytest.approx(2 / 3)


def test_a_row_of_one_picture_is_no_recording():
    found = verdict((LEFT, SMILE), again(row(*performed(LEFT, SMILE))[:1] * 12))
    assert {Reason.ONE_PICTURE, Reason.FROZEN} <= set(found.reasons)
    assert found.spoof_detected
    assert not found.passed


def test_a_picture_that_comes_again_is_seen():
    frames = row(*performed(LEFT, SMILE))
    frames[-1] = replace(frames[-1], digest=frames[1].digest)
    found = verdict((LEFT, SMILE), frames)
    assert found.reasons == (Reason.REPEATED,)
    assert found.spoof_detected


def moving(count, seed, back=False):
    """Frames whose surroundings move, every one differently; `back` plays the second half backwards."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(0, 4.0, (count, 32, 32)), axis=0)
    order = [*range(count), *(range(count)[::-1] if back else range(count))]
    frames = [frame(at, face(), seed=seed) for at in range(2 * count)]
    return [replace(one, view=one.view + walk[place]) for one, place in zip(frames, order, strict=True)]


@pytest.mark.parametrize("back", [False, True])
def test_a_loop_with_other_noise_is_seen(back):
    assert recording(moving(12, 3, back)).faults == (Fault.LOOPED,)


def test_a_person_who_nods_again_and_again_is_no_loop():
    for seed in range(5):
        frames = row(*performed(NOD, NOD, NOD, NOD, SMILE), seed=seed)
        assert recording(frames).faults == ()


@pytest.mark.parametrize(
    "jump",
    [
        {"yaw": 30.0},
        {"pitch": 20.0},
        {"size": 0.3},
        {"centre": (0.7, 0.5)},
    ],
)
def test_a_head_that_jumps_is_a_cut(jump):
    shown = performed(LEFT, SMILE)
    shown[14:] = [replace(one, **jump) for one in shown[14:]]
    found = verdict((LEFT, SMILE), row(*shown))
    assert Reason.SPLICED in found.reasons


def test_surroundings_that_jump_are_a_cut_and_a_lamp_is_none():
    frames = row(*performed(LEFT, SMILE))
    other = np.random.default_rng(7).uniform(0, 40, (32, 32))
    cut = frames[:13] + [replace(one, view=one.view + other) for one in frames[13:]]
    found = verdict((LEFT, SMILE), cut)
    assert found.reasons == (Reason.SPLICED,)
    assert not found.spoof_detected  # a lost connection does that, too
    lamp = frames[:13] + [replace(one, view=one.view + 25) for one in frames[13:]]
    assert verdict((LEFT, SMILE), lamp).passed


def test_duplicates_do_not_widen_what_a_jump_may_be():
    shown = performed(LEFT, SMILE)
    shown[14:] = [replace(one, yaw=one.yaw + 30) for one in shown[14:]]
    frames = row(*shown)
    padded = again([*frames[:14], *[frames[13]] * 3, *frames[14:]])
    assert Fault.SPLICED in recording(padded).faults


# -- one person ----------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [1, 5, 10, 13, 18])
def test_one_frame_of_another_person_is_enough(at):
    shown = performed(LEFT, SMILE)
    shown[at] = replace(shown[at], template=BERT)
    found = verdict((LEFT, SMILE), row(*shown))
    assert found.reasons == (Reason.OTHER_PERSON,)
    assert found.spoof_detected
    assert found.confidence < 0.5


def test_a_person_swapped_half_way_and_another_than_the_selfies():
    half = performed(LEFT, SMILE)
    other = performed(LEFT, SMILE, person=BERT)
    swapped = row(*half[: len(half) // 2], *other[len(other) // 2 :])
    assert Reason.OTHER_PERSON in verdict((LEFT, SMILE), swapped).reasons
    found = verdict((LEFT, SMILE), row(*other))
    assert found.reasons == (Reason.NOT_THE_SELFIE,)
    assert not found.spoof_detected
    assert "selfie_match" in found.checks
    alone = verdict((LEFT, SMILE), row(*other), selfie=None)
    assert alone.passed
    assert "selfie_match" not in alone.checks


def test_without_templates_nobody_is_compared_and_nobody_passes():
    found = verdict((LEFT, SMILE), row(*performed(LEFT, SMILE, person=None)))
    assert found.reasons == (Reason.UNCLEAR,)
    assert "same_person" not in found.checks


# -- what is seen --------------------------------------------------------------------------------


def test_a_lost_face_a_second_one_and_a_passer_by():
    shown = performed(LEFT, SMILE)
    gap = [*shown[:12], None, *shown[12:]]
    assert verdict((LEFT, SMILE), row(*gap)).passed
    lost = [*shown[:12], None, None, None, *shown[12:]]
    assert verdict((LEFT, SMILE), row(*lost)).reasons == (Reason.FACE_LOST,)
    frames = row(*shown)
    frames[4] = replace(frames[4], faces=2)
    assert verdict((LEFT, SMILE), frames).passed
    frames[9] = replace(frames[9], faces=2)
    assert verdict((LEFT, SMILE), frames).reasons == (Reason.SEVERAL_FACES,)
    none = verdict((LEFT, SMILE), row(*[None] * 10))
    assert Reason.FACE_LOST in none.reasons
    assert none.best_frame == -1


def test_a_flat_turn_has_no_depth():
    shown = [face() for _ in range(5)] + course(LEFT, flat=True) + [face() for _ in range(5)]
    found = verdict((LEFT,), row(*shown))
    assert found.reasons == (Reason.FLAT,)
    assert found.spoof_detected


def test_a_homography_explains_a_sheet_and_no_head():
    rest = face().outline
    turned = (
        np.column_stack([rest, np.ones(len(rest))]) @ np.array([[0.8, 0.1, 0.1], [0, 1, 0], [0.2, 0, 1]]).T
    )
    assert flatness(turned[:, :2] / turned[:, 2:], rest) < 1e-9
    assert flatness(face(yaw=20.0).outline, rest) > 0.03


# -- what is told --------------------------------------------------------------------------------


def test_the_verdict_names_only_checks_that_were_made():
    found = verdict((LEFT, BLINK), row(*performed(LEFT, BLINK)))
    assert set(found.checks) == {
        "head_movement",
        "blink",
        "frame_order",
        "depth",
        "continuity",
        "duplicate_frames",
        "same_person",
        "selfie_match",
    }
    assert "texture_analysis" in verdict((SMILE,), row(*performed(SMILE)), genuine=(0.9,)).checks
    assert "depth" not in verdict((SMILE,), row(*performed(SMILE))).checks


@pytest.mark.parametrize(
    ("genuine", "passed"), [((0.9, 0.6, 0.1), True), ((0.9, 0.4, 0.1), False), ((0.2,), False)]
)
def test_the_passive_checks_median_decides(genuine, passed):
    found = verdict((SMILE,), row(*performed(SMILE)), genuine=genuine)
    assert found.passed is passed
    assert found.spoof_detected is not passed
    assert (Reason.PRESENTATION_ATTACK in found.reasons) is not passed
    assert (found.confidence >= 0.5) is passed


def test_the_best_frame_looks_into_the_camera():
    shown = performed(LEFT, SMILE)
    shown[2] = replace(shown[2], quality=1.0)
    assert verdict((LEFT, SMILE), row(*shown)).best_frame == 2
    assert best_frames(row(*shown), 3)[0] == 2
    assert len(best_frames(row(*shown), 3)) == 3


def test_templates_are_made_of_peaks_and_of_evenly_spread_clear_frames():
    shown = performed(LEFT, SMILE) * 4
    frames = row(*shown)
    chosen = to_compare(frames, 12)
    assert len(chosen) <= 12
    rest = at_rest(shown)
    assert {event.peak for event in events(shown, rest)} & set(chosen)
    blurred = row(*[replace(one, quality=0.1) for one in performed(SMILE)])
    assert to_compare(blurred) == []
    assert to_compare(row(*performed(LEFT, SMILE))) == list(range(21))


def test_the_same_measures_give_the_same_verdict():
    frames = row(*performed(LEFT, SMILE))
    assert verdict((LEFT, SMILE), frames) == verdict((LEFT, SMILE), list(frames))
