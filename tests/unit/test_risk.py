"""The shipped policy decides the plain cases as intended; an operator's own is refused where it is wrong."""

import dataclasses
from pathlib import Path

import pytest

from appliance.config import load as settings_of
from appliance.domain.provenance import Channel
from appliance.domain.risk import (
    Decision,
    DeviceFacts,
    DocumentFacts,
    FaceFacts,
    Level,
    LivenessFacts,
    Signals,
    assess,
)
from appliance.domain.risk_policy import Outcome, Rules, Spans, decode
from appliance.domain.risk_words import RULES
from appliance.domain.screening import ListSource, Match, NameKind, Screening, ScreeningState
from appliance.errors import ConfigInvalid
from appliance.services import doctor
from appliance.services.checks import Verdict
from appliance.services.risk_policy import OWN, SHIPPED, load

TEXT = SHIPPED.read_text("utf-8")
POLICY = decode(TEXT.encode(), "shipped")
CLEAR = Screening(ScreeningState.CLEAR, "", (), ())
GOOD = Signals(
    document=DocumentFacts(0.95, valid=True, expired=False, mrz_valid=True, nationality="USA", issuer="USA"),
    face=FaceFacts(0.94, matched=True),
    liveness=LivenessFacts(passed=True, confidence=0.92, spoof=False),
    screening=CLEAR,
    device=DeviceFacts(Channel.UPLOAD),
)
HIT = Screening(
    ScreeningState.HIT,
    "",
    (Match(ListSource.OFAC, "ofac-1", "7771", "A NAME", NameKind.STRONG, 1.0, {"name": 1.0}),),
    (),
)
GONE = Screening(ScreeningState.UNAVAILABLE, "no list", (), ())


def spoiled(part: str, **fields: object) -> Signals:
    return dataclasses.replace(GOOD, **{part: dataclasses.replace(getattr(GOOD, part), **fields)})


def test_an_ordinary_case_is_approved_at_low_risk():
    judged = assess(GOOD, POLICY)
    assert (judged.decision, judged.level, judged.reasons) == (Decision.APPROVED, Level.LOW, ())
    assert judged.score == pytest.approx(0.14, abs=0.02)
    assert judged.policy_version == f"{POLICY.version}+{POLICY.sha256[:12]}"


@pytest.mark.parametrize(
    ("case", "decision", "reason"),
    [
        (spoiled("liveness", spoof=True, passed=False), Decision.REJECTED, "spoof_detected"),
        (spoiled("face", genuine=0.02), Decision.REJECTED, "spoof_detected"),
        (spoiled("document", genuine=0.02), Decision.REJECTED, "document_forged"),
        (spoiled("document", signature=False), Decision.REJECTED, "document_signature_failed"),
        (spoiled("device", genuine=0.02), Decision.REJECTED, "injection_detected"),
        (spoiled("face", matched=False, similarity=0.4), Decision.REJECTED, "face_mismatch"),
        (spoiled("liveness", passed=False), Decision.MANUAL_REVIEW, "liveness_failed"),
        (spoiled("document", genuine=0.4), Decision.MANUAL_REVIEW, "document_attack_suspected"),
        (spoiled("face", genuine=0.4), Decision.MANUAL_REVIEW, "face_attack_suspected"),
        (spoiled("document", expired=True), Decision.MANUAL_REVIEW, "document_expired"),
        (spoiled("document", valid=False), Decision.MANUAL_REVIEW, "document_invalid"),
        (spoiled("document", confidence=0.3), Decision.MANUAL_REVIEW, "document_unreadable"),
        (spoiled("face", elsewhere=0.97), Decision.MANUAL_REVIEW, "face_known_elsewhere"),
        (spoiled("device", seen_before=True), Decision.MANUAL_REVIEW, "capture_seen_before"),
        (dataclasses.replace(GOOD, attacks_before=1), Decision.MANUAL_REVIEW, "attack_before"),
        (dataclasses.replace(GOOD, screening=HIT), Decision.MANUAL_REVIEW, "sanctions_hit"),
        (dataclasses.replace(GOOD, screening=GONE), Decision.MANUAL_REVIEW, "sanctions_list_unavailable"),
        (dataclasses.replace(GOOD, screening=None), Decision.MANUAL_REVIEW, "sanctions_not_screened"),
        (dataclasses.replace(GOOD, document=None), Decision.MANUAL_REVIEW, "document_missing"),
        (dataclasses.replace(GOOD, face=None), Decision.MANUAL_REVIEW, "face_missing"),
        (dataclasses.replace(GOOD, liveness=None), Decision.MANUAL_REVIEW, "liveness_missing"),
    ],
)
def test_one_spoiled_thing_leads_where_it_should(case: Signals, decision: Decision, reason: str):
    judged = assess(case, POLICY)
    assert judged.decision is decision
    assert judged.reasons[0] == reason
    assert judged.contributions[0].name == reason


