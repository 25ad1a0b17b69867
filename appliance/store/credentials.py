"""API credentials: made, looked up on every call, given another secret, revoked.

A secret is 256 random bits, so a keyed hash is enough: there is nothing to guess that argon2 would slow down,
and a lookup has to cost microseconds. The hash is keyed with a key derived from the box key, so that a stolen
database alone cannot even confirm a secret. Live credentials are held in RAM; the transaction that changes
one changes the RAM copy before its caller hears of it, so a revocation holds from the next call on.
"""

import base64
import hashlib
import hmac
import math
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from appliance.domain.credential import AuditEntry, Principal
from appliance.errors import InvalidRequest, NotFound
from appliance.store.transaction import Connection, Transaction

APIS = ("recspace", "idlive", "deepidv", "apptenticate", "onboarder")
PLANS = ("sandbox", "starter", "scale", "enterprise")
SCOPES = frozenset(
    {"ocr", "face", "search", "mask", "unmask", "audit:read", "pii:raw", "sessions", "document_liveness"}
    | {"review"}
)
_PREFIXES = {"recspace": "rsk_live_", "deepidv": "sk_live_", "idlive": "id_", "onboarder": "ek_"}
_SANDBOX_PREFIXES = {"recspace": "rsk_test_", "deepidv": "sk_test_"}
GRACE_SECONDS = 86_400
"""How long a secret that was replaced is still good."""
_NEVER = math.inf
_PREFIX_BYTES = 8
"""Bytes of the keyed hash that find a credential; the whole hash is then compared in constant time."""


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A credential at the only moment its secret is known.

    Attributes:
        id: safe to show and log.
        api: the dialect it opens.
        secret: API key or password.
        username: of a dialect that logs in, else "".
    """

    id: str
    api: str
    secret: str
    username: str = ""

    def __repr__(self) -> str:
        return f"NewCredential({self.id}, {self.api})"


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential as it may be shown.

    Attributes:
        principal: who it stands for.
        name: what the technician called it.
        username: of a dialect that logs in, else "".
        created_at: RFC 3339, UTC.
        revoked_at: RFC 3339, UTC, or "".
        used_on: last day of use, ISO, or "".
    """

    principal: Principal
    name: str
    username: str
    created_at: str
    revoked_at: str
    used_on: str


