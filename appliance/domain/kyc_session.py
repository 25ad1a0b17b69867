"""A customer's check that ends once: which states there are, and what leads from one to the next.

A session waits for one document and one selfie. Pictures that cannot be judged leave it as it is, for a
recapture; a decision, its end of time, or the customer's own word ends it, and nothing after that changes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from appliance.errors import InvalidRequest

HOURS = 24
"""A session that is not decided by then has failed."""


class State(StrEnum):
    """Where a session stands."""

    CREATED = "created"
    COMPLETED = "completed"
    FAILED = "failed"


class Step(StrEnum):
    """What may happen to it."""

    VERIFY = "verify"
    REJECT = "reject"
    EXPIRE = "expire"


EDGES: Mapping[tuple[State, Step], State] = MappingProxyType(
    {
        (State.CREATED, Step.VERIFY): State.COMPLETED,
        (State.CREATED, Step.REJECT): State.FAILED,
        (State.CREATED, Step.EXPIRE): State.FAILED,
    }
)
"""Every other step is refused."""


@dataclass(frozen=True, slots=True)
class KycSession:
    """One session.

    Attributes:
        id: `kyc_...`.
        customer_id: the caller's own name for its customer.
        metadata: the caller's own, a JSON object.
        state: where it stands.
        result: `verified` or `rejected` once it is decided, "" before.
        confidence: 0..1 of the decision; None before.
        reason: codes of what stood against it, parted by commas.
        created_at, expires_at, completed_at: seconds since 1970; `completed_at` is None before the end.
    """

    id: str
    customer_id: str
    metadata: Mapping[str, Any]
    state: State
    created_at: int
    expires_at: int
    result: str = ""
    confidence: float | None = None
    reason: str = ""
    completed_at: int | None = None

    def __repr__(self) -> str:
        return f"KycSession({self.id}, {self.state})"


def after(state: State, step: Step) -> State:
    """The state that a step leads to.

    Raises:
        InvalidRequest: it leads nowhere from here.
    """
    following = EDGES.get((state, step))
    if following is None:
        raise InvalidRequest(f"the session is {state.value} already", remedy="Create another session.")
    return following
