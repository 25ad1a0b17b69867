"""The rate limiter lets through what a token bucket of the same rate and depth would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.rate import Plan, admit, plan_of

plans = st.builds(
    Plan, per_second=st.floats(0.1, 500.0), burst=st.integers(1, 300), concurrent=st.integers(1, 100)
)
gaps = st.lists(st.floats(0.0, 3.0), min_size=1, max_size=120)


def run(plan, gaps):
    now, arrival, allowed = 1000.0, None, []
    for gap in gaps:
        now += gap
        decision = admit(plan, arrival, now)
        arrival = decision.arrival
        allowed.append((now, decision))
    return allowed


@given(plans)
def test_exactly_the_burst_passes_at_once(plan):
    decisions = [d for _, d in run(plan, [0.0] * (plan.burst + 5))]
    assert [d.allowed for d in decisions] == [True] * plan.burst + [False] * 5
    assert [d.remaining for d in decisions[: plan.burst]] == list(reversed(range(plan.burst)))


@given(plans, gaps)
def test_no_window_holds_more_than_burst_plus_rate(plan, gaps):
    passed = [at for at, d in run(plan, gaps) if d.allowed]
    for i, start in enumerate(passed):
        for j in range(i, len(passed)):
            most = plan.burst + (passed[j] - start) * plan.per_second
            assert j - i + 1 <= most + 1e-3


@given(plans, gaps)
def test_waiting_as_told_is_enough_and_not_more_than_one_step(plan, gaps):
    for at, decision in run(plan, gaps):
        if decision.allowed:
            assert decision.retry_after == 0.0
        else:
            assert 0.0 < decision.retry_after <= 1.0 / plan.per_second + 1e-6
            assert admit(plan, decision.arrival, at + decision.retry_after).allowed


@given(plans, gaps)
def test_a_refused_call_costs_nothing(plan, gaps):
    arrival, now = None, 5.0
    for gap in gaps:
        now += gap
        decision = admit(plan, arrival, now)
        if not decision.allowed:
            assert decision.arrival == arrival
        arrival = decision.arrival


def test_plans_of_the_dialects():
    assert plan_of("deepidv", "starter") == Plan(25.0, 35, 50)
    assert plan_of("recspace", "starter") == Plan(5.0, 500, 50)
    assert plan_of("deepidv", "sandbox") == Plan(1.0, 100, 10)
    assert plan_of("deepidv", "enterprise") is None
    with pytest.raises(KeyError):
        plan_of("deepidv", "gold")
