"""Whatever an attacker does with the order and the number of frames, it does not help."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain.challenge import Action
from appliance.domain.liveness import Reason, judge
from appliance.domain.recording import recording
from tests.unit.measured import ANNA, BERT, LIKENESS, again, performed, row

PAIRS = st.permutations(list(Action)).map(lambda actions: tuple(actions[:2]))
PERSONS = (Reason.OTHER_PERSON, Reason.NOT_THE_SELFIE)


def verdict(actions, frames):
    return judge(actions, frames, LIKENESS, ANNA)


@settings(max_examples=40, deadline=None)
@given(actions=PAIRS, data=st.data())
def test_no_order_of_the_frames_hides_another_person(actions, data):
    shown = performed(*actions)
    strange = data.draw(st.sets(st.integers(0, len(shown) - 1), min_size=1, max_size=len(shown)))
    shown = [replace(one, template=BERT) if at in strange else one for at, one in enumerate(shown)]
    frames = row(*shown)
    before = verdict(actions, frames)
    assert not before.passed
    assert set(PERSONS) & set(before.reasons)
    order = data.draw(st.permutations(range(len(frames))))
    after = verdict(actions, again([frames[at] for at in order]))
    assert not after.passed
    assert set(PERSONS) & set(after.reasons)


@settings(max_examples=40, deadline=None)
@given(actions=PAIRS, asked=PAIRS, data=st.data())
def test_duplicates_never_help(actions, asked, data):
    frames = row(*performed(*actions))[: data.draw(st.integers(4, 30))]
    copies = data.draw(st.lists(st.integers(1, 4), min_size=len(frames), max_size=len(frames)))
    more = again([one for one, count in zip(frames, copies, strict=True) for _ in range(count)])
    spread = data.draw(st.lists(st.integers(0, len(more) - 1), max_size=3))
    for at in spread:
        more.insert(at, frames[at % len(frames)])
    if not verdict(asked, frames).passed:
        assert not verdict(asked, again(more)).passed


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_shuffled_frames_pass_only_as_what_they_then_show(data):
    """A shuffle that mixes the actions is refused: by its order, by its jumps, or by both."""
    frames = row(*performed(Action.TURN_LEFT, Action.TURN_RIGHT))
    order = data.draw(st.permutations(range(len(frames))))
    faces = [frames[at].face for at in order]
    jumps = max(abs(one.yaw - other.yaw) for one, other in pairwise(faces))
    found = verdict((Action.TURN_LEFT, Action.TURN_RIGHT), again([frames[at] for at in order]))
    if jumps > 25:
        assert not found.passed


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_of_any_row_only_different_neighbours_are_kept(order):
    frames = row(*performed(Action.SMILE))
    kept = recording(again([frames[at] for at in order])).frames
    assert len(kept) == 1 + int((np.diff(order) != 0).sum())
