"""Challenges: drawn evenly, told in words, open for their time."""

import random
from collections import Counter

import pytest

from appliance.domain.challenge import KINDS, SENTENCES, Action, Challenge, challenge, drawn, text_key
from appliance.errors import InvalidRequest

MADE = Challenge("chl_1", "s", (Action.TURN_LEFT, Action.SMILE), made=1000)


def test_every_sequence_of_two_is_as_likely():
    choose = random.Random(1).randrange
    counts = Counter(drawn(choose) for _ in range(42 * 200))
    assert len(counts) == 42
    assert min(counts.values()) > 140
    assert max(counts.values()) < 260


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_actions_of_a_challenge_differ(count):
    choose = random.Random(2).randrange
    for _ in range(50):
        actions = drawn(choose, count)
        assert len(set(actions)) == count == len(actions)


@pytest.mark.parametrize("count", [0, 5, -1])
def test_other_counts_are_refused(count):
    with pytest.raises(InvalidRequest):
        drawn(random.Random(3).randrange, count)


def test_a_challenge_carries_its_session_and_is_named_at_random():
    made = challenge("s", 5, lambda _: 0, lambda count: bytes(range(count)))
    assert made == Challenge(
        "chl_000102030405060708090a0b", "s", (Action.TURN_LEFT, Action.TURN_RIGHT), 5, 30
    )
    assert made.kind == "head_turn"


@pytest.mark.parametrize(("now", "held"), [(999, False), (1000, True), (1030, True), (1031, False)])
def test_it_is_open_for_its_time(now, held):
    assert MADE.open_at(now) is held


def test_a_used_one_is_closed():
    assert not Challenge("chl_1", "s", (Action.NOD,), made=1000, used=True).open_at(1001)


def test_every_action_has_its_words():
    assert set(KINDS) == set(SENTENCES) == set(Action)
    assert text_key(Action.COME_CLOSER) == "challenge.come_closer"
    assert (
        MADE.instructions
        == "Look into the camera, then turn your head slowly to the left and back, then smile."
    )
