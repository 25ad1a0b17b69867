"""How alike two names are of which one is written without vowels: their skeletons, word by word.

Skeletons are short and many names share one, so a rare one says much more than a common one.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Final

from rapidfuzz.distance import Levenshtein

from appliance.services.screening.skeleton import coarse, likeness, skeleton
from appliance.services.screening.words import PARTICLES, Words

LIST_LEFT: Final = 0.3
"""Weight of an unmatched word of the list; of the query: 1."""
LEAST: Final = 0.6
"""Likeness below which two skeletons are of different names."""
ONE_WORD: Final = 0.5
"""Most that is given where only one word agrees."""


def bones(name: Words) -> tuple[str, ...]:
    """Skeletons of a name's words, without particles; two words may be one in the other script."""
    own = name.script if name.consonants else name.latin
    kept = (skeleton(word) for word in own if word not in PARTICLES)
    return tuple(bone for bone in kept if bone)


def keys(skeletons: Sequence[str]) -> tuple[str, ...]:
    """What the index keeps of them: coarse keys of the words and of neighbours as one word."""
    merged = [coarse(bone) for bone in skeletons]
    joined = (first + second for first, second in itertools.pairwise(merged))
    return tuple(dict.fromkeys(key for key in (*merged, *joined) if key))


def key_likeness(one: str, other: str) -> float:
    """How alike two coarse keys are, 0..1; 0 below LEAST."""
    return float(Levenshtein.normalized_similarity(one, other, score_cutoff=LEAST))


class BonesComparer:
    """Compares one name with many. What it has worked out of words goes with it: nothing of a query stays.

    Args:
        query: skeletons of the one who is looked for.
        rarity: of a coarse key, 0..1.
    """

    def __init__(self, query: Sequence[str], rarity: Callable[[str], float]) -> None:
        self._query = query
        self._rarity = rarity
        self._likeness: dict[tuple[str, str], float] = {}
        self._weights: dict[str, float] = {}

    def score(self, listed: Sequence[str]) -> float:
        """Compare with the skeletons of a listed name, 0..1."""
        query = self._query
        query_used, list_used = [False] * len(query), [False] * len(listed)
        found = agreed = 0.0
        words = 0
        for _, alike, i, mine, j, theirs in self._pairs(listed):
            if any(query_used[i : i + mine]) or any(list_used[j : j + theirs]):
                continue
            query_used[i : i + mine], list_used[j : j + theirs] = [True] * mine, [True] * theirs
            both = sum(map(self._weight, (*query[i : i + mine], *listed[j : j + theirs])))
            found += alike * both
            agreed += both
            words += max(mine, theirs)
        left = 2 * sum(self._weight(bone) for bone, used in zip(query, query_used, strict=True) if not used)
        more = 2 * sum(self._weight(bone) for bone, used in zip(listed, list_used, strict=True) if not used)
        whole = agreed + left + LIST_LEFT * more
        result = found / whole if whole else 0.0
        return result if words > 1 else min(result, ONE_WORD)

    def _pairs(self, listed: Sequence[str]) -> list[tuple[float, float, int, int, int, int]]:
        pairs = [
            (alike * (mine + theirs), alike, i, mine, j, theirs)
            for mine, theirs in ((1, 1), (1, 2), (2, 1))
            for i in range(len(self._query) - mine + 1)
            for j in range(len(listed) - theirs + 1)
            if (alike := self._alike("".join(self._query[i : i + mine]), "".join(listed[j : j + theirs])))
            >= LEAST
        ]
        return sorted(pairs, key=lambda pair: -pair[0])

    def _alike(self, one: str, other: str) -> float:
        known = self._likeness.get((one, other))
        if known is None:
            known = self._likeness[one, other] = likeness(one, other)
        return known

    def _weight(self, bone: str) -> float:
        known = self._weights.get(bone)
        if known is None:
            known = min(1.0, 0.2 * len(bone) + 0.2) * self._rarity(coarse(bone))
            self._weights[bone] = known
        return known
