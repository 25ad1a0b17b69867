"""How alike two names are, as words: three measures and their blend.

`aligned`: words are paired off, neighbours that are written together count as one, unmatched words of the
query weigh more than those of the list. `best_pairs`: Jaro-Winkler of the best pairs by length. `token_sort`:
edit distance of the sorted words. The blend is better than each of them; its weights were measured.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import jellyfish
from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from appliance.services.screening.words import PARTICLES

ALIGNED, BEST_PAIRS, TOKEN_SORT = 0.40, 0.35, 0.25
"""Weights of the blend."""
QUERY_LEFT: Final = 0.8
"""Weight of an unmatched word of the query."""
LIST_LEFT: Final = 0.25
"""Weight of an unmatched word of the list: lists give more names than documents do."""
ONE_WORD: Final = 0.6
"""Most that `aligned` gives where only one word agrees."""
_GOOD: Final = 0.85
_INITIAL: Final = 0.6


class NameScore(NamedTuple):
    """The three measures and their blend, each 0..1."""

    aligned: float
    best_pairs: float
    token_sort: float
    blend: float


class _Pair(NamedTuple):
    """Words of the query and of the list that may belong together."""

    likeness: float
    query: int
    listed: int
    of_query: int
    of_list: int


class NameComparer:
    """Compares one name with many. What it has worked out of words goes with it: nothing of a query stays.

    Args:
        query: words of the one who is looked for, in small Latin letters or in one other script.
        rarity: of a word on the lists, 0..1: that a common name agrees says less.
    """

    def __init__(self, query: Sequence[str], rarity: Callable[[str], float] = lambda _: 1.0) -> None:
        self._query = query
        self._rarity = rarity
        self._in_order = sorted(query)
        self._sorted = " ".join(self._in_order)
        self._length = sum(map(len, query))
        self._joined = [first + second for first, second in pairwise(query)]
        self._likeness: dict[tuple[str, str], float] = {}
        self._jaro: dict[tuple[str, str], float] = {}

    def score(self, listed: Sequence[str]) -> NameScore:
        """Compare with a listed name, of words alike."""
        if not self._query or not listed:
            return NameScore(0.0, 0.0, 0.0, 0.0)
        in_order = sorted(listed)
        aligned = 1.0 if in_order == self._in_order else self._align(listed)
        pairs = self._best_pairs(listed)
        token_sort = fuzz.ratio(self._sorted, " ".join(in_order)) / 100
        blend = ALIGNED * aligned + BEST_PAIRS * pairs + TOKEN_SORT * token_sort
        return NameScore(aligned, pairs, token_sort, blend)

    def _align(self, listed: Sequence[str]) -> float:
        query = self._query
        weights = {word: weight_of(word) * self._rarity(word) for word in (*query, *listed)}
        pairs = sorted(self._pairs(listed), key=lambda pair: -pair.likeness * (pair.of_query + pair.of_list))
        query_used, list_used = [False] * len(query), [False] * len(listed)
        found = weight = 0.0
        agreeing = 0
        for pair in pairs:
            mine = slice(pair.query, pair.query + pair.of_query)
            theirs = slice(pair.listed, pair.listed + pair.of_list)
            if any(query_used[mine]) or any(list_used[theirs]):
                continue
            query_used[mine], list_used[theirs] = [True] * pair.of_query, [True] * pair.of_list
            both = sum(weights[word] for word in (*query[mine], *listed[theirs]))
            found += pair.likeness * both
            weight += both
            if pair.likeness >= _GOOD and query[pair.query] not in PARTICLES:
                agreeing += max(pair.of_query, pair.of_list)
        weight += 2 * QUERY_LEFT * _unmatched(query, query_used, weights)
        weight += 2 * LIST_LEFT * _unmatched(listed, list_used, weights)
        result = found / weight if weight else 0.0
        return result if agreeing > 1 else min(result, ONE_WORD)

    def _best_pairs(self, listed: Sequence[str]) -> float:
        """The second measure: an unmatched part of the listed name costs at most 15 %."""
        likenesses = sorted(
            (
                (self._fit(one, other), i, j)
                for i, one in enumerate(self._query)
                for j, other in enumerate(listed)
            ),
            key=lambda item: -item[0],
        )
        mine: set[int] = set()
        theirs: set[int] = set()
        total = 0.0
        for likeness_, i, j in likenesses:
            if i in mine or j in theirs:
                continue
            mine.add(i)
            theirs.add(j)
            total += likeness_ * (len(self._query[i]) + len(listed[j]))
            if len(mine) == len(self._query) or len(theirs) == len(listed):
                break
        matched = sum(len(listed[j]) for j in theirs)
        covered = matched / sum(map(len, listed))
        return total / (self._length + matched) * (1 - 0.15 * (1 - covered))

    def _pairs(self, listed: Sequence[str]) -> list[_Pair]:
        found = [
            _Pair(alike, i, j, 1, 1)
            for i, one in enumerate(self._query)
            for j, other in enumerate(listed)
            if (alike := self._alike(one, other)) > 0
        ]
        found += [
            _Pair(alike, i, j, 2, 1)
            for i, one in enumerate(self._joined)
            for j, other in enumerate(listed)
            if len(other) > 5 and (alike := self._alike(one, other)) >= _GOOD
        ]
        found += [
            _Pair(alike, i, j, 1, 2)
            for j in range(len(listed) - 1)
            for i, one in enumerate(self._query)
            if len(one) > 5 and (alike := self._alike(one, listed[j] + listed[j + 1])) >= _GOOD
        ]
        return found

    def _alike(self, one: str, other: str) -> float:
        known = self._likeness.get((one, other))
        if known is None:
            known = self._likeness[one, other] = likeness(one, other)
        return known

    def _fit(self, one: str, other: str) -> float:
        known = self._jaro.get((one, other))
        if known is None:
            shorter, longer = sorted((len(one), len(other)))
            share = shorter / longer
            known = JaroWinkler.similarity(one, other) * (1 - 0.3 * (1 - share) if share < 0.9 else 1.0)
            self._jaro[one, other] = known
        return known


def score(query: Sequence[str], listed: Sequence[str]) -> NameScore:
    """Compare two names once."""
    return NameComparer(query).score(listed)


def likeness(one: str, other: str) -> float:
    """How alike two words are, 0..1: 0 where they are no spellings of one name."""
    if one == other:
        return 1.0
    shorter, longer = sorted((len(one), len(other)))
    if shorter <= 2:
        return _INITIAL if shorter == 1 and one[0] == other[0] else 0.0
    jaro = JaroWinkler.similarity(one, other)
    allowed = 0 if longer < 4 else (1 if longer < 7 else 2)
    edits = DamerauLevenshtein.distance(one, other, score_cutoff=2)
    if edits <= allowed:
        return max(jaro, 1 - 0.12 * edits)
    if jaro > 0.75 and (heard := sound(one)) and heard == sound(other):
        return max(0.86, min(jaro, 0.92))
    return 0.8 * jaro if jaro >= 0.88 else 0.0


def sound(word: str) -> str:
    """How a word sounds: Metaphone of Latin words; "" for others."""
    return jellyfish.metaphone(word).replace(" ", "") if word.isascii() else ""


def weight_of(word: str) -> float:
    """How much a word says: little for particles, more for long ones."""
    return 0.35 if word in PARTICLES else min(1.0, 0.45 + 0.12 * len(word))


def _unmatched(names: Sequence[str], used: Sequence[bool], weights: Mapping[str, float]) -> float:
    return sum(weights[word] for word, taken in zip(names, used, strict=True) if not taken)
