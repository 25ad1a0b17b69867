"""Technicians: people who open the console. Passwords are kept as argon2id; guessing is slowed down.

Unlike an API secret a password may be chosen by a person, so its hash has to be expensive: 64 MiB and three
passes, about 0.1 s. Waiting times grow on a clock that never jumps and are kept in RAM: a restart forgives.
"""

import base64
import ipaddress
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeAlias

import nacl.pwhash
from nacl.exceptions import CryptoError

from appliance.domain.credential import AuditEntry
from appliance.errors import Conflict, InvalidRequest, NotFound, RateLimited, StorageFull, Unauthenticated
from appliance.store.database import Database
from appliance.store.transaction import Connection, Transaction

LOG = logging.getLogger(__name__)

FIRST = "technician"
"""Name of the technician that the first start makes."""

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
SHORTEST = 12
LONGEST = 200
FREE_ATTEMPTS = 5
"""Failures in a row before waiting begins."""
LONGEST_WAIT = 60.0
"""Seconds. Several people may share an address: none should be locked out for long."""
_PASSES = 3
_MEMORY = 64 * 1024 * 1024
_NOBODY = f"$argon2id$v=19$m=65536,t={_PASSES},p=1${'A' * 22}${'A' * 43}"
"""No password's hash: an unknown name costs the same time as a known one."""


Asking: TypeAlias = tuple[str, str]
"""Name that is tried, and the network that tries it."""


