"""How often a credential may call: plans, and the generic cell rate algorithm as a pure function.

The algorithm keeps one figure per credential, the theoretical arrival time (ITU-T I.371, "virtual
scheduling"). It is a token bucket of depth `burst` that refills by `per_second`, without a timer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Plan:
    """Limits of one credential.

    Attributes:
        per_second: calls per second in the long run, > 0.
        burst: calls that may come at once after a pause, >= 1.
        concurrent: calls in progress at one time, >= 1.
    """

    per_second: float
    burst: int
    concurrent: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether one call may go on.

    Attributes:
        allowed: it may.
        arrival: the figure to keep for the next call, in seconds of the caller's clock.
        retry_after: seconds until a call would be allowed; 0.0 where this one is.
        remaining: calls that may still follow at once.
    """

    allowed: bool
    arrival: float
    retry_after: float
    remaining: int


# 60, 300 and 1200 calls a minute; "enterprise" has no limit per key.
_COMMON: Mapping[str, Plan] = MappingProxyType(
    {
        "sandbox": Plan(per_second=1.0, burst=100, concurrent=10),
        "starter": Plan(per_second=5.0, burst=500, concurrent=50),
        "scale": Plan(per_second=20.0, burst=2000, concurrent=200),
    }
)
_OWN: Mapping[tuple[str, str], Plan] = MappingProxyType(
    {("deepidv", "starter"): Plan(per_second=25.0, burst=35, concurrent=50)}
)


def plan_of(api: str, name: str) -> Plan | None:
    """The limits of a plan in a dialect; None means no limit per key.

    Raises:
        KeyError: there is no such plan.
    """
    if name == "enterprise":
        return None
    return _OWN.get((api, name)) or _COMMON[name]


def admit(plan: Plan, arrival: float | None, now: float) -> Decision:
    """Decide about one call.

    Args:
        plan: the limits.
        arrival: what the last decision said to keep; None for a credential's first call.
        now: seconds of a clock that never goes back.
    """
    step = 1.0 / plan.per_second
    depth = plan.burst * step
    start = now if arrival is None else max(arrival, now)
    after = start + step
    # a millionth of a step absorbs the rounding of many additions: a burst of n lets through exactly n
    excess = after - depth - now
    if excess > step * 1e-6:
        return Decision(allowed=False, arrival=start, retry_after=excess, remaining=0)
    return Decision(
        allowed=True, arrival=after, retry_after=0.0, remaining=max(int(-excess / step + 1e-6), 0)
    )