class Credentials:
    """Every credential of the box.

    Args:
        pepper: 32-byte key of the hashes.
        today: the date in UTC, ISO.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        pepper: bytes,
        today: Callable[[], str] = lambda: datetime.now(UTC).date().isoformat(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._pepper = pepper
        self._today = today
        self._clock = clock
        self._until: dict[bytes, int] = {}
        self._live: dict[bytes, tuple[tuple[bytes, Principal], ...]] = {}
        self._by_id: dict[str, Principal] = {}
        self._used: dict[str, str] = {}
        self._unsaved: dict[str, str] = {}

    def load(self, connection: Connection) -> None:
        """Fill the RAM copy; once, at start."""
        self._live.clear()
        self._by_id.clear()
        sql = "SELECT hash, id, tenant, api, scopes, plan, used_on FROM credential WHERE revoked_at IS NULL"
        for digest, *fields, used_on in connection.rows(sql):
            principal = _principal(*fields)
            self._admit(bytes(digest), principal)
            self._used[principal.id] = used_on or ""
        self._until.clear()
        sql = "SELECT hash, credential, until FROM credential_predecessor"
        for digest, identity, until in connection.rows(sql):
            if (known := self._by_id.get(identity)) is not None:
                self._until[bytes(digest)] = int(until)
                self._admit(bytes(digest), known)

    def create(  # noqa: PLR0913  the fields of one form
        self,
        transaction: Transaction,
        api: str,
        name: str,
        plan: str = "enterprise",
        scopes: Iterable[str] = (),
        *,
        tenant: str = "",
        actor: str = "box",
        random: Callable[[int], bytes] = secrets.token_bytes,
        now: datetime | None = None,
    ) -> NewCredential:
        """Make a credential, with its audit leaf.

        Args:
            transaction: of the writer.
            api: dialect name.
            name: what people call it, 1 to 100 characters.
            plan: one of PLANS.
            scopes: what it may do; none means all of its dialect.
            tenant: an existing owner to share with; "" makes it a tenant of its own.
            actor: who makes it, for the ledger.
            random: source of id and secret.
            now: the time; None takes the clock.

        Raises:
            InvalidRequest: unknown dialect, plan or scope, or a bad name.
        """
        wanted = frozenset(scopes)
        _check(api, name, plan, wanted)
        identity = f"cred_{_letters(random(10))}"
        new = _secret(identity, api, plan, random)
        principal = Principal(identity, tenant or identity, api, wanted, plan)
        digest = self._digest(new.secret, new.username)
        transaction.execute(
            "INSERT INTO credential (id, api, tenant, name, plan, scopes, username, hash, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                identity,
                api,
                principal.tenant,
                name,
                plan,
                " ".join(sorted(wanted)),
                new.username or None,
                digest,
                _stamp(now),
            ),
        )
        details = {"api": api, "plan": plan, "scopes": " ".join(sorted(wanted))}
        transaction.audit(
            AuditEntry(actor, principal.tenant, "credential.create", object=identity, details=details)
        )
        transaction.on_commit(lambda: self._admit(digest, principal))
        return new

    def rotate(
        self,
        transaction: Transaction,
        identity: str,
        *,
        actor: str = "box",
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> NewCredential:
        """Give a credential another secret, with its audit leaf. The old one is good for a day more.

        Raises:
            NotFound: no live credential of that id.
        """
        sql = (
            "SELECT id, tenant, api, scopes, plan, hash, coalesce(username, '') FROM credential"
            " WHERE id = ? AND revoked_at IS NULL"
        )
        found = transaction.row(sql, (identity,))
        if found is None:
            raise NotFound(f"no live credential {identity}", remedy="See: kycbox key list")
        principal, old, username = _principal(*found[:5]), bytes(found[5]), str(found[6])
        drawn = _secret(identity, principal.api, principal.plan, random)
        new = replace(drawn, username=username)
        digest, until = self._digest(new.secret, username), int(self._clock()) + GRACE_SECONDS
        older = _predecessors(transaction, identity)
        transaction.execute("UPDATE credential SET hash = ? WHERE id = ?", (digest, identity))
        transaction.execute(
            "INSERT INTO credential_predecessor (credential, hash, until) VALUES (?, ?, ?)"
            " ON CONFLICT (credential) DO UPDATE SET hash = excluded.hash, until = excluded.until",
            (identity, old, until),
        )
        transaction.audit(AuditEntry(actor, principal.tenant, "credential.rotate", object=identity))

        def swap() -> None:
            self._dismiss(older, identity)
            self._until[old] = until
            self._admit(digest, principal)

        transaction.on_commit(swap)
        return new

    def revoke(
        self, transaction: Transaction, identity: str, *, actor: str = "box", now: datetime | None = None
    ) -> None:
        """End a credential for good, with its audit leaf. Refused from the next call on.

        Raises:
            NotFound: no live credential of that id.
        """
        found = transaction.row(
            "SELECT hash, tenant FROM credential WHERE id = ? AND revoked_at IS NULL", (identity,)
        )
        if found is None:
            raise NotFound(f"no live credential {identity}", remedy="See: kycbox key list")
        digests, tenant = [bytes(found[0]), *_predecessors(transaction, identity)], str(found[1])
        transaction.execute("DELETE FROM credential_predecessor WHERE credential = ?", (identity,))
        transaction.execute("UPDATE credential SET revoked_at = ? WHERE id = ?", (_stamp(now), identity))
        transaction.audit(AuditEntry(actor, tenant, "credential.revoke", object=identity))
        transaction.on_commit(lambda: self._dismiss(digests, identity))

    def change(  # noqa: PLR0913 - the fields of one form
        self,
        transaction: Transaction,
        identity: str,
        *,
        name: str | None = None,
        plan: str | None = None,
        scopes: Iterable[str] | None = None,
        actor: str = "box",
    ) -> None:
        """Give a credential another name, plan or scopes (None leaves one as it is), with its audit leaf.

        Raises:
            NotFound: no live credential of that id. InvalidRequest: unknown plan or scope, or a bad name.
        """
        found = transaction.row(
            "SELECT hash, id, tenant, api, scopes, plan, name FROM credential"
            " WHERE id = ? AND revoked_at IS NULL",
            (identity,),
        )
        if found is None:
            raise NotFound(f"no live credential {identity}", remedy="See: kycbox key list")
        digests = [bytes(found[0]), *_predecessors(transaction, identity)]
        known, called = _principal(*found[1:6]), str(found[6])
        wanted = known.scopes if scopes is None else frozenset(scopes)
        changed = replace(known, scopes=wanted, plan=known.plan if plan is None else plan)
        called = called if name is None else name
        _check(known.api, called, changed.plan, wanted)
        spelled = " ".join(sorted(wanted))
        transaction.execute(
            "UPDATE credential SET name = ?, plan = ?, scopes = ? WHERE id = ?",
            (called, changed.plan, spelled, identity),
        )
        details = {"plan": changed.plan, "scopes": spelled}
        transaction.audit(
            AuditEntry(actor, known.tenant, "credential.change", object=identity, details=details)
        )
        transaction.on_commit(lambda: self._replace(digests, changed))

    def apis(self) -> frozenset[str]:
        """Dialects that somebody has a live credential for."""
        return frozenset(principal.api for known in self._live.values() for _, principal in known)

    def list(self, connection: Connection) -> list[Credential]:
        """All credentials, revoked ones too, oldest first. Secrets are not known any more."""
        sql = (
            "SELECT id, tenant, api, scopes, plan, name, coalesce(username, ''), created_at,"
            " coalesce(revoked_at, ''), coalesce(used_on, '') FROM credential ORDER BY created_at, id"
        )
        return [
            Credential(
                _principal(*row[:5]), row[5], row[6], row[7], row[8], self._unsaved.get(row[0]) or str(row[9])
            )
            for row in connection.rows(sql)
        ]

    def authenticate(self, secret: str, api: str) -> Principal | None:
        """Find who an API key stands for; None where it is unknown, revoked or of another dialect.

        Costs a few microseconds and touches no disk.
        """
        return self._find(self._digest(secret, ""), api)

    def authenticate_account(self, username: str, password: str, api: str) -> Principal | None:
        """Find who a user name and password stand for, as `authenticate` does.

        Both go into one hash, so a wrong name takes as long as a wrong password.
        """
        return self._find(self._digest(password, username), api)

    def live(self, identity: str, api: str) -> Principal | None:
        """Find a credential by its id; None where it is unknown, revoked or of another dialect."""
        found = self._by_id.get(identity)
        return self._note_use(found) if found is not None and found.api == api else None

    def save_use(self, transaction: Transaction) -> None:
        """Write the days of last use that are new; a tick of the writer does it."""
        fresh = dict(self._unsaved)
        for identity, day in fresh.items():
            transaction.execute("UPDATE credential SET used_on = ? WHERE id = ?", (day, identity))
        transaction.on_commit(lambda: self._saved(fresh))

    # -- the RAM copy: replaced as a whole per key, so that readers in other threads need no lock ------

    def _find(self, digest: bytes, api: str) -> Principal | None:
        found = None
        for known, principal in self._live.get(digest[:_PREFIX_BYTES], ()):
            if hmac.compare_digest(known, digest) and self._until.get(known, _NEVER) > self._clock():
                found = principal
        return self._note_use(found) if found is not None and found.api == api else None

    def _note_use(self, found: Principal) -> Principal:
        today = self._today()
        if self._used.get(found.id) != today:
            self._used[found.id] = self._unsaved[found.id] = today
        return found

    def _admit(self, digest: bytes, principal: Principal) -> None:
        prefix = digest[:_PREFIX_BYTES]
        self._live[prefix] = (*self._live.get(prefix, ()), (digest, principal))
        self._by_id[principal.id] = principal

    def _replace(self, digests: Iterable[bytes], principal: Principal) -> None:
        for digest in digests:
            prefix = digest[:_PREFIX_BYTES]
            self._live[prefix] = tuple(
                (known, principal if known == digest else kept) for known, kept in self._live[prefix]
            )
        self._by_id[principal.id] = principal

    def _dismiss(self, digests: Iterable[bytes], identity: str) -> None:
        self._by_id.pop(identity, None)
        for digest in digests:
            self._until.pop(digest, None)
            prefix = digest[:_PREFIX_BYTES]
            left = tuple(pair for pair in self._live.get(prefix, ()) if pair[0] != digest)
            if left:
                self._live[prefix] = left
            else:
                self._live.pop(prefix, None)

    def _saved(self, fresh: dict[str, str]) -> None:
        for identity, day in fresh.items():
            if self._unsaved.get(identity) == day:
                del self._unsaved[identity]

    def _digest(self, secret: str, username: str) -> bytes:
        message = (
            username.encode("utf-8", "surrogatepass") + b"\x00" + secret.encode("utf-8", "surrogatepass")
        )
        return hashlib.blake2b(message, key=self._pepper, digest_size=32).digest()


def _predecessors(connection: Connection, identity: str) -> list[bytes]:
    """Hashes of a credential's secrets that were replaced."""
    sql = "SELECT hash FROM credential_predecessor WHERE credential = ?"
    return [bytes(row[0]) for row in connection.rows(sql, (identity,))]


