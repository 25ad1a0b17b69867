"""What stands against an applicant's document."""

from datetime import date

import numpy as np
import pytest

from appliance.domain.attack import Attack, Finding, Pipeline, Strictness
from appliance.domain.document import (
    Document,
    DocumentFault,
    DocumentType,
    Evidence,
    EvidenceKind,
    Field,
    Mrz,
    Source,
)
from appliance.domain.onboarding_document import Examined, Named, facts

TODAY = date(2026, 3, 1)
PIPELINE = Pipeline("default-pc", Attack.PRINTED_COPY_ATTACK, frozenset({Strictness.REGULAR}))
VALUES = {
    "full_name": "JOHN SMITH",
    "date_of_birth": "1990-05-15",
    "nationality": "USA",
    "issuing_country": "USA",
    "document_number": "123456789",
    "expiry_date": "2028-05-15",
    "sex": "M",
}


def zone(valid: bool) -> Mrz:
    return Mrz("TD3", ("", ""), {"document_number": valid}, 0, 0.99)


def read(kind=DocumentType.PASSPORT, confidence=0.95, mrz=None, values=None, **more) -> Document:
    fields = {name: Field(value, value, 0.9, Source.VIZ) for name, value in (VALUES | (values or {})).items()}
    page = np.zeros((4, 4, 3), np.uint8)
    return Document(kind, fields, confidence, page, mrz=mrz or zone(valid=True), **more)


def judged(document=None, named=None, faults=(), genuine=0.9):
    examined = Examined(
        document or read(), faults, [Finding(PIPELINE, Strictness.REGULAR, genuine)], "ab" * 32
    )
    return facts("doc_1", named or Named("passport", "US"), examined, TODAY, 7)


def test_a_good_document():
    found = judged()
    assert found.valid
    assert found.errors == ()
    assert found.number_masked == "****6789"
    assert (found.mrz_valid, found.expired, found.issuer, found.signature) == (True, False, "USA", None)
    assert not found.spoofed


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"values": {"expiry_date": "2026-02-28"}}, "document_expired"),
        ({"mrz": zone(valid=False)}, "mrz_invalid"),
        ({"confidence": 0.49}, "document_unreadable"),
        ({"values": {"full_name": "", "document_number": ""}}, "document_unreadable"),
        ({"number_valid": False}, "number_check_failed"),
        ({"kind": DocumentType.NATIONAL_ID}, "document_type_mismatch"),
        ({"values": {"issuing_country": "IND"}}, "country_mismatch"),
    ],
)
def test_each_thing_that_makes_it_invalid(changes, error):
    found = judged(read(**changes))
    assert found.errors == (error,)
    assert not found.valid


def test_an_attack_is_told_in_one_word_for_all():
    found = judged(genuine=0.49)
    assert found.errors == ("authenticity_doubtful",)
    assert found.spoofed
    assert found.attacks[0].attack == "printed_copy_attack"


@pytest.mark.parametrize(
    ("kind", "named", "state", "errors"),
    [
        (DocumentType.UNKNOWN, Named("national_id", "US"), "USA", ()),
        (DocumentType.AADHAAR, Named("national_id", "IN"), "IND", ()),
        (DocumentType.NATIONAL_ID, Named("residence_permit", "FR"), "FRA", ()),
        (DocumentType.DRIVING_LICENCE, Named("drivers_license", "GB"), "GBR", ()),
        (DocumentType.PASSPORT, Named("passport", "US"), "UTO", ()),
        (DocumentType.PASSPORT, Named("passport", "US"), "", ()),
        (DocumentType.PASSPORT, Named("passport", "DE"), "DEU", ()),
    ],
)
def test_kinds_and_states_that_agree_or_say_nothing(kind, named, state, errors):
    assert judged(read(kind, values={"issuing_country": state}), named).errors == errors


def test_soft_faults_are_told_only_where_they_cost_the_reading():
    faults = {DocumentFault.GLARE_ON_IMAGE, DocumentFault.DOCUMENT_TOO_CLOSE_TO_BORDER}
    assert judged(faults=faults).errors == ()
    assert judged(read(confidence=0.2), faults=faults).errors == (
        "near_border",
        "glare",
        "document_unreadable",
    )


def test_hard_faults_are_always_told():
    assert judged(faults={DocumentFault.DOCUMENT_PHOTO_NOT_FOUND}).errors == ("portrait_not_found",)


def test_a_signature_that_no_installed_certificate_verifies_says_nothing():
    def signed(verified):
        return Evidence(EvidenceKind.AADHAAR_SECURE_QR, verified)

    assert judged(read(evidence=(signed(True),))).signature is True
    assert judged(read(evidence=(signed(False),))).signature is None
    assert judged(read(evidence=(signed(None),))).signature is None


def test_a_number_that_was_read_into_the_name_does_not_stand_there():
    found = judged(read(values={"full_name": "JOHN 123456789 SMITH"}))
    assert found.full_name == "JOHN **** SMITH"


def test_a_date_that_could_not_be_read_whole_is_no_expiry():
    assert judged(read(values={"expiry_date": "2026-02"})).expired is None
