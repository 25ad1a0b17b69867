"""Officers: each act is one leaf, one packet and at most one event; two officers at once do not both win."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain.credential import Principal
from appliance.domain.onboarding import OnboardingSession, State
from appliance.errors import Conflict, Forbidden, InvalidRequest, NotFound, StorageFailed
from appliance.services import review
from appliance.services.review import Officer
from appliance.store.store import Store
from tests import decisions
from tests.decisions import HIT, NAME, events, leaves, services_of, submitted

ANNA, BERT = Officer("tech_anna"), Officer("cred_bert", "bank", "req-9")
REASON = "Birth year differs from the listed person's"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(tmp_path_factory.mktemp("review") / "data", floor_bytes=0, ballast_bytes=0)
    yield opened
    opened.close()


@pytest.fixture
def services(store: Store):
    return services_of(store, lambda _: HIT)


@pytest.fixture
def careful(store: Store):
    return services_of(store, lambda _: HIT, two_person=True)


def final(store: Store, session: OnboardingSession) -> list[str]:
    """States told of after the box's own decision, which `session.completed` told of, once."""
    told = [(one["event"], one["status"]) for one in events(store, session.id)]
    assert [status for event, status in told if event == "session.completed"] == ["manual_review"]
    return [status for event, status in told if event == "session.reviewed"]


def acts(store: Store, session: OnboardingSession) -> list[str]:
    told = leaves(store, "onboarding.review")
    mine = [one for one in told if one["object"] == session.id and one["action"] == "onboarding.review"]
    return [one["details"]["act"] for one in mine]


@pytest.mark.parametrize(("verb", "state"), [("approve", State.APPROVED), ("reject", State.REJECTED)])
async def test_an_officer_ends_a_case(services, store: Store, verb: str, state: State):
    session = await submitted(services, store)
    assert session.state is State.MANUAL_REVIEW
    ended = await getattr(review, verb)(services, ANNA, session.id, f"  {REASON} ")
    assert ended.state is state
    assert (ended.outcome.officer, ended.outcome.reason) == (ANNA.id, REASON)
    assert ended.outcome.review_reasons == session.outcome.review_reasons == ("sanctions_hit",)
    assert acts(store, session) == [state.value]
    assert final(store, session) == [state.value]
    leaf = leaves(store, "onboarding.review")[-1]
    assert (leaf["actor"], leaf["tenant"], leaf["outcome"]) == (ANNA.id, "bank", "ok")
    assert REASON not in json.dumps(leaf)
    for again in (review.approve, review.reject):
        with pytest.raises(Conflict, match="not in review"):
            await again(services, ANNA, session.id, REASON)
    assert acts(store, session) == [state.value]
    assert final(store, session) == [state.value]


async def test_of_two_officers_at_once_one_wins(services, store: Store):
    session = await submitted(services, store)
    acts_of_both = [(act, who) for act in (review.approve, review.reject) for who in (ANNA, BERT)] * 5
    done = await asyncio.gather(
        *(act(services, who, session.id, REASON) for act, who in acts_of_both), return_exceptions=True
    )
    won = [one for one in done if isinstance(one, OnboardingSession)]
    assert len(won) == 1
    assert all(isinstance(one, Conflict) for one in done if one not in won)
    assert acts(store, session) == [won[0].state.value] == final(store, session)


async def test_two_persons_approve_where_that_is_asked_for(careful, store: Store):
    session = await submitted(careful, store)
    waiting = await review.approve(careful, ANNA, session.id, "Looks right")
    assert waiting.state is State.MANUAL_REVIEW
    assert final(store, session) == []
    assert (await review.case(careful, BERT, session.id)).first.officer == ANNA.id
    waits = {one.id: first for one, first in (await review.queue(careful, BERT))[0]}
    assert waits[session.id].officer == ANNA.id
    with pytest.raises(Conflict, match="approved it first"):
        await review.approve(careful, ANNA, session.id, "Still looks right")
    ended = await review.approve(careful, BERT, session.id, REASON)
    assert ended.state is State.APPROVED
    assert acts(store, session) == ["first_approval", "approved"]
    assert final(store, session) == ["approved"]
    case = await review.case(careful, BERT, session.id)
    assert [one["act"]["kind"] for one in case.evidence] == ["decided", "first_approval", "approved"]
    assert [one["act"]["operator"] for one in case.evidence] == ["box", ANNA.id, BERT.id]
    assert case.first is None


async def test_ten_first_approvals_at_once_are_one_and_one_second(careful, store: Store):
    session = await submitted(careful, store)
    who = [Officer(f"tech_{n % 2}") for n in range(10)]
    done = await asyncio.gather(
        *(review.approve(careful, one, session.id, REASON) for one in who), return_exceptions=True
    )
    assert sum(isinstance(one, OnboardingSession) for one in done) == 2
    assert acts(store, session) == ["first_approval", "approved"]
    assert final(store, session) == ["approved"]


