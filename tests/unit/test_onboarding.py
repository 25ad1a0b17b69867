"""The states of an applicant's session: every step from every state, and numbers that are never whole."""

import itertools

import pytest

from appliance.domain.onboarding import DECISIONS, OPEN, TABLE, State, Step, after, masked
from appliance.errors import InvalidRequest

STEPS_OF = {
    State.PENDING: {Step.DOCUMENT: State.IN_PROGRESS, Step.EXPIRE: State.EXPIRED},
    State.IN_PROGRESS: {
        Step.DOCUMENT: State.IN_PROGRESS,
        Step.SELFIE: State.IN_PROGRESS,
        Step.CHALLENGE: State.IN_PROGRESS,
        Step.LIVENESS: State.IN_PROGRESS,
        Step.APPROVE: State.APPROVED,
        Step.REJECT: State.REJECTED,
        Step.REVIEW: State.MANUAL_REVIEW,
        Step.EXPIRE: State.EXPIRED,
    },
    State.MANUAL_REVIEW: {Step.OFFICER_APPROVE: State.APPROVED, Step.OFFICER_REJECT: State.REJECTED},
    State.APPROVED: {},
    State.REJECTED: {},
    State.EXPIRED: {},
}


@pytest.mark.parametrize(("state", "step"), list(itertools.product(State, Step)))
def test_each_step_from_each_state(state: State, step: Step):
    expected = STEPS_OF[state].get(step)
    if expected is None:
        with pytest.raises(InvalidRequest):
            after(state, step)
    else:
        assert after(state, step) is expected


def test_the_table_has_no_more_edges_than_these():
    assert len(TABLE) == sum(len(steps) for steps in STEPS_OF.values())


def test_only_an_officer_leads_out_of_review_and_nothing_leads_out_of_an_end():
    leads = {(state, step) for state, step in TABLE if state not in OPEN}
    assert leads == {
        (State.MANUAL_REVIEW, Step.OFFICER_APPROVE),
        (State.MANUAL_REVIEW, Step.OFFICER_REJECT),
    }
    assert all(TABLE[State.IN_PROGRESS, step] is state for state, step in DECISIONS.items())


def test_a_refusal_says_what_to_do():
    with pytest.raises(InvalidRequest, match="no document yet"):
        after(State.PENDING, Step.REVIEW)
    with pytest.raises(InvalidRequest, match="approved already"):
        after(State.APPROVED, Step.DOCUMENT)
    with pytest.raises(InvalidRequest, match="not in review"):
        after(State.IN_PROGRESS, Step.OFFICER_APPROVE)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("", ""),
        ("X", "****"),
        ("12", "****"),
        ("1234", "****4"),
        ("12345678", "****678"),
        ("123456789", "****6789"),
        ("XXXX XXXX 9012", "****9012"),
    ],
)
def test_of_a_number_less_than_half_is_shown(number: str, shown: str):
    assert masked(number) == shown
    assert 2 * len(shown.removeprefix("****")) < max(len(number), 1)