def _check(api: str, name: str, plan: str, scopes: frozenset[str]) -> None:
    if api not in APIS:
        raise InvalidRequest(f"unknown dialect {api!r}", remedy=f"One of: {', '.join(APIS)}.")
    if plan not in PLANS:
        raise InvalidRequest(f"unknown plan {plan!r}", remedy=f"One of: {', '.join(PLANS)}.")
    if unknown := sorted(scopes - SCOPES):
        raise InvalidRequest(f"unknown scope {unknown[0]!r}", remedy=f"One of: {', '.join(sorted(SCOPES))}.")
    if not 1 <= len(name) <= 100 or not name.isprintable() or name != name.strip():
        reason = "a credential's name has 1 to 100 printable characters and no blank at its ends"
        raise InvalidRequest(reason)


def _secret(identity: str, api: str, plan: str, random: Callable[[int], bytes]) -> NewCredential:
    drawn = _letters(random(32))
    if api == "apptenticate":
        return NewCredential(identity, api, drawn, username=f"kyc-{_letters(random(5))}")
    prefixes = _SANDBOX_PREFIXES if plan == "sandbox" else {}
    return NewCredential(identity, api, prefixes.get(api, _PREFIXES[api]) + drawn)


def _letters(data: bytes) -> str:
    """Spell bytes in lower-case base32: one double click selects it, no letter looks like a digit."""
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def _stamp(now: datetime | None) -> str:
    return (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _principal(identity: str, tenant: str, api: str, scopes: str, plan: str) -> Principal:
    return Principal(identity, tenant, api, frozenset(scopes.split()), plan)
