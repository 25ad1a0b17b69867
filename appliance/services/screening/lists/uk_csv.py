"""The UK Sanctions List as CSV: a row with its date, a header, then a row for each name and address."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from appliance.domain import listed_person
from appliance.domain.listed_person import ListedPerson
from appliance.domain.screening import NameKind
from appliance.services.screening.lists.csv_rows import headed_rows
from appliance.services.screening.lists.list_file import ListFile
from appliance.services.screening.lists.parsed import ParsedList
from appliance.services.screening.lists.rows_of_person import Gathered, gathered
from appliance.services.screening.lists.script import kind_of

_NEEDED: Final = ("Unique ID", "Name 6", "Name type")
_KINDS: Final = ("Individual, Entity, Ship", "Designation Type", "Group Type")
"""Columns that have named whether a row is of a person, over the years."""
_PARTS: Final = ("Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6")
_SEVERAL: Final = re.compile(r"\s*[/;|]\s*|\(\d+\)\s*")
_REPORT: Final = re.compile(r"Report Date:?[\s,]*(\d{1,2}[-/ ]\w+[-/ ]\d{4})", re.IGNORECASE)


def read(file: ListFile) -> ParsedList:
    """Read the file. Raises ListRefused when a mistake is reached."""
    start = file.start().decode("utf-8", "replace").removeprefix("\ufeff")
    first = start.splitlines()[0] if start.strip() else ""
    report = _REPORT.search(first)
    parsed = ParsedList()
    if report:
        plain = report[1].replace("-", " ") if not report[1][3:4].isdigit() else report[1].replace("-", "/")
        parsed.published = listed_person.birth(plain)
    parsed.persons = _persons(parsed, file, 0 if "Unique ID" in first else 1)
    return parsed


def _persons(parsed: ParsedList, file: ListFile, skip: int) -> Iterator[ListedPerson]:
    def add(row: Mapping[str, str], to: Gathered) -> None:
        kind = next((row[column] for column in _KINDS if column in row), "")
        to.is_person = to.is_person or kind.strip().lower() == "individual"
        weak = "low" in row.get("Alias strength", "").lower()
        name = " ".join(row.get(part, "") for part in _PARTS)
        primary = row["Name type"].strip().lower().startswith("primary")
        to.names.insert(0 if primary else len(to.names), (name, kind_of(name, weak=weak)))
        to.names.append((row.get("Name non-latin script", ""), NameKind.SCRIPT))
        to.births += [listed_person.birth(one) for one in _several(row.get("D.O.B", ""), "|;")]
        to.countries += _SEVERAL.split(row.get("Nationality(/ies)", ""))
        to.sex = to.sex or row.get("Gender", "")
        to.programmes.append(row.get("Regime Name", ""))

    yield from gathered(parsed, headed_rows(file, _NEEDED, skip=skip), "Unique ID", add)


def _several(text: str, separators: str) -> list[str]:
    for separator in separators:
        text = text.replace(separator, "\n")
    return [part.strip() for part in text.splitlines()]
