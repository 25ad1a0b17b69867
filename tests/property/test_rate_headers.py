"""What the box says of limits is what a token bucket would do, over random arrivals."""

from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain.credential import Principal
from appliance.domain.rate import Plan, plan_of
from appliance.errors import RateLimited
from appliance.services.limits import RateLimits, whole_seconds

PLANS = [("recspace", "sandbox"), ("recspace", "starter"), ("recspace", "scale"), ("deepidv", "starter")]
ARRIVALS = st.lists(
    st.tuples(
        st.one_of(st.floats(0.0, 3.0), st.floats(0.0, 300.0), st.sampled_from([0.05, 0.2, 1.0])),
        st.one_of(st.integers(1, 5), st.integers(1, 2500)),
    ),
    min_size=1,
    max_size=12,
)
SLACK = 1e-3
"""Calls by which two ways of adding up floating-point seconds may differ."""


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class TokenBucket:
    """The reference: tokens trickle in, each call takes one."""

    def __init__(self, plan: Plan):
        self.plan, self.tokens, self.at = plan, float(plan.burst), 1000.0

    def refill(self, now: float) -> None:
        self.tokens = min(self.plan.burst, self.tokens + (now - self.at) * self.plan.per_second)
        self.at = now

    def take(self) -> bool:
        if self.tokens < 1.0 - SLACK:
            return False
        self.tokens -= 1.0
        return True


def who(api: str, plan: str) -> Principal:
    return Principal("a", "a", api, frozenset(), plan)


def enters(limits: RateLimits, principal: Principal) -> RateLimited | None:
    try:
        with limits.enter(principal):
            return None
    except RateLimited as refused:
        return refused


@pytest.mark.parametrize(("api", "plan"), PLANS)
@settings(max_examples=40, deadline=None)
@given(arrivals=ARRIVALS)
def test_every_decision_and_figure_is_the_token_bucket_s(api, plan, arrivals):
    clock, principal = Clock(), who(api, plan)
    limits, bucket = RateLimits(clock), TokenBucket(plan_of(api, plan))
    for gap, count in arrivals:
        clock.now += gap
        bucket.refill(clock.now)
        for _ in range(count):
            unclear = abs(bucket.tokens - 1.0) <= SLACK
            refused = enters(limits, principal)
            if unclear and refused is None:
                bucket.tokens = max(bucket.tokens, 1.0)
            assert unclear or (refused is None) == (bucket.tokens >= 1.0)
            if refused is None:
                bucket.take()
            told = limits.allowed(principal)
            assert told.limit == bucket.plan.burst
            assert abs(told.remaining - bucket.tokens) < 1.0 + SLACK
            assert told.remaining <= bucket.tokens + SLACK
            missing = bucket.plan.burst - bucket.tokens
            assert told.reset == pytest.approx(missing / bucket.plan.per_second, abs=0.01)
            if refused is not None:
                assert told.remaining == 0
                break  # the others of this moment meet the same


@pytest.mark.parametrize(("api", "plan"), PLANS)
@settings(max_examples=40, deadline=None)
@given(arrivals=ARRIVALS)
def test_waiting_as_told_is_always_enough(api, plan, arrivals):
    clock, principal = Clock(), who(api, plan)
    limits = RateLimits(clock)
    refusals = 0
    for gap, count in arrivals:
        clock.now += gap
        for _ in range(count):
            refused = enters(limits, principal)
            if refused is None:
                continue
            refusals += 1
            if refusals % 2:
                clock.now += refused.retry_after
            else:
                clock.now += whole_seconds(refused.retry_after)
            assert enters(limits, principal) is None


@given(arrivals=st.lists(st.integers(0, 300), min_size=1, max_size=8))
def test_remaining_calls_do_come_through_at_once(arrivals):
    clock, principal = Clock(), who("recspace", "sandbox")
    limits = RateLimits(clock)
    for count in arrivals:
        clock.now += 7.3
        for _ in range(count):
            enters(limits, principal)
        told = limits.allowed(principal)
        passed = sum(enters(limits, principal) is None for _ in range(told.remaining + 1))
        assert passed in (told.remaining, told.remaining + 1)
        after = limits.allowed(principal)
        clock.now += after.reset
        assert limits.allowed(principal).remaining == 100


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.integers(1, 12)),
        st.tuples(st.just("leave"), st.integers(1, 12)),
        st.tuples(st.just("wait"), st.floats(0.0, 4.0)),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=80, deadline=None)
@given(operations=OPERATIONS)
def test_calls_in_progress_are_counted_beside_the_bucket_and_cost_nothing_when_refused(operations):
    clock, principal, plan = Clock(), who("recspace", "sandbox"), plan_of("recspace", "sandbox")
    limits, bucket = RateLimits(clock), TokenBucket(plan)
    inside: list[ExitStack] = []
    for what, how in operations:
        if what == "wait":
            clock.now += how
            bucket.refill(clock.now)
        elif what == "leave":
            for place in inside[:how]:
                place.close()
            del inside[:how]
        else:
            for _ in range(how):
                place = ExitStack()
                try:
                    place.enter_context(limits.enter(principal))
                except RateLimited as refused:
                    full = len(inside) == plan.concurrent
                    assert full or bucket.tokens < 1.0 + SLACK
                    left = limits.allowed(principal).remaining
                    clock.now += whole_seconds(refused.retry_after)
                    bucket.refill(clock.now)
                    assert left <= limits.allowed(principal).remaining, "a refusal costs nothing"
                    if not full:  # a place is free, so what was told has to be enough
                        place.enter_context(limits.enter(principal))
                        inside.append(place)
                        bucket.take()
                else:
                    assert len(inside) < plan.concurrent
                    inside.append(place)
                    bucket.take()
    for place in inside:
        place.close()
    assert not limits._inside


def test_asking_costs_nothing_and_a_plan_without_limit_says_nothing():
    clock = Clock()
    limits = RateLimits(clock)
    for _ in range(1000):
        assert limits.allowed(who("recspace", "sandbox")).remaining == 100
    assert limits.allowed(who("recspace", "enterprise")) is None
    assert limits.allowed(who("recspace", "sandbox")).headers() == {
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "100",
        "X-RateLimit-Reset": "0",
    }


@pytest.mark.parametrize(("seconds", "told"), [(0.0, 1), (0.001, 1), (1.0, 1), (1.001, 2), (59.5, 60)])
def test_retry_after_is_whole_and_never_short(seconds, told):
    assert whole_seconds(seconds) == told
