"""The verbs behind `kycbox screening`.

A list is read by the command, in its own process, and comes here as people, in pieces: what reads a hostile
file is not what serves, and a box that runs confined need not see the file.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from appliance.config import Screening as Limits
from appliance.domain.credential import AuditEntry
from appliance.domain.listed_person import ListedPerson
from appliance.domain.screening import ListSource, ListVersion, Query
from appliance.errors import InvalidRequest
from appliance.services.screening.screener import Screener
from appliance.store.audit_export import Sink
from appliance.store.screening import Arrived
from appliance.store.store import Store

T = TypeVar("T")


class _People(msgspec.Struct):
    number: int
    first: int
    people: list[ListedPerson]


class _Finish(msgspec.Struct):
    number: int
    sha256: str
    published: str
    people: int
    left_out: int
    user: str
    anyway: bool = False


class _Asked(msgspec.Struct):
    names: list[str]
    birth: str = ""
    country: str = ""
    sex: str = ""
    max_age_days: int = 30


def begin(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, int]:
    """Begin an import: `{"number"}`."""
    return {"number": store.screening.begin(_source(given))}


def add(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, int]:
    """Take people of a list that arrives.

    Raises:
        NotFound, InvalidRequest: see `store.screening`.
    """
    piece = _convert(given, _People)
    store.screening.add(piece.number, piece.first, piece.people)
    return {"taken": len(piece.people)}


def finish(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, Any]:
    """Let the list count.

    Raises:
        NotFound, InvalidRequest, Conflict: see `store.screening`.
    """
    said = _convert(given, _Finish)
    arrived = Arrived(
        sha256=said.sha256,
        published=said.published,
        people=said.people,
        left_out=said.left_out,
        user=said.user,
        anyway=said.anyway,
    )
    return _shown(store.screening.finish(said.number, arrived))


def drop(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, bool]:
    """Give an import up."""
    store.screening.drop(int(given.get("number", 0)))
    return {"dropped": True}


def show(store: Store, _given: Mapping[str, Any], _out: Sink) -> list[dict[str, Any]]:
    """Show the lists that count."""
    return [_shown(version) for version in store.screening.versions()]


def remove(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, Any]:
    """Let a list count no longer.

    Raises:
        NotFound: there is none of that source.
    """
    return _shown(store.screening.remove(_source(given), str(given.get("user", ""))))


def check(store: Store, given: Mapping[str, Any], _out: Sink) -> dict[str, Any]:
    """Screen a name. The ledger notes that somebody did, not whom.

    Raises:
        InvalidRequest: not a name, or a birth date of another form.
    """
    asked = _convert(given, _Asked)
    if not asked.names:
        raise InvalidRequest("there is no name to look for")
    first, *others = asked.names
    query = Query(first, tuple(others), birth=asked.birth, country=asked.country, sex=asked.sex)
    screener = Screener(store.screening, Limits(max_age_days=asked.max_age_days))
    screener.load()
    found = screener.screen(query)
    details = {"state": found.state, "lists": screener.fingerprint()}
    store.database.commit_blocking(AuditEntry("box", "box", "screening.check", details=details))
    plain: dict[str, Any] = msgspec.to_builtins(found)
    return plain


def _source(given: Mapping[str, Any]) -> ListSource:
    try:
        return ListSource(str(given.get("source", "")))
    except ValueError:
        raise InvalidRequest(f"lists are of {', '.join(ListSource)}") from None


def _convert(given: Mapping[str, Any], into: type[T]) -> T:
    try:
        return msgspec.convert(dict(given), into)
    except msgspec.ValidationError:
        raise InvalidRequest("the command and the box are of two releases") from None


def _shown(version: ListVersion) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(version)
    return shown
