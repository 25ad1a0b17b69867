"""A worse signal never lowers the score or improves the decision; contributions add up to every score."""

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain.provenance import Channel
from appliance.domain.risk import (
    OF_LISTS,
    Assessment,
    Decision,
    DeviceFacts,
    DocumentFacts,
    FaceFacts,
    Level,
    LivenessFacts,
    Signals,
    assess,
)
from appliance.domain.risk_policy import Policy, decode
from appliance.domain.screening import ListSource, Match, NameKind, Screening, ScreeningState
from appliance.services.risk_policy import SHIPPED

SHIPPED_TEXT = SHIPPED.read_text("utf-8")
POLICIES = (
    decode(SHIPPED_TEXT.encode(), "shipped"),
    decode(SHIPPED_TEXT.replace('high_means = "review"', 'high_means = "reject"').encode(), "strict"),
    decode(
        SHIPPED_TEXT.replace('required = ["document", "face", "liveness", "screening"]',
                             'required = ["document", "screening"]')
        .replace("near_miss = 0.80", "near_miss = 0.50")
        .replace("default = 0.0", "default = 0.05").replace("# PRK", "PRK").encode(),
        "lenient",
    ),
)  # fmt: skip
FEW = settings(max_examples=40)
"""Of each of the many parametrised tests."""
UNIT = st.floats(0, 1)
PROBABILITY = st.none() | UNIT
CHANNELS = (Channel.KIOSK, Channel.BUNDLE, Channel.UPLOAD)


def screening(score: float | None) -> Screening:
    """A hit of this score; a clear one for None."""
    if score is None:
        return Screening(ScreeningState.CLEAR, "", (), ())
    match = Match(ListSource.UN, "un-1", "QDi.1", "A NAME", NameKind.STRONG, score, {"name": score})
    return Screening(ScreeningState.HIT, "", (match,), ())


UNAVAILABLE = Screening(ScreeningState.UNAVAILABLE, "no_list", (), ())
documents = st.builds(
    DocumentFacts,
    confidence=UNIT,
    valid=st.booleans(),
    expired=st.none() | st.booleans(),
    mrz_valid=st.none() | st.booleans(),
    conflicts=st.integers(0, 5),
    signature=st.none() | st.booleans(),
    genuine=PROBABILITY,
    nationality=st.sampled_from(["", "USA", "PRK"]),
    issuer=st.sampled_from(["", "USA", "PRK"]),
)
faces = st.builds(
    FaceFacts, similarity=UNIT, matched=st.booleans(), genuine=PROBABILITY, elsewhere=PROBABILITY
)
lives = st.builds(LivenessFacts, passed=st.booleans(), confidence=UNIT, spoof=st.booleans())
devices = st.builds(
    DeviceFacts,
    channel=st.sampled_from(CHANNELS),
    enrolled=st.booleans(),
    genuine=PROBABILITY,
    seen_before=st.booleans(),
    clock_synchronised=st.none() | st.booleans(),
)
screenings = st.just(UNAVAILABLE) | (st.none() | UNIT).map(screening)
signals = st.builds(
    Signals,
    document=st.none() | documents,
    face=st.none() | faces,
    liveness=st.none() | lives,
    screening=st.none() | screenings,
    device=st.none() | devices,
    attacks_before=st.integers(0, 3),
)
policies = st.sampled_from(POLICIES)

LOWER_IS_WORSE = {
    "document": ("confidence", "genuine"),
    "face": ("similarity", "genuine"),
    "liveness": ("confidence",),
    "device": ("genuine",),
}
FALSE_IS_WORSE = {
    "document": ("valid", "mrz_valid", "signature"),
    "face": ("matched",),
    "liveness": ("passed",),
    "device": ("clock_synchronised",),
}
TRUE_IS_WORSE = {"document": ("expired",), "liveness": ("spoof",), "device": ("seen_before",)}


def changed(case: Signals, part: str, **fields: Any) -> Signals:
    return dataclasses.replace(case, **{part: dataclasses.replace(getattr(case, part), **fields)})


def no_better(before: Assessment, after: Assessment) -> bool:
    return after.score >= before.score and after.decision.severity >= before.decision.severity


@pytest.mark.parametrize(
    ("part", "name"), [(part, name) for part, names in LOWER_IS_WORSE.items() for name in names]
)
@FEW
@given(case=signals, policy=policies, values=st.tuples(UNIT, UNIT))
def test_a_lower_figure_never_helps(
    part: str, name: str, case: Signals, policy: Policy, values: tuple[float, float]
):
    if getattr(case, part) is None:
        return
    high, low = max(values), min(values)
    better, worse = changed(case, part, **{name: high}), changed(case, part, **{name: low})
    assert no_better(assess(better, policy), assess(worse, policy))


@FEW
@given(case=signals, policy=policies, more=st.integers(1, 3))
def test_an_attack_before_never_helps(case: Signals, policy: Policy, more: int):
    worse = dataclasses.replace(case, attacks_before=case.attacks_before + more)
    assert no_better(assess(case, policy), assess(worse, policy))


@pytest.mark.parametrize(
    ("part", "name", "worse"),
    [(p, n, False) for p, names in FALSE_IS_WORSE.items() for n in names]
    + [(p, n, True) for p, names in TRUE_IS_WORSE.items() for n in names],
)
@FEW
@given(case=signals, policy=policies)
def test_a_failed_check_never_helps(part: str, name: str, worse: bool, case: Signals, policy: Policy):
    if getattr(case, part) is None:
        return
    good, bad = changed(case, part, **{name: not worse}), changed(case, part, **{name: worse})
    assert no_better(assess(good, policy), assess(bad, policy))


