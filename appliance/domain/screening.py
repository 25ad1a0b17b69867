"""Sanctions screening: what is asked, what lists hold, and what comes back.

A screening never says `clear` where it could not look: without a list, or with one that is too old, it says
`unavailable`, and why. Queries and matches are personal data; lists are public.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from appliance.errors import InvalidRequest

MOST_NAMES = 8
"""Other names of a query; more are not looked at by anybody."""
LONGEST_NAME = 400
"""Characters of one name of a query."""

_BIRTH = re.compile(r"^(\d{4}(-\d{2}(-\d{2})?)?)?\Z")


class ListSource(StrEnum):
    """Who publishes a list."""

    OFAC = "ofac"
    UN = "un"
    EU = "eu"
    UK = "uk"
    OPENSANCTIONS = "opensanctions"


class ScreeningState(StrEnum):
    """What a screening found. UNAVAILABLE: it could not be done; the reason says why. Never clear."""

    CLEAR = "clear"
    HIT = "hit"
    UNAVAILABLE = "unavailable"


class NameKind(StrEnum):
    """How a list holds a name: as an alias of weight, as one it calls weak, or in the original script."""

    STRONG = "strong"
    WEAK = "weak"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True)
class Query:
    """Who is looked for.

    Attributes:
        name: in any script, in any order, with or without a comma after the family name.
        other_names: further spellings (the original script, the transliteration of an MRZ, a former name);
            the best of all counts.
        birth: `1992`, `1992-05` or `1992-05-17`; "" where it is not known.
        country: nationality, ISO 3166 alpha-3; "" where it is not known.
        sex: `M` or `F`; "" where it is not known.

    Raises:
        InvalidRequest: the birth date is spelled otherwise, or there are too many or too long names.
    """

    name: str
    other_names: tuple[str, ...] = ()
    birth: str = ""
    country: str = ""
    sex: str = ""

    def __post_init__(self) -> None:
        if not _BIRTH.match(self.birth):
            raise InvalidRequest("a birth date to screen is YYYY, YYYY-MM or YYYY-MM-DD")
        if len(self.other_names) > MOST_NAMES:
            raise InvalidRequest(f"{len(self.other_names)} other names; {MOST_NAMES} are screened")
        if any(len(name) > LONGEST_NAME for name in (self.name, *self.other_names)):
            raise InvalidRequest(f"a name of over {LONGEST_NAME} characters is not screened")

    def __repr__(self) -> str:
        return f"Query({1 + len(self.other_names)} names)"


@dataclass(frozen=True, slots=True)
class ListVersion:
    """One list as it was imported.

    Attributes:
        source: who publishes it.
        version: `<source>-<first 12 digits of sha256>`, unique for its content.
        sha256: over the files in the order of their roles, 64 hex digits.
        published: date that the file names, `YYYY-MM-DD`; "" where it names none.
        imported: when, `YYYY-MM-DDTHH:MM:SS.mmmZ`.
        entities: that it holds.
        age_days: whole days since its publication, or since its import where it names no date.
    """

    source: ListSource
    version: str
    sha256: str
    published: str
    imported: str
    entities: int
    age_days: int


@dataclass(frozen=True, slots=True)
class Match:
    """One listed person who may be the one looked for.

    Attributes:
        source: of the list.
        version: of the list.
        entity: the list's own id.
        name: the alias that matched, as listed.
        kind: of that alias.
        score: 0..1 after qualifiers; at or above the threshold of a hit.
        parts: what made the score: `aligned`, `best_pairs`, `token_sort` (0..1 each) or `skeleton` where
            scripts differ, `name` (their blend), and what was added: `birth`, `country`, `sex`, `alias`.
        programmes: under which the entity is listed.
        birth: as listed, first of several; "" where unknown.
        countries: alpha-3 where the list names one that is known, else as listed.
    """

    source: ListSource
    version: str
    entity: str
    name: str
    kind: NameKind
    score: float
    parts: Mapping[str, float]
    programmes: tuple[str, ...] = ()
    birth: str = ""
    countries: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Match({self.version}, {self.score:.3f})"


@dataclass(frozen=True, slots=True)
class Screening:
    """What a screening says.

    Attributes:
        state: hit, clear, or that it could not be done.
        reason: why it could not be done, or could be done in part only (a hit on a list that is too old is
            still a hit); "" otherwise.
        matches: best first; empty unless the state is a hit.
        lists: that were looked at.
    """

    state: ScreeningState
    reason: str
    matches: tuple[Match, ...]
    lists: tuple[ListVersion, ...]
