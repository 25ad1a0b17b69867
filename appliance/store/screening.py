"""Sanctions lists as they were imported. They are public: plain columns. Who was looked for never is.

A list comes in pieces and counts only when it is whole: its rows are `arriving` until one short transaction
makes them `current` and the list before them `gone`. What is gone, or was never finished, is deleted in
pieces later, so that no import holds up the box's other writes.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from appliance.domain.credential import AuditEntry
from appliance.domain.listed_person import ListedPerson
from appliance.domain.screening import ListSource, ListVersion
from appliance.errors import Conflict, InvalidRequest, NotFound
from appliance.store.database import Database
from appliance.store.ledger import spelled
from appliance.store.transaction import Connection, Row, Transaction

MOST_PEOPLE: Final = 500_000
"""Of one list."""
SHRUNK: Final = 0.5
"""A list with less than this share of the people of the one before was probably cut short."""
_PIECE: Final = 2000
"""Rows that are deleted or read at a time."""
_LIST: Final = "number, source, version, sha256, published, imported, entities"


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a list says of itself once it is whole.

    Attributes:
        sha256: of its files.
        published: date that they name, or "".
        people: how many were sent.
        left_out: records that are not of people.
        user: who imports, as the command says.
        anyway: take it although it is older or much shorter than the one before.
    """

    sha256: str
    published: str
    people: int
    left_out: int
    user: str
    anyway: bool = False


