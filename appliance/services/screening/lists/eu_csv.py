"""The EU's consolidated financial sanctions list (FSF) as CSV 1.1: a row for each name, address or date."""

from collections.abc import Iterator, Mapping
from typing import Final

from appliance.domain import listed_person
from appliance.domain.listed_person import ListedPerson
from appliance.services.screening.lists.csv_rows import headed_rows
from appliance.services.screening.lists.list_file import ListFile
from appliance.services.screening.lists.parsed import ParsedList
from appliance.services.screening.lists.rows_of_person import Gathered, gathered
from appliance.services.screening.lists.script import kind_of

_NEEDED: Final = ("Entity_LogicalId", "Entity_SubjectType", "NameAlias_WholeName")
_PERSON: Final = ("p", "person")


def read(file: ListFile) -> ParsedList:
    """Read the file. Raises ListRefused when a mistake is reached."""
    parsed = ParsedList()
    parsed.persons = _persons(parsed, file)
    return parsed


def _persons(parsed: ParsedList, file: ListFile) -> Iterator[ListedPerson]:
    def add(row: Mapping[str, str], to: Gathered) -> None:
        parsed.published = parsed.published or listed_person.birth(row.get("fileGenerationDate", ""))
        kind = row.get("Entity_SubjectType_ClassificationCode") or row["Entity_SubjectType"]
        to.is_person = to.is_person or kind.strip().lower() in _PERSON
        name = row["NameAlias_WholeName"] or " ".join(
            row.get(f"NameAlias_{part}", "") for part in ("FirstName", "MiddleName", "LastName")
        )
        weak = row.get("NameAlias_Strong", "").strip().lower() == "false"
        to.names.append((name, kind_of(name, weak=weak)))
        circa = row.get("BirthDate_Circa", "").strip().lower() == "true"
        date = row.get("BirthDate_BirthDate") or row.get("BirthDate_Year", "")
        to.births.append(listed_person.birth(date, circa=circa))
        to.countries.append(
            row.get("Citizenship_CountryIso2Code") or row.get("Citizenship_CountryDescription", "")
        )
        to.sex = to.sex or row.get("NameAlias_Gender", "")
        to.programmes.append(row.get("Entity_Regulation_Programme") or row.get("Entity_Programme", ""))

    yield from gathered(parsed, headed_rows(file, _NEEDED, ";"), "Entity_LogicalId", add)
