"""Limits per credential: rate by plan, and calls in progress."""

from contextlib import ExitStack

import pytest

from appliance.domain.credential import Principal
from appliance.errors import RateLimited
from appliance.services import limits as module
from appliance.services.limits import RateLimits


class Clock:
    def __init__(self):
        self.now = 50.0

    def __call__(self):
        return self.now


def caller(identity="a", plan="starter", api="deepidv"):
    return Principal(identity, identity, api, frozenset(), plan)


def calls(limits, principal, count):
    passed = 0
    for _ in range(count):
        try:
            with limits.enter(principal):
                passed += 1
        except RateLimited:
            pass
    return passed


def test_burst_refill_and_separate_credentials():
    clock = Clock()
    limits = RateLimits(clock)
    assert calls(limits, caller(), 60) == 35
    assert calls(limits, caller("b"), 60) == 35
    clock.now += 1.0
    assert calls(limits, caller(), 60) == 25
    clock.now += 3600.0
    assert calls(limits, caller(), 60) == 35


def test_retry_after_is_the_time_until_the_next_call():
    clock = Clock()
    limits = RateLimits(clock)
    calls(limits, caller(), 35)
    with pytest.raises(RateLimited) as refused, limits.enter(caller()):
        pass
    clock.now += refused.value.retry_after
    assert calls(limits, caller(), 1) == 1


def test_enterprise_is_not_limited():
    assert calls(RateLimits(Clock()), caller(plan="enterprise"), 5000) == 5000


def test_calls_in_progress():
    limits = RateLimits(Clock())
    with ExitStack() as inside:
        for _ in range(10):
            inside.enter_context(limits.enter(caller(plan="sandbox")))
        with pytest.raises(RateLimited, match="in progress"), limits.enter(caller(plan="sandbox")):
            pass
    with limits.enter(caller(plan="sandbox")):
        pass


def test_a_call_that_fails_gives_its_place_back():
    limits = RateLimits(Clock())
    for _ in range(30):
        with pytest.raises(KeyError), limits.enter(caller(plan="sandbox")):
            raise KeyError
    assert not limits._inside


def test_idle_credentials_are_forgotten(monkeypatch):
    monkeypatch.setattr(module, "IDLE", 10)
    clock = Clock()
    limits = RateLimits(clock)
    for number in range(20):
        calls(limits, caller(str(number)), 1)
        clock.now += 5.0
    assert len(limits._arrivals) <= 11
