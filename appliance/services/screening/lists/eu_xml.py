"""The EU's consolidated financial sanctions list (FSF) as XML 1.1."""

from collections.abc import Iterator
from typing import Final

from appliance.domain import listed_person
from appliance.domain.listed_person import ListedPerson
from appliance.services.screening.lists.list_file import ListFile
from appliance.services.screening.lists.parsed import ParsedList
from appliance.services.screening.lists.script import kind_of
from appliance.services.screening.lists.xml_records import Element, records

ROOT: Final = "export"


def read(file: ListFile) -> ParsedList:
    """Read the file. Raises ListRefused when a mistake is reached."""
    parsed = ParsedList()
    parsed.persons = _persons(parsed, file)
    return parsed


def _persons(parsed: ParsedList, file: ListFile) -> Iterator[ListedPerson]:
    seen: set[str] = set()
    for element in records(file, ROOT, ("sanctionEntity",)):
        if element.tag == ROOT:
            parsed.published = listed_person.birth(element.get("generationDate"))
            continue
        identity = element.get("logicalId")
        if not identity or identity in seen:
            file.refuse(f"the logicalId {identity[:20]!r} is missing or comes twice", element.line)
        seen.add(identity)
        subject = element.find("subjectType")
        is_person = subject is not None and (
            subject.get("classificationCode") == "P" or subject.get("code") == "person"
        )
        found = _person(element) if is_person else None
        if found is None:
            parsed.left_out += 1
        else:
            yield found


def _person(element: Element) -> ListedPerson | None:
    aliases = list(element.all("nameAlias"))
    return listed_person.person(
        element.get("logicalId"),
        ((_name(one), kind_of(_name(one), weak=one.get("strong") == "false")) for one in aliases),
        births=(_birth(one) for one in element.all("birthdate")),
        countries=(
            one.get("countryIso2Code") or one.get("countryDescription") for one in element.all("citizenship")
        ),
        sex=next((one.get("gender") for one in aliases if one.get("gender")), ""),
        programmes=(one.get("programme") for one in element.all("regulation")),
    )


def _name(alias: Element) -> str:
    parts = (alias.get(part) for part in ("firstName", "middleName", "lastName"))
    return alias.get("wholeName") or " ".join(parts)


def _birth(element: Element) -> str:
    first, last = element.get("yearRangeFrom"), element.get("yearRangeTo")
    if first and last:
        return listed_person.span(listed_person.birth(first), listed_person.birth(last))
    date = element.get("birthdate") or element.get("year")
    return listed_person.birth(date, circa=element.get("circa") == "true")
