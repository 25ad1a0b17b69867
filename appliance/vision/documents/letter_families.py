"""Which other letters a character may be, by the recogniser's own probabilities: A, Á and Å are a family."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.vision.documents.alphabets import base
from appliance.vision.documents.ctc import Floats, runs

Others = tuple[tuple[str, float], ...]
"""Other letters with the same base that a character may be, each with its probability."""

_SURE: Final = 0.985
"""Probability from which a character has no other letter worth keeping."""
_FAINT: Final = 0.01


class LetterFamilies:
    """Finds the letters that characters may be besides those that were read."""

    def __init__(self, characters: Sequence[str]) -> None:
        """Take the recogniser's classes."""
        families: dict[str, list[int]] = {}
        for number, character in enumerate(characters):
            if len(character) == 1 and character.isalpha() and base(character).isascii():
                families.setdefault(base(character), []).append(number)
        self._characters = characters
        self._family: dict[int, NDArray[np.intp]] = {
            number: np.array([other for other in family if other != number])
            for family in families.values()
            if len(family) > 2
            for number in family
        }

    def of(self, probabilities: Floats) -> tuple[Others, ...]:
        """Per character that `ctc.greedy` reads, what else it may be.

        Args:
            probabilities: steps x classes.
        """
        return tuple(
            self._others(probabilities, number, first, last) for number, first, last in runs(probabilities)
        )

    def _others(self, probabilities: Floats, number: int, first: int, last: int) -> Others:
        family = self._family.get(number)
        if family is None or probabilities[first:last, number].max() > _SURE:
            return ()
        stretch = probabilities[max(first - 1, 0) : last + 1]
        chances = stretch[:, family].max(axis=0)
        return tuple(
            (self._characters[family[at]], float(chances[at])) for at in np.flatnonzero(chances > _FAINT)
        )