@dataclass(frozen=True, slots=True)
class Technician:
    """A person who may open the console."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """A technician in the list: the name, and the day of the last password as YYYY-MM-DD."""

    name: str
    changed_on: str


class Technicians:
    """Technicians of the box.

    Args:
        database: of the box.
        uptime: seconds on a clock that never jumps.
        random: source of ids and passwords.
    """

    def __init__(
        self,
        database: Database,
        *,
        uptime: Callable[[], float] = time.monotonic,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._database = database
        self._uptime = uptime
        self._random = random
        self.locked_out: list[Callable[[str], None]] = []
        """Called with a technician's id, on any thread, when the password was reset or the person removed."""
        self._failures: dict[Asking, tuple[int, float]] = {}
        self._one_hash = threading.Semaphore(2)  # 64 MiB each: guessing must not eat the box's memory

    def first_start(self) -> str | None:
        """Make the first technician where there is none; returns the password, which is known only now."""
        password = self._new_password()
        stored = _hash(password)

        def make(transaction: Transaction) -> str | None:
            if transaction.row("SELECT 1 FROM technician"):
                return None
            identity = f"tech_{self._random(8).hex()}"
            transaction.execute(
                "INSERT INTO technician (id, name, password, changed_at) VALUES (?, ?, ?, ?)",
                (identity, FIRST, stored, _today()),
            )
            transaction.audit(AuditEntry("box", "box", "technician.create", object=identity))
            return password

        if self._database.read_blocking(lambda connection: connection.row("SELECT 1 FROM technician")):
            return None
        return self._database.write_blocking(make)

    def create(self, name: str) -> str:
        """Make a technician of a person's own; returns the password, which is known only now.

        Raises:
            InvalidRequest: a name that is none. Conflict: there is one of that name.
        """
        if not NAME.fullmatch(name):
            raise InvalidRequest("a technician's name has 1 to 32 of a-z, 0-9, dot, dash and underscore")
        password = self._new_password()
        stored = _hash(password)

        def make(transaction: Transaction) -> None:
            if _find(transaction, name) is not None:
                raise Conflict("there is a technician of that name")
            identity = f"tech_{self._random(8).hex()}"
            transaction.execute(
                "INSERT INTO technician (id, name, password, changed_at) VALUES (?, ?, ?, ?)",
                (identity, name, stored, _today()),
            )
            transaction.audit(AuditEntry("box", "box", "technician.create", object=identity))

        self._database.write_blocking(make)
        return password

    def known(self) -> list[Known]:
        """Everybody who may open the console, by name."""
        sql = "SELECT name, changed_at FROM technician ORDER BY name"
        return [Known(*row) for row in self._database.read_blocking(lambda c: c.rows(sql))]

    def remove(self, name: str) -> None:
        """Let a technician in no more, and end the open sessions. Decisions keep the id of who took them.

        Raises:
            NotFound: no technician of that name. Conflict: the last one, without whom nobody gets in.
        """

        def forget(transaction: Transaction) -> str:
            found = _find(transaction, name)
            if found is None:
                raise NotFound("there is no technician of that name", remedy="See kycbox technician list.")
            identity = found[0].id
            if transaction.row("SELECT 1 FROM technician WHERE id <> ?", (identity,)) is None:
                raise Conflict(
                    "the last technician cannot be removed",
                    remedy="Add another one first: kycbox technician add.",
                )
            transaction.execute("DELETE FROM technician WHERE id = ?", (identity,))
            transaction.audit(AuditEntry("box", "box", "technician.remove", object=identity))
            return identity

        self._lock_out(self._database.write_blocking(forget, urgent=True))

    def named(self, identity: str) -> Technician:
        """Find a technician by id.

        Raises:
            NotFound: there is none.
        """
        sql = "SELECT id, name FROM technician WHERE id = ?"
        found = self._database.read_blocking(lambda connection: connection.row(sql, (identity,)))
        if found is None:
            raise NotFound("there is no such technician")
        return Technician(found[0], found[1])

    def login(self, name: str, password: str, source: str = "") -> Technician:
        """Check a password, with an audit leaf for yes and no. Blocks for about 0.1 s.

        Args:
            name: of the technician.
            password: as typed.
            source: network address that asks. Who guesses waits, and nobody else does: a stranger must not be
                able to keep the technician out.

        Raises:
            RateLimited: too many failures for this name from there; wait retry_after seconds.
            Unauthenticated: name or password is wrong; it does not say which.
        """
        asking = (name, network_of(source))
        self._refuse_haste(asking)
        found = self._database.read_blocking(lambda connection: _find(connection, name))
        technician, stored = found or (None, _NOBODY)
        right = self._matches(stored, password)
        if technician is None or not right:
            self._failed(asking)
            actor = technician.id if technician else "unknown"
            try:
                self._database.commit_blocking(
                    AuditEntry(actor, "box", "technician.login", Unauthenticated.code)
                )
            except StorageFull:  # strangers may not use up the ballast; the refusal stands all the same
                LOG.warning("a refused login is not in the ledger: the disk is full")
            raise Unauthenticated("name or password is wrong")
        self._failures.pop(asking, None)
        # urgent: on a full disk somebody has to get in
        entry = AuditEntry(technician.id, "box", "technician.login")
        self._database.commit_blocking(entry, partial(_require, technician.id, stored), urgent=True)
        return technician

    def change_password(self, technician: Technician, old: str, new: str) -> None:
        """Set another password. Blocks for about 0.2 s.

        Raises:
            RateLimited: too many failures.
            Unauthenticated: the old one is wrong.
            InvalidRequest: the new one is too short, too long, or the old one.
        """
        self.login(technician.name, old)
        if not SHORTEST <= len(new) <= LONGEST:
            raise InvalidRequest(f"a password has {SHORTEST} to {LONGEST} characters")
        if new == old:
            raise InvalidRequest("the new password is the old one")
        self._set(technician, new)

    def reset(self, name: str = FIRST) -> str:
        """Give a technician a new generated password; returns it. For whoever has a shell on the box.

        Raises:
            NotFound: no technician of that name.
        """
        found = self._database.read_blocking(lambda connection: _find(connection, name))
        if found is None:
            raise NotFound("there is no technician of that name")
        password = self._new_password()
        self._set(found[0], password)
        self._failures.clear()
        self._lock_out(found[0].id)
        return password

    def _lock_out(self, identity: str) -> None:
        for tell in self.locked_out:
            tell(identity)

    def _set(self, technician: Technician, password: str) -> None:
        stored = _hash(password)

        def change(transaction: Transaction) -> None:
            transaction.execute(
                "UPDATE technician SET password = ?, changed_at = ? WHERE id = ?",
                (stored, _today(), technician.id),
            )

        entry = AuditEntry(technician.id, "box", "technician.password", object=technician.id)
        self._database.commit_blocking(entry, change, urgent=True)

    def _refuse_haste(self, asking: Asking) -> None:
        _, until = self._failures.get(asking, (0, 0.0))
        wait = until - self._uptime()
        if wait > 0:
            raise RateLimited("too many wrong passwords", retry_after=wait)

    def _failed(self, asking: Asking) -> None:
        if len(self._failures) > 1000:  # names are the attacker's to choose, memory is ours
            self._failures.clear()
        count = self._failures.get(asking, (0, 0.0))[0] + 1
        wait = min(LONGEST_WAIT, 2.0 ** (count - FREE_ATTEMPTS)) if count >= FREE_ATTEMPTS else 0.0
        self._failures[asking] = (count, self._uptime() + wait)

    def _matches(self, stored: str, password: str) -> bool:
        with self._one_hash:
            try:
                return nacl.pwhash.verify(stored.encode("ascii"), password.encode("utf-8", "surrogatepass"))
            except CryptoError:
                return False

    def _new_password(self) -> str:
        letters = base64.b32encode(self._random(15)).decode("ascii").lower()
        return "-".join(letters[start : start + 6] for start in range(0, 24, 6))


def network_of(source: str) -> str:
    """What an address counts as: itself, or its /64, which one IPv6 host has all of. "" for no address."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False) if address.version == 6 else address)


def _hash(password: str) -> str:
    """Give the PHC string of argon2id; libsodium draws the salt."""
    encoded = password.encode("utf-8", "surrogatepass")
    return nacl.pwhash.argon2id.str(encoded, opslimit=_PASSES, memlimit=_MEMORY).decode("ascii")


def _find(connection: Connection, name: str) -> tuple[Technician, str] | None:
    found = connection.row("SELECT id, name, password FROM technician WHERE name = ?", (name,))
    return None if found is None else (Technician(found[0], found[1]), found[2])


def _require(identity: str, stored: str, transaction: Transaction) -> None:
    """Refuse whom a removal or a reset overtook while the password was checked."""
    if not transaction.row("SELECT 1 FROM technician WHERE id = ? AND password = ?", (identity, stored)):
        raise Unauthenticated("name or password is wrong")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
