"""When an event is tried again, whose fault a failed try was, and how a failing target is spared."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.webhook import (
    DELAYS,
    HORIZON,
    MOST_TRIES,
    PATIENCE,
    Met,
    Standing,
    counts,
    delay,
)

DAY = 86_400.0


def test_the_delays_grow_as_published():
    assert [delay(n, 0.5) for n in range(1, 10)] == [10, 60, 300, 1800, 7200, 21600, 43200, DAY, DAY]


def test_an_event_is_given_up_when_thirty_days_are_full():
    spent = sum(delay(n, 0.5) or 0.0 for n in range(1, MOST_TRIES))
    assert HORIZON - DAY < spent <= HORIZON == 30 * DAY
    assert delay(MOST_TRIES - 1, 0.5) == DAY
    assert delay(MOST_TRIES, 0.5) is None
    assert MOST_TRIES == 37


@given(st.integers(1, MOST_TRIES - 1), st.floats(0.0, 1.0, exclude_max=True))
def test_jitter_is_a_fifth_to_both_sides(failures, chance):
    nominal = DELAYS[min(failures, len(DELAYS)) - 1]
    assert 0.8 * nominal - 1e-6 <= delay(failures, chance) <= 1.2 * nominal + 1e-6


def test_jitter_spreads():
    chance = random.Random(7)
    drawn = [delay(3, chance.random()) for _ in range(2000)]
    assert min(drawn) < 245
    assert max(drawn) > 355
    assert 295 < sum(drawn) / len(drawn) < 305


@pytest.mark.parametrize(
    ("met", "alone", "others_reached"),
    [
        (Met.FAILED, True, True),
        (Met.UNREACHED, False, True),
        (Met.NO_NAME, False, True),
        (Met.NO_ROUTE, False, False),
    ],
)
def test_whose_fault_it_was(met, alone, others_reached):
    assert counts(met, others_reached=False) is alone
    assert counts(met, others_reached=True) is others_reached


def test_a_failing_target_gets_single_probes_further_and_further_apart():
    standing, now, pauses = Standing(), 100.0, []
    for _ in range(PATIENCE - 1):
        standing = standing.after_failure(now, 0.5, counted=True)
        assert standing.room(0, 16, now) == 16
        assert standing.room(20, 16, now) == 0
    for _ in range(9):
        standing = standing.after_failure(now, 0.5, counted=True)
        pauses.append(standing.rest_until - now)
        assert standing.room(0, 16, now) == 0
        now = standing.rest_until
        assert standing.room(0, 16, now) == 1
        assert standing.room(1, 16, now) == 0
    assert pauses == [10, 20, 40, 80, 160, 300, 300, 300, 300]


def test_without_a_network_the_first_failure_ends_patience():
    standing, now, pauses = Standing(), 100.0, []
    for _ in range(7):
        standing = standing.after_failure(now, 0.5, counted=False)
        pauses.append(standing.rest_until - now)
        now = standing.rest_until
    assert pauses == [5, 10, 20, 40, 60, 60, 60]


def test_tries_under_way_when_the_rest_began_do_not_lengthen_it():
    standing = Standing(PATIENCE - 1).after_failure(100.0, 0.5, counted=True)
    for _ in range(16):
        assert standing.after_failure(103.0, 0.9, counted=True) == standing
