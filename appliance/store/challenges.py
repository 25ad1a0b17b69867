"""Challenges that wait for frames: each is used once, by the session that asked for it, in its time."""

from typing import Final

from appliance.domain.challenge import Action, Challenge
from appliance.errors import InvalidRequest, RateLimited
from appliance.store.transaction import Connection, Row, Transaction

MOST_PER_SESSION: Final = 10
"""Challenges of one session: who may ask without end waits for the one that a recording answers."""
KEPT_SECONDS: Final = 86_400
"""After its time a challenge is known for so long, so that the count of a session holds."""
_COLUMNS: Final = "id, session, actions, made, seconds, used"


def add(transaction: Transaction, challenge: Challenge, most: int = MOST_PER_SESSION) -> None:
    """Write a new challenge. Earlier ones of the session can no longer be answered.

    Raises:
        RateLimited: the session has had as many as it may.
    """
    if issued(transaction, challenge.session) >= most:
        raise RateLimited(
            "the session has had too many challenges", remedy="Create another session and try again."
        )
    transaction.execute(
        "UPDATE liveness_challenge SET used = 1 WHERE session = ? AND used = 0", (challenge.session,)
    )
    transaction.execute(
        f"INSERT INTO liveness_challenge ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
        (
            challenge.identity,
            challenge.session,
            ",".join(challenge.actions),
            challenge.made,
            challenge.seconds,
            int(challenge.used),
        ),
    )


def use(transaction: Transaction, session: str, identity: str, now: int) -> Challenge:
    """Take a challenge for the frames that came for it. It is used up, whatever they show.

    Two calls with the same challenge cannot both have it: transactions run one after the other.

    Args:
        transaction: of the writer.
        session: id of the session that sends the frames.
        identity: of the challenge.
        now: seconds since 1970.

    Raises:
        InvalidRequest: no open challenge of this session has that id: unknown, another session's, used,
            replaced by a newer one, or its time is over. Which of them is not told.
    """
    changed = transaction.execute(
        "UPDATE liveness_challenge SET used = 1 WHERE id = ? AND session = ? AND used = 0"
        " AND made <= ? AND made + seconds >= ?",
        (identity, session, now, now),
    )
    row = transaction.row(
        f"SELECT {_COLUMNS} FROM liveness_challenge WHERE id = ? AND session = ?",  # noqa: S608 - a constant
        (identity, session),
    )
    if changed != 1 or row is None:
        raise InvalidRequest(
            "the challenge is not open: used, out of time, or not of this session",
            remedy="Get a new challenge and answer it within its time.",
        )
    return _challenge(row)


def issued(connection: Connection, session: str) -> int:
    """How many challenges a session has had."""
    row = connection.row("SELECT count(*) FROM liveness_challenge WHERE session = ?", (session,))
    return 0 if row is None else int(row[0])


def forget(transaction: Transaction, now: int) -> int:
    """Delete challenges whose time was over a day ago; returns how many."""
    return transaction.execute(
        "DELETE FROM liveness_challenge WHERE made + seconds < ?", (now - KEPT_SECONDS,)
    )


def _challenge(row: Row) -> Challenge:
    return Challenge(
        identity=str(row[0]),
        session=str(row[1]),
        actions=tuple(Action(word) for word in str(row[2]).split(",")),
        made=int(row[3]),
        seconds=int(row[4]),
        used=bool(row[5]),
    )
