"""Sessions of customers' checks: what names a person is sealed, the rest is codes and times."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from appliance.domain.kyc_session import HOURS, KycSession, State, Step, after
from appliance.errors import NotFound
from appliance.store.keys import seal, unseal
from appliance.store.transaction import Connection, Row, Transaction

_COLUMNS: Final = (
    "id, tenant, sealed, state, result, confidence, reason, created_at, expires_at, completed_at"
)
KEPT_DAYS: Final = 90
"""After its end a session is known for so long."""


class KycSessions:
    """The table.

    Args:
        key: seals, 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def create(  # noqa: PLR0913, PLR0917 - the fields of one row
        self,
        transaction: Transaction,
        tenant: str,
        customer_id: str,
        metadata: Mapping[str, Any],
        now: int,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> KycSession:
        """Write a new session."""
        identity = f"kyc_{random(12).hex().upper()}"
        session = KycSession(identity, customer_id, metadata, State.CREATED, now, now + HOURS * 3600)
        plain = msgspec.json.encode({"customer_id": customer_id, "metadata": metadata})
        sealed = seal(self._key, plain, _context(tenant, identity))
        transaction.execute(
            "INSERT INTO kyc_session (id, tenant, sealed, state, created_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (identity, tenant, sealed, session.state.value, now, session.expires_at),
        )
        return session

    def get(self, connection: Connection, tenant: str, identity: str) -> KycSession:
        """Find a session of a tenant.

        Raises:
            NotFound: it has none of that id.
        """
        row = connection.row(
            f"SELECT {_COLUMNS} FROM kyc_session WHERE id = ? AND tenant = ?",  # noqa: S608 - a constant
            (identity, tenant),
        )
        if row is None:
            raise NotFound("there is no such session", remedy="Create it first.")
        return self._session(row)

    def due(self, connection: Connection, now: int, most: int = 100) -> list[tuple[str, KycSession]]:
        """Sessions whose time is over without a decision, with their tenants."""
        rows = connection.rows(
            f"SELECT {_COLUMNS} FROM kyc_session WHERE state = 'created' AND expires_at <= ?"  # noqa: S608
            " ORDER BY expires_at LIMIT ?",
            (now, most),
        )
        return [(str(row[1]), self._session(row)) for row in rows]

    def end(  # noqa: PLR0913 - the fields of one decision
        self,
        transaction: Transaction,
        tenant: str,
        identity: str,
        step: Step,
        *,
        confidence: float,
        reason: str,
        now: int,
    ) -> KycSession:
        """Take the step that ends a session.

        Raises:
            NotFound: no such session. InvalidRequest: it has ended already.
        """
        session = self.get(transaction, tenant, identity)
        state = after(session.state, step)
        result = "verified" if state is State.COMPLETED else "rejected"
        transaction.execute(
            "UPDATE kyc_session SET state = ?, result = ?, confidence = ?, reason = ?, completed_at = ?"
            " WHERE id = ? AND tenant = ?",
            (state.value, result, confidence, reason, now, identity, tenant),
        )
        return replace(
            session, state=state, result=result, confidence=confidence, reason=reason, completed_at=now
        )

    @staticmethod
    def forget(transaction: Transaction, now: int) -> int:
        """Delete sessions that ended long ago; returns how many."""
        return transaction.execute(
            "DELETE FROM kyc_session WHERE completed_at < ?", (now - KEPT_DAYS * 86_400,)
        )

    def _session(self, row: Row) -> KycSession:
        identity, tenant = str(row[0]), str(row[1])
        plain = msgspec.json.decode(unseal(self._key, bytes(row[2]), _context(tenant, identity)))
        return KycSession(
            id=identity,
            customer_id=plain["customer_id"],
            metadata=plain["metadata"],
            state=State(row[3]),
            created_at=int(row[7]),
            expires_at=int(row[8]),
            result=str(row[4]),
            confidence=None if row[5] is None else float(row[5]),
            reason=str(row[6]),
            completed_at=None if row[9] is None else int(row[9]),
        )


def _context(tenant: str, identity: str) -> bytes:
    return f"kyc session {tenant} {identity}".encode()
