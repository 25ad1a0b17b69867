"""The blend and the rule of `verified`, as a table."""

from datetime import date

import pytest

from appliance.domain.verdict import DocumentEvidence, FaceEvidence, MatchEvidence, decide

TODAY = date(2030, 1, 1)


def document(confidence, found, expires=None):
    return DocumentEvidence(
        confidence, has_number="number" in found, has_name="name" in found, expires=expires
    )


READ = DocumentEvidence(90.0, has_number=True, has_name=True, expires=date(2031, 5, 5))
SEEN = FaceEvidence(detected=True, confidence=98.0)
SAME = MatchEvidence(matched=True, confidence=87.5)


@pytest.mark.parametrize(
    ("evidence", "verified", "confidence", "reasons"),
    [
        ((READ, SEEN, SAME), True, 0.4 * 90 + 0.2 * 98 + 0.4 * 87.5, ()),
        ((None, SEEN, SAME), False, 0.2 * 98 + 0.4 * 87.5, ("document_unreadable",)),
        ((READ, None, None), False, 36.0, ("face_not_found", "face_mismatch")),
        ((None, None, None), False, 0.0, ("document_unreadable", "face_not_found", "face_mismatch")),
        (
            (READ, SEEN, MatchEvidence(matched=False, confidence=79.99)),
            False,
            36 + 19.6 + 31.996,
            ("face_mismatch",),
        ),
        ((READ, FaceEvidence(detected=False, confidence=40.0), SAME), False, 36 + 35.0, ("face_not_found",)),
        ((document(50.0, "number"), SEEN, SAME), True, 20 + 19.6 + 35, ()),
        ((document(50.0, "name"), SEEN, SAME), True, 20 + 19.6 + 35, ()),
        ((document(49.99, "number name"), SEEN, SAME), False, 74.596, ("document_unreadable",)),
        ((document(95.0, ""), SEEN, SAME), False, 38 + 19.6 + 35, ("document_unreadable",)),
    ],
)
def test_table(evidence, verified, confidence, reasons):
    verdict = decide(*evidence, today=TODAY)
    assert (verdict.verified, verdict.reasons) == (verified, reasons)
    assert verdict.confidence == round(confidence, 2)


def test_expiry_changes_the_decision_only_when_switched_on():
    old = document(90.0, "number name", expires=date(2029, 12, 31))
    assert decide(old, SEEN, SAME, today=TODAY).verified
    verdict = decide(old, SEEN, SAME, today=TODAY, refuse_expired=True)
    assert (verdict.verified, verdict.reasons) == (False, ("document_expired",))
    last_day = document(90.0, "number name", expires=TODAY)
    assert decide(last_day, SEEN, SAME, today=TODAY, refuse_expired=True).verified