class ScreeningLists:
    """All lists. Thread-safe.

    Args:
        database: of the box.
        wall: the time of day, with zone.

    Attributes:
        changed: set whenever another set of lists counts; whoever waits for it clears it.
    """

    def __init__(self, database: Database, wall: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._wall = wall
        self.changed = threading.Event()

    def begin(self, source: ListSource) -> int:
        """Make room for a list, and give up an unfinished import of the same source. The list's number."""

        def effect(transaction: Transaction) -> int:
            transaction.execute(
                "UPDATE screening_list SET state = 'gone' WHERE source = ? AND state = 'arriving'", (source,)
            )
            transaction.execute(
                "INSERT INTO screening_list (source, state) VALUES (?, 'arriving')", (source,)
            )
            row = transaction.row("SELECT last_insert_rowid()")
            assert row
            return int(row[0])

        number = self._database.write_blocking(effect)
        self.sweep()
        return number

    def add(self, number: int, first: int, people: Sequence[ListedPerson]) -> None:
        """Write people of a list that arrives.

        Args:
            number: of the list.
            first: place of the first of them.
            people: in order.

        Raises:
            NotFound: the import was given up. InvalidRequest: too many people, or a person came twice.
        """
        if first + len(people) > MOST_PEOPLE:
            raise InvalidRequest(f"a list of over {MOST_PEOPLE} people is not taken")
        rows = [(number, first + at, msgspec.json.encode(one).decode()) for at, one in enumerate(people)]

        def effect(transaction: Transaction) -> None:
            self._arriving(transaction, number)
            for row in rows:
                transaction.execute(
                    "INSERT INTO screening_person (list, place, person) VALUES (?, ?, ?)", row
                )

        self._database.write_blocking(effect)

    def finish(self, number: int, arrived: Arrived) -> ListVersion:
        """Let a list count in place of the one before it of its source.

        Raises:
            NotFound: the import was given up. InvalidRequest: people are missing on the way, or it has none.
            Conflict: it is older, or much shorter, than the one before, and `anyway` is not set.
        """

        def effect(transaction: Transaction) -> ListVersion:
            source = self._arriving(transaction, number)
            row = transaction.row("SELECT count(*) FROM screening_person WHERE list = ?", (number,))
            if not row or row[0] != arrived.people or not arrived.people:
                raise InvalidRequest("the list did not arrive whole, or nobody stands on it")
            version, now = f"{source}-{arrived.sha256[:12]}", spelled(self._wall())
            before = transaction.row(
                f"SELECT {_LIST} FROM screening_list WHERE source = ? AND state = 'current'",  # noqa: S608  constant
                (source,),
            )
            if before and not arrived.anyway:
                _compare(before, arrived)
            transaction.execute(
                "UPDATE screening_list SET state = 'gone' WHERE source = ? AND state = 'current'", (source,)
            )
            transaction.execute(
                "UPDATE screening_list SET state = 'current', version = ?, sha256 = ?, published = ?,"
                " imported = ?, entities = ? WHERE number = ?",
                (version, arrived.sha256, arrived.published, now, arrived.people, number),
            )
            details = {
                "entities": arrived.people,
                "left_out": arrived.left_out,
                "published": arrived.published,
                "replaces": before[2] if before else "",
                "sha256": arrived.sha256,
                "user": arrived.user,
            }
            transaction.audit(AuditEntry("box", "box", "screening.import", object=version, details=details))
            transaction.on_commit(self.changed.set)
            known = (number, source, version, arrived.sha256, arrived.published, now, arrived.people)
            return self._version(known)

        made = self._database.write_blocking(effect)
        self.sweep()
        return made

    def drop(self, number: int) -> None:
        """Give an import up."""
        self._database.write_blocking(
            lambda transaction: transaction.execute(
                "UPDATE screening_list SET state = 'gone' WHERE number = ? AND state = 'arriving'", (number,)
            ),
            urgent=True,
        )
        self.sweep()

    def remove(self, source: ListSource, user: str) -> ListVersion:
        """Let a list count no longer.

        Raises:
            NotFound: none of that source is imported.
        """

        def effect(transaction: Transaction) -> ListVersion:
            row = transaction.row(
                f"SELECT {_LIST} FROM screening_list WHERE source = ? AND state = 'current'",  # noqa: S608  constant
                (source,),
            )
            if row is None:
                raise NotFound(f"no list of {source} is imported", remedy="kycbox screening list")
            transaction.execute("UPDATE screening_list SET state = 'gone' WHERE number = ?", (row[0],))
            details = {"user": user}
            transaction.audit(AuditEntry("box", "box", "screening.remove", object=row[2], details=details))
            transaction.on_commit(self.changed.set)
            return self._version(row)

        gone = self._database.write_blocking(effect, urgent=True)
        self.sweep()
        return gone

    def versions(self) -> tuple[ListVersion, ...]:
        """The lists that count, by source."""
        return self._database.read_blocking(self._current)

    def people(self, version: ListVersion) -> Iterator[ListedPerson]:
        """Everybody on a list that counts, in pieces; ends early where the list goes meanwhile."""
        decoder = msgspec.json.Decoder(ListedPerson)
        after = -1
        while rows := self._database.read_blocking(lambda connection: _piece(connection, version, after)):  # noqa: B023  called at once
            yield from (decoder.decode(person) for _, person in rows)
            after = rows[-1][0]

    def sweep(self) -> None:
        """Delete what does not count, in pieces; what arrives is left alone."""
        while self._database.write_blocking(_sweep, urgent=True):
            pass

    def abandon(self) -> None:
        """Give up all imports that were not finished: at a start, nobody sends them any more."""
        sql = "UPDATE screening_list SET state = 'gone' WHERE state = 'arriving'"
        if self._database.read_blocking(
            lambda connection: connection.row("SELECT 1 FROM screening_list WHERE state != 'current'")
        ):
            self._database.write_blocking(lambda transaction: transaction.execute(sql), urgent=True)
            self.sweep()

    def _current(self, connection: Connection) -> tuple[ListVersion, ...]:
        rows = connection.rows(
            f"SELECT {_LIST} FROM screening_list WHERE state = 'current' ORDER BY source"  # noqa: S608  constant
        )
        return tuple(self._version(row) for row in rows)

    def _version(self, row: Row) -> ListVersion:
        _, source, version, sha256, published, imported, entities = row
        since = datetime.fromisoformat(published or imported)
        days = (self._wall().astimezone(UTC).date() - since.date()).days
        return ListVersion(ListSource(source), version, sha256, published, imported, entities, days)

    @staticmethod
    def _arriving(connection: Connection, number: int) -> str:
        row = connection.row(
            "SELECT source FROM screening_list WHERE number = ? AND state = 'arriving'", (number,)
        )
        if row is None:
            raise NotFound("this import was given up", remedy="Another one was begun; import again.")
        return str(row[0])


def _compare(before: Row, arrived: Arrived) -> None:
    """Refuse what is older or much shorter than the list before it."""
    _, _, version, _, published, _, entities = before
    remedy = "If that is right, import it again with --anyway."
    if arrived.published and published and arrived.published < published:
        raise Conflict(
            f"the list is of {arrived.published}, older than {version} of {published}", remedy=remedy
        )
    if arrived.people < SHRUNK * entities:
        raise Conflict(
            f"the list has {arrived.people} people, {version} has {entities}: it was probably cut short",
            remedy=remedy,
        )


def _piece(connection: Connection, version: ListVersion, after: int) -> list[Row]:
    return connection.rows(
        "SELECT place, person FROM screening_person WHERE place > ? AND list ="
        " (SELECT number FROM screening_list WHERE version = ? AND state = 'current')"
        " ORDER BY place LIMIT ?",
        (after, version.version, _PIECE),
    )


def _sweep(transaction: Transaction) -> int:
    """Delete a piece of what is gone; how many rows."""
    row = transaction.row("SELECT number FROM screening_list WHERE state = 'gone' LIMIT 1")
    if row is None:
        return 0
    number = row[0]
    gone = transaction.execute(
        "DELETE FROM screening_person WHERE list = ? AND place IN"
        " (SELECT place FROM screening_person WHERE list = ? LIMIT ?)",
        (number, number, _PIECE),
    )
    if not gone:
        transaction.execute("DELETE FROM screening_list WHERE number = ?", (number,))
        return 1
    return gone
