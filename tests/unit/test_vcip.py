"""The states of a video identification, and what a session lacks."""

import itertools

import msgspec
import pytest

from appliance.domain.retention import DAY
from appliance.domain.vcip import (
    EDGES,
    Evidence,
    Facts,
    Fence,
    Location,
    Question,
    Recording,
    State,
    Step,
    after,
    missing,
)
from appliance.errors import InvalidRequest, NotFound
from appliance.store.store import Store
from appliance.store.vcip_sessions import KEPT_DAYS, VcipSessions

INDIA = Fence(6.0, 68.0, 37.6, 97.5)
WHOLE = Facts(
    "c",
    "o",
    consent="consent-1",
    location=Location(28.6, 77.2, 10.0, 0),
    evidence=Evidence(True, 0.93, True, "box", 0.9, (Question("q", True), Question("r", False))),
    recording=Recording("mask_0", "00", 1, "video/mp4"),
)


@pytest.mark.parametrize(("state", "step"), list(itertools.product(State, Step)))
def test_only_the_steps_of_the_table_lead_on(state, step):
    if (state, step) in EDGES:
        assert after(state, step) is EDGES[state, step]
    else:
        with pytest.raises(InvalidRequest):
            after(state, step)


def test_what_is_over_is_over():
    assert not {step for state, step in EDGES if state in {State.ABORTED, State.AUDITED}}
    assert {step for state, step in EDGES if state is State.RECORDED} == {Step.AUDIT}


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({}, ()),
        ({"consent": ""}, ("consent",)),
        ({"location": None}, ("location",)),
        ({"location": Location(51.5, -0.1, 5.0, 0)}, ("location_inside",)),
        ({"location": Location(37.7, 77.0, 5.0, 0)}, ("location_inside",)),
        ({"location": Location(37.6, 97.5, 5.0, 0)}, ()),
        ({"evidence": None}, ("evidence",)),
        ({"recording": None}, ("recording",)),
        ({"evidence": msgspec.structs.replace(WHOLE.evidence, match=False)}, ("face_match",)),
        ({"evidence": msgspec.structs.replace(WHOLE.evidence, live=False)}, ("liveness",)),
        (
            {"evidence": msgspec.structs.replace(WHOLE.evidence, questions=(Question("q", False),))},
            ("questions",),
        ),
        (
            {"evidence": msgspec.structs.replace(WHOLE.evidence, questions=(Question("q", True, True),))},
            ("unprompted",),
        ),
    ],
)
def test_what_a_session_lacks(change, lacks):
    assert missing(msgspec.structs.replace(WHOLE, **change), INDIA) == lacks


def test_sessions_on_disk(tmp_path):
    store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=0)
    sessions, write, read = VcipSessions(store.keys.vcip), store.database.write_blocking, store.database
    try:
        made = write(lambda tx: sessions.create(tx, "bank", "key", Facts("cust-canary", "o"), 1000))

        def take(step, now=2000, change=lambda session: session.facts):
            return write(lambda tx: sessions.take(tx, "bank", made.id, step, change, now))

        with pytest.raises(NotFound):
            read.read_blocking(lambda c: sessions.get(c, "other", made.id))
        assert take(Step.CONSENT).ended_at is None
        with pytest.raises(InvalidRequest):
            take(Step.COMPLETE)
        assert read.read_blocking(lambda c: sessions.due(c, made.expires_at - 1)) == []
        assert read.read_blocking(lambda c: sessions.due(c, made.expires_at)) == [("bank", made.id)]
        assert take(Step.ABORT).ended_at == 2000
        assert read.read_blocking(lambda c: sessions.due(c, made.expires_at)) == []
        assert write(lambda tx: sessions.forget(tx, 2000 + KEPT_DAYS * DAY)) == 0
        assert write(lambda tx: sessions.forget(tx, 2001 + KEPT_DAYS * DAY)) == 1
    finally:
        store.close()
    assert b"cust-canary" not in (tmp_path / "data" / "kycbox.db").read_bytes()
