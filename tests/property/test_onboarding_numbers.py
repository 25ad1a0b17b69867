"""A document number is whole in no answer and no event, wherever the document says it."""

from datetime import UTC, date, datetime

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.api.onboarder import render
from appliance.domain.document import Document, DocumentType, Field, Source
from appliance.domain.onboarding import OnboardingSession, Outcome, State
from appliance.domain.onboarding_document import Examined, Named, facts
from appliance.services.onboarding import events
from appliance.services.onboarding.document import details

PAGE = np.zeros((2, 2, 3), np.uint8)
NUMBERS = st.one_of(
    st.from_regex(r"[A-Z0-9]{5,14}", fullmatch=True),
    st.from_regex(r"[A-Z]{2} [0-9]{3} [0-9]{4}", fullmatch=True),
    st.from_regex(r"[0-9]{4} [0-9]{4} [0-9]{4}", fullmatch=True),
)
NAMES = st.text("ABCDEFG ÉŁ'-", min_size=1, max_size=20)
OUTCOME = Outcome(0.1, "low", "All verification checks passed", (), "clear")


@st.composite
def documents(draw):
    """A document whose number may stand in its name too, as a reading error puts it there."""
    number, name = draw(NUMBERS), draw(NAMES)
    place = draw(st.sampled_from(["nowhere", "before", "after", "within", "joined"]))
    bare = number.replace(" ", "")
    name = {
        "nowhere": name,
        "before": f"{number} {name}",
        "after": f"{name} {number}",
        "within": f"{name} {number} {name}",
        "joined": f"{name}{bare}",
    }[place]
    values = {"document_number": number, "full_name": name, "expiry_date": "2030-01-01"}
    if draw(st.booleans()):
        values = {**values, "full_name": "", "first_name": name, "last_name": number}
    fields = {key: Field(value, value, 0.9, Source.VIZ) for key, value in values.items()}
    kind = draw(st.sampled_from(list(DocumentType)))
    return number, Document(kind, fields, draw(st.floats(0, 1)), PAGE)


@given(documents())
def test_it_is_whole_in_no_answer_and_in_no_event(made):
    number, document = made
    found = facts(
        "doc_1", Named("passport", "US"), Examined(document, (), (), "ab" * 32), date(2026, 1, 1), 1
    )
    session = OnboardingSession(
        "id", "bank", "user", State.APPROVED, 1, 2, 3, document=found, outcome=OUTCOME
    )
    told = [
        render.document(found),
        render.session(session),
        render.submitted(session),
        render.page(session, 1),
        events.event_body(events.COMPLETED, session, datetime(2026, 1, 1, tzinfo=UTC)),
        details(found),
    ]
    text = msgspec.json.encode(told).decode()
    assert number not in text
    assert number.replace(" ", "") not in text
    assert found.number_masked.startswith("****")
    assert number.endswith(found.number_masked.removeprefix("****").strip())
