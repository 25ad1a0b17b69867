"""kill -9 while applicants are on their way: what was acknowledged holds, each transition is told."""

import asyncio
import json
import os
import random
import runpy
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from appliance.config import PROJECT
from appliance.domain.onboarding import State
from appliance.store import ledger
from tests.journeys import Journeys
from tests.receiver import receiving

HERE = Path(__file__).parent
WAYS = runpy.run_path(str(HERE / "acknowledged.py"))
killed_run, sound = WAYS["killed_run"], WAYS["_sound"]
LEADS_TO = {"approved": State.APPROVED, "rejected": State.REJECTED, "reviewed": State.APPROVED}


def finished(command: list[str]) -> bytes:
    """Let the process come to its end, then kill it."""
    told = b""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            told += line
            if json.loads(line)[0] == "done":
                break
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, f"it ended by itself: {process.returncode}"
    return told


def by_session(leaves):
    """How often each act is in the ledger, and the last decision that it tells, by session."""
    acts, decided = defaultdict(Counter), {}
    for _, body, _ in leaves:
        leaf = json.loads(body)
        acts[leaf["object"]][leaf["action"]] += 1
        if leaf["action"] in ("onboarding.submit", "onboarding.review"):
            decided[leaf["object"]] = leaf["details"]["decision"]
    return acts, decided


def transitions(session, acts):
    """The events that a session's transitions make, by its state and the ledger."""
    expected = {"session.created": 1}
    if session.tries.documents:
        expected["session.document_uploaded"] = session.tries.documents
    expected["session.expired" if session.state is State.EXPIRED else "session.completed"] = 1
    if acts["onboarding.review"]:
        expected["session.reviewed"] = 1
    return expected


@pytest.mark.parametrize(
    ("sessions", "kills", "longest"),
    [
        pytest.param(24, 1, 0.3, id="24"),
        pytest.param(1000, 20, 1.5, id="1000", marks=[pytest.mark.soak, pytest.mark.timeout(7200)]),
    ],
)
async def test_sessions_ledger_and_webhooks_agree_whatever_is_killed(
    tmp_path, monkeypatch, sessions, kills, longest
):
    chance = random.Random(20261121)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(PROJECT)]))
    folder, told = tmp_path / "data", []
    async with receiving() as receiver:
        command = [
            sys.executable,
            str(HERE / "onboarding_load.py"),
            str(folder),
            str(receiver.port),
            str(sessions),
        ]
        for _ in range(kills):
            lines = await asyncio.to_thread(killed_run, command, chance, longest=longest)
            told += [json.loads(line) for line in lines.split(b"\n")[:-1]]
        told += [json.loads(line) for line in (await asyncio.to_thread(finished, command)).splitlines()]
    arrived, bytes_of = defaultdict(Counter), defaultdict(set)
    for got in receiver.got:
        if got.headers["webhook-id"] not in bytes_of:
            body = json.loads(got.body)
            arrived[body["session_id"]][body["event"]] += 1
        bytes_of[got.headers["webhook-id"]].add(got.body)
    journeys = Journeys(folder)
    try:
        assert sound(journeys.store) == []
        read = journeys.store.database.read_blocking
        found, total = read(lambda connection: journeys.sessions.page(connection, "bank", limit=sessions))
        leaves = read(lambda connection: list(ledger.leaves(connection, 0, ledger.size(connection))))
    finally:
        journeys.close()
    assert total == sessions
    assert len({one.external_user_id for one in found}) == sessions
    assert all(len(bodies) == 1 for bodies in bytes_of.values())
    states = {one.id: one for one in found}
    for identity, what in told:
        if what in LEADS_TO:
            assert states[identity].state is LEADS_TO[what], identity
    acts, decided = by_session(leaves)
    for one in found:
        assert dict(arrived[one.id]) == transitions(one, acts[one.id]), one.id
        assert acts[one.id]["onboarding.create"] == 1
        assert acts[one.id]["onboarding.document"] == one.tries.documents
        assert acts[one.id]["onboarding.expire"] == (one.state is State.EXPIRED)
        assert acts[one.id]["onboarding.submit"] == (one.state is not State.EXPIRED)
        assert decided.get(one.id, "expired") == one.state.value
    counted = Counter(one.state.value for one in found)
    posts, once = len(receiver.got), len(bytes_of)
    print(f"{kills} kills, {sessions} sessions: {dict(counted)}; {posts} posts for {once} transitions")