async def test_one_person_rejects_even_after_a_first_approval(careful, store: Store):
    session = await submitted(careful, store)
    await review.approve(careful, ANNA, session.id, REASON)
    ended = await review.reject(careful, ANNA, session.id, "It is the listed person after all")
    assert ended.state is State.REJECTED
    assert final(store, session) == ["rejected"]


@pytest.mark.parametrize("reason", ["", "  ", "no", " a ", "x" * 1001])
async def test_without_a_reason_nothing_happens(services, store: Store, reason: str):
    session = await submitted(services, store)
    with pytest.raises(InvalidRequest, match="reason"):
        await review.approve(services, ANNA, session.id, reason)
    assert (await review.case(services, ANNA, session.id)).session.state is State.MANUAL_REVIEW
    assert acts(store, session) == []


async def test_what_the_box_decided_stays_decided(store: Store):
    approving = services_of(store)
    session = await submitted(approving, store)
    assert session.state is State.APPROVED
    for act in (review.approve, review.reject):
        with pytest.raises(Conflict, match="approved"):
            await act(approving, ANNA, session.id, REASON)
    unsubmitted = decisions.ready(approving, store)
    with pytest.raises(Conflict, match="in_progress"):
        await review.approve(approving, ANNA, unsubmitted.id, REASON)


async def test_a_tenants_officer_sees_no_other_tenants_cases(services, store: Store):
    session = await submitted(services, store, "other")
    for call in (
        review.case(services, BERT, session.id),
        review.picture(services, BERT, session.id, "selfie"),
        review.approve(services, BERT, session.id, REASON),
        review.reject(services, BERT, session.id, REASON),
    ):
        with pytest.raises(NotFound):
            await call
    theirs, _ = await review.queue(services, BERT)
    assert session.id not in {one.id for one, _ in theirs}
    everybodys, _ = await review.queue(services, ANNA)
    assert session.id in {one.id for one, _ in everybodys}


async def test_looking_is_on_record_without_what_was_seen(services, store: Store):
    session = await submitted(services, store)
    case = await review.case(services, BERT, session.id)
    assert case.evidence[0]["subject"]["full_name"] == NAME
    assert case.pictures == ("document", "selfie")
    assert (await review.picture(services, BERT, session.id, "selfie")).startswith(b"\xff\xd8\xff")
    told = [one for one in leaves(store, "onboarding.review.") if one["object"] == session.id]
    assert [one["action"] for one in told] == ["onboarding.review.open", "onboarding.review.picture"]
    assert {(one["actor"], one["request_id"]) for one in told} == {(BERT.id, "req-9")}
    assert NAME not in json.dumps(told)
    await review.reject(services, BERT, session.id, REASON)
    with pytest.raises(NotFound):
        await review.picture(services, BERT, session.id, "selfie")


async def test_the_queue_counts_and_pages(store: Store, tmp_path: Path):
    fresh = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=0, serving=False)
    try:
        services = services_of(fresh, lambda _: HIT)
        made = [await submitted(services, fresh) for _ in range(3)]
        shown, count = await review.queue(services, ANNA, limit=2, offset=1)
        assert ([one.id for one, _ in shown], count) == ([made[1].id, made[0].id], 3)
        await review.approve(services, ANNA, made[0].id, REASON)
        assert (await review.queue(services, ANNA))[1] == 2
        assert (await review.queue(services, ANNA, state=None))[1] == 3
        with pytest.raises(InvalidRequest):
            await review.queue(services, ANNA, limit=0)
    finally:
        fresh.close()


def test_only_a_key_made_for_it_is_an_officer():
    for scopes in (frozenset(), frozenset({"sessions"})):
        with pytest.raises(Forbidden):
            review.officer_of(Principal("cred_1", "bank", "onboarder", scopes, "enterprise"), "r")
    principal = Principal("cred_1", "bank", "onboarder", frozenset({"review"}), "enterprise")
    assert review.officer_of(principal, "r") == Officer("cred_1", "bank", "r")


@pytest.mark.parametrize("breaks", ["leaf", "packet", "event"])
async def test_an_act_that_fails_half_way_never_happened(
    careful, store: Store, monkeypatch: pytest.MonkeyPatch, breaks: str
):
    session = await submitted(careful, store)
    await review.approve(careful, ANNA, session.id, REASON)

    def fail(*_given: object, **_named: object) -> None:
        raise StorageFailed("the disk failed")

    target, name = {
        "leaf": (review, "_leave"),
        "packet": (careful.evidence, "keep"),
        "event": (careful.webhooks, "tell"),
    }[breaks]
    with monkeypatch.context() as patch:
        patch.setattr(target, name, fail)
        with pytest.raises(StorageFailed):
            await review.approve(careful, BERT, session.id, REASON)
    case = await review.case(careful, BERT, session.id)
    assert (case.session.state, case.first.officer) == (State.MANUAL_REVIEW, ANNA.id)
    assert [one["act"]["kind"] for one in case.evidence] == ["decided", "first_approval"]
    assert acts(store, session) == ["first_approval"]
    assert final(store, session) == []
    await review.approve(careful, BERT, session.id, REASON)
    assert final(store, session) == ["approved"]
