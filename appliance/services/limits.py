"""How many calls a credential may make: rate by its plan, and calls in progress."""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from appliance.domain import rate
from appliance.domain.credential import Principal
from appliance.errors import RateLimited

IDLE = 4096
"""Credentials remembered before those whose bucket is full again are forgotten."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """How much a credential may still call, for the headers of its answer.

    Attributes:
        limit: calls that may come at once after a pause: what `remaining` counts down from.
        remaining: calls that may still come at once.
        reset: seconds until `remaining` is `limit` again.
    """

    limit: int
    remaining: int
    reset: float

    def headers(self) -> dict[str, str]:
        """The usual three; the time in whole seconds from now, rounded up."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(math.ceil(self.reset)),
        }


def whole_seconds(retry_after: float) -> int:
    """A `Retry-After` that suffices: rounded up, at least 1."""
    return max(1, math.ceil(retry_after))


class RateLimits:
    """Limits per credential, kept in memory: a restart fills the buckets again.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._arrivals: dict[str, float] = {}
        self._inside: Counter[str] = Counter()

    def allowed(self, principal: Principal) -> Allowed | None:
        """What a credential may still call, refused or not; None where its plan has no limit."""
        plan = rate.plan_of(principal.api, principal.plan)
        if plan is None:
            return None
        ahead = max(self._arrivals.get(principal.id, -math.inf) - self._clock(), 0.0)
        used = ahead * plan.per_second
        return Allowed(plan.burst, max(int(plan.burst - used + 1e-6), 0), ahead)

    @contextmanager
    def enter(self, principal: Principal) -> Iterator[None]:
        """Hold a place for one call.

        Raises:
            RateLimited: with the seconds after which the next call would be let in.
        """
        plan = rate.plan_of(principal.api, principal.plan)
        if plan is None:
            yield
            return
        if self._inside[principal.id] >= plan.concurrent:
            reason = f"more than {plan.concurrent} calls of this key are in progress"
            raise RateLimited(reason, remedy="Wait for an answer.", retry_after=1.0)
        now = self._clock()
        decision = rate.admit(plan, self._arrivals.get(principal.id), now)
        self._arrivals[principal.id] = decision.arrival
        if not decision.allowed:
            remedy = "Send fewer calls, or take a larger plan."
            raise RateLimited("rate limit exceeded", remedy=remedy, retry_after=decision.retry_after)
        self._forget(now)
        self._inside[principal.id] += 1
        try:
            yield
        finally:
            self._inside[principal.id] -= 1
            if not self._inside[principal.id]:
                del self._inside[principal.id]

    def _forget(self, now: float) -> None:
        if len(self._arrivals) > IDLE:
            self._arrivals = {key: at for key, at in self._arrivals.items() if at > now}
