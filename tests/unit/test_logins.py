"""Wrong log-ins are counted against the network and the name; a known pair is counted by itself."""

import pytest

from appliance.errors import RateLimited, Unauthenticated
from appliance.services.logins import PER_NAME, PER_NETWORK, REMEMBERED, Logins
from appliance.store.credentials import NewCredential
from appliance.store.store import Store

API = "apptenticate"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "data", floor_bytes=0, ballast_bytes=4096, serving=False)
    yield store
    store.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def logins(store, clock):
    return Logins(store.credentials, clock)


@pytest.fixture
def bank(store) -> NewCredential:
    return store.database.write_blocking(lambda tx: store.credentials.create(tx, API, "Bank"))


def wrong(logins: Logins, name: str, address: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Unauthenticated):
            logins.account(API, name, "wrong", address)


def test_right_ones_never_wait(logins, bank):
    for _ in range(200):
        assert logins.account(API, bank.username, bank.secret, "10.0.0.1").id == bank.id


def test_a_name_is_tried_so_often_from_anywhere(logins, bank, clock):
    for host in range(PER_NAME.burst):
        wrong(logins, bank.username, f"10.0.0.{host}", 1)
    with pytest.raises(RateLimited) as refused:
        logins.account(API, bank.username, bank.secret, "10.0.1.1")
    assert refused.value.retry_after == pytest.approx(10.0)
    clock.now += 10.0
    assert logins.account(API, bank.username, bank.secret, "10.0.1.1").id == bank.id


def test_a_network_tries_so_many_names(logins, bank, clock):
    for number in range(PER_NETWORK.burst):
        wrong(logins, f"name{number}", "2001:db8::1", 1)
    with pytest.raises(RateLimited):
        logins.account(API, bank.username, bank.secret, "2001:db8::2")  # the same /64
    assert logins.account(API, bank.username, bank.secret, "2001:db8:0:1::1").id == bank.id
    clock.now += 2.0
    assert logins.account(API, bank.username, bank.secret, "2001:db8::2").id == bank.id


def test_a_stranger_keeps_nobody_out_who_was_in_before(logins, bank):
    logins.account(API, bank.username, bank.secret, "10.0.0.1")
    for host in range(PER_NAME.burst):
        wrong(logins, bank.username, f"10.0.9.{host}", 1)
    wrong(logins, "others", "10.0.0.1", PER_NAME.burst)
    assert logins.account(API, bank.username, bank.secret, "10.0.0.1").id == bank.id


def test_who_was_in_before_waits_too(logins, bank):
    logins.account(API, bank.username, bank.secret, "10.0.0.1")
    wrong(logins, bank.username, "10.0.0.1", PER_NAME.burst)
    with pytest.raises(RateLimited):
        logins.account(API, bank.username, bank.secret, "10.0.0.1")


def test_another_dialects_key_is_no_account(store, logins):
    key = store.database.write_blocking(lambda tx: store.credentials.create(tx, "deepidv", "Bank"))
    with pytest.raises(Unauthenticated):
        logins.account(API, "", key.secret, "10.0.0.1")


def test_memory_is_bounded(logins, clock):
    for number in range(REMEMBERED + 100):
        wrong(logins, f"name{number}", f"10.{number // 65536}.{number // 256 % 256}.{number % 256}", 1)
        clock.now += 0.5
    assert len(logins._arrivals) <= REMEMBERED + 2
