"""What the vault does by itself: erase what is past its time, and change the key that wraps the others.

Both work in batches beside everything else that is written, and go on after a kill where they stood: what is
left to do is a question to the database.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from appliance.domain.credential import AuditEntry
from appliance.domain.retention import DAY, HOUR, ClockTrust
from appliance.store import box_settings
from appliance.store.database import Database
from appliance.store.transaction import Connection, Transaction
from appliance.store.vault import Rewrapped, Vault

LOG = logging.getLogger(__name__)
_CLOCK: Final = "vault.clock"
_ERASED_AT_ONCE: Final = 2048
"""Records of one commit: half a second of other callers' patience at most."""
_NAMED: Final = 128
"""Ids in one leaf; they have to fit in it."""
_REWRAPPED_AT_ONCE: Final = 512


class VaultUpkeep:
    """Purges and rotates. All methods block; each runs once at a time.

    Args:
        database: writes and reads.
        vault: that is looked after.
        uptime: seconds on a clock that never jumps.
    """

    def __init__(
        self, database: Database, vault: Vault, uptime: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._vault = vault
        self._uptime = uptime
        self._looked: float | None = None
        self._purging = threading.Lock()
        self._rotating = threading.Lock()

    def purge(self) -> int:
        """Erase every record past its time that is not held; returns how many.

        Where the clock jumped nothing is erased until it has gone right for a day; records past their time
        are not given to anybody meanwhile.
        """
        with self._purging:
            if not self._clock_is_believed():
                LOG.warning("the clock jumped by more than a day: nothing is erased for a day")
                return 0
            now, total = self._vault.now(), 0

            def erase(transaction: Transaction) -> int:
                gone = self._vault.erase_due(transaction, now, _ERASED_AT_ONCE)
                for tenant, identities in gone.items():
                    for entry in _leaves(tenant, identities):
                        transaction.audit(entry)
                return sum(map(len, gone.values()))

            while erased := self._database.write_blocking(erase, urgent=True):
                total += erased
            return total

    def believe_clock(self) -> None:
        """Take the clock as it is: a person has looked at it."""
        now = self._vault.now()

        def believe(transaction: Transaction) -> None:
            _put_trust(transaction, ClockTrust(now, now))
            transaction.audit(AuditEntry("box", "box", "vault.believe_clock"))

        self._database.write_blocking(believe, urgent=True)
        self._looked = self._uptime()

    def rotate_due(self, days: int, hours: int) -> bool:
        """Finish a rotation that was cut short, and begin one where the key in use is old enough.

        Args:
            days: age at which it is replaced.
            hours: age at which it is replaced where a record was erased under it, so that what SQLite may
                have left of that record's key opens nothing.

        Returns:
            Whether there was anything to do.
        """
        current = self._vault.wrapping.current
        sql = "SELECT created_at FROM vault_wrapping_key WHERE id = ?"
        row = self._database.read_blocking(lambda connection: connection.row(sql, (current,)))
        age = 0 if row is None else self._vault.now() - int(row[0])
        erased = self._database.read_blocking(self._vault.wrapping.has_erased)
        old = age >= (min(hours * HOUR, days * DAY) if erased else days * DAY)
        unfinished = self._database.read_blocking(self._vault.wrapping.older)
        if old:
            self.rotate()
        elif unfinished:
            self.finish_rotation()
        return bool(old or unfinished)

    def rotate(self, actor: str = "box") -> int:
        """Take a new wrapping key into use, wrap every record's key by it, destroy the old ones.

        Args:
            actor: who wants it, for the ledger.

        Returns:
            How many records' keys were wrapped anew.
        """
        with self._rotating:
            number = self._vault.wrapping.prepare()

            def begin(transaction: Transaction) -> None:
                self._vault.wrapping.begin(transaction, number, self._vault.now())
                transaction.audit(AuditEntry(actor, "box", "vault.rotate", details={"key": number}))

            self._database.write_blocking(begin)
            return self._finish()

    def finish_rotation(self) -> int:
        """Go on with a rotation where it was cut short; returns how many records' keys were left."""
        with self._rotating:
            return self._finish()

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Let no key be made or destroyed inside: a copy of database and key file then fit each other."""
        with self._rotating:
            yield

    def _finish(self) -> int:
        moved = 0
        while batch := self._database.read_blocking(self._batch):
            moved += self._database.write_blocking(partial(self._vault.store_rewrapped, made=batch))
        for number in self._database.read_blocking(self._vault.wrapping.older):
            self._retire(number)
        return moved

    def _batch(self, connection: Connection) -> list[Rewrapped]:
        return self._vault.rewrapped(connection, _REWRAPPED_AT_ONCE)

    def _retire(self, number: int) -> None:
        def retire(transaction: Transaction) -> bool:
            done = self._vault.wrapping.retire(transaction, number, self._vault.now())
            if done:
                entry = AuditEntry("box", "box", "vault.destroy_key", details={"key": number})
                transaction.audit(entry)
            return done

        if self._database.write_blocking(retire, urgent=True):
            self._vault.wrapping.destroy(number)

    def _clock_is_believed(self) -> bool:
        wall, uptime = self._vault.now(), self._uptime()
        passed = None if self._looked is None else uptime - self._looked
        known = self._database.read_blocking(_trust) or ClockTrust(wall, wall)
        looked = known.looked(wall, passed)
        self._database.write_blocking(lambda transaction: _put_trust(transaction, looked), urgent=True)
        self._looked = uptime
        return looked.believed


def _trust(connection: Connection) -> ClockTrust | None:
    text = box_settings.get(connection, _CLOCK)
    return None if text is None else ClockTrust(*json.loads(text))


def _put_trust(transaction: Transaction, trust: ClockTrust) -> None:
    box_settings.put(transaction, _CLOCK, json.dumps([trust.last, trust.believed_from]))


def _leaves(tenant: str, identities: Sequence[str]) -> Iterator[AuditEntry]:
    for start in range(0, len(identities), _NAMED):
        some = identities[start : start + _NAMED]
        details: dict[str, str | int | float | bool] = {"count": len(some), "records": ",".join(some)}
        yield AuditEntry("box", tenant, "vault.purge", details=details)