@FEW
@given(case=signals, policy=policies, more=st.integers(1, 4))
def test_more_contradictions_never_help(case: Signals, policy: Policy, more: int):
    if case.document is not None:
        worse = changed(case, "document", conflicts=case.document.conflicts + more)
        assert no_better(assess(case, policy), assess(worse, policy))


@FEW
@given(case=signals, policy=policies, similar=st.tuples(UNIT, UNIT))
def test_a_face_like_another_customers_never_helps(
    case: Signals, policy: Policy, similar: tuple[float, float]
):
    if case.face is not None:
        less, more = (changed(case, "face", elsewhere=one) for one in sorted(similar))
        assert no_better(assess(less, policy), assess(more, policy))


@FEW
@given(case=signals, policy=policies, scores=st.tuples(UNIT, UNIT))
def test_a_closer_name_on_a_list_never_helps(case: Signals, policy: Policy, scores: tuple[float, float]):
    low, high = sorted(scores)
    clear, near, nearer = (dataclasses.replace(case, screening=screening(s)) for s in (None, low, high))
    assert no_better(assess(clear, policy), assess(near, policy))
    assert no_better(assess(near, policy), assess(nearer, policy))


@FEW
@given(case=signals, policy=policies, enrolled=st.booleans())
def test_a_way_that_more_people_could_change_never_helps(case: Signals, policy: Policy, enrolled: bool):
    ways = [DeviceFacts(channel=one, enrolled=enrolled) for one in CHANNELS]
    judged = [assess(dataclasses.replace(case, device=way), policy) for way in ways]
    assert no_better(judged[0], judged[1])
    assert no_better(judged[1], judged[2])


GOOD = Signals(
    document=DocumentFacts(
        1.0, valid=True, expired=False, mrz_valid=True, signature=True, genuine=1.0, nationality="USA",
        issuer="USA",
    ),
    face=FaceFacts(1.0, matched=True, genuine=1.0, elsewhere=0.0),
    liveness=LivenessFacts(passed=True, confidence=1.0, spoof=False),
    screening=screening(None),
    device=DeviceFacts(Channel.KIOSK, genuine=1.0, clock_synchronised=True),
)  # fmt: skip
OPTIONAL = (
    ("document", "expired", None),
    ("document", "mrz_valid", None),
    ("document", "signature", None),
    ("document", "genuine", None),
    ("document", "nationality", ""),
    ("document", "issuer", ""),
    ("face", "genuine", None),
    ("face", "elsewhere", None),
    ("device", "genuine", None),
    ("device", "clock_synchronised", None),
)


@pytest.mark.parametrize("part", ["document", "face", "liveness", "screening", "device"])
@FEW
@given(case=signals, policy=policies)
def test_a_part_that_is_missing_never_looks_better_than_a_good_one(part: str, case: Signals, policy: Policy):
    good = dataclasses.replace(case, **{part: getattr(GOOD, part)})
    missing = dataclasses.replace(case, **{part: None})
    assert no_better(assess(good, policy), assess(missing, policy))


@pytest.mark.parametrize(("part", "name", "unknown"), OPTIONAL)
@FEW
@given(case=signals, policy=policies)
def test_a_fact_that_is_missing_never_looks_better_than_a_good_one(
    part: str, name: str, unknown: object, case: Signals, policy: Policy
):
    if getattr(case, part) is None:
        return
    good = changed(case, part, **{name: getattr(getattr(GOOD, part), name)})
    assert no_better(assess(good, policy), assess(changed(case, part, **{name: unknown}), policy))


@FEW
@given(case=signals, policy=policies)
def test_the_explanation_adds_up(case: Signals, policy: Policy):
    judged = assess(case, policy)
    assert math.isclose(math.fsum(one.share for one in judged.contributions), judged.score, abs_tol=1e-9)
    rest = math.prod(1 - one.weight * one.signal for one in judged.contributions)
    assert judged.score == pytest.approx(1 - rest, abs=0.00005001)
    assert all(one.share >= 0 and one.words and 0 <= one.signal <= 1 for one in judged.contributions)
    shares = [one.share for one in judged.contributions]
    assert shares == sorted(shares, reverse=True)
    assert len({one.name for one in judged.contributions}) == len(judged.contributions)


@FEW
@given(case=signals, policy=policies)
def test_level_and_decision_never_contradict_each_other(case: Signals, policy: Policy):
    judged = assess(case, policy)
    assert judged == assess(case, policy)
    if judged.decision is Decision.APPROVED:
        assert judged.level is Level.LOW
        assert judged.reasons == ()
    else:
        assert judged.level is not Level.LOW
        assert judged.reasons
    if judged.decision is Decision.REJECTED:
        assert judged.level is Level.HIGH


@FEW
@given(case=signals, policy=policies)
def test_nobody_is_approved_without_evidence_or_by_a_list_that_could_not_be_searched(
    case: Signals, policy: Policy
):
    judged = assess(case, policy)
    searched = case.screening is not None and case.screening.state is ScreeningState.CLEAR
    if not searched or case.document is None:
        assert judged.decision is not Decision.APPROVED
    for part in policy.required:
        if getattr(case, part) is None:
            assert judged.decision is not Decision.APPROVED


@FEW
@given(case=signals, policy=policies)
def test_no_list_rejects_anybody(case: Signals, policy: Policy):
    without = dataclasses.replace(case, screening=screening(None))
    if assess(without, policy).decision is not Decision.REJECTED:
        assert assess(case, policy).decision is not Decision.REJECTED
    assert {"sanctions_hit", "screening_match", "country"} <= OF_LISTS
