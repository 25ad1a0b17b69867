"""Sessions of video-based identification: what is known is sealed, beside it stand states and times."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from appliance.domain.vcip import HOURS, Facts, State, Step, after
from appliance.errors import NotFound
from appliance.store.keys import seal, unseal
from appliance.store.transaction import Connection, Row, Transaction

PREFIX: Final = "vcip_"
KEPT_DAYS: Final = 90
"""After its end a session is known for so long; its record stays in the vault."""
_COLUMNS: Final = "id, tenant, opened_by, state, sealed, created_at, expires_at, ended_at"
_OVER: Final = frozenset({State.RECORDED, State.AUDITED, State.ABORTED})


@dataclass(frozen=True, slots=True)
class VcipSession:
    """One session.

    Attributes:
        id: `vcip_...`.
        tenant: owner.
        opened_by: credential that opened it.
        state: where it stands.
        facts: what is known.
        created_at, expires_at, ended_at: seconds since 1970; `ended_at` is None while it is under way.
    """

    id: str
    tenant: str
    opened_by: str
    state: State
    facts: Facts
    created_at: int
    expires_at: int
    ended_at: int | None = None


class VcipSessions:
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
        opened_by: str,
        facts: Facts,
        now: int,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> VcipSession:
        """Write a new session."""
        identity = PREFIX + random(12).hex().upper()
        made = VcipSession(identity, tenant, opened_by, State.CREATED, facts, now, now + HOURS * 3600)
        transaction.execute(
            "INSERT INTO vcip_session (id, tenant, opened_by, state, sealed, created_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (identity, tenant, opened_by, made.state.value, self._sealed(made), now, made.expires_at),
        )
        return made

    def get(self, connection: Connection, tenant: str, identity: str) -> VcipSession:
        """Find a session of a tenant.

        Raises:
            NotFound: it has none of that id.
        """
        row = connection.row(
            f"SELECT {_COLUMNS} FROM vcip_session WHERE id = ? AND tenant = ?",  # noqa: S608 - a constant
            (identity, tenant),
        )
        if row is None:
            raise NotFound("there is no such session", remedy="Create it first.")
        return self._session(row)

    def take(  # noqa: PLR0913, PLR0917 - one step of one session
        self,
        transaction: Transaction,
        tenant: str,
        identity: str,
        step: Step,
        change: Callable[[VcipSession], Facts],
        now: int,
    ) -> VcipSession:
        """Take a step.

        Raises:
            NotFound: no such session. InvalidRequest: the step leads nowhere, or what `change` raises.
        """
        session = self.get(transaction, tenant, identity)
        state = after(session.state, step)
        ended = now if state in _OVER and session.ended_at is None else session.ended_at
        taken = replace(session, state=state, facts=change(session), ended_at=ended)
        transaction.execute(
            "UPDATE vcip_session SET state = ?, sealed = ?, ended_at = ? WHERE id = ? AND tenant = ?",
            (state.value, self._sealed(taken), ended, identity, tenant),
        )
        return taken

    @staticmethod
    def due(connection: Connection, now: int, most: int = 100) -> list[tuple[str, str]]:
        """Tenant and id of sessions whose time is over and that are still under way."""
        rows = connection.rows(
            "SELECT tenant, id FROM vcip_session WHERE ended_at IS NULL AND expires_at <= ?"
            " ORDER BY expires_at LIMIT ?",
            (now, most),
        )
        return [(str(tenant), str(identity)) for tenant, identity in rows]

    @staticmethod
    def forget(transaction: Transaction, now: int) -> int:
        """Delete sessions that ended long ago; returns how many."""
        return transaction.execute("DELETE FROM vcip_session WHERE ended_at < ?", (now - KEPT_DAYS * 86_400,))

    def _sealed(self, session: VcipSession) -> bytes:
        return seal(self._key, msgspec.json.encode(session.facts), _context(session.tenant, session.id))

    def _session(self, row: Row) -> VcipSession:
        identity, tenant, opened_by, state, sealed, created, expires, ended = row
        plain = unseal(self._key, bytes(sealed), _context(tenant, identity))
        facts = msgspec.json.decode(plain, type=Facts)
        return VcipSession(identity, tenant, opened_by, State(state), facts, created, expires, ended)


def _context(tenant: str, identity: str) -> bytes:
    return f"vcip session {tenant} {identity}".encode()
