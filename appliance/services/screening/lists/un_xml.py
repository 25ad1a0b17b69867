"""The UN Security Council's consolidated list as XML."""

from collections.abc import Iterator
from typing import Final

from appliance.domain import listed_person
from appliance.domain.listed_person import ListedPerson
from appliance.domain.screening import NameKind
from appliance.services.screening.lists.list_file import ListFile
from appliance.services.screening.lists.parsed import ParsedList
from appliance.services.screening.lists.script import kind_of
from appliance.services.screening.lists.xml_records import Element, records

ROOT: Final = "CONSOLIDATED_LIST"
_PARTS: Final = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")


def read(file: ListFile) -> ParsedList:
    """Read the file. Raises ListRefused when a mistake is reached."""
    parsed = ParsedList()
    parsed.persons = _persons(parsed, file)
    return parsed


def _persons(parsed: ParsedList, file: ListFile) -> Iterator[ListedPerson]:
    seen: set[str] = set()
    for element in records(file, ROOT, ("INDIVIDUAL", "ENTITY")):
        if element.tag == ROOT:
            parsed.published = listed_person.birth(element.get("dateGenerated"))
            continue
        identity = element.value("DATAID")
        if not identity or identity in seen:
            file.refuse(f"the DATAID {identity[:20]!r} is missing or comes twice", element.line)
        seen.add(identity)
        found = _person(element) if element.tag == "INDIVIDUAL" else None
        if found is None:
            parsed.left_out += 1
        else:
            yield found


def _person(element: Element) -> ListedPerson | None:
    return listed_person.person(
        element.value("DATAID"),
        _names(element),
        births=(_birth(one) for one in element.all("INDIVIDUAL_DATE_OF_BIRTH")),
        countries=(value.text for one in element.all("NATIONALITY") for value in one.all("VALUE")),
        sex=element.value("GENDER"),
        programmes=(element.value("UN_LIST_TYPE"), element.value("REFERENCE_NUMBER")),
    )


def _names(element: Element) -> Iterator[tuple[str, NameKind]]:
    yield " ".join(element.value(part) for part in _PARTS), NameKind.STRONG
    yield element.value("NAME_ORIGINAL_SCRIPT"), NameKind.SCRIPT
    for alias in element.all("INDIVIDUAL_ALIAS"):
        text = alias.value("ALIAS_NAME")
        yield text, kind_of(text, weak=alias.value("QUALITY").lower() == "low")


def _birth(element: Element) -> str:
    if element.value("TYPE_OF_DATE") == "BETWEEN":
        first, last = (listed_person.birth(element.value(name))[:4] for name in ("FROM_YEAR", "TO_YEAR"))
        return listed_person.span(first, last)
    circa = element.value("TYPE_OF_DATE") == "APPROXIMATELY"
    return listed_person.birth(element.value("DATE") or element.value("YEAR"), circa=circa)
