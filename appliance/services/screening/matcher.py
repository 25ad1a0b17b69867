"""Who on the lists may be the one a query means: names first, then birth date, country and sex.

A name's score is raised or lowered by what else is known; what is at THRESHOLD or above is a hit. All weights
and the threshold were set on one half of the bench's queries; docs/screening.md reports the other half.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from appliance.domain.birth_agreement import Agreement, agreement
from appliance.domain.listed_person import ListedName, ListedPerson
from appliance.domain.screening import ListVersion, Match, NameKind, Query
from appliance.services.screening import bones_score
from appliance.services.screening.bones_score import BonesComparer
from appliance.services.screening.name_index import Ints, NameIndex
from appliance.services.screening.name_score import NameComparer
from appliance.services.screening.words import Words, words

THRESHOLD: Final = 0.76
"""Score of a hit."""
CANDIDATES: Final = 64
"""Names that are compared in full for each name of a query and each form."""
MOST_MATCHES: Final = 10

BIRTH: Final[Mapping[Agreement, float]] = MappingProxyType(
    {
        Agreement.FAR: -0.2,
        Agreement.APART: -0.1,
        Agreement.UNKNOWN: 0.0,
        Agreement.NEAR: 0.09,
        Agreement.SAME: 0.14,
    }
)
"""What is added for the birth date."""
OTHER_COUNTRY: Final = -0.02
"""Added where both sides know countries and share none: people change theirs, and lists err."""
OTHER_SEX: Final = -0.1
WEAK_ALIAS: Final = -0.05
WEAK_WORD: Final = -0.3
"""A weak alias of one word: a nickname that thousands have."""
ACROSS: Final = THRESHOLD / 0.96
"""A skeleton score of 0.96 is a hit by itself."""


class _Entry(NamedTuple):
    """One name of one person in one form."""

    person: int
    name: int
    words: tuple[str, ...]


class _Found(NamedTuple):
    """How one name of one person agrees with a query."""

    blend: float
    person: int
    name: int
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Form:
    """All names in one form, and their index."""

    entries: Sequence[_Entry]
    index: NameIndex


class Matcher:
    """The lists, made ready for queries. Immutable, thread-safe.

    Args:
        lists: each list with its people. Memory: about 2 kB for each name.
    """

    def __init__(self, lists: Iterable[tuple[ListVersion, Iterable[ListedPerson]]]) -> None:
        self.lists: list[ListVersion] = []
        self._people: list[tuple[int, ListedPerson]] = []
        latin, script, latin_bones, script_bones = [], [], [], []
        for number, (version, people) in enumerate(lists):
            self.lists.append(version)
            for person in people:
                place = len(self._people)
                self._people.append((number, person))
                spelled = [words(name.text) for name in person.names]
                only_script = all(one.consonants for one in spelled)
                for at, one in enumerate(spelled):
                    if one.latin and not one.consonants:
                        latin.append(_Entry(place, at, one.latin))
                        latin_bones.append(_Entry(place, at, bones_score.bones(one)))
                    if one.script:
                        script.append(_Entry(place, at, one.script))
                    if only_script:
                        script_bones.append(_Entry(place, at, bones_score.bones(one)))
        self._latin, self._script = _plain_form(latin), _plain_form(script)
        self._latin_bones, self._script_bones = _bones_form(latin_bones), _bones_form(script_bones)

    def match(self, query: Query, threshold: float = THRESHOLD) -> tuple[Match, ...]:
        """Everybody who reaches the threshold, best first, at most MOST_MATCHES.

        Args:
            query: who is looked for.
            threshold: 0..1.
        """
        best: dict[int, tuple[float, _Found, Mapping[str, float]]] = {}
        for name in dict.fromkeys((query.name, *query.other_names)):
            for found in self._names(words(name)):
                score, added = self._qualified(query, found)
                if score >= threshold and score > best.get(found.person, (0.0,))[0]:
                    best[found.person] = (score, found, added)
        ranked = sorted(best.values(), key=lambda item: (-item[0], item[1].person))
        return tuple(self._match(*item) for item in ranked[:MOST_MATCHES])

    def _names(self, asked: Words) -> Iterable[_Found]:
        if asked.latin and not asked.consonants:
            yield from _compare(self._latin, asked.latin)
            yield from _compare_bones(self._script_bones, bones_score.bones(asked))
        if asked.script:
            yield from _compare(self._script, asked.script)
        if asked.consonants:
            yield from _compare_bones(self._latin_bones, bones_score.bones(asked))

    def _qualified(self, query: Query, found: _Found) -> tuple[float, Mapping[str, float]]:
        person = self._people[found.person][1]
        born = agreement(query.birth, person.births)
        known = {country for country in person.countries if len(country) == 3}
        elsewhere = bool(query.country and known and query.country not in known)
        other = {query.sex, person.sex} == {"M", "F"}
        added = {
            "birth": BIRTH[born],
            "country": OTHER_COUNTRY if elsewhere else 0.0,
            "sex": OTHER_SEX if other else 0.0,
            "alias": _alias(person.names[found.name]),
        }
        return found.blend + sum(added.values()), added

    def _match(self, score: float, found: _Found, added: Mapping[str, float]) -> Match:
        number, person = self._people[found.person]
        version, name = self.lists[number], person.names[found.name]
        return Match(
            source=version.source,
            version=version.version,
            entity=person.id,
            name=name.text,
            kind=name.kind,
            score=round(min(1.0, max(0.0, score)), 4),
            parts={key: round(value, 4) for key, value in {**found.parts, **added}.items()},
            programmes=person.programmes,
            birth=person.births[0] if person.births else "",
            countries=person.countries,
        )


def _plain_form(entries: Sequence[_Entry]) -> _Form:
    return _Form(entries, NameIndex([entry.words for entry in entries]))


def _bones_form(entries: Sequence[_Entry]) -> _Form:
    kept = [entry for entry in entries if len(entry.words) > 1]
    index = NameIndex(
        [bones_score.keys(entry.words) for entry in kept],
        likeness=bones_score.key_likeness,
        sound=lambda _: "",
    )
    return _Form(kept, index)


def _compare(form: _Form, asked: Sequence[str]) -> Iterable[_Found]:
    comparer = NameComparer(asked, form.index.rarity)
    for number in _candidates(form, asked):
        entry = form.entries[number]
        score = comparer.score(entry.words)
        parts = {
            "aligned": score.aligned,
            "best_pairs": score.best_pairs,
            "token_sort": score.token_sort,
            "name": score.blend,
        }
        yield _Found(score.blend, entry.person, entry.name, parts)


def _compare_bones(form: _Form, asked: Sequence[str]) -> Iterable[_Found]:
    if len(asked) < 2:
        return
    comparer = BonesComparer(asked, form.index.rarity)
    for number in _candidates(form, bones_score.keys(asked)):
        entry = form.entries[number]
        skeleton = comparer.score(entry.words)
        blend = skeleton * ACROSS
        yield _Found(blend, entry.person, entry.name, {"skeleton": skeleton, "name": blend})


def _candidates(form: _Form, asked: Sequence[str]) -> Ints:
    return form.index.find(asked, CANDIDATES)


def _alias(name: ListedName) -> float:
    if name.kind != NameKind.WEAK:
        return 0.0
    return WEAK_ALIAS if " " in name.text else WEAK_WORD
