"""Credentials, tokens, technicians: who gets in, who does not, and from when on."""

import asyncio
import re
import time

import pytest

from appliance import __main__ as commands
from appliance.domain.credential import Principal
from appliance.errors import (
    InsufficientTokens,
    InvalidRequest,
    NotFound,
    RateLimited,
    StorageFull,
    Unauthenticated,
)
from appliance.store import tokens
from appliance.store.credentials import APIS, SCOPES
from appliance.store.space import DiskSpace
from appliance.store.store import Store
from appliance.store.technicians import Technicians, network_of


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=4096, serving=False)
    yield store
    store.close()


def make(store: Store, api: str = "deepidv", **more: object):
    return store.database.write_blocking(lambda tx: store.credentials.create(tx, api, "Bank", **more))


@pytest.mark.parametrize(
    ("api", "plan", "prefix"),
    [
        ("deepidv", "enterprise", "sk_live_"),
        ("deepidv", "sandbox", "sk_test_"),
        ("recspace", "starter", "rsk_live_"),
        ("recspace", "sandbox", "rsk_test_"),
        ("idlive", "scale", "id_"),
        ("onboarder", "sandbox", "ek_"),
    ],
)
def test_secrets_look_as_their_dialect_wants(store, api, plan, prefix):
    new = make(store, api, plan=plan)
    assert re.fullmatch(rf"{prefix}[a-z2-7]{{52}}", new.secret)  # 52 letters of 5 bits hold 256
    assert store.credentials.authenticate(new.secret, api) == Principal(
        new.id, new.id, api, frozenset(), plan
    )
    assert new.secret not in repr(new)


def test_a_login_dialect_gets_name_and_password(store):
    new = make(store, "apptenticate", scopes=["document_liveness"])
    found = store.credentials.authenticate_account(new.username, new.secret, "apptenticate")
    assert found.id == new.id
    assert found.scopes == {"document_liveness"}
    assert store.credentials.authenticate(new.secret, "apptenticate") is None
    assert store.credentials.authenticate_account("kyc-other", new.secret, "apptenticate") is None


def test_a_key_opens_one_dialect_only(store):
    new = make(store)
    for api in APIS:
        assert (store.credentials.authenticate(new.secret, api) is not None) == (api == "deepidv")


@pytest.mark.parametrize("wrong", ["", "sk_live_", "x" * 10_000, "sk_live_\ud800", "sk_live_ü", "\0"])
def test_what_is_no_key_is_nobody(store, wrong):
    make(store)
    assert store.credentials.authenticate(wrong, "deepidv") is None


def test_a_nearly_right_key_is_nobody(store):
    new = make(store)
    for near in (new.secret[:-1], new.secret + "a", new.secret.upper(), " " + new.secret):
        assert store.credentials.authenticate(near, "deepidv") is None


def test_a_revoked_key_is_refused_from_the_next_call_on_and_after_a_restart(store, tmp_path):
    kept, gone = make(store), make(store)
    store.database.write_blocking(lambda tx: store.credentials.revoke(tx, gone.id))
    assert store.credentials.authenticate(gone.secret, "deepidv") is None
    assert store.credentials.authenticate(kept.secret, "deepidv")
    with pytest.raises(NotFound):
        store.database.write_blocking(lambda tx: store.credentials.revoke(tx, gone.id))
    store.close()
    again = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=4096, serving=False)
    assert again.credentials.authenticate(gone.secret, "deepidv") is None
    assert again.credentials.authenticate(kept.secret, "deepidv")
    again.close()


def test_a_key_whose_making_failed_does_not_open_anything(store):
    made = []

    def failing(transaction):
        made.append(store.credentials.create(transaction, "deepidv", "Bank"))
        raise NotFound("no")

    with pytest.raises(NotFound):
        store.database.write_blocking(failing)
    assert store.credentials.authenticate(made[0].secret, "deepidv") is None
    assert store.database.read_blocking(store.credentials.list) == []


def test_no_secret_is_on_disk(store, tmp_path):
    new, account = make(store), make(store, "apptenticate")
    store.close()
    for file in (tmp_path / "data").iterdir():
        if file.is_file():
            data = file.read_bytes()
            assert new.secret[8:].encode() not in data, file
            assert account.secret.encode() not in data, file


@pytest.mark.parametrize(
    ("api", "more"),
    [
        ("deepidvv", {}),
        ("deepidv", {"plan": "gold"}),
        ("deepidv", {"scopes": ["ocr", "root"]}),
    ],
)
def test_unknown_words_are_refused(store, api, more):
    with pytest.raises(InvalidRequest) as caught:
        make(store, api, **more)
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["", "x" * 101, "a\nb", "  ", " a", "a\u202eb"])
def test_bad_names_are_refused(store, name):
    with pytest.raises(InvalidRequest):
        store.database.write_blocking(lambda tx: store.credentials.create(tx, "deepidv", name))


def test_the_list_tells_use_and_revocation(store):
    first, second = make(store, tenant="bank"), make(store, scopes=["ocr", "face"])
    store.credentials.authenticate(first.secret, "deepidv")
    store.database.write_blocking(lambda tx: store.credentials.revoke(tx, second.id))

    def listed():
        return {one.principal.id: one for one in store.database.read_blocking(store.credentials.list)}

    before = listed()
    store.database.write_blocking(store.credentials.save_use)
    assert listed() == before
    assert before[first.id].principal.tenant == "bank"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", before[first.id].used_on)
    assert before[second.id].used_on == ""
    assert before[second.id].revoked_at.endswith("Z")
    assert before[second.id].principal.scopes == {"ocr", "face"}


