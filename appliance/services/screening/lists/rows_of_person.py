"""Putting a person together from several rows of a list."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from appliance.domain import listed_person
from appliance.domain.listed_person import ListedPerson
from appliance.domain.screening import NameKind
from appliance.errors import ListRefused
from appliance.services.screening.lists.parsed import ParsedList

MOST_GATHERED = 200_000
"""Records that are kept until the end of the file, people or not."""


@dataclass(slots=True)
class Gathered:
    """What the rows of one record have said so far."""

    is_person: bool = False
    names: list[tuple[str, NameKind]] = field(default_factory=list)
    births: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    sex: str = ""
    programmes: list[str] = field(default_factory=list)


def gathered(
    parsed: ParsedList,
    rows: Iterable[Mapping[str, str]],
    key: str,
    add: Callable[[Mapping[str, str], Gathered], None],
) -> Iterator[ListedPerson]:
    """Give a person for each value of a column, after all rows are read.

    Args:
        parsed: counts what is left out.
        rows: of the list.
        key: the column that names the record; rows without it are skipped.
        add: takes a row into its record.

    Raises:
        ListRefused: there are too many records.
    """
    records: dict[str, Gathered] = {}
    for row in rows:
        identity = row[key].strip()
        if identity:
            add(row, records.setdefault(identity, Gathered()))
            if len(records) > MOST_GATHERED:
                raise ListRefused(f"over {MOST_GATHERED} records are not read")
    for identity, record in records.items():
        found = None
        if record.is_person:
            found = listed_person.person(
                identity,
                record.names,
                births=record.births,
                countries=record.countries,
                sex=record.sex,
                programmes=record.programmes,
            )
        if found is None:
            parsed.left_out += 1
        else:
            yield found
