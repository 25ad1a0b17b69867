"""When an event is tried again, when it is given up, and whose fault a failed try was. Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

DELAYS: Final = (10.0, 60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 43_200.0, 86_400.0)
"""Seconds after the first, second ... failed try; the last one repeats."""
HORIZON: Final = 30 * 86_400.0
"""An event is given up when the delays of its tries fill this much time."""
JITTER: Final = 0.2
"""A delay is drawn from this part below to this part above its figure."""
LONGEST: Final = DELAYS[-1] * (1 + JITTER)

PATIENCE: Final = 5
"""Failed tries in a row after which a target gets single probes only."""
_PROBES: Final = (10.0, 20.0, 40.0, 80.0, 160.0, 300.0)
_OFFLINE_PROBES: Final = (5.0, 10.0, 20.0, 40.0, 60.0)
NEWS_SECONDS: Final = 60.0
"""For how long it is known that a target was reached."""


def _most_tries() -> int:
    tries, spent = 1, 0.0
    while spent + _nominal(tries) <= HORIZON:
        spent += _nominal(tries)
        tries += 1
    return tries


def _nominal(failures: int) -> float:
    return DELAYS[min(failures, len(DELAYS)) - 1]


MOST_TRIES: Final = _most_tries()
"""Tries that fit the horizon. Counted in tries: neither time offline nor a clock that jumps matters."""


def delay(failures: int, chance: float) -> float | None:
    """Seconds until an event is tried again; None where it is given up.

    Args:
        failures: tries that failed and count, >= 1.
        chance: even in 0..1.
    """
    return None if failures >= MOST_TRIES else _spread(_nominal(failures), chance)


class Met(Enum):
    """What one try met, from the best to the worst known."""

    DELIVERED = "delivered"
    """The endpoint answered 2xx."""
    FAILED = "failed"
    """The endpoint was reached and did not take it: another status, silence, a broken answer, a bad
    certificate. Or its address is not one that the box may call."""
    UNREACHED = "unreached"
    """No connection: refused, or silence. The endpoint or the network."""
    NO_NAME = "no_name"
    """The name does not resolve. The endpoint's or the network."""
    NO_ROUTE = "no_route"
    """This machine has no way there: the network."""


def counts(met: Met, *, others_reached: bool) -> bool:
    """Whether a failed try is the endpoint's and counts against the event.

    A target that cannot be reached while another one can is at fault itself; where nothing is reached the
    network is gone, and the event loses nothing by it.

    Args:
        met: not DELIVERED.
        others_reached: another target of the same side (own network, internet) was reached a moment ago.
    """
    if met in (Met.UNREACHED, Met.NO_NAME):
        return others_reached
    return met is Met.FAILED


@dataclass(frozen=True, slots=True)
class Standing:
    """How a target has been answering.

    Attributes:
        failures: failed tries since the last delivery, also those that do not count.
        rest_until: no try begins before, seconds of a clock that never goes back.
    """

    failures: int = 0
    rest_until: float = 0.0

    def room(self, in_flight: int, most: int, now: float) -> int:
        """How many more tries may begin now: one at a time once patience is over."""
        if now < self.rest_until:
            return 0
        return max((most if self.failures < PATIENCE else 1) - in_flight, 0)

    def after_failure(self, now: float, chance: float, *, counted: bool) -> "Standing":
        """Standing after one more failed try.

        What failed because nothing is reached ends patience at once: the other events need not find out too.
        A try that was under way when the rest began says nothing new.
        """
        if now < self.rest_until:
            return self
        failures = self.failures + 1 if counted else max(self.failures + 1, PATIENCE)
        if failures < PATIENCE:
            return Standing(failures, self.rest_until)
        steps = _PROBES if counted else _OFFLINE_PROBES
        pause = steps[min(failures - PATIENCE, len(steps) - 1)]
        return Standing(failures, now + _spread(pause, chance))


def _spread(seconds: float, chance: float) -> float:
    return seconds * (1 - JITTER + 2 * JITTER * chance)
