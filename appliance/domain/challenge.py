"""What a person is asked to do before the camera: drawn at random, once, for a few seconds.

A recording made beforehand shows the wrong actions or the wrong order: of two different actions out of seven
there are 42 sequences. `left` and `right` are the person's own, in frames that are not mirrored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from appliance.errors import InvalidRequest

SECONDS = 30
"""From the making of a challenge until its frames must have arrived."""
ACTIONS = 2
"""Asked for, where the caller does not say."""
MOST_ACTIONS = 4
PREFIX = "chl_"


class Action(StrEnum):
    """One thing that a person does, starting from looking into the camera with the mouth closed."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    NOD = "nod"
    BLINK = "blink"
    SMILE = "smile"
    OPEN_MOUTH = "open_mouth"
    COME_CLOSER = "come_closer"


KINDS: Mapping[Action, str] = MappingProxyType(
    {
        Action.TURN_LEFT: "head_turn",
        Action.TURN_RIGHT: "head_turn",
        Action.NOD: "nod",
        Action.BLINK: "blink",
        Action.SMILE: "smile",
        Action.OPEN_MOUTH: "open_mouth",
        Action.COME_CLOSER: "come_closer",
    }
)
"""The word for an action where left and right are not told apart."""

SENTENCES: Mapping[Action, str] = MappingProxyType(
    {
        Action.TURN_LEFT: "turn your head slowly to the left and back",
        Action.TURN_RIGHT: "turn your head slowly to the right and back",
        Action.NOD: "nod slowly",
        Action.BLINK: "close your eyes for a moment and open them",
        Action.SMILE: "smile",
        Action.OPEN_MOUTH: "open your mouth wide and close it",
        Action.COME_CLOSER: "come closer to the camera",
    }
)
"""English, for callers of an interface; screens look their own language up by `text_key`."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge, bound to the session that asked for it.

    Attributes:
        identity: `chl_` and 24 hexadecimal digits.
        session: id of the session.
        actions: to be done in this order; neighbours differ.
        made: seconds since 1970.
        seconds: how long it may be answered.
        used: frames came for it, or a newer challenge took its place.
    """

    identity: str
    session: str
    actions: tuple[Action, ...]
    made: int
    seconds: int = SECONDS
    used: bool = False

    @property
    def kind(self) -> str:
        """The word for its first action."""
        return KINDS[self.actions[0]]

    @property
    def instructions(self) -> str:
        """One English sentence."""
        return f"Look into the camera, then {', then '.join(SENTENCES[action] for action in self.actions)}."

    def open_at(self, now: int) -> bool:
        """Whether frames may still come: not used, not too late, and not before it was made."""
        return not self.used and self.made <= now <= self.made + self.seconds


def text_key(action: Action) -> str:
    """Where screens find the instruction in their language."""
    return f"challenge.{action.value}"


def drawn(choose: Callable[[int], int], count: int = ACTIONS) -> tuple[Action, ...]:
    """Draw different actions at random, every sequence as likely as any other.

    Args:
        choose: a number from 0 to one less than its argument, each as likely (`secrets.randbelow`).
        count: of actions, 1 to 4. With one only, a recording played backwards is not seen.

    Raises:
        InvalidRequest: another count.
    """
    if not 1 <= count <= MOST_ACTIONS:
        reason = f"a challenge has 1 to {MOST_ACTIONS} actions"
        raise InvalidRequest(reason, remedy="Ask for two.")
    left = list(Action)
    return tuple(left.pop(choose(len(left))) for _ in range(count))


def challenge(  # noqa: PLR0913, PLR0917 - what is drawn, and what it is drawn with
    session: str,
    now: int,
    choose: Callable[[int], int],
    random: Callable[[int], bytes],
    count: int = ACTIONS,
    seconds: int = SECONDS,
) -> Challenge:
    """Make a challenge for a session.

    Args:
        session: its id.
        now: seconds since 1970.
        choose: see `drawn`.
        random: so many random bytes (`secrets.token_bytes`).
        count: see `drawn`.
        seconds: how long it may be answered.

    Raises:
        InvalidRequest: a count that is not taken.
    """
    return Challenge(f"{PREFIX}{random(12).hex()}", session, drawn(choose, count), now, seconds)
