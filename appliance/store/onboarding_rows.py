"""Rows of applicants' sessions: found, opened, sealed. What is in clear is ids, states and times.

The steps that change a session are in `onboarding`, on top of this.
"""

import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import msgspec
import numpy as np

from appliance.domain.challenge import Challenge
from appliance.domain.face import Template
from appliance.domain.onboarding import (
    HOURS,
    DocumentFacts,
    LivenessFacts,
    OnboardingSession,
    Outcome,
    SelfieFacts,
    State,
    Tries,
)
from appliance.errors import NotFound
from appliance.store.keys import Keyring, seal, unseal
from appliance.store.transaction import Connection, Row, Transaction

PICTURES: Final = ("document", "selfie", "frame")
"""Kinds that may be kept, one of each per session."""
_COLUMNS: Final = "seq, id, tenant, state, sealed, created_at, expires_at, completed_at"
_SELECT: Final = f"SELECT {_COLUMNS} FROM onboarding_session"  # noqa: S608  constants


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a partner says when it creates a session."""

    external_user_id: str
    webhook_url: str = ""
    redirect_url: str = ""
    metadata: Mapping[str, Any] | None = None


def new_identity(random: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Draw the id of a session: a random UUID."""
    return str(uuid.UUID(bytes=random(16), version=4))


class _Sealed(msgspec.Struct, frozen=True):
    """What stands in the sealed column."""

    external_user_id: str
    webhook_url: str
    redirect_url: str
    metadata: dict[str, Any]
    document: DocumentFacts | None
    selfie: SelfieFacts | None
    liveness: LivenessFacts | None
    challenge: Challenge | None
    outcome: Outcome | None
    tries: Tries


