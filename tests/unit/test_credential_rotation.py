"""A key gets another secret: the old one is good for a day, and never longer than its key."""

import json
import time

import pytest

from appliance.__main__ import main
from appliance.errors import NotFound
from appliance.store.credentials import GRACE_SECONDS
from appliance.store.store import Store

API = "recspace"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def store(folder):
    store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
    yield store
    store.close()


def write(store, effect):
    return store.database.write_blocking(effect)


def make(store):
    return write(store, lambda tx: store.credentials.create(tx, API, "Bank", "starter", ["ocr"]))


def rotate(store, identity):
    return write(store, lambda tx: store.credentials.rotate(tx, identity))


def opens(store, *made):
    return [store.credentials.authenticate(one.secret, API) is not None for one in made]


def test_both_open_for_a_day_and_then_the_new_one_only(folder, store):
    first = make(store)
    before = store.credentials.authenticate(first.secret, API)
    second = rotate(store, first.id)
    assert second.id == first.id
    assert second.secret != first.secret
    assert second.secret.startswith("rsk_live_")
    assert store.credentials.authenticate(second.secret, API) == before
    assert opens(store, first, second) == [True, True]
    store.credentials._clock = lambda: time.time() + GRACE_SECONDS - 60
    assert opens(store, first, second) == [True, True]
    store.credentials._clock = lambda: time.time() + GRACE_SECONDS + 60
    assert opens(store, first, second) == [False, True]
    store.close()
    again = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
    try:
        assert opens(again, first, second) == [True, True], "the clock is right again"
        again.credentials._clock = lambda: time.time() + GRACE_SECONDS + 60
        assert opens(again, first, second) == [False, True]
    finally:
        again.close()


def test_of_two_old_secrets_the_older_ends_at_once(store):
    first = make(store)
    second = rotate(store, first.id)
    third = rotate(store, first.id)
    assert opens(store, first, second, third) == [False, True, True]


def test_a_revoked_key_opens_by_neither(folder, store):
    first = make(store)
    second = rotate(store, first.id)
    write(store, lambda tx: store.credentials.revoke(tx, first.id))
    assert opens(store, first, second) == [False, False]
    with pytest.raises(NotFound):
        rotate(store, first.id)
    store.close()
    again = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
    assert opens(again, first, second) == [False, False]
    again.close()


def test_a_change_of_the_key_holds_for_both(store):
    first = make(store)
    second = rotate(store, first.id)
    write(store, lambda tx: store.credentials.change(tx, first.id, plan="scale"))
    plans = {store.credentials.authenticate(one.secret, API).plan for one in (first, second)}
    assert plans == {"scale"}


def test_an_account_keeps_its_name(store):
    made = write(store, lambda tx: store.credentials.create(tx, "apptenticate", "Bank"))
    again = rotate(store, made.id)
    assert again.username == made.username
    for one in (made, again):
        found = store.credentials.authenticate_account(made.username, one.secret, "apptenticate")
        assert found.id == made.id


def test_an_undone_rotation_changes_nothing(store):
    first = make(store)

    def undone(transaction):
        store.credentials.rotate(transaction, first.id)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(store, undone)
    assert opens(store, first) == [True]


def test_the_command_and_its_leaf(folder, capsys):
    store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
    first = make(store)
    store.close()
    assert main(["key", "rotate", first.id, "--json", "--data", str(folder)]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["id"], made["api"]) == (first.id, API)
    assert main(["key", "rotate", first.id, "--data", str(folder)]) == 0
    assert "24 hours" in capsys.readouterr().err
    assert main(["key", "rotate", "cred_none", "--data", str(folder)]) == 1
    store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
    rows = store.database.read_blocking(lambda c: c.rows("SELECT body FROM ledger_leaf ORDER BY seq"))
    store.close()
    told = [json.loads(row[0]) for row in rows]
    assert [one["object"] for one in told if one["action"] == "credential.rotate"] == [first.id, first.id]
    assert made["secret"] not in str(rows)
