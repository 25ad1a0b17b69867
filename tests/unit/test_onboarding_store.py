"""Sessions on disk: one step at a time, each from where the one before left it, sealed, and gone when due."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from appliance.domain.challenge import Action, Challenge
from appliance.domain.onboarding import HOURS, MOST_TRIES, Outcome, State, Step
from appliance.domain.screening import Screening, ScreeningState
from appliance.errors import Conflict, Forbidden, InvalidRequest, NotFound
from appliance.services.onboarding import access, events
from appliance.services.onboarding.create import create_session, get_session, list_sessions
from appliance.services.onboarding.expire import expire_sessions, forget_sessions
from appliance.services.onboarding.submit import submit_session
from appliance.store.applicant_tokens import Bound
from appliance.store.onboarding_rows import Wanted, new_identity
from tests.journeys import Journeys, document, liveness, selfie, template

URL = "https://hooks.bank.example/kyc"
OUTCOME = Outcome(0.4, "medium", "why", ("sanctions_list_unavailable",), "unavailable")


@pytest.fixture
def bench(tmp_path):
    made = Journeys(tmp_path / "data")
    yield made
    made.close()


def write(bench, effect):
    return bench.store.database.write_blocking(effect)


def read(bench, query):
    return bench.store.database.read_blocking(query)


def opened(bench, tenant="bank", user="user-1", now=None, url=URL):
    wanted = Wanted(user, url, "", {"plan": "premium"})
    return write(
        bench, lambda tx: bench.sessions.create(tx, tenant, new_identity(), wanted, now or int(time.time()))
    )


def stored(bench, session):
    return read(bench, lambda connection: bench.sessions.get(connection, session.tenant, session.id))


def queued(bench):
    """Events in the order of their making: type and state told."""
    sql = "SELECT type, payload, tenant, stream FROM outbox ORDER BY seq"
    rows = read(bench, lambda connection: connection.rows(sql))
    return [(kind, bench.store.webhooks.open_event(*said).decode()) for kind, *said in rows]


async def test_a_whole_journey(bench):
    made = await create_session(bench.services, bench.caller(), Wanted("user-1", URL))
    await bench.upload(made.id)
    await bench.prove(made.id)
    ended = await submit_session(bench.services, bench.caller(), made.id)
    assert ended.state is State.APPROVED
    assert ended.outcome.reason == "All verification checks passed"
    assert ended.outcome.review_reasons == ()
    assert [kind for kind, _ in queued(bench)] == [
        "session.created",
        "session.document_uploaded",
        "session.completed",
    ]
    first, _, last = (payload for _, payload in queued(bench))
    assert '"status":"pending","risk_level":null,"risk_score":null' in first
    assert '"status":"approved","risk_level":"low"' in last
    assert stored(bench, made) == ended


SPOILED = [
    (
        {"document": document(errors=("mrz_invalid",), mrz_valid=False)},
        State.MANUAL_REVIEW,
        "document_invalid",
    ),
    (
        {"document": document(expired=True, errors=("document_expired",))},
        State.MANUAL_REVIEW,
        "document_expired",
    ),
    (
        {"document": document(confidence=0.3, errors=("document_unreadable",))},
        State.MANUAL_REVIEW,
        "document_unreadable",
    ),
    ({"selfie": selfie(matched=False, similarity=0.4)}, State.REJECTED, "face_mismatch"),
    ({"selfie": None}, State.MANUAL_REVIEW, "face_missing"),
    ({"liveness": {"passed": False, "confidence": 0.2}}, State.MANUAL_REVIEW, "liveness_failed"),
    ({"liveness": {"passed": False, "spoofed": True}}, State.REJECTED, "spoof_detected"),
    ({"liveness": None}, State.MANUAL_REVIEW, "liveness_missing"),
    ({"screening": ScreeningState.UNAVAILABLE}, State.MANUAL_REVIEW, "sanctions_list_unavailable"),
    ({"screening": ScreeningState.HIT}, State.MANUAL_REVIEW, "sanctions_hit"),
]


@pytest.mark.parametrize(("spoiled", "state", "reason"), SPOILED, ids=[reason for _, _, reason in SPOILED])
async def test_each_step_that_is_spoiled_leads_to_its_state(bench, spoiled, state, reason):
    session = opened(bench)
    await bench.upload(session.id, facts=spoiled.get("document"))
    if "screening" in spoiled:
        bench.screens.said = Screening(spoiled["screening"], "why", (), ())
    now = int(time.time())
    if spoiled.get("selfie", ...) is not None:
        found = spoiled.get("selfie") or selfie()
        write(
            bench,
            lambda tx: bench.sessions.selfie(tx, "bank", session.id, found, template(2), "doc_1", now),
        )
        if spoiled.get("liveness", ...) is not None:
            drawn = Challenge("chl_1", session.id, (Action.NOD,), now)
            write(bench, lambda tx: bench.sessions.challenge(tx, "bank", drawn, now))
            write(bench, lambda tx: bench.sessions.take_challenge(tx, "bank", session.id, "chl_1", now))
            facts = liveness("chl_1", **spoiled.get("liveness", {}))
            write(bench, lambda tx: bench.sessions.liveness(tx, "bank", session.id, facts, "ver_1", now))
    ended = await submit_session(bench.services, bench.caller(), session.id)
    assert ended.state is state
    assert reason in ended.outcome.review_reasons
    assert ended.completed_at is not None


async def test_another_try_does_not_make_an_attack_forgotten(bench):
    session, now = opened(bench), int(time.time())
    await bench.upload(session.id)
    write(
        bench,
        lambda tx: bench.sessions.selfie(tx, "bank", session.id, selfie(), template(2), "doc_1", now),
    )
    drawn = Challenge("chl_0", session.id, (Action.NOD,), now)
    write(bench, lambda tx: bench.sessions.challenge(tx, "bank", drawn, now))
    write(bench, lambda tx: bench.sessions.take_challenge(tx, "bank", session.id, "chl_0", now))
    facts = liveness("chl_0", passed=False, spoofed=True)
    write(bench, lambda tx: bench.sessions.liveness(tx, "bank", session.id, facts, "ver_1", now))
    await bench.prove(session.id)
    ended = await submit_session(bench.services, bench.caller(), session.id)
    assert ended.state is State.MANUAL_REVIEW
    assert ended.outcome.review_reasons == ("attack_before",)


async def test_without_a_list_that_alone_is_the_reason(bench):
    session = opened(bench)
    await bench.upload(session.id)
    await bench.prove(session.id)
    bench.screens.said = Screening(ScreeningState.UNAVAILABLE, "no sanctions list is imported", (), ())
    ended = await submit_session(bench.services, bench.caller(), session.id)
    assert ended.state is State.MANUAL_REVIEW
    assert ended.outcome.review_reasons == ("sanctions_list_unavailable",)
    assert ended.outcome.screening == "unavailable"


async def test_the_proof_holds_consent_and_decision_and_its_leaf_names_it(bench):
    made = await create_session(bench.services, bench.caller(), Wanted("u", URL, "", {"consent": "form 7"}))
    await bench.upload(made.id)
    ended = await submit_session(bench.services, bench.caller(), made.id)
    (packet,) = read(bench, lambda connection: bench.services.evidence.contents(connection, made.id))
    assert packet["consent"] == "form 7"
    assert packet["act"]["decision"] == ended.state.value
    assert packet["subject"]["document_number"] == "****4179"
    leaves = read(bench, lambda c: [bytes(row[0]) for row in c.rows("SELECT body FROM ledger_leaf")])
    assert sum(ended.outcome.packet.encode() in leaf for leaf in leaves) == 1


async def test_a_name_that_was_not_read_is_not_screened_and_not_clear(bench):
    session = opened(bench)
    await bench.upload(session.id, facts=document(full_name=""))
    await bench.prove(session.id)
    ended = await submit_session(bench.services, bench.caller(), session.id)
    assert ended.outcome.screening == "unavailable"
    assert ended.state is State.MANUAL_REVIEW


ILLEGAL = {
    "selfie": lambda s, tx, i, now: s.selfie(tx, "bank", i, selfie(), template(), "doc_1", now),
    "challenge": lambda s, tx, i, now: s.challenge(tx, "bank", Challenge("c", i, (Action.NOD,), now), now),
    "take": lambda s, tx, i, now: s.take_challenge(tx, "bank", i, "c", now),
    "liveness": lambda s, tx, i, now: s.liveness(tx, "bank", i, liveness("c"), "ver_1", now),
    "decide": lambda s, tx, i, now: s.decide(tx, "bank", s.get(tx, "bank", i), State.APPROVED, OUTCOME, now),
    "review": lambda s, tx, i, now: s.review(tx, "bank", i, Step.OFFICER_APPROVE, OUTCOME, now),
    "expire": lambda s, tx, i, now: s.expire(tx, "bank", i, now),
}


@pytest.mark.parametrize("name", ILLEGAL)
def test_a_step_that_may_not_be_leaves_the_session_as_it_was(bench, name):
    session = opened(bench)
    before = stored(bench, session)
    with pytest.raises(InvalidRequest):
        write(bench, lambda tx: ILLEGAL[name](bench.sessions, tx, session.id, int(time.time())))
    assert stored(bench, session) == before
    assert queued(bench) == []


@pytest.mark.parametrize("end", [State.APPROVED, State.REJECTED, State.EXPIRED])
async def test_an_end_is_an_end(bench, end):
    session = opened(bench)
    await bench.upload(session.id)
    now = int(time.time())
    if end is State.EXPIRED:
        late = session.expires_at
        write(bench, lambda tx: bench.sessions.expire(tx, "bank", session.id, late))
    else:
        write(
            bench,
            lambda tx: bench.sessions.decide(
                tx, "bank", bench.sessions.get(tx, "bank", session.id), end, OUTCOME, now
            ),
        )
    before = stored(bench, session)
    assert before.state is end
    steps = ILLEGAL | {
        "document": lambda s, tx, i, now: s.document(tx, "bank", i, document(), [template()], now)
    }
    for step in steps.values():
        with pytest.raises(InvalidRequest):
            write(bench, lambda tx, step=step: step(bench.sessions, tx, session.id, now))
    assert stored(bench, session) == before


async def test_another_document_takes_back_what_was_measured_against_the_first(bench):
    session = opened(bench)
    await bench.upload(session.id)
    await bench.prove(session.id)
    assert stored(bench, session).liveness is not None
    await bench.upload(session.id, facts=document("doc_2"))
    found = stored(bench, session)
    assert (found.selfie, found.liveness, found.challenge) == (None, None, None)
    assert read(bench, lambda c: bench.sessions.face(c, "bank", session.id)) is None
    now = int(time.time())
    with pytest.raises(Conflict):  # a selfie that was on its way when the document changed
        write(
            bench,
            lambda tx: bench.sessions.selfie(tx, "bank", session.id, selfie(), template(), "doc_1", now),
        )


async def test_another_selfie_takes_back_the_liveness(bench):
    session = opened(bench)
    await bench.upload(session.id)
    await bench.prove(session.id)
    now, other = int(time.time()), selfie("ver_2")
    write(bench, lambda tx: bench.sessions.selfie(tx, "bank", session.id, other, template(3), "doc_1", now))
    assert stored(bench, session).liveness is None
    ended = await submit_session(bench.services, bench.caller(), session.id)
    assert ended.state is State.MANUAL_REVIEW
    assert "liveness_missing" in ended.outcome.review_reasons


async def test_a_decision_about_what_has_changed_meanwhile_is_not_kept(bench):
    session = opened(bench)
    await bench.upload(session.id)
    judged = stored(bench, session)
    await bench.upload(session.id, facts=document("doc_2"))
    now = int(time.time())
    with pytest.raises(Conflict):
        write(bench, lambda tx: bench.sessions.decide(tx, "bank", judged, State.APPROVED, OUTCOME, now))
    assert stored(bench, session).state is State.IN_PROGRESS


async def test_a_challenge_is_answered_once_in_time_and_only_the_newest(bench):
    session = opened(bench)
    await bench.upload(session.id)
    now = int(time.time())
    write(bench, lambda tx: bench.sessions.selfie(tx, "bank", session.id, selfie(), template(), "doc_1", now))

    def draw(name, at=now):
        drawn = Challenge(name, session.id, (Action.NOD, Action.SMILE), at)
        write(bench, lambda tx: bench.sessions.challenge(tx, "bank", drawn, at))

    def take(name, at=now):
        return write(bench, lambda tx: bench.sessions.take_challenge(tx, "bank", session.id, name, at))

    draw("chl_1")
    draw("chl_2")
    with pytest.raises(InvalidRequest):
        take("chl_1")
    assert take("chl_2", now + 30).challenge.used
    with pytest.raises(InvalidRequest):
        take("chl_2")
    draw("chl_3")
    with pytest.raises(InvalidRequest):
        take("chl_3", now + 31)
    assert stored(bench, session).tries.checks == 1


async def test_nobody_may_search_for_what_passes(bench):
    session = opened(bench)
    for _ in range(MOST_TRIES):
        await bench.upload(session.id)
    with pytest.raises(InvalidRequest, match="10 documents"):
        await bench.upload(session.id)
    assert stored(bench, session).tries.documents == MOST_TRIES


async def test_ten_submissions_at_once_are_one_decision_and_one_event(bench):
    session = opened(bench)
    await bench.upload(session.id)
    await bench.prove(session.id)
    tries = [submit_session(bench.services, bench.caller(number=n), session.id) for n in range(10)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, InvalidRequest) for one in done) == 9
    assert [kind for kind, _ in queued(bench)].count("session.completed") == 1


async def test_time_ends_what_was_not_submitted_and_tells_once(bench):
    old = int(time.time()) - HOURS * 3600
    late, fresh = opened(bench, now=old), opened(bench)
    with pytest.raises(InvalidRequest, match="expired"):
        await bench.upload(late.id)
    more = [opened(bench, now=old) for _ in range(120)]
    assert await expire_sessions(bench.services) == 1 + len(more)
    assert await expire_sessions(bench.services) == 0
    assert stored(bench, late).state is State.EXPIRED
    assert stored(bench, fresh).state is State.PENDING
    assert [kind for kind, _ in queued(bench)] == ["session.expired"] * (1 + len(more))


async def test_sessions_that_ended_long_ago_are_erased_with_all_that_belongs_to_them(bench):
    bench.services.settings = replace_settings(bench.settings, kept_days=1)
    old = int(time.time()) - 3 * 86_400
    gone, kept = opened(bench, now=old), opened(bench)
    write(bench, lambda tx: bench.sessions.keep_picture(tx, "bank", gone.id, "document", b"jpeg"))
    write(bench, lambda tx: bench.sessions.expire(tx, "bank", gone.id, old + HOURS * 3600))
    assert await forget_sessions(bench.services) == 1
    with pytest.raises(NotFound):
        stored(bench, gone)
    assert stored(bench, kept)
    assert read(bench, lambda c: c.rows("SELECT * FROM onboarding_picture")) == []


def replace_settings(settings, **changes):
    api = msgspec.structs.replace(
        settings.api, onboarder=msgspec.structs.replace(settings.api.onboarder, **changes)
    )
    return msgspec.structs.replace(settings, api=api)


async def test_pictures_and_faces_last_until_the_decision_and_through_review(bench):
    session = opened(bench)
    await bench.upload(session.id)
    now = int(time.time())
    for kind in ("document", "selfie"):
        write(
            bench,
            lambda tx, k=kind: bench.sessions.keep_picture(tx, "bank", session.id, k, b"jpeg-" + k.encode()),
        )
    assert read(bench, lambda c: bench.sessions.picture(c, "bank", session.id, "selfie")) == b"jpeg-selfie"
    with pytest.raises(NotFound):
        read(bench, lambda c: bench.sessions.picture(c, "other", session.id, "selfie"))
    judged = stored(bench, session)
    write(bench, lambda tx: bench.sessions.decide(tx, "bank", judged, State.MANUAL_REVIEW, OUTCOME, now))
    assert read(bench, lambda c: bench.sessions.portraits(c, "bank", session.id))
    assert read(bench, lambda c: bench.sessions.picture(c, "bank", session.id, "document"))
    write(bench, lambda tx: bench.sessions.review(tx, "bank", session.id, Step.OFFICER_REJECT, OUTCOME, now))
    assert read(bench, lambda c: bench.sessions.portraits(c, "bank", session.id)) == []
    with pytest.raises(NotFound):
        read(bench, lambda c: bench.sessions.picture(c, "bank", session.id, "document"))


async def test_tenants_do_not_see_each_other(bench):
    mine, theirs = opened(bench), opened(bench, "rival")
    with pytest.raises(NotFound):
        await get_session(bench.services, bench.caller("rival"), mine.id)
    with pytest.raises(NotFound):
        await submit_session(bench.services, bench.caller("rival"), mine.id)
    found, total = await list_sessions(bench.services, bench.caller("rival"))
    assert ([one.id for one in found], total) == ([theirs.id], 1)
    found, total = await list_sessions(bench.services, bench.caller("rival"), user="user-1")
    assert total == 1


async def test_lists_are_newest_first_filtered_and_paged(bench):
    made = [opened(bench, user=f"user-{n % 2}") for n in range(5)]
    await bench.upload(made[1].id)
    caller = bench.caller()
    found, total = await list_sessions(bench.services, caller, limit=2, offset=1)
    assert ([one.id for one in found], total) == ([made[3].id, made[2].id], 5)
    found, total = await list_sessions(bench.services, caller, user="user-1")
    assert ([one.id for one in found], total) == ([made[3].id, made[1].id], 2)
    found, total = await list_sessions(bench.services, caller, state=State.IN_PROGRESS)
    assert ([one.id for one in found], total) == ([made[1].id], 1)
    found, total = await list_sessions(bench.services, caller, state=State.PENDING, user="user-1")
    assert ([one.id for one in found], total) == ([made[3].id], 1)


async def test_a_token_opens_one_session_until_its_end(bench):
    session, other = opened(bench), opened(bench)
    token = access.token(bench.services, session)
    principal = access.authenticate(bench.services, token)
    caller = replace(bench.caller(), principal=principal)
    assert (await access.session_for(bench.services, caller, session.id)).id == session.id
    with pytest.raises(NotFound):
        await access.session_for(bench.services, caller, other.id)
    with pytest.raises(Forbidden):
        await list_sessions(bench.services, caller)
    with pytest.raises(Forbidden):
        await create_session(bench.services, caller, Wanted("x"))
    tokens = bench.services.applicants
    assert tokens.open(token, session.expires_at) is None
    assert tokens.open(token[:-2] + ("AA" if token[-2:] != "AA" else "BB"), 0) is None
    assert tokens.open("ek_" + token, 0) is None
    assert tokens.make(Bound("a", "b", 1)) != tokens.make(Bound("a", "b", 1))


def test_nothing_about_a_person_lies_in_the_files_in_clear(bench, tmp_path):
    session = opened(bench, user="canary-user")
    now = int(time.time())
    facts = document(full_name="CANARY NAME", date_of_birth="1987-06-05")
    write(bench, lambda tx: bench.sessions.document(tx, "bank", session.id, facts, [template()], now))
    write(
        bench, lambda tx: bench.sessions.keep_picture(tx, "bank", session.id, "document", b"canary-picture")
    )
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            for canary in (b"canary-user", b"CANARY NAME", b"1987-06-05", b"canary-picture"):
                assert canary not in content, file.name


def test_events_hold_what_the_page_shows(bench):
    body = events.event_body("session.created", opened(bench), datetime(2024, 1, 15, 10, 30, tzinfo=UTC))
    assert list(body) == ["event", "session_id", "status", "risk_level", "risk_score", "timestamp"]
