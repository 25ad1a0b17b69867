"""What print, zone and barcodes say of one field: who wins, what is kept of the others, how sure it is."""

import datetime as dt

import numpy as np
import pytest

from appliance.domain.document import DocumentType, Evidence, EvidenceKind, Side, Source
from appliance.vision.documents import confidence
from appliance.vision.documents.agreement import agree
from appliance.vision.documents.anchors import Found, Print
from appliance.vision.documents.assemble import Seen, assembled
from appliance.vision.documents.merge import merged
from appliance.vision.documents.rectify import Page

SIGNED = {"kind": EvidenceKind.AADHAAR_SECURE_QR, "verified": True, "key": "uidai"}
BROKEN = {"kind": EvidenceKind.AADHAAR_SECURE_QR, "verified": False, "reason": "the signature does not hold"}
BARCODE = {"kind": EvidenceKind.AAMVA, "verified": None}


def line(text, sure=0.999):
    quad = np.array([[0, 0], [100, 0], [100, 20], [0, 20]], np.float32)
    return Print(text, (sure,) * len(text), quad)


def printed(**texts):
    return {name: Found(text, line(text)) for name, text in texts.items()}


def evidence(form, **fields):
    return (Evidence(fields=fields, **form),)


@pytest.mark.parametrize(
    ("form", "value", "source"),
    [
        (SIGNED, "1991-02-03", Source.SIGNED),
        (BARCODE, "1991-02-03", Source.BARCODE),
        (BROKEN, "1991-02-08", Source.VIZ),
    ],
    ids=["signed", "barcode", "broken"],
)
def test_rank_of_a_barcode_against_print(form, value, source):
    both = merged(
        printed(date_of_birth="1991-02-08"), None, None, (), evidence(form, date_of_birth="1991-02-03")
    )
    field = both.fields["date_of_birth"]
    assert (field.value, field.source) == (value, source)
    (conflict,) = both.conflicts
    assert conflict.values[0] == (source, value)
    assert sorted(said for _, said in conflict.values) == ["1991-02-03", "1991-02-08"]
    assert field.confidence < confidence.BARCODE


@pytest.mark.parametrize("form", [SIGNED, BARCODE, BROKEN], ids=["signed", "barcode", "broken"])
def test_agreement_makes_surer(form):
    alone = merged(printed(document_number="K1234567"), None, None)
    both = merged(
        printed(document_number="K1234567"), None, None, (), evidence(form, document_number="K1234567")
    )
    assert both.conflicts == ()
    assert both.fields["document_number"].confidence > alone.fields["document_number"].confidence
    assert both.fields["document_number"].quad is not None


def test_a_broken_signature_fills_what_nothing_else_says_and_is_less_sure():
    both = merged({}, None, None, (), evidence(BROKEN, sex="F"))
    assert both.fields["sex"].value == "F"
    assert both.fields["sex"].confidence <= confidence.UNVERIFIED


def test_print_gives_the_accents_and_where_they_stand_but_not_against_a_signature():
    told = {"last_name": "DVORAK"}
    both = merged(printed(last_name="DVOŘÁK"), None, None, (), evidence(BARCODE, **told))
    assert (both.fields["last_name"].value, both.fields["last_name"].source) == ("DVOŘÁK", Source.VIZ)
    signed = merged(printed(last_name="DVOŘÁK"), None, None, (), evidence(SIGNED, **told)).fields["last_name"]
    assert (signed.value, signed.printed, signed.source) == ("DVORAK", "DVOŘÁK", Source.SIGNED)
    assert signed.quad is not None


def test_every_source_that_differs_is_told():
    three = (*evidence(SIGNED, sex="F"), *evidence(BARCODE, sex="M"))
    both = merged(printed(sex="X"), None, None, (), three)
    assert both.fields["sex"].value == "F"
    assert both.conflicts[0].values == ((Source.SIGNED, "F"), (Source.BARCODE, "M"), (Source.VIZ, "X"))


def test_a_barcodes_number_is_found_where_no_label_led_to_it():
    lines = [line("NEW UTOPIA"), line("K12 345 67")]
    both = merged({}, None, None, lines, evidence(BARCODE, document_number="K1234567"))
    assert both.fields["document_number"].printed == "K12 345 67"
    assert both.fields["document_number"].confidence == confidence.AGREED


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("last_name", "MÜLLER", "MUELLER", True),
        ("last_name", "MÜLLER", "MULLER", True),
        ("last_name", "MÜLLER", "MILLER", False),
        ("full_name", "Rahul Sharma", "SHARMA RAHUL", True),
        ("first_name", "ANNA MARIA", "ANNA", False),
        ("full_name_local", "राहुल", "राहुल", True),
        ("full_name_local", "राहुल", "रोहित", False),
        ("document_number", "XXXXXXXX9012", "234567899012", True),
        ("document_number", "XXXXXXXX9013", "234567899012", False),
        ("document_number", "9012", "234567899012", False),
        ("date_of_birth", "1992", "1992-05-06", True),
        ("date_of_birth", "1993", "1992-05-06", False),
        ("expiry_date", "2030-01-02", "2030-02-01", False),
        ("address", "12 Mill Street, Arden", "MILL STREET 12 ARDEN CROSS", True),
        ("address", "12 Mill Street, Arden", "4 Harbour Lane, Saltford", False),
        ("blood_group", "O +", "o+", True),
        ("blood_group", "O+", "O-", False),
        ("vehicle_classes", "LMV, MCWG", "LMV MCWG", True),
        ("sex", "F", "M", False),
    ],
)
def test_agreement(name, one, other, same):
    assert agree(name, one, other) is same
    assert agree(name, other, one) is same


def test_of_two_forms_the_fuller_one_is_kept():
    signed = evidence(SIGNED, document_number="XXXXXXXX9012", date_of_birth="1992-05-06")
    both = merged(printed(document_number="234567899012", date_of_birth="1992"), None, None, (), signed)
    assert both.fields["document_number"].value == "234567899012"
    assert both.fields["date_of_birth"].value == "1992-05-06"
    assert both.conflicts == ()


def test_a_barcode_alone_makes_a_document():
    page = Page(np.zeros((8, 8, 3), np.uint8), np.eye(3), None)
    seen = Seen(np.array([1.0, 0.0]), [], None, certain=True)
    told = evidence(BARCODE, last_name="TALBOT", document_number="K1234567")
    document = assembled(page, seen, None, dt.date(2026, 11, 20), told)
    assert document.type is DocumentType.DRIVING_LICENCE
    assert document.value("last_name") == "TALBOT"
    assert document.evidence == told
    assert document.side is Side.BACK
    other = evidence({"kind": EvidenceKind.OTHER_BARCODE, "verified": None})
    nothing = assembled(page, seen, None, dt.date(2026, 11, 20), other)
    assert (nothing.type, nothing.evidence) == (DocumentType.UNKNOWN, other)