BARELY = {
    "document": dataclasses.replace(GOOD.document, confidence=0.5),
    "face": FaceFacts(0.8, matched=True),
    "liveness": LivenessFacts(passed=True, confidence=0.5, spoof=False),
}


def test_one_thing_may_just_pass_and_two_lead_to_a_person():
    for part, facts in BARELY.items():
        assert assess(dataclasses.replace(GOOD, **{part: facts}), POLICY).decision is Decision.APPROVED
    for left_out in BARELY:
        two = {part: facts for part, facts in BARELY.items() if part != left_out}
        judged = assess(dataclasses.replace(GOOD, **two), POLICY)
        assert (judged.decision, judged.reasons[0]) == (Decision.MANUAL_REVIEW, "risk_medium")


def test_a_near_miss_is_left_to_a_person_where_the_policy_says_so():
    kind = decode(TEXT.replace("near_miss = 0.80", "near_miss = 0.79").encode(), "kind")
    near, far = (spoiled("face", matched=False, similarity=one) for one in (0.795, 0.78))
    assert [assess(one, POLICY).reasons[0] for one in (near, far)] == ["face_mismatch"] * 2
    assert [assess(one, kind).decision for one in (near, far)] == [Decision.MANUAL_REVIEW, Decision.REJECTED]
    assert assess(near, kind).reasons == ("face_near_miss",)


def test_several_small_doubts_lead_to_a_person():
    doubtful = dataclasses.replace(
        GOOD,
        document=dataclasses.replace(GOOD.document, confidence=0.6, conflicts=1),
        face=FaceFacts(0.81, matched=True),
    )
    judged = assess(doubtful, POLICY)
    assert judged.decision is Decision.MANUAL_REVIEW
    assert judged.reasons == ("risk_medium", "face_margin", "document_reading", "document_conflicts")


def test_a_hit_and_a_forgery_together_are_rejected_for_the_forgery():
    judged = assess(dataclasses.replace(spoiled("document", genuine=0.0), screening=HIT), POLICY)
    assert judged.decision is Decision.REJECTED
    assert judged.reasons[:2] == ("document_forged", "document_attack_suspected")
    assert "sanctions_hit" in judged.reasons


def test_a_high_score_rejects_only_where_the_policy_says_so():
    strict = decode(TEXT.replace('high_means = "review"', 'high_means = "reject"').encode(), "strict")
    doubtful = dataclasses.replace(
        GOOD,
        document=DocumentFacts(0.5, valid=False, expired=True, conflicts=3, genuine=0.4),
        face=FaceFacts(0.81, matched=True, genuine=0.4),
    )
    assert assess(doubtful, POLICY).decision is Decision.MANUAL_REVIEW
    assert assess(doubtful, strict).decision is Decision.REJECTED
    only_listed = dataclasses.replace(GOOD, screening=HIT)
    assert assess(only_listed, strict).decision is Decision.MANUAL_REVIEW


def test_every_rule_has_words():
    assert set(RULES) == set(Rules.__struct_fields__)
    assert {one.name for one in assess(GOOD, POLICY).contributions} == set(Spans.__struct_fields__)