class OnboardingRows:
    """The tables.

    Args:
        keys: seal.
    """

    def __init__(self, keys: Keyring) -> None:
        self._keys, self._key = keys, keys.onboarding

    # -- making and finding --------------------------------------------------------------------------

    def create(
        self, transaction: Transaction, tenant: str, identity: str, wanted: Wanted, now: int
    ) -> OnboardingSession:
        """Write a new session under an id that `new_identity` drew."""
        session = OnboardingSession(
            id=identity,
            tenant=tenant,
            external_user_id=wanted.external_user_id,
            state=State.PENDING,
            created_at=now,
            expires_at=now + HOURS * 3600,
            webhook_url=wanted.webhook_url,
            redirect_url=wanted.redirect_url,
            metadata=dict(wanted.metadata or {}),
        )
        transaction.execute(
            "INSERT INTO onboarding_session (id, tenant, user, state, sealed, created_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                identity,
                tenant,
                self._user(tenant, wanted.external_user_id),
                session.state.value,
                self._sealed(session),
                now,
                session.expires_at,
            ),
        )
        return session

    def get(self, connection: Connection, tenant: str, identity: str) -> OnboardingSession:
        """Find a session of a tenant.

        Raises:
            NotFound: it has none of that id.
        """
        return self._session(self._row(connection, tenant, identity))

    def anywhere(self, connection: Connection, identity: str) -> OnboardingSession:
        """Find a session of whatever tenant, for an applicant who was given its address, or an officer.

        Raises:
            NotFound: there is none of that id.
        """
        row = connection.row(f"{_SELECT} WHERE id = ?", (identity,))
        if row is None:
            raise NotFound("session not found")
        return self._session(row)

    def page(  # noqa: PLR0913 - the filters of one list
        self,
        connection: Connection,
        tenant: str = "",
        *,
        state: State | None = None,
        user: str = "",
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[OnboardingSession], int]:
        """Sessions newest first, and how many there are in all.

        Args:
            connection: to read by.
            tenant: whose; "" is everybody's, for officers.
            state: only those in it.
            user: only those of this external user, of one tenant.
            limit: at most so many.
            offset: leave out so many of the newest.
        """
        terms: dict[str, object] = {}
        if tenant:
            terms["tenant"] = tenant
        if state is not None:
            terms["state"] = state.value
        if user:
            terms["user"] = self._user(tenant, user)
        where = f" WHERE {' AND '.join(f'{name} = :{name}' for name in terms)}" if terms else ""
        counted = connection.row(f"SELECT count(*) FROM onboarding_session{where}", terms)  # noqa: S608  constants
        rows = connection.rows(
            f"{_SELECT}{where} ORDER BY seq DESC LIMIT :limit OFFSET :offset",
            {**terms, "limit": limit, "offset": offset},
        )
        return [self._session(row) for row in rows], int(counted[0]) if counted else 0

    def due(self, connection: Connection, now: int, most: int = 100) -> list[OnboardingSession]:
        """Sessions whose time is over."""
        rows = connection.rows(
            f"{_SELECT} WHERE state IN ('pending', 'in_progress') AND expires_at <= ?"
            " ORDER BY expires_at LIMIT ?",
            (now, most),
        )
        return [self._session(row) for row in rows]

    # -- what is kept beside the facts ---------------------------------------------------------------

    def portraits(self, connection: Connection, tenant: str, identity: str) -> list[Template]:
        """Faces of the document, while the session is open or in review."""
        return self._faces(connection, tenant, identity, "portraits")

    def face(self, connection: Connection, tenant: str, identity: str) -> Template | None:
        """Face of the selfie, while the session is open or in review."""
        found = self._faces(connection, tenant, identity, "face")
        return found[0] if found else None

    def keep_picture(
        self, transaction: Transaction, tenant: str, identity: str, kind: str, picture: bytes
    ) -> None:
        """Keep a picture for the officer, in place of an earlier one of its kind, under a key of its own.

        Raises:
            NotFound: no such session.
        """
        seq = int(self._row(transaction, tenant, identity)[0])
        wrapped, sealed = self._keys.seal_blob(picture, _context(identity, kind))
        transaction.execute(
            "INSERT INTO onboarding_picture (session, kind, wrapped, sealed) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (session, kind) DO UPDATE SET wrapped = excluded.wrapped, sealed = excluded.sealed",
            (seq, kind, wrapped, sealed),
        )

    def drop_pictures(self, transaction: Transaction, identity: str, *kinds: str) -> None:
        """Erase pictures of a session that another document or selfie has put out of date."""
        for kind in kinds:
            transaction.execute(
                "DELETE FROM onboarding_picture WHERE kind = ?"
                " AND session = (SELECT seq FROM onboarding_session WHERE id = ?)",
                (kind, identity),
            )

    def picture(self, connection: Connection, tenant: str, identity: str, kind: str) -> bytes:
        """A kept picture, JPEG.

        Raises:
            NotFound: no such session, or none of that kind is kept.
        """
        seq = int(self._row(connection, tenant, identity)[0])
        row = connection.row(
            "SELECT wrapped, sealed FROM onboarding_picture WHERE session = ? AND kind = ?", (seq, kind)
        )
        if row is None:
            raise NotFound("no such picture is kept")
        return self._keys.open_blob(bytes(row[0]), bytes(row[1]), _context(identity, kind))

    @staticmethod
    def pictures(connection: Connection, identity: str) -> tuple[str, ...]:
        """Kinds of the pictures that are kept of a session."""
        rows = connection.rows(
            "SELECT kind FROM onboarding_picture"
            " WHERE session = (SELECT seq FROM onboarding_session WHERE id = ?) ORDER BY kind",
            (identity,),
        )
        return tuple(str(row[0]) for row in rows)

    @staticmethod
    def forget(transaction: Transaction, before: int, most: int = 1000) -> int:
        """Erase sessions that ended before a time, beyond recovery from disk; returns how many."""
        gone = transaction.execute(
            "DELETE FROM onboarding_session WHERE seq IN (SELECT seq FROM onboarding_session"
            " WHERE state IN ('approved', 'rejected', 'expired') AND completed_at < ? LIMIT ?)",
            (before, most),
        )
        if gone:
            transaction.shred()
        return gone

    # -- rows ----------------------------------------------------------------------------------------

    def _row(self, connection: Connection, tenant: str, identity: str) -> Row:
        row = connection.row(f"{_SELECT} WHERE id = ? AND tenant = ?", (identity, tenant))
        if row is None:
            raise NotFound("session not found")
        return row

    def _put(self, transaction: Transaction, session: OnboardingSession) -> None:
        transaction.execute(
            "UPDATE onboarding_session SET state = ?, sealed = ?, completed_at = ? WHERE id = ?",
            (session.state.value, self._sealed(session), session.completed_at, session.id),
        )

    def _sealed(self, session: OnboardingSession) -> bytes:
        plain = _Sealed(**{name: getattr(session, name) for name in _Sealed.__struct_fields__})
        return seal(self._key, msgspec.json.encode(plain), _context(session.id, session.tenant))

    def _session(self, row: Row) -> OnboardingSession:
        _, identity, tenant, state, sealed, created, expires, completed = row
        plain = msgspec.json.decode(
            unseal(self._key, bytes(sealed), _context(identity, tenant)), type=_Sealed
        )
        return OnboardingSession(
            id=identity,
            tenant=tenant,
            state=State(state),
            created_at=created,
            expires_at=expires,
            completed_at=completed,
            **{name: getattr(plain, name) for name in _Sealed.__struct_fields__},
        )

    def _templates(self, faces: Sequence[Template], identity: str, column: str) -> bytes:
        plain = [(one.model, np.asarray(one.vector, "<f4").tobytes()) for one in faces]
        return seal(self._key, msgspec.msgpack.encode(plain), _context(identity, column))

    def _faces(self, connection: Connection, tenant: str, identity: str, column: str) -> list[Template]:
        row = connection.row(
            f"SELECT {column} FROM onboarding_session WHERE id = ? AND tenant = ?",  # noqa: S608  a constant
            (identity, tenant),
        )
        if row is None or row[0] is None:
            return []
        plain = unseal(self._key, bytes(row[0]), _context(identity, column))
        found = msgspec.msgpack.decode(plain, type=list[tuple[str, bytes]])
        return [Template(model, np.frombuffer(vector, "<f4").astype(np.float32)) for model, vector in found]

    def _user(self, tenant: str, external: str) -> bytes:
        message = f"{tenant}\0{external}".encode("utf-8", "surrogatepass")
        return blake2b(message, key=self._key, person=b"onboarding user", digest_size=16).digest()


def _context(identity: str, what: str) -> bytes:
    return f"onboarding {identity} {what}".encode()
