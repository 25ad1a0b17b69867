"""Aadhaar numbers are shown by their last four digits, wherever on a document they stand."""

import numpy as np
import pytest

from appliance.domain.disclosure import disclosed, without_numbers
from appliance.domain.document import (
    Conflict,
    Document,
    DocumentType,
    Evidence,
    EvidenceKind,
    Field,
    Source,
)

PAGE = np.zeros((4, 4, 3), np.uint8)
NUMBER = "999941057058"  # of UIDAI's own test data; Verhoeff's check holds
WRONG = "999941057059"


def document(kind: DocumentType, evidence=(), conflicts=(), **values: str) -> Document:
    fields = {name: Field(value, value, 0.9, Source.VIZ) for name, value in values.items()}
    return Document(kind, fields, 0.9, PAGE, evidence=evidence, conflicts=conflicts)


def spelled(shown: Document) -> str:
    everything = [field.value + field.printed for field in shown.fields.values()]
    everything += [value for conflict in shown.conflicts for _, value in conflict.values]
    everything += [value for one in shown.evidence for value in one.fields.values()]
    return "|".join(everything).replace(" ", "").replace("-", "")


@pytest.mark.parametrize("number", [NUMBER, WRONG])
def test_an_aadhaars_number_is_hidden_even_where_its_check_fails(number: str):
    shown = disclosed(document(DocumentType.AADHAAR, document_number=number))
    assert shown.value("document_number") == f"XXXX XXXX {number[-4:]}"
    assert number not in spelled(shown)


@pytest.mark.parametrize("form", [NUMBER, "9999 4105 7058", "9999-4105-7058"])
def test_it_is_hidden_in_any_field_and_spelling(form: str):
    shown = disclosed(document(DocumentType.AADHAAR, address=f"12 Hill Road {form} Pune 411001"))
    assert NUMBER not in spelled(shown)
    assert "411001" in spelled(shown)
    assert "XXXX XXXX 7058" in shown.value("address")


@pytest.mark.parametrize("misread", ["9999 4105 705", "99994105 70581", "9999.4105.7058"])
def test_a_misread_number_is_hidden_on_an_aadhaar(misread: str):
    shown = disclosed(document(DocumentType.AADHAAR, full_name=f"{misread} Asha"))
    assert "9999" not in spelled(shown)
    assert shown.value("full_name").endswith("Asha")


def test_a_number_printed_hidden_stays_as_it_is():
    shown = disclosed(document(DocumentType.AADHAAR, document_number="XXXX XXXX 7058"))
    assert shown.value("document_number") == "XXXX XXXX 7058"


def test_conflicts_and_evidence_hide_it_too():
    conflict = Conflict("document_number", ((Source.VIZ, NUMBER), (Source.BARCODE, WRONG)))
    evidence = Evidence(
        EvidenceKind.AADHAAR_PLAIN_QR, None, fields={"document_number": NUMBER, "vid": "9" * 16}
    )
    shown = disclosed(
        document(DocumentType.AADHAAR, evidence=(evidence,), conflicts=(conflict,), document_number=NUMBER)
    )
    for number in (NUMBER, WRONG, "9" * 16):
        assert number not in spelled(shown)


def test_other_indian_documents_hide_what_has_a_valid_check_digit():
    shown = disclosed(document(DocumentType.VOTER_ID, address=f"{NUMBER} and {WRONG}"))
    assert NUMBER not in spelled(shown)
    assert WRONG in spelled(shown)


def test_a_passports_numbers_are_left_alone():
    passport = document(DocumentType.PASSPORT, personal_number=NUMBER, issuing_country="SWE")
    assert disclosed(passport) is passport


@pytest.mark.parametrize("text", ["1234567", "99994105705", "9999410570581", "99994 1057058"])
def test_other_runs_of_digits_are_left_alone(text: str):
    assert without_numbers(text) == text
