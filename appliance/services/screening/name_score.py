"""How alike two names are, as words: three measures and their blend.

`aligned`: words are paired off, neighbours that are written together count as one, unmatched words of the
query weigh more than those of the list. `best_pairs`: Jaro-Winkler of the best pairs by length. `token_sort`:
edit distance of the sorted words. The blend is better than each of them; its weights were measured.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
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


def score(
    query: Sequence[str], listed: Sequence[str], rarity: Callable[[str], float] = lambda _: 1.0
) -> NameScore:
    """Compare two names.

    Args:
        query: words of the one who is looked for, in small Latin letters or in one other script.
        listed: words of a listed name, alike.
        rarity: of a word on the lists, 0..1: that a common name agrees says less.
    """
    if not query or not listed:
        return NameScore(0.0, 0.0, 0.0, 0.0)
    pairs, aligned = best_pairs(query, listed), align(query, listed, rarity)
    token_sort = fuzz.ratio(" ".join(sorted(query)), " ".join(sorted(listed))) / 100
    blend = ALIGNED * aligned + BEST_PAIRS * pairs + TOKEN_SORT * token_sort
    return NameScore(aligned, pairs, token_sort, blend)


def align(
    query: Sequence[str], listed: Sequence[str], rarity: Callable[[str], float] = lambda _: 1.0
) -> float:
    """The first measure, 0..1."""
    if sorted(query) == sorted(listed):
        return 1.0
    weights = {word: weight_of(word) * rarity(word) for word in (*query, *listed)}
    pairs = sorted(_pairs(query, listed), key=lambda pair: -pair.likeness * (pair.of_query + pair.of_list))
    query_used, list_used = [False] * len(query), [False] * len(listed)
    found = weight = 0.0
    agreeing = 0
    for pair in pairs:
        mine = slice(pair.query, pair.query + pair.of_query)
        theirs = slice(pair.listed, pair.listed + pair.of_list)
        if any(query_used[mine]) or any(list_used[theirs]):
            continue
        query_used[mine], list_used[theirs] = [True] * pair.of_query, [True] * pair.of_list
        both = sum(map(weights.__getitem__, query[mine])) + sum(map(weights.__getitem__, listed[theirs]))
        found += pair.likeness * both
        weight += both
        if pair.likeness >= _GOOD and query[pair.query] not in PARTICLES:
            agreeing += max(pair.of_query, pair.of_list)
    weight += 2 * QUERY_LEFT * _unmatched(query, query_used, weights)
    weight += 2 * LIST_LEFT * _unmatched(listed, list_used, weights)
    result = found / weight if weight else 0.0
    return result if agreeing > 1 else min(result, ONE_WORD)


def best_pairs(query: Sequence[str], listed: Sequence[str]) -> float:
    """The second measure, 0..1: an unmatched part of the listed name costs at most 15 %."""
    likenesses = sorted(
        ((_jaro(one, other), i, j) for i, one in enumerate(query) for j, other in enumerate(listed)),
        key=lambda item: -item[0],
    )
    mine, theirs = set(), set()
    total = 0.0
    for likeness, i, j in likenesses:
        if i in mine or j in theirs:
            continue
        mine.add(i)
        theirs.add(j)
        total += likeness * (len(query[i]) + len(listed[j]))
        if len(mine) == len(query) or len(theirs) == len(listed):
            break
    matched = sum(len(listed[j]) for j in theirs)
    covered = matched / sum(map(len, listed))
    return total / (sum(map(len, query)) + matched) * (1 - 0.15 * (1 - covered))


@lru_cache(maxsize=65536)
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
    if jaro > 0.75 and sound(one) and sound(one) == sound(other):
        return max(0.86, min(jaro, 0.92))
    return 0.8 * jaro if jaro >= 0.88 else 0.0


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """How a word sounds: Metaphone of Latin words; "" for others."""
    return jellyfish.metaphone(word).replace(" ", "") if word.isascii() else ""


@lru_cache(maxsize=65536)
def weight_of(word: str) -> float:
    """How much a word says: little for particles, more for long ones."""
    return 0.35 if word in PARTICLES else min(1.0, 0.45 + 0.12 * len(word))


def _pairs(query: Sequence[str], listed: Sequence[str]) -> list[_Pair]:
    found = [
        _Pair(alike, i, j, 1, 1)
        for i, one in enumerate(query)
        for j, other in enumerate(listed)
        if (alike := likeness(one, other)) > 0
    ]
    found += [
        _Pair(alike, i, j, 2, 1)
        for i in range(len(query) - 1)
        for j, other in enumerate(listed)
        if len(other) > 5 and (alike := likeness(query[i] + query[i + 1], other)) >= _GOOD
    ]
    found += [
        _Pair(alike, i, j, 1, 2)
        for j in range(len(listed) - 1)
        for i, one in enumerate(query)
        if len(one) > 5 and (alike := likeness(one, listed[j] + listed[j + 1])) >= _GOOD
    ]
    return found


def _unmatched(names: Sequence[str], used: Sequence[bool], weights: Mapping[str, float]) -> float:
    return sum(weights[word] for word, taken in zip(names, used, strict=True) if not taken)


@lru_cache(maxsize=65536)
def _jaro(one: str, other: str) -> float:
    shorter, longer = sorted((len(one), len(other)))
    fit = shorter / longer
    return float(JaroWinkler.similarity(one, other)) * (1 - 0.3 * (1 - fit) if fit < 0.9 else 1.0)