@pytest.mark.parametrize("value", [float("nan"), -0.1, 1.1])
def test_a_figure_that_is_none_is_refused(value: float):
    with pytest.raises(ValueError, match="outside"):
        assess(spoiled("face", similarity=value), POLICY)


# -- the policy's file -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "key", "at"),
    [
        ("medium = 0.30", "medium = 1.5", "medium", "medium"),
        ("high = 0.70", "high = 0.20", "high", "high ="),
        ("high = 0.70", "highest = 0.70", "highest", "highest"),
        ('"document", ', "", "required", "required"),
        ("sure = 0.10", "sure = 0.60", "thresholds.sure", "sure"),
        ("weight = 0.90 }", "weight = 0.60 }", "rules.face_mismatch.weight", "face_mismatch"),
        ("weight = 0.40 }\ndoc", "weight = 0.20 }\ndoc", "rules.document_expired.weight", "document_expired"),
        ("weight = 0.60 }\nsanctions_list", 'weight = 0.80, outcome = "reject" }\nsanctions_list',
         "rules.sanctions_hit.outcome", "sanctions_hit"),
        ('"reject", weight = 0.90', '"approve", weight = 0.90', "rules.face_mismatch.outcome",
         "face_mismatch"),
        ("good = 0.95, bad = 0.80", "good = 0.70, bad = 0.80", "signals.face_margin.good", "face_margin"),
        ("[countries.named]\n", "[countries.named]\nusa = 0.5\n", "countries.named", "[countries.named]"),
        ("unknown = 0.1\n\n[countries.named]", "unknown = -1\n\n[countries.named]", "countries.unknown",
         "unknown = "),
        ("default = 0.0", "default = 0.5", "countries.unknown", "unknown = "),
        ("enrolled = 0.1", "enrolled = 0.25", "channels", "[channels]"),
    ],
)  # fmt: skip
def test_a_wrong_policy_is_refused_with_file_line_and_key(old: str, new: str, key: str, at: str):
    assert TEXT.count(old) == 1
    wrong = TEXT.replace(old, new)
    with pytest.raises(ConfigInvalid) as refused:
        decode(wrong.encode(), "risk-policy.toml")
    number = next(n for n, row in enumerate(wrong.splitlines(), 1) if row.startswith(at))
    assert refused.value.message.startswith(f"risk-policy.toml, line {number}: key '{key}': ")


def test_a_rule_or_signal_cannot_be_left_out():
    for name in (*Rules.__struct_fields__, *Spans.__struct_fields__):
        rest = "".join(row for row in TEXT.splitlines(keepends=True) if not row.startswith(name + " "))
        with pytest.raises(ConfigInvalid, match=name):
            decode(rest.encode(), "risk-policy.toml")


@pytest.mark.parametrize("content", [b"version = ", b"\xff\xfe", b""])
def test_what_is_no_policy_is_refused(content: bytes):
    with pytest.raises(ConfigInvalid, match="risk-policy"):
        decode(content, "risk-policy.toml")


def test_the_operators_own_policy_is_taken(tmp_path: Path):
    settings = settings_of(data=str(tmp_path))
    assert load(settings).version == POLICY.version
    own = tmp_path / OWN
    own.write_text("version = 1")
    assert (doctor.policy(settings).verdict, doctor.policy(settings).name) == (Verdict.FAIL, "risk policy")
    own.write_text(TEXT.replace('version = "kycbox-1"', 'version = "bank-7"'))
    assert doctor.policy(settings).verdict is Verdict.OK
    assert load(settings).version == "bank-7"
    assert load(settings).sha256 != POLICY.sha256
    own.unlink()
    (tmp_path / "kycbox.toml").write_text(f'[risk]\npolicy = "{tmp_path / "elsewhere.toml"}"\n')
    with pytest.raises(ConfigInvalid, match=r"elsewhere\.toml"):
        load(settings_of(data=str(tmp_path)))
    (tmp_path / "elsewhere.toml").write_text(TEXT)
    assert load(settings_of(data=str(tmp_path))) == POLICY
    assert POLICY.rules.spoof_detected.outcome is Outcome.REJECT
