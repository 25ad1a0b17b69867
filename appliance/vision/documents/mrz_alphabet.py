"""From the recogniser's 2,097 classes to the 37 characters of a machine-readable zone.

The networks know Chinese and Japanese too and write `<` as one of many characters that look like it. Their
probabilities are summed into the one meant before anything is decoded: else most name lines are missed
(measured).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from appliance.domain.mrz_layout import ALPHABET, FILLER
from appliance.vision.documents.ctc import Floats

LOOK_ALIKES: Final[Mapping[str, str]] = MappingProxyType(
    {
        FILLER: "\uff1c\u00ab\u304f\u3008\u2039\u30d8\u3078\uff8d\u039b\u2227\u3111^\uff3e\u2264\u300a\ufe64"
        "\u2220\u27e8\u3125\u4eba\u5165\u516b(",
        "0": "\u3007",
        "O": "o\uff2f",
        "I": "l|",
    }
)
"""Character of the zone -> what the recogniser also writes for it."""

_FLOOR: Final = 1e-6
"""No probability is taken to be smaller: a network is never that sure, and logarithms stay finite."""


class MrzAlphabet:
    """Column indices of one recogniser, by its list of characters."""

    def __init__(self, characters: Sequence[str]) -> None:
        """Take the characters in class order; class 0 is the blank."""
        index = {character: i for i, character in reversed(list(enumerate(characters)))}
        columns, targets = [0], [0]
        for target, character in enumerate(ALPHABET, start=1):
            for written in character + LOOK_ALIKES.get(character, ""):
                if written in index:
                    columns.append(index[written])
                    targets.append(target)
        spaces = [i for i, character in enumerate(characters) if character == " "]
        self._columns = np.array(columns + spaces)
        self._fold = np.zeros((len(self._columns), 1 + len(ALPHABET)), np.float32)
        self._fold[np.arange(len(self._columns)), targets + [0] * len(spaces)] = 1.0

    def log_probabilities(self, probabilities: Floats) -> Floats:
        """Steps x (blank, the 37 characters in the order of `ALPHABET`), natural logarithms, rows sum to 1.

        A space counts as blank: nothing in a zone is parted by blanks.
        """
        folded = probabilities[:, self._columns] @ self._fold + np.float32(_FLOOR)
        shares: Floats = np.log(folded / folded.sum(axis=1, keepdims=True)).astype(np.float32)
        return shares

    @staticmethod
    def spell(log_probabilities: Floats) -> str:
        """The likeliest text, of whatever length."""
        best = log_probabilities.argmax(axis=1)
        starts = np.flatnonzero(np.diff(best, prepend=-1))
        return "".join(ALPHABET[i - 1] for i in best[starts] if i)
