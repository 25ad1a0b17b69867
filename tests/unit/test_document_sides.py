"""Front and back of a card become one document; what they say differently is told."""

import numpy as np

from appliance.domain.document import (
    Document,
    DocumentType,
    Evidence,
    EvidenceKind,
    Field,
    Mrz,
    Side,
    Source,
)
from appliance.domain.face import Box, Face, FaceQuality, Pose
from appliance.vision.documents import confidence
from appliance.vision.documents.sides import joined

PAGE = np.zeros((4, 4, 3), np.uint8)
ZONE = Mrz("TD1", ("",) * 3, {"document_number": True}, 0, 0.9)


def viz(value: str, sure: float = 0.9) -> Field:
    return Field(value, value, sure, Source.VIZ)


def card(kind=DocumentType.NATIONAL_ID, side=Side.UNKNOWN, page=PAGE, **rest) -> Document:
    fields = {name: rest.pop(name) for name in list(rest) if isinstance(rest[name], Field)}
    return Document(kind, fields, 0.5, page, side=side, **rest)


def test_each_side_gives_what_it_has():
    front = card(side=Side.FRONT, last_name=viz("QUILL"), date_of_birth=viz("1990-02-03"))
    both = joined(front, card(side=Side.BACK, address=viz("Mill Street 31"), mrz=ZONE))
    assert {name: field.value for name, field in both.fields.items()} == {
        "last_name": "QUILL",
        "date_of_birth": "1990-02-03",
        "address": "Mill Street 31",
    }
    assert both.mrz is ZONE
    assert both.conflicts == ()


def test_a_zone_that_agrees_makes_the_print_surer():
    front = card(document_number=viz("L898902C3", 0.8))
    back = card(document_number=Field("L898902C3", "L898902C3", 0.99, Source.MRZ), mrz=ZONE)
    field = joined(front, back).fields["document_number"]
    assert (field.value, field.source, field.confidence) == ("L898902C3", Source.MRZ, confidence.AGREED)


def test_disagreement_is_told_and_the_stronger_source_counts_for_less():
    front = card(document_number=viz("L898902C8"))
    back = card(document_number=Field("L898902C3", "L898902C3", 0.99, Source.MRZ), mrz=ZONE)
    both = joined(front, back)
    (conflict,) = both.conflicts
    assert conflict.values == ((Source.MRZ, "L898902C3"), (Source.VIZ, "L898902C8"))
    assert both.fields["document_number"].confidence < 0.7


def test_a_zone_whose_check_digit_fails_does_not_outrank_print():
    front = card(document_number=viz("L898902C8"))
    back = card(document_number=Field("L898902C3", "L898902C3", confidence.FAILED, Source.MRZ))
    assert joined(front, back).value("document_number") == "L898902C8"


def test_sides_of_different_documents_are_told():
    both = joined(card(DocumentType.PASSPORT), card(DocumentType.DRIVING_LICENCE))
    assert [conflict.name for conflict in both.conflicts] == ["document_type"]
    assert both.type is DocumentType.PASSPORT


def test_two_kinds_of_one_group_are_no_disagreement():
    assert joined(card(DocumentType.AADHAAR), card(DocumentType.NATIONAL_ID)).conflicts == ()


def test_pictures_sent_the_wrong_way_round_are_turned_over():
    face = Face(
        Box(0, 0, 1, 1),
        0.9,
        np.zeros((5, 2), np.float32),
        np.zeros((468, 3), np.float32),
        1.0,
        Pose(0, 0, 0),
        FaceQuality(60, 1, 100, 0, 1),
    )
    other = np.ones((5, 5, 3), np.uint8)
    front = card(page=other, portraits=(face,), last_name=viz("QUILL"))
    both = joined(card(address=viz("Mill Street 31")), front)
    assert both.page is other
    assert both.portraits == (face,)
    labelled = joined(card(side=Side.BACK), card(side=Side.FRONT, page=other))
    assert labelled.page is other


def test_evidence_of_both_sides_is_kept():
    one = Evidence(EvidenceKind.AADHAAR_SECURE_QR, verified=True, key="uidai")
    assert joined(card(), card(evidence=(one,))).evidence[0].key == "uidai"


def test_number_check_of_either_side_counts():
    assert joined(card(), card(number_valid=False)).number_valid is False
    assert joined(card(number_valid=True), card()).number_valid is True


def test_an_unknown_side_takes_the_other_ones_type():
    assert joined(card(DocumentType.UNKNOWN), card(DocumentType.VOTER_ID)).type is DocumentType.VOTER_ID
