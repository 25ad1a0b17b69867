"""Queries for the screening bench, made from the public lists and the synthetic people of the data sets.

Always the same ones. `half` 0 is what weights and thresholds were set on, 1 is what figures are reported of.
"""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import msgspec
from rapidfuzz import fuzz

from appliance.domain.listed_person import ListedPerson, person, years
from appliance.domain.screening import ListSource, NameKind
from appliance.services.screening.lists.reading import Reading
from appliance.services.screening.words import words

ALIKE = 70
"""An alias is a variant where its sorted words are so alike, of 100, to another name of the same person."""
LETTERS = "aeioutnsrlkm"


@dataclass(frozen=True)
class Asked:
    """A query and who is meant: a place among the people, or -1 for nobody."""

    name: str
    birth: str
    who: int


@dataclass(frozen=True)
class Sets:
    """People, and queries by set; the people under which a set is asked for are in `against`."""

    people: list[ListedPerson]
    queries: dict[str, list[Asked]]
    without_aliases: list[ListedPerson]
    without_scripts: list[ListedPerson]

    def against(self, name: str) -> list[ListedPerson]:
        """Who is on the list while a set is asked for."""
        if name.startswith("alias"):
            return self.without_aliases
        return self.without_scripts if name == "original script, only Latin listed" else self.people


def half(queries: Sequence[Asked], number: int) -> list[Asked]:
    """Every second query."""
    return list(queries[number::2])


def load(folder: Path) -> Sets:
    """Read the lists and make the queries."""
    ofac = [folder / "ofac" / name for name in ("sdn.csv", "alt.csv")]
    people = [*Reading(ListSource.OFAC, ofac).parsed.persons]
    first_un = len(people)
    people += Reading(ListSource.UN, [folder / "un" / "UN_consolidated.xml"]).parsed.persons
    rng = random.Random(5)
    held = _held_out(people, rng)
    queries = {
        "alias variant": [one for one in held if _variant(people[one.who], one.name)],
        "alias held out": held,
        "one typo": _typos(people, 1, rng),
        "two typos": _typos(people, 2, rng),
        "middle name dropped": _dropped(people, rng),
        "UN treated": _treated(people, first_un, folder / "opensanctions-bench"),
        "original script, only Latin listed": [
            Asked(name.text, _born(one), at)
            for at, one in enumerate(people)
            for name in one.names
            if name.kind == NameKind.SCRIPT
        ],
        "original script, listed": _script_typos(people, rng),
    }
    for name in ("global", "us"):
        rows = _rows(folder / "opensanctions-bench" / f"negatives_{name}.csv")
        queries[f"nobody, {name}"] = [
            Asked(row["full_name"], row["date_of_birth"][:4], -1) for row in rng.sample(rows, 3000)
        ]
    hidden = {(one.who, one.name) for one in held}
    return Sets(
        people,
        queries,
        [
            _keep(one, {name.text for name in one.names if (at, name.text) not in hidden})
            for at, one in enumerate(people)
        ],
        [_keep(one, {name.text for name in one.names if name.kind != NameKind.SCRIPT}) for one in people],
    )


def crowd(folder: Path, count: int) -> list[ListedPerson]:
    """So many invented people: those of the negatives, then their first and last names in other pairs."""
    rows = [
        row
        for name in ("global", "us")
        for row in _rows(folder / "opensanctions-bench" / f"negatives_{name}.csv")
    ]
    rng = random.Random(2)
    found: list[ListedPerson] = []
    while len(found) < count:
        for row, other in zip_longest(rows, rng.sample(rows, len(rows))):
            name = row["full_name"] if len(found) < len(rows) else f"{row['first_name']} {other['last_name']}"
            one = person(f"x{len(found)}", [(name, NameKind.STRONG)], births=[row["date_of_birth"]])
            found += [one] if one else []
    return found[:count]


def _keep(one: ListedPerson, texts: set[str]) -> ListedPerson:
    return msgspec.structs.replace(one, names=tuple(name for name in one.names if name.text in texts))


def _born(one: ListedPerson) -> str:
    return str(years(one.births[0])[0]) if one.births else ""


def _sorted(name: str) -> str:
    return " ".join(sorted(words(name).latin))


def _held_out(people: Sequence[ListedPerson], rng: random.Random) -> list[Asked]:
    """A strong alias of about every second person who has one."""
    found = []
    for at, one in enumerate(people):
        aliases = [name.text for name in one.names[1:] if name.kind == NameKind.STRONG and " " in name.text]
        if aliases and rng.random() < 0.5:
            found.append(Asked(rng.choice(aliases), _born(one), at))
    return found


def _variant(one: ListedPerson, alias: str) -> bool:
    others = (name.text for name in one.names if name.text != alias and name.kind != NameKind.WEAK)
    return max((fuzz.ratio(_sorted(alias), _sorted(other)) for other in others), default=0) >= ALIKE


def _typos(people: Sequence[ListedPerson], count: int, rng: random.Random) -> list[Asked]:
    chosen = rng.sample(list(enumerate(people)), 800)
    return [Asked(_mistyped(one.names[0].text, count, rng), _born(one), at) for at, one in chosen]


def _script_typos(people: Sequence[ListedPerson], rng: random.Random) -> list[Asked]:
    """One letter is lost in every name of the list's own script."""
    found = []
    for at, one in enumerate(people):
        for name in one.names:
            if name.kind == NameKind.SCRIPT:
                places = [spot for spot, letter in enumerate(name.text) if letter.isalpha()]
                place = rng.choice(places)
                found.append(Asked(name.text[:place] + name.text[place + 1 :], _born(one), at))
    return found


def _dropped(people: Sequence[ListedPerson], rng: random.Random) -> list[Asked]:
    long = [(at, one) for at, one in enumerate(people) if len(words(one.names[0].text).latin) >= 4]
    found = []
    for at, one in rng.sample(long, 500):
        parts = list(words(one.names[0].text).latin)
        del parts[rng.randrange(1, len(parts) - 1)]
        found.append(Asked(" ".join(parts), _born(one), at))
    return found


def _treated(people: Sequence[ListedPerson], first_un: int, folder: Path) -> list[Asked]:
    """OpenSanctions' own mangled names, where the plain name is of a person of this release of the list."""
    places: dict[str, int] = {}
    for at, one in enumerate(people[first_un:], first_un):
        for name in one.names:
            places.setdefault(_sorted(name.text), at)
    found = []
    for treated, plain in zip(
        _rows(folder / "positives_un_treated.csv"), _rows(folder / "positives_un_untreated.csv"), strict=True
    ):
        at = places.get(_sorted(plain["full_name"]))
        if at is not None:
            found.append(Asked(treated["full_name"], treated["date_of_birth"][:4], at))
    return found


def _mistyped(name: str, count: int, rng: random.Random) -> str:
    """Turn two letters round, lose one, double one, or take another, each time anywhere but at the ends."""
    letters = list(name)
    for _ in range(count):
        places = [at for at, letter in enumerate(letters) if letter.isalpha()]
        if len(places) < 4:
            break
        at, kind = rng.choice(places[1:-1]), rng.randrange(4)
        if kind == 0 and at + 1 < len(letters) and letters[at + 1].isalpha():
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif kind == 1:
            del letters[at]
        elif kind == 2:
            letters.insert(at, letters[at])
        else:
            letters[at] = rng.choice(LETTERS)
    return "".join(letters)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
