"""OFAC's lists as advanced XML (`sdn_advanced.xml`, `cons_advanced.xml`).

Numbers in it point to sets of reference values at its beginning; what is needed of them is looked up by the
words there, not by numbers. Programmes come after the parties, in entries, and are not read.
"""

from collections.abc import Iterator
from typing import Final

from appliance.domain import listed_person
from appliance.domain.listed_person import ListedPerson
from appliance.domain.screening import NameKind
from appliance.services.screening.lists.list_file import ListFile
from appliance.services.screening.lists.parsed import ParsedList
from appliance.services.screening.lists.script import kind_of
from appliance.services.screening.lists.xml_records import Element, records

ROOT: Final = "Sanctions"
_SETS: Final = (
    "AreaCodeValues",
    "CountryValues",
    "DetailReferenceValues",
    "FeatureTypeValues",
    "NamePartTypeValues",
    "PartySubTypeValues",
    "PartyTypeValues",
)
_WANTED: Final = frozenset({"DateOfIssue", "Location", "DistinctParty", *_SETS})
_FAMILY: Final = ("last name", "maiden name", "matronymic", "patronymic")


def read(file: ListFile) -> ParsedList:
    """Read the file. Raises ListRefused when a mistake is reached."""
    parsed = ParsedList()
    parsed.persons = _persons(parsed, file)
    return parsed


class _Lookups:
    """What numbers of the file mean."""

    def __init__(self) -> None:
        self._words: dict[tuple[str, str], str] = {}
        self._people: set[str] = set()
        self._places: dict[str, str] = {}

    def learn(self, values: Element) -> None:
        """Take in a set of reference values, or a location."""
        if values.tag == "Location":
            country = values.find("LocationCountry")
            area = values.find("LocationAreaCode")
            found = country and self._words.get(("Country", country.get("CountryID")))
            found = found or (area and self._words.get(("AreaCode", area.get("AreaCodeID"))))
            self._places[values.get("ID")] = found or ""
            return
        for value in values.children:
            words = value.get("Description") or value.text
            self._words[value.tag, value.get("ID")] = words.strip()
            kind = self._words.get(("PartyType", value.get("PartyTypeID")), "")
            if value.tag == "PartySubType" and kind.lower() == "individual":
                self._people.add(value.get("ID"))

    def is_person(self, profile: Element) -> bool:
        return profile.get("PartySubTypeID") in self._people

    def word(self, kind: str, number: str) -> str:
        return self._words.get((kind, number), "").lower()

    def detail(self, feature: Element) -> str:
        version = feature.find("FeatureVersion", "VersionDetail")
        if version is None:
            return ""
        return self._words.get(("DetailReference", version.get("DetailReferenceID"))) or version.text.strip()

    def place(self, feature: Element) -> str:
        found = feature.find("FeatureVersion", "VersionLocation")
        return self._places.get(found.get("LocationID"), "") if found else ""

    @property
    def ready(self) -> bool:
        return bool(self._people)


def _persons(parsed: ParsedList, file: ListFile) -> Iterator[ListedPerson]:
    lookups, seen = _Lookups(), set()
    for element in records(file, ROOT, _WANTED):
        if element.tag == "DateOfIssue":
            parsed.published = _date(element)
        elif element.tag == "DistinctParty":
            if not lookups.ready:
                file.refuse(
                    "parties come before the reference values that say which are people", element.line
                )
            for profile in element.all("Profile"):
                identity = profile.get("ID")
                if not identity or identity in seen:
                    file.refuse(f"the profile {identity[:20]!r} comes twice, or has no number", profile.line)
                seen.add(identity)
                found = _person(profile, lookups) if lookups.is_person(profile) else None
                if found is None:
                    parsed.left_out += 1
                else:
                    yield found
        elif element.tag != ROOT:
            lookups.learn(element)


def _person(profile: Element, lookups: _Lookups) -> ListedPerson | None:
    births, countries, sex = [], [], ""
    for feature in profile.all("Feature"):
        match lookups.word("FeatureType", feature.get("FeatureTypeID")):
            case "birthdate":
                births += [_period(version) for version in feature.all("FeatureVersion")]
            case "nationality country" | "citizenship country":
                countries.append(lookups.place(feature) or lookups.detail(feature))
            case "gender":
                sex = lookups.detail(feature)
    return listed_person.person(
        profile.get("ID"), _names(profile, lookups), births=births, countries=countries, sex=sex
    )


def _names(profile: Element, lookups: _Lookups) -> Iterator[tuple[str, NameKind]]:
    for identity in profile.all("Identity"):
        types = {
            group.get("ID"): lookups.word("NamePartType", group.get("NamePartTypeID"))
            for groups in identity.all("NamePartGroups")
            for master in groups.all("MasterNamePartGroup")
            for group in master.all("NamePartGroup")
        }
        aliases = sorted(identity.all("Alias"), key=lambda alias: alias.get("Primary") != "true")
        for alias in aliases:
            weak = alias.get("LowQuality") == "true"
            for documented in alias.all("DocumentedName"):
                text = _name(documented, types)
                yield text, kind_of(text, weak=weak)


def _name(documented: Element, types: dict[str, str]) -> str:
    """Given names, then what comes from the family."""
    given: list[str] = []
    family: list[str] = []
    for part in documented.all("DocumentedNamePart"):
        for value in part.all("NamePartValue"):
            here = family if types.get(value.get("NamePartGroupID")) in _FAMILY else given
            here.append(value.text.strip())
    return " ".join(given + family)


def _period(version: Element) -> str:
    period = version.find("DatePeriod")
    if period is None:
        return ""
    ends = [
        (_date(end), outer.get("Approximate") == "true")
        for outer in (period.find("Start"), period.find("End"))
        if outer
        for end in (outer.find("From"), outer.find("To"))
        if end
    ]
    dates = sorted({listed_person.birth(date) for date, _ in ends} - {""})
    if not dates:
        return ""
    if any(approximate for _, approximate in ends) and dates[0][:4] == dates[-1][:4]:
        return listed_person.birth(dates[0], circa=True)
    if dates[0] == dates[-1]:
        return dates[0]
    if dates[0][:4] == dates[-1][:4]:
        return dates[0][:4]
    return listed_person.span(dates[0][:4], dates[-1][:4])


def _date(element: Element) -> str:
    parts = [element.value(name) for name in ("Year", "Month", "Day")]
    return "-".join(part.zfill(4 if at == 0 else 2) for at, part in enumerate(parts) if part)
