"""All scales decide alike, whatever the cosine and the knots, down to the last bit."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import PROJECT
from appliance.domain.score import PERCENT_THRESHOLD, Calibration, ScoreMaps
from appliance.errors import ModelCorrupt

FILE = PROJECT / "models" / "face-template-dlib" / "calibration.json"
COSINES = st.floats(-1, 1)


@st.composite
def maps_and_knots(draw: st.DrawFn) -> tuple[ScoreMaps, float, float]:
    decision = draw(st.floats(-0.999, 0.998))
    search = draw(st.floats(decision, 0.9999, exclude_min=True))
    return ScoreMaps(decision, search), decision, search


@st.composite
def maps_and_cosine(draw: st.DrawFn) -> tuple[ScoreMaps, float]:
    """Any cosine, but often a knot or one of the few floating-point numbers beside it."""
    maps, decision, search = draw(maps_and_knots())
    near = st.sampled_from([-1.0, decision, search, 1.0])
    steps = st.integers(-3, 3)
    cosine = draw(st.one_of(COSINES, st.builds(_beside, near, steps)))
    return maps, cosine


def _beside(value: float, steps: int) -> float:
    for _ in range(abs(steps)):
        value = math.nextafter(value, math.copysign(2.0, steps))
    return value


@given(maps_and_cosine())
def test_every_scale_takes_the_same_decision(case: tuple[ScoreMaps, float]) -> None:
    maps, cosine = case
    decisions = {
        maps.matches(cosine),
        maps.P(cosine) >= 0.5,
        maps.S(cosine) >= 0.80,
        maps.percent(cosine) >= PERCENT_THRESHOLD,
        round(maps.percent(cosine), 2) >= 80,
        float(f"{maps.percent(cosine):.2f}") >= 80,
    }
    assert len(decisions) == 1


@given(maps_and_knots(), st.integers(-3, 3), COSINES)
def test_the_search_point_is_one_point_on_both_maps(
    case: tuple[ScoreMaps, float, float], steps: int, anywhere: float
) -> None:
    maps, _, search = case
    for cosine in (_beside(search, steps), anywhere):
        assert (maps.P(cosine) >= 0.9) == (maps.S(cosine) >= 0.95) == (cosine >= search)


@given(maps_and_knots(), st.tuples(COSINES, COSINES), st.integers(-3, 3), st.integers(-3, 3))
def test_the_maps_never_fall(
    case: tuple[ScoreMaps, float, float], pair: tuple[float, float], a: int, b: int
) -> None:
    maps, decision, search = case
    for knot in (decision, search):
        for low, high in (sorted(pair), sorted((_beside(knot, a), _beside(knot, b)))):
            assert 0 <= maps.P(low) <= maps.P(high) <= 1
            assert 0 <= maps.S(low) <= maps.S(high) <= 1
            assert 0 <= maps.percent(low) <= maps.percent(high) <= 100


@given(maps_and_knots())
def test_the_knots_have_their_values(case: tuple[ScoreMaps, float, float]) -> None:
    maps, decision, search = case
    assert [maps.P(c) for c in (-1.0, decision, search, 1.0)] == [0.0, 0.5, 0.9, 1.0]
    assert [maps.S(c) for c in (-1.0, decision, search, 1.0)] == [0.0, 0.80, 0.95, 1.0]
    assert maps.percent(1.0) == 100


def test_rounding_does_not_lift_a_rejected_pair_over_the_threshold() -> None:
    maps = ScoreMaps(0.9, 0.95)
    assert maps.S(math.nextafter(0.9, 0)) > 0.79999999
    assert maps.percent(math.nextafter(0.9, 0)) == 79.99


def test_a_cosine_out_of_range_by_rounding_counts_as_the_end() -> None:
    maps = ScoreMaps(0.9, 0.95)
    assert maps.P(1.0000001) == 1
    assert maps.S(-1.0000001) == 0


def test_no_number_has_no_score() -> None:
    maps = ScoreMaps(0.9, 0.95)
    for scale in (maps.P, maps.S, maps.percent):
        with pytest.raises(ValueError, match="not a number"):
            scale(math.nan)


def test_the_shipped_calibration_reads_and_states_its_choice() -> None:
    calibration = Calibration.decode(FILE.read_bytes())
    assert calibration.model == FILE.parent.name
    rates = [(point.cosine, point.fmr, point.fnmr) for point in calibration.table]
    assert rates == sorted(rates, key=lambda row: row[0])
    assert [row[1] for row in rates] == sorted((row[1] for row in rates), reverse=True)
    assert [row[2] for row in rates] == sorted(row[2] for row in rates)
    for point in calibration.table:
        assert point.fmr_bounds[0] <= point.fmr <= point.fmr_bounds[1]
        assert point.fnmr_bounds[0] <= point.fnmr <= point.fnmr_bounds[1]
    strict = {point.fmr_aimed_at: point for point in calibration.table}
    chosen = strict[1e-4] if strict[1e-4].fnmr <= 0.05 else strict[1e-3]
    assert calibration.decision == chosen
    assert calibration.search == strict[1e-5]
    assert ScoreMaps.from_calibration(calibration).percent(calibration.decision.cosine) == 80


@pytest.mark.parametrize("damage", ["not json", "other shape", "order"])
def test_a_damaged_calibration_is_refused(damage: str) -> None:
    tree = msgspec.json.decode(FILE.read_bytes())
    if damage == "order":
        tree["decision"]["cosine"], tree["search"]["cosine"] = 0.96, 0.95
    text = {"not json": b"{", "other shape": b'{"model": "x"}', "order": msgspec.json.encode(tree)}[damage]
    with pytest.raises(ModelCorrupt):
        Calibration.decode(text)
