"""Finding the listed names that a query may mean: an index over words, not over names.

Each distinct word of the lists is kept once, with its trigrams, letters and sound, and points to the names
that have it. A query's word finds like words by what they share, these find names, and names are ranked by
how much of both sides agrees, where a rare word says more than a common one.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.services.screening import name_score
from appliance.services.screening.name_score import weight_of

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]

LIKE_WORDS: Final = 48
"""Words of the lists that one word of a query is compared with."""
_LEAST: Final = 0.25
"""Shared trigrams below which a word is not looked at."""
_CONTAINED: Final = 0.5
"""What a word counts that shares many trigrams and is no spelling of the same name: part of a longer one."""


class NameIndex:
    """An index of names, each a sequence of words. Immutable once made.

    Args:
        names: words of each name.
        likeness: of two words, 0..1.
        sound: of a word; "" where it has none.
    """

    def __init__(
        self,
        names: Sequence[Sequence[str]],
        likeness: Callable[[str, str], float] = name_score.likeness,
        sound: Callable[[str], str] = name_score.sound,
    ) -> None:
        self.size = len(names)
        self._likeness = likeness
        self._sound = sound
        self._vocabulary: dict[str, int] = {}
        holders: list[list[int]] = []
        for place, name in enumerate(names):
            for word in set(name):
                number = self._vocabulary.setdefault(word, len(holders))
                if number == len(holders):
                    holders.append([])
                holders[number].append(place)
        self._words = list(self._vocabulary)
        self._names_of = [np.asarray(places, dtype=np.int32) for places in holders]
        count = np.asarray([len(places) for places in holders] or [1], dtype=np.float64)
        rare = np.log1p(self.size / count) / np.log1p(max(1, self.size))
        self._rarity = np.sqrt(rare).astype(np.float32)
        grams: dict[str, list[int]] = defaultdict(list)
        for number, word in enumerate(self._words):
            for gram in self._grams(word):
                grams[gram].append(number)
        self._words_of = {gram: np.asarray(numbers, dtype=np.int32) for gram, numbers in grams.items()}
        counts = [len(self._grams(word)) for word in self._words] or [1]
        self._gram_count = np.asarray(counts, dtype=np.float32)
        self._total = np.zeros(self.size, dtype=np.float32)
        for number, word in enumerate(self._words):
            self._total[self._names_of[number]] += weight_of(word) * self._rarity[number]

    def rarity(self, word: str) -> float:
        """How rare a word is on the lists, 0..1; 1 where no name has it."""
        number = self._vocabulary.get(word)
        return 1.0 if number is None else float(self._rarity[number])

    def find(self, query: Sequence[str], most: int) -> Ints:
        """Numbers of the names that agree best with a query, at most so many, in no order."""
        agreement = np.zeros(self.size, dtype=np.float32)
        whole = 0.0
        for word in dict.fromkeys(query):
            alike = self._alike(word)
            rarity = max((self._rarity[number] for number, one in alike if one >= 0.85), default=1.0)
            weight = weight_of(word) * float(rarity)
            whole += weight
            best = np.zeros(self.size, dtype=np.float32)
            for number, one in reversed(alike):  # ascending: the best is written last
                best[self._names_of[number]] = one
            agreement += weight * best
        if not whole or not self.size:
            return np.zeros(0, dtype=np.int32)
        ranked = agreement / (0.7 * whole + 0.3 * self._total)
        kept = min(most, self.size)
        top = np.argpartition(-ranked, kept - 1)[:kept]
        chosen: Ints = top[ranked[top] > 0].astype(np.int32)
        return chosen

    def _alike(self, word: str) -> list[tuple[int, float]]:
        """Words of the lists that are like one, best first, with their likeness."""
        parts = self._grams(word)
        postings = [found for gram in parts if (found := self._words_of.get(gram)) is not None]
        if not postings:
            return []
        shared = np.bincount(np.concatenate(postings), minlength=len(self._words)).astype(np.float32)
        dice = 2 * shared / (len(parts) + self._gram_count)
        kept = min(LIKE_WORDS, len(self._words))
        top = np.argpartition(-dice, kept - 1)[:kept]
        alike: list[tuple[int, float]] = []
        for number in top[dice[top] >= _LEAST].tolist():
            one = self._likeness(word, self._words[number])
            if not one and shared[number] >= 0.7 * min(len(parts), self._gram_count[number]):
                one = _CONTAINED
            if one:
                alike.append((number, one))
        return sorted(alike, key=lambda item: -item[1])

    def _grams(self, word: str) -> set[str]:
        edged = f"^{word}$"
        parts = {edged[at : at + 3] for at in range(len(edged) - 2)}
        parts.add("=" + "".join(sorted(word)))  # two letters turned round leave a short word no trigram
        if heard := self._sound(word):
            parts.add("~" + heard)
        return parts
