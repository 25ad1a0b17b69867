"""Any print, zone and barcode whatever make a document or none, never an error."""

import datetime as dt

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain.document import DocumentType, Evidence, EvidenceKind, Mrz
from appliance.domain.mrz_layout import ALPHABET, KINDS, checks
from appliance.vision.documents import types
from appliance.vision.documents.assemble import Seen, assembled, is_incomplete
from appliance.vision.documents.label_words import VOCABULARY
from appliance.vision.documents.mrz_reader import MrzReading
from appliance.vision.documents.rectify import Page
from appliance.vision.documents.text import TextLine

TODAY = dt.date(2026, 11, 20)
WORDS = [word.strip() for words in VOCABULARY.values() for word in words.split(";")]
TITLES = [
    "PASSPORT",
    "VISA",
    "DRIVER LICENSE",
    "ONTARIO",
    "IDENTITY CARD",
    "FÜHRERSCHEIN",
    "REPUBLIC OF POLAND",
]
DATES = ["01.02.1990", "31/12/2030", "07 MAR 1983", "2023/01/08", "30.02.2020"]
TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from([*WORDS, *TITLES, *DATES]),
    st.builds("{} {}".format, st.sampled_from(WORDS), st.text(max_size=20)),
    st.text("שלוםمرحبا😀🛂\u202e\u200f0123456789/<., ", max_size=20),
)
PLACES = st.tuples(st.integers(0, 1000), st.integers(0, 700), st.integers(1, 60), st.floats(0, 1))
FIELDS = st.dictionaries(
    st.sampled_from(["last_name", "first_name", "document_number", "date_of_birth", "address", "sex"]),
    st.text(max_size=40),
    max_size=4,
)


def line(text, place):
    x, y, height, sure = place
    width = max(len(text), 1) * height / 2
    quad = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)
    return TextLine(quad, text, sure, (sure,) * len(text), tuple((("Á", 0.2),) for _ in text))


@st.composite
def readings(draw):
    kind = draw(st.sampled_from(sorted(KINDS)))
    columns = KINDS[kind].columns
    lines = tuple(
        draw(st.text(ALPHABET, min_size=columns, max_size=columns)) for _ in range(KINDS[kind].rows)
    )
    quads = tuple(
        np.array([[0, y], [900, y], [900, y + 20], [0, y + 20]], np.float32) for y in (600, 640, 680)
    )
    return MrzReading(Mrz(kind, lines, checks(kind, lines), draw(st.integers(0, 2)), 0.9), quads, 0)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(TEXTS, PLACES), max_size=12),
    st.one_of(st.none(), readings()),
    st.lists(
        st.tuples(st.sampled_from(EvidenceKind), st.sampled_from([True, False, None]), FIELDS), max_size=3
    ),
    st.sampled_from([None, *DocumentType]),
)
def test_anything_printed_is_read_without_an_error(printed, reading, told, wanted):
    page = Page(np.zeros((8, 8, 3), np.uint8), np.eye(3), None)
    seen = Seen(np.array([1.0, 0.0]), [line(*one) for one in printed], reading, certain=True)
    evidence = tuple(Evidence(kind, verified, fields=fields) for kind, verified, fields in told)
    document = assembled(page, seen, wanted, TODAY, evidence)
    assert 0 <= document.confidence <= 1
    assert isinstance(is_incomplete(document), bool)
    for field in document.fields.values():
        assert field.value
        assert 0 <= field.confidence <= 1
    for conflict in document.conflicts:
        said = [value for _, value in conflict.values]
        assert len(said) > 1
        assert document.fields[conflict.name].value == said[0]
    if document.mrz and document.mrz.repaired:
        alone = [f for f in document.fields.values() if f.source == "mrz" and f.quad is None and not evidence]
        assert all(field.confidence <= 0.9 for field in alone)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, max_size=8))
def test_weights_of_any_print_are_numbers(texts):
    for kind in types.ALL:
        assert kind.weight([text.upper() for text in texts]) >= 0
