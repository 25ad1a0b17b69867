"""Which customers were looked at under which lists: ids and versions, nothing of what was found."""

from collections.abc import Iterable

from appliance.store.database import Database
from appliance.store.transaction import Transaction


class ScreenedSubjects:
    """Remembers who was screened. Thread-safe.

    Args:
        database: of the box.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

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

    def forget(self, lists: str) -> None:
        """Forget everybody who was not screened under a set of lists: after a whole round they are gone."""
        self._database.write_blocking(
            lambda transaction: transaction.execute(
                "DELETE FROM screening_subject WHERE lists != ?", (lists,)
            )
        )
