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


def score(query: Sequence[str], listed: Sequence[str], rarity: Callable[[str], float]) -> float:
    """Compare two names by their skeletons, 0..1.

    Args:
        query: skeletons of the one who is looked for.
        listed: skeletons of a listed name.
        rarity: of a coarse key, 0..1.
    """

    def weight(bone: str) -> float:
        return min(1.0, 0.2 * len(bone) + 0.2) * rarity(coarse(bone))

    pairs = [
        (alike * (mine + theirs), alike, i, mine, j, theirs)
        for mine in (1, 2)
        for theirs in (1, 2)
        if mine + theirs < 4
        for i in range(len(query) - mine + 1)
        for j in range(len(listed) - theirs + 1)
        if (alike := likeness("".join(query[i : i + mine]), "".join(listed[j : j + theirs]))) >= LEAST
    ]
    pairs.sort(key=lambda pair: -pair[0])
    query_used, list_used = [False] * len(query), [False] * len(listed)
    found = agreed = 0.0
    words = 0
    for _, alike, i, mine, j, theirs in pairs:
        if any(query_used[i : i + mine]) or any(list_used[j : j + theirs]):
            continue
        query_used[i : i + mine], list_used[j : j + theirs] = [True] * mine, [True] * theirs
        both = sum(map(weight, query[i : i + mine])) + sum(map(weight, listed[j : j + theirs]))
        found += alike * both
        agreed += both
        words += max(mine, theirs)
    left = 2 * sum(weight(bone) for bone, used in zip(query, query_used, strict=True) if not used)
    more = 2 * sum(weight(bone) for bone, used in zip(listed, list_used, strict=True) if not used)
    whole = agreed + left + LIST_LEFT * more
    result = found / whole if whole else 0.0
    return result if words > 1 else min(result, ONE_WORD)
