"""First approvals that wait for a second officer: at most one per session."""

from dataclasses import dataclass

from appliance.store.transaction import Connection, Transaction


@dataclass(frozen=True, slots=True)
class FirstApproval:
    """Who approved first, and when, seconds since 1970."""

    officer: str
    at: int


def find(connection: Connection, session: str) -> FirstApproval | None:
    """The approval that waits, or None."""
    row = connection.row("SELECT officer, made_at FROM review_approval WHERE session = ?", (session,))
    return None if row is None else FirstApproval(str(row[0]), int(row[1]))


def put(transaction: Transaction, session: str, approval: FirstApproval) -> None:
    """Keep a first approval; there must be none yet."""
    transaction.execute(
        "INSERT INTO review_approval (session, officer, made_at) VALUES (?, ?, ?)",
        (session, approval.officer, approval.at),
    )


def drop(transaction: Transaction, session: str) -> None:
    """Forget it: the case is decided."""
    transaction.execute("DELETE FROM review_approval WHERE session = ?", (session,))
