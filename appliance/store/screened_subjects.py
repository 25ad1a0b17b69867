"""Which customers were looked at under which lists, and of whom on them somebody was told, sealed."""

import secrets
from collections.abc import Callable, Iterable

import msgspec

from appliance.store.database import Database
from appliance.store.keys import Keyring, seal, unseal
from appliance.store.transaction import Transaction


class ScreenedSubjects:
    """Remembers who was screened. Thread-safe.

    Args:
        database: of the box.
        keys: of the box.
        random: source of nonces.
    """

    def __init__(
        self,
        database: Database,
        keys: Keyring,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._database = database
        self._key = keys.screening
        self._random = random

    def under(self, lists: str) -> set[str]:
        """Everybody who was screened under a set of lists, named by its fingerprint."""
        rows = self._database.read_blocking(
            lambda connection: connection.rows(
                "SELECT subject FROM screening_subject WHERE lists = ?", (lists,)
            )
        )
        return {str(row[0]) for row in rows}

    def note(self, subjects: Iterable[str], lists: str) -> None:
        """Remember that these were screened under a set of lists."""
        given = list(subjects)

        def effect(transaction: Transaction) -> None:
            for subject in given:
                transaction.execute(
                    "INSERT INTO screening_subject (subject, lists) VALUES (?, ?)"
                    " ON CONFLICT (subject) DO UPDATE SET lists = excluded.lists",
                    (subject, lists),
                )

        if given:
            self._database.write_blocking(effect)

    def told(self, subject: str) -> frozenset[str]:
        """Whom of the lists somebody was told of for a customer.

        Raises:
            StorageFailed: the row was changed on disk.
        """
        row = self._database.read_blocking(
            lambda connection: connection.row(
                "SELECT told FROM screening_subject WHERE subject = ?", (subject,)
            )
        )
        if row is None or row[0] is None:
            return frozenset()
        plain = unseal(self._key, row[0], _bound(subject))
        return frozenset(msgspec.json.decode(plain, type=list[str]))

    def note_told(self, subject: str, lists: str, entities: Iterable[str]) -> None:
        """Remember that a customer was screened, and whom of the lists somebody was told of by now."""
        plain = msgspec.json.encode(sorted(entities))
        sealed = seal(self._key, plain, _bound(subject), self._random)
        self._database.write_blocking(
            lambda transaction: transaction.execute(
                "INSERT INTO screening_subject (subject, lists, told) VALUES (?, ?, ?)"
                " ON CONFLICT (subject) DO UPDATE SET lists = excluded.lists, told = excluded.told",
                (subject, lists, sealed),
            )
        )

    def forget(self, lists: str) -> None:
        """Forget everybody who was not screened under a set of lists: after a whole round they are gone."""
        self._database.write_blocking(
            lambda transaction: transaction.execute(
                "DELETE FROM screening_subject WHERE lists != ?", (lists,)
            )
        )


def _bound(subject: str) -> bytes:
    return b"screened " + subject.encode()
