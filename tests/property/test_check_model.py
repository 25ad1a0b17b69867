"""Whatever is sent as checkModel, template or parameter is taken, or refused as a request."""

import json
from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.api.forms import File
from appliance.api.idlive import parse
from appliance.domain.attack import Calibration, Rate, Strictness
from appliance.errors import InvalidRequest

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["FACE_CHECK", "DOC_CHECK", "FACE_MATCH_SEARCH", "PRESENTATION_ATTACK", "HARD", "HARDENED"]
    ),
)
NAMES = st.sampled_from(
    [
        "operations",
        "face_check_parameters",
        "document_check_parameters",
        "face_search_parameters",
        "pipelines",
        "type",
        "pipeline",
        "calibration",
        "collections",
        "limit",
        "max_faces",
        "domain",
        "errors_to_ignore",
        "x",
    ]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=5)),
    max_leaves=20,
)


@given(TREES)
def test_any_json(tree: object) -> None:
    with suppress(InvalidRequest):
        parse.command(parse.check_model({"checkModel": json.dumps(tree)}), None, None)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for fields in ({"checkModel": File(data)}, {"checkModel": data.decode("latin-1")}):
        try:
            parse.command(parse.check_model(fields), None, None)
        except InvalidRequest:
            pass
        else:
            assert b"operations" in data
    with suppress(InvalidRequest):
        parse.template(File(data))


@pytest.mark.parametrize("depth", [100, 5000, 100_000])
def test_deep_json(depth: int) -> None:
    with pytest.raises(InvalidRequest):
        parse.check_model({"checkModel": '{"x":' * depth + "1" + "}" * depth})


def test_the_value_that_was_sent_is_not_repeated() -> None:
    secret = "Maria Musterfrau 1964"
    for tree in (
        {"operations": [secret]},
        {"operations": ["FACE_CHECK"], "face_check_parameters": {"domain": secret}},
    ):
        with pytest.raises(InvalidRequest) as caught:
            parse.check_model({"checkModel": json.dumps(tree)})
        assert secret not in caught.value.message


@given(st.text(max_size=12))
def test_any_number(text: str) -> None:
    request = SimpleNamespace(query_params={"maxFaces": text})
    with suppress(InvalidRequest):
        assert 1 <= parse.number(request, "maxFaces", 1, 100) <= 100


@given(st.lists(st.floats(0.01, 0.99), min_size=3, max_size=3, unique=True), st.floats(0, 1), st.floats(0, 1))
def test_a_strictness_moves_the_map_and_not_the_threshold(
    knots: list[float], one: float, other: float
) -> None:
    levels = zip(Strictness, sorted(knots), strict=True)
    rates = {level: Rate(knot, {}, {}, {}, {}) for level, knot in levels}
    calibration = Calibration("test", "none", 0.0, 1.0, rates)
    for level, rate in rates.items():
        assert calibration.probability(rate.threshold, level) == 0.5
        assert (calibration.probability(one, level) >= 0.5) == (one >= rate.threshold)
        if one <= other:
            assert calibration.probability(one, level) <= calibration.probability(other, level)
    soft, regular, hard = (calibration.probability(one, level) for level in Strictness)
    assert soft >= regular >= hard
