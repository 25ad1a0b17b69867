"""OFAC's lists as CSV: sdn.csv with alt.csv, add.csv and sdn_comments.csv, or the same four of `cons_`.

None has a header or a date. `-0-` is nothing; the first column joins the files. Birth dates, weak aliases,
nationality and sex stand in the remarks, which go on in the comments file where they are long. Source: OFAC's
data specification of 25 September 2023.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from appliance.domain import listed_person
from appliance.domain.listed_person import ListedPerson
from appliance.domain.screening import NameKind
from appliance.errors import ListRefused
from appliance.services.screening.lists.csv_rows import plain_rows
from appliance.services.screening.lists.list_file import ListFile
from appliance.services.screening.lists.parsed import ParsedList

MAIN, ALIASES, ADDRESSES, COMMENTS = 12, 5, 6, 2
"""Columns of each file: how they are told apart."""
PERSON: Final = "individual"
_NOTHING: Final = "-0-"
_BORN: Final = re.compile(r"(?:^|; )(?:alt\. )?DOB ([^;]+)")
_WEAK: Final = re.compile(r"a\.k\.a\. '([^']+(?:'[a-z][^']*)*)'")
_COUNTRY: Final = re.compile(r"(?:^|; )(?:alt\. )?(?:nationality|citizen) ([^;]+)")
_SEX: Final = re.compile(r"(?:^|; )Gender (Male|Female)")
_PROGRAMMES: Final = re.compile(r"\]\s*\[|; ")


def read(files: Sequence[ListFile]) -> ParsedList:
    """Read the files, in any order; addresses are not kept, the main file has to be there.

    Raises:
        ListRefused: at once where a file is missing or of another form; else when it is reached.
    """
    roles: dict[int, list[ListFile]] = defaultdict(list)
    for file in files:
        roles[_columns(file)].append(file)
    if not roles[MAIN]:
        raise ListRefused(
            "none of the files is sdn.csv", remedy="Give sdn.csv together with alt.csv and sdn_comments.csv."
        )
    if not roles[ALIASES]:
        raise ListRefused(
            "alt.csv is missing: most aliases stand there", remedy="Give sdn.csv together with alt.csv."
        )
    parsed = ParsedList()
    parsed.persons = _persons(parsed, roles)
    return parsed


def _columns(file: ListFile) -> int:
    first = file.start().decode("utf-8", "replace").removeprefix("\ufeff").splitlines()[:1]
    columns = len(next(csv.reader(first), []))
    if columns not in (MAIN, ALIASES, ADDRESSES, COMMENTS):
        file.refuse(f"{columns} columns in the first row: no file of OFAC's CSV lists", 1)
    return columns


def _persons(parsed: ParsedList, roles: Mapping[int, Sequence[ListFile]]) -> Iterator[ListedPerson]:
    aliases, comments = _joined(roles[ALIASES], ALIASES, 3), _joined(roles[COMMENTS], COMMENTS, 1)
    _joined(roles[ADDRESSES], ADDRESSES, 1)  # read to its end for its hash, and to see that it is whole
    seen: set[str] = set()
    for file in roles[MAIN]:
        for row in plain_rows(file, MAIN):
            identity = row[0].strip()
            if not identity.isdigit() or identity in seen:
                file.refuse(f"the entity number {identity[:20]!r} is none, or comes twice")
            seen.add(identity)
            found = None
            if _value(row[2]).lower() == PERSON:
                remarks = " ".join([_value(row[11]), *comments[identity]])
                found = _person(row, aliases[identity], remarks)
            if found is None:
                parsed.left_out += 1
            else:
                yield found


def _joined(files: Sequence[ListFile], columns: int, column: int) -> defaultdict[str, list[str]]:
    """Values of a column by entity number."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in files:
        for row in plain_rows(file, columns):
            found[row[0].strip()].append(_value(row[column]))
    return found


def _person(row: Sequence[str], aliases: Sequence[str], remarks: str) -> ListedPerson | None:
    sex = _SEX.search(remarks)
    return listed_person.person(
        row[0],
        (
            (_value(row[1]), NameKind.STRONG),
            *((alias, NameKind.STRONG) for alias in aliases),
            *((alias, NameKind.WEAK) for alias in _WEAK.findall(remarks)),
        ),
        births=(listed_person.birth(born) for born in _BORN.findall(remarks)),
        countries=(country.rstrip(".") for country in _COUNTRY.findall(remarks)),
        sex=sex[1] if sex else "",
        programmes=_PROGRAMMES.split(_value(row[3])),
    )


def _value(text: str) -> str:
    plain = text.strip()
    return "" if plain == _NOTHING else plain
