"""What each place of a kind of zone may hold, as weights for the constrained decoder."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from appliance.domain.mrz_layout import ALPHABET, CLASSES, KINDS
from appliance.vision.documents.ctc import Floats


def _weights(mask: str) -> Floats:
    rows = np.full((len(mask), len(ALPHABET)), -np.inf, np.float32)
    for place, letter in enumerate(mask):
        rows[place, [ALPHABET.index(character) for character in CLASSES[letter]]] = 0.0
    rows.setflags(write=False)
    return rows


WEIGHTS: Final[Mapping[str, tuple[Floats, ...]]] = MappingProxyType(
    {kind: tuple(_weights(mask) for mask in layout.masks) for kind, layout in KINDS.items()}
)
"""Kind -> per line: places x `ALPHABET`, 0 where allowed, -inf where forbidden."""
