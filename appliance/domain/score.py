"""From a cosine to the scores that dialects show, so that all of them decide alike.

A template model's calibration gives two points, each with its measured error rates: the decision point, from
which two faces count as one person, and the search point, from which a hit in a gallery counts. The maps are
straight lines between fixed knots; whatever scale a dialect shows, its threshold is the decision point.
"""

import itertools
import math
from typing import Self

import msgspec

from appliance.errors import ModelCorrupt

PROBABILITY = (0.0, 0.5, 0.9, 1.0)
"""Of map P at cosine -1, the decision point, the search point and 1."""
SIMILARITY = (0.0, 0.80, 0.95, 1.0)
"""Of map S at the same cosines."""
PERCENT_THRESHOLD = 80.0
"""Where `ScoreMaps.percent` counts as a match: 100 times S at the decision point."""


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One operating point and the errors measured there, on persons that had no part in choosing it.

    Attributes:
        cosine: two faces at least this alike count as one person.
        fmr_aimed_at: the false match rate that the fitting half of the persons has at this cosine.
        fmr: false match rate: share of pairs of two persons that count as one, 0..1.
        fmr_bounds: 95 % confidence bounds of it.
        fnmr: false non-match rate: share of pairs of one person that count as two, 0..1.
        fnmr_bounds: 95 % confidence bounds of it.
    """

    cosine: float
    fmr_aimed_at: float
    fmr: float
    fmr_bounds: tuple[float, float]
    fnmr: float
    fnmr_bounds: tuple[float, float]


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one half of a calibration consisted of."""

    persons: int
    photographs: int
    genuine_pairs: int
    impostor_pairs: int


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Operating points of one template model.

    Attributes:
        model: name of the template model.
        population: on what photographs, and how.
        seed: of the split by person.
        fitted_on: the half that chose the cosines.
        measured_on: the other half, which gave the error rates.
        decision: for one to one.
        search: for one to many.
        table: all points measured, loosest first.
    """

    model: str
    population: str
    seed: int
    fitted_on: Sample
    measured_on: Sample
    decision: Point
    search: Point
    table: tuple[Point, ...]

    @classmethod
    def decode(cls, text: bytes) -> Self:
        """Read the JSON of a calibration file.

        Raises:
            ModelCorrupt: it is not of this form, or its points are not in order.
        """
        try:
            calibration = msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            remedy = "Take the calibration file again from the release."
            raise ModelCorrupt(f"not a calibration file: {error}", remedy=remedy) from None
        if not -1 < calibration.decision.cosine < calibration.search.cosine < 1:
            reason = (
                f"the decision point of {calibration.model} must lie below its search point, both in -1..1"
            )
            raise ModelCorrupt(reason, remedy="Fit the calibration again.")
        return calibration


class ScoreMaps:
    """The maps of one template model.

    For every cosine: `P >= 0.5`, `S >= 0.80`, `percent >= 80` and `matches` are true together, and `P >= 0.9`
    and `S >= 0.95` are; also for the neighbouring floating-point numbers of the knots. All maps are monotone.
    Cosines a little outside of -1..1 count as the nearest end.
    """

    def __init__(self, decision: float, search: float) -> None:
        """Make the maps of two points, -1 < decision < search < 1."""
        self._knots = (-1.0, decision, search, 1.0)

    @classmethod
    def from_calibration(cls, calibration: Calibration) -> Self:
        """Make the maps of a template model."""
        return cls(calibration.decision.cosine, calibration.search.cosine)

    def matches(self, cosine: float) -> bool:
        """Whether two faces count as one person."""
        return cosine >= self._knots[1]

    def P(self, cosine: float) -> float:  # noqa: N802 - the map's name in every table of scores
        """0..1; 0.5 is the decision point, 0.9 the search point."""
        return self._map(cosine, PROBABILITY)

    def S(self, cosine: float) -> float:  # noqa: N802 - the map's name in every table of scores
        """0..1; 0.80 is the decision point, 0.95 the search point."""
        return self._map(cosine, SIMILARITY)

    def percent(self, cosine: float) -> float:
        """0..100 with two decimals: 100 S, never rounded across the decision point at 80."""
        rounded = round(100 * self.S(cosine), 2)
        if self.matches(cosine):
            return max(rounded, PERCENT_THRESHOLD)
        return min(rounded, PERCENT_THRESHOLD - 0.01)

    def _map(self, cosine: float, values: tuple[float, ...]) -> float:
        if math.isnan(cosine):
            raise ValueError("a cosine that is not a number has no score")
        cosine = min(max(cosine, -1.0), 1.0)
        ends = list(itertools.pairwise(zip(self._knots, values, strict=True)))
        (low, at_low), (high, at_high) = next((e for e in ends if cosine < e[1][0]), ends[-1])
        score = at_low + (at_high - at_low) * (cosine - low) / (high - low)
        # the sum may round up to the next knot's value, which belongs to the next knot alone
        below = at_high if high == 1 else math.nextafter(at_high, 0.0)
        return min(max(score, at_low), below)
