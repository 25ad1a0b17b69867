"""OpenSanctions' exports: `targets.simple.csv`, and entities in FollowTheMoney as JSON lines.

Persons are kept, and legal entities of which it is not known whether they are persons. The date is that of
the last change seen in the file.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from appliance.domain import listed_person
from appliance.domain.listed_person import ListedPerson
from appliance.domain.screening import NameKind
from appliance.services.screening.lists.csv_rows import headed_rows
from appliance.services.screening.lists.list_file import ListFile
from appliance.services.screening.lists.parsed import ParsedList
from appliance.services.screening.lists.script import kind_of

_NEEDED: Final = ("id", "schema", "name", "aliases", "birth_date", "countries")
_PEOPLE: Final = ("Person", "LegalEntity")


class _Entity(msgspec.Struct):
    """An entity of FollowTheMoney, as far as it is read."""

    id: str
    schema: str
    properties: dict[str, list[Any]] = {}
    last_change: str | None = None
    last_seen: str | None = None


def read_csv(file: ListFile) -> ParsedList:
    """Read `targets.simple.csv`. Raises ListRefused when a mistake is reached."""
    parsed = ParsedList()
    parsed.persons = _from_rows(parsed, file)
    return parsed


def read_json(file: ListFile) -> ParsedList:
    """Read `entities.ftm.json`: an entity a line. Raises ListRefused when a mistake is reached."""
    parsed = ParsedList()
    parsed.persons = _from_lines(parsed, file)
    return parsed


def _from_rows(parsed: ParsedList, file: ListFile) -> Iterator[ListedPerson]:
    seen: set[str] = set()
    for row in headed_rows(file, _NEEDED):
        _once(file, row["id"], seen)
        seen_on = row.get("last_seen") or row.get("last_change", "")
        parsed.published = max(parsed.published, listed_person.birth(seen_on))
        found = None
        if row["schema"] in _PEOPLE:
            names = [row["name"], *row["aliases"].split(";")]
            births = [listed_person.birth(one) for one in row["birth_date"].split(";")]
            programmes = [*row.get("program_ids", "").split(";"), *row.get("dataset", "").split(";")]
            found = listed_person.person(
                row["id"],
                _kinds(names),
                births=births,
                countries=row["countries"].split(";"),
                programmes=programmes,
            )
        if found is None:
            parsed.left_out += 1
        else:
            yield found


def _from_lines(parsed: ParsedList, file: ListFile) -> Iterator[ListedPerson]:
    decoder = msgspec.json.Decoder(_Entity)
    seen: set[str] = set()
    for line in file.lines():
        if not line.strip():
            continue
        try:
            entity = decoder.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            file.refuse(f"not an entity as JSON: {str(error)[:80]}")
        _once(file, entity.id, seen)
        changed = entity.last_seen or entity.last_change or ""
        parsed.published = max(parsed.published, listed_person.birth(changed))
        found = _person(entity) if entity.schema in _PEOPLE else None
        if found is None:
            parsed.left_out += 1
        else:
            yield found


def _person(entity: _Entity) -> ListedPerson | None:
    def values(*names: str) -> list[str]:
        return [one for name in names for one in entity.properties.get(name, ()) if isinstance(one, str)]

    weak = [(name, NameKind.WEAK) for name in values("weakAlias")]
    return listed_person.person(
        entity.id,
        [*_kinds(values("name", "alias", "previousName")), *weak],
        births=[listed_person.birth(one) for one in values("birthDate")],
        countries=values("nationality", "citizenship") or values("country"),
        sex=next(iter(values("gender")), ""),
        programmes=values("programId", "topics"),
    )


def _kinds(names: Sequence[str]) -> list[tuple[str, NameKind]]:
    return [(name, kind_of(name, weak=False)) for name in names]


def _once(file: ListFile, identity: str, seen: set[str]) -> None:
    if not identity or identity in seen:
        file.refuse(f"the id {identity[:40]!r} is missing or comes twice")
    seen.add(identity)
