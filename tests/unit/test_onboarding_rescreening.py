"""Approved applicants are looked at again when a sanctions list arrives."""

import json

import pytest

from appliance.config import Screening as Limits
from appliance.domain.listed_person import person
from appliance.domain.onboarding import State
from appliance.domain.screening import ListSource, NameKind, Query
from appliance.services.onboarding import rescreening
from appliance.services.onboarding.create import create_session
from appliance.services.onboarding.submit import submit_session
from appliance.services.screening.screener import Screener
from appliance.store.onboarding_rows import Wanted
from appliance.store.screening import Arrived
from tests.journeys import Journeys, document

URL = "https://hooks.bank.example/kyc"


@pytest.fixture
def bench(tmp_path):
    made = Journeys(tmp_path / "data")
    yield made
    made.close()


async def approved(bench, name):
    session = await create_session(bench.services, bench.caller(), Wanted(name, URL))
    await bench.upload(session.id, facts=document(full_name=name))
    await bench.prove(session.id)
    ended = await submit_session(bench.services, bench.caller(), session.id)
    assert ended.state is State.APPROVED
    return ended


def put(bench, *names, sha):
    number = bench.store.screening.begin(ListSource.UN)
    listed = [person(f"id-{name}", [(name, NameKind.STRONG)], births=["1990-05-15"]) for name in names]
    bench.store.screening.add(number, 0, listed)
    bench.store.screening.finish(number, Arrived(sha * 64, "", len(names), 0, "tester"))
    bench.services.screening.load()


def told(bench):
    """The sessions of the events, and the leaves."""
    query = "SELECT stream FROM outbox WHERE type = 'session.sanctions_hit' ORDER BY seq"
    streams = bench.store.database.read_blocking(lambda c: [row[0] for row in c.rows(query)])
    rows = bench.store.database.read_blocking(lambda c: c.rows("SELECT body FROM ledger_leaf ORDER BY seq"))
    leaves = [leaf for (body,) in rows if (leaf := json.loads(body))["action"] == "onboarding.sanctions_hit"]
    return streams, leaves


async def test_a_list_that_names_an_approved_applicant_is_told_of_once(bench):
    jane = await approved(bench, "JANE EXAMPLE DOE")
    milorad = await approved(bench, "MILORAD BOGDAN TESTOVIC")
    open_still = await create_session(bench.services, bench.caller(), Wanted("user-3", URL))
    await bench.upload(open_still.id, facts=document(full_name="FULAN DALIL"))
    bench.services.screening = Screener(bench.store.screening, Limits())
    again = rescreening.rescreener(bench.services, bench.store.screened)
    bench.services.screening.load()
    assert again.piece() == 0  # no list, nothing to look at
    put(bench, "Testovic Milorad", "Fulan Dalil", sha="1")
    assert again.piece(60) == 2
    streams, (leaf,) = told(bench)
    assert streams == [milorad.id]
    assert (leaf["object"], leaf["tenant"], leaf["details"]["lists"]) == (
        milorad.id,
        "bank",
        "un-111111111111",
    )
    assert "TESTOVIC" not in json.dumps(leaf).upper()
    put(bench, "Testovic Milorad", "Jane Doe", sha="2")
    assert again.piece(60) == 2
    assert told(bench)[0] == [milorad.id, jane.id]  # of him somebody knows
    stays = bench.store.database.read_blocking(lambda c: bench.sessions.get(c, "bank", milorad.id))
    assert stays.state is State.APPROVED


async def test_more_applicants_than_a_page_are_all_looked_at(bench, monkeypatch):
    monkeypatch.setattr(rescreening, "PAGE", 2)
    made = {(await approved(bench, f"JANE DOE {letter * 4}")).id for letter in "ABCDE"}
    found = list(rescreening.subjects(bench.services))
    assert {identity for identity, _ in found} == made
    assert all(query.birth == "1990-05-15" for _, query in found)


def test_a_session_that_is_gone_is_nobodys(bench):
    bench.services.screening = Screener(bench.store.screening, Limits())
    put(bench, "Testovic Milorad", sha="1")
    found = bench.services.screening.screen(Query("Testovic Milorad"))
    rescreening.tell(bench.services, "kyc_gone", found)
    assert told(bench) == ([], [])


@pytest.mark.parametrize(
    ("name", "state", "screening"),
    [
        ("JANE EXAMPLE DOE", State.APPROVED, "clear"),
        ("MILORAD TESTOVICH", State.MANUAL_REVIEW, "hit"),
    ],
)
async def test_a_journey_is_decided_by_real_lists(bench, name, state, screening):
    bench.services.screening = Screener(bench.store.screening, Limits())
    put(bench, "Testovic Milorad", "Fulan Dalil", sha="1")
    session = await create_session(bench.services, bench.caller(), Wanted(name, URL))
    await bench.upload(session.id, facts=document(full_name=name))
    await bench.prove(session.id)
    ended = await submit_session(bench.services, bench.caller(), session.id)
    assert (ended.state, ended.outcome.screening) == (state, screening)
    assert len(ended.outcome.packet) == 64  # the evidence takes matches and lists in