# -- tokens --------------------------------------------------------------------------------------


async def test_tokens_are_taken_once_each_and_run_out(store):
    new = make(store)
    principal = store.credentials.authenticate(new.secret, "deepidv")
    left = await asyncio.gather(
        *(store.database.write(lambda tx: tokens.take(tx, principal, 5)) for _ in range(8)),
        return_exceptions=True,
    )
    assert sorted(one for one in left if isinstance(one, int)) == [0, 1, 2, 3, 4]
    assert sum(isinstance(one, InsufficientTokens) for one in left) == 3
    assert await store.database.read(lambda c: tokens.remaining(c, principal, 5)) == 0
    await store.database.write(lambda tx: tokens.fill(tx, principal.id, 2))
    assert await store.database.read(lambda c: tokens.remaining(c, principal, 5)) == 2


# -- technicians ---------------------------------------------------------------------------------


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def technicians(store):
    technicians = Technicians(store.database, uptime=Clock())
    technicians.password = technicians.first_start()
    return technicians


def test_the_first_technician_is_made_once(store, technicians):
    assert re.fullmatch(r"([a-z2-7]{6}-){3}[a-z2-7]{6}", technicians.password)
    assert technicians.first_start() is None
    assert technicians.login("technician", technicians.password).id.startswith("tech_")
    rows = store.database.read_blocking(lambda c: c.rows("SELECT password FROM technician"))
    assert len(rows) == 1
    assert rows[0][0].startswith("$argon2id$v=19$m=65536,t=3,")


def test_a_wrong_name_and_a_wrong_password_sound_alike(technicians):
    told = set()
    for name, password in (("technician", "wrong"), ("nobody", technicians.password), ("", "\ud800")):
        with pytest.raises(Unauthenticated) as caught:
            technicians.login(name, password)
        told.add(caught.value.message)
    assert len(told) == 1


def test_a_full_disk_keeps_no_technician_out(store, technicians, monkeypatch):
    monkeypatch.setattr(DiskSpace, "low", lambda *_: True)
    with pytest.raises(StorageFull):
        make(store)
    with pytest.raises(Unauthenticated):
        technicians.login("technician", "wrong")
    assert technicians.login("technician", technicians.password)


def test_an_unknown_name_costs_as_much_as_a_known_one(technicians):
    known, unknown = [], []
    for _ in range(2):
        for name, times in (("technician", known), (f"nobody {len(unknown)}", unknown)):
            start = time.thread_time()
            with pytest.raises(Unauthenticated):
                technicians.login(name, "wrong")
            times.append(time.thread_time() - start)
    assert min(unknown) > 0.5 * min(known)


def test_guessing_is_slowed_down_and_waiting_helps(technicians):
    clock = technicians._uptime
    for _ in range(4):
        technicians._failed(("technician", ""))
    with pytest.raises(Unauthenticated):
        technicians.login("technician", "wrong")
    with pytest.raises(RateLimited) as caught:
        technicians.login("technician", technicians.password)
    assert 0 < caught.value.retry_after <= 60
    clock.now += caught.value.retry_after
    assert technicians.login("technician", technicians.password)
    assert technicians._failures == {}  # and success forgives


def test_who_guesses_does_not_keep_the_technician_out(technicians):
    for _ in range(9):
        technicians._failed(("technician", network_of("192.168.1.66")))
    with pytest.raises(RateLimited):
        technicians.login("technician", technicians.password, "192.168.1.66")
    assert technicians.login("technician", technicians.password, "192.168.1.7")


def test_one_host_has_one_count_of_failures():
    assert network_of("fd00::1") == network_of("fd00::ffff:1") == "fd00::/64"
    assert network_of("fd00:0:0:1::1") != network_of("fd00::1")
    assert network_of("10.0.0.1") != network_of("10.0.0.2")
    assert network_of("::ffff:10.0.0.1") == "10.0.0.1"
    assert network_of("not an address") == ""


def test_the_wait_never_locks_out_for_long(technicians):
    clock = technicians._uptime
    for _ in range(14):
        technicians._failed(("technician", ""))
    with pytest.raises(RateLimited) as caught:
        technicians.login("technician", technicians.password)
    assert caught.value.retry_after == 60
    clock.now += 60
    assert technicians.login("technician", technicians.password)


def test_changing_and_resetting_the_password(technicians):
    person = technicians.login("technician", technicians.password)
    for new in ("short", "x" * 201, technicians.password):
        with pytest.raises(InvalidRequest):
            technicians.change_password(person, technicians.password, new)
    with pytest.raises(Unauthenticated):
        technicians.change_password(person, "wrong", "a long enough one")
    technicians.change_password(person, technicians.password, "a long enough one")
    with pytest.raises(Unauthenticated):
        technicians.login("technician", technicians.password)
    assert technicians.login("technician", "a long enough one") == person
    assert technicians.login("technician", technicians.reset()) == person
    with pytest.raises(NotFound):
        technicians.reset("nobody")


def test_the_command_line_knows_every_dialect_and_scope():
    assert commands.DIALECTS == APIS
    assert set(commands.SCOPES) == SCOPES
