"""Tokens of accounts: for how long, for what, for whom; and numbers of calls."""

import base64
import hmac
import json

import jwt
import pytest

from appliance.errors import AccountClosed, TokenExpired, TokenRefused
from appliance.store.account_tokens import ACCESS_SECONDS, REFRESH_SECONDS, AccountTokens
from appliance.store.store import Store
from appliance.store.transaction_numbers import next_number, request_of

API = "apptenticate"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.5

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
def tokens(store, clock):
    return AccountTokens(store.keys.accounts, store.credentials, clock)


def account(store: Store, api: str = API):
    new = store.database.write_blocking(lambda tx: store.credentials.create(tx, api, "Bank"))
    return store.credentials.live(new.id, api)


def claims(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_claims_and_lives_are_those_of_the_page(store, tokens, clock):
    who = account(store)
    pair = tokens.pair(who)
    for token, kind, seconds in ((pair.access, "access", 300), (pair.refresh, "refresh", 86_400)):
        said = claims(token)
        assert set(said) == {"token_type", "exp", "iat", "jti", "user_id"}
        assert (said["token_type"], said["user_id"]) == (kind, who.id)
        assert said["exp"] - said["iat"] == seconds
    assert jwt.get_unverified_header(pair.access) == {"alg": "HS256", "typ": "JWT"}
    assert claims(pair.access)["jti"] != claims(pair.refresh)["jti"]
    assert tokens.access(pair.access, API) == who
    assert pair.access not in repr(pair)


def test_each_ends_in_its_time(store, tokens, clock):
    pair = tokens.pair(account(store))
    clock.now += ACCESS_SECONDS - 1
    tokens.access(pair.access, API)
    clock.now += 1
    with pytest.raises(TokenExpired):
        tokens.access(pair.access, API)
    _, fresh = tokens.refreshed(pair.refresh, API)
    tokens.access(fresh, API)
    clock.now += REFRESH_SECONDS - ACCESS_SECONDS
    with pytest.raises(TokenExpired):
        tokens.refreshed(pair.refresh, API)


def test_a_clock_set_back_does_not_lengthen_a_life(store, tokens, clock):
    pair = tokens.pair(account(store))
    clock.now -= 3600
    with pytest.raises(TokenExpired):
        tokens.access(pair.access, API)


def test_a_token_does_one_thing(store, tokens):
    pair = tokens.pair(account(store))
    with pytest.raises(TokenRefused):
        tokens.access(pair.refresh, API)
    with pytest.raises(TokenRefused):
        tokens.refreshed(pair.access, API)


def test_revoking_ends_all_tokens_at_once(store, tokens):
    who = account(store)
    pair = tokens.pair(who)
    store.database.write_blocking(lambda tx: store.credentials.revoke(tx, who.id))
    with pytest.raises(AccountClosed):
        tokens.access(pair.access, API)
    with pytest.raises(AccountClosed):
        tokens.refreshed(pair.refresh, API)


def test_accounts_are_known_by_id_after_a_restart(store, tokens):
    who = account(store)
    store.database.read_blocking(store.credentials.load)
    assert store.credentials.live(who.id, API) == who
    assert store.credentials.live(who.id, "deepidv") is None
    assert store.credentials.live("cred_none", API) is None


def test_a_key_of_another_dialect_has_no_tokens(store, tokens):
    pair = tokens.pair(account(store, "deepidv"))
    with pytest.raises(AccountClosed):
        tokens.access(pair.access, API)


def forged(store: Store, who: str, clock: Clock, **changes: object) -> str:
    now = int(clock())
    said = {"token_type": "access", "exp": now + 60, "iat": now, "jti": "a", "user_id": who} | changes
    left = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(left, store.keys.accounts, "HS256")


@pytest.mark.parametrize("missing", ["token_type", "exp", "iat", "jti", "user_id"])
def test_every_claim_is_needed(store, tokens, clock, missing):
    who = account(store).id
    tokens.access(forged(store, who, clock), API)
    with pytest.raises(TokenRefused):
        tokens.access(forged(store, who, clock, **{missing: None}), API)


def test_what_is_not_signed_here_is_refused(store, tokens, clock):
    good = tokens.pair(account(store)).access
    header, body, signature = good.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    other = jwt.encode(claims(good), b"x" * 32, "HS256")
    stronger = base64.urlsafe_b64encode(b'{"alg":"HS384","typ":"JWT"}').decode()
    longer = f"{stronger}.{body}"
    mac = hmac.digest(store.keys.accounts, longer.encode(), "sha384")
    longer += "." + base64.urlsafe_b64encode(mac).decode()
    for token in (
        *("", ".", "..", "a.b.c", "é.b.c", "\udc80", "x" * 5000, good[:-2], f"{header}.{body}."),
        *(f"{none}.{body}.", f"{none}.{body}.{signature}", other, longer, good + "a", f"{good}.{signature}"),
    ):
        with pytest.raises(TokenRefused):
            tokens.access(token, API)


@pytest.mark.parametrize("times", [{"exp": 1e12}, {"exp": True}, {"iat": 1.5}, {"iat": False}])
def test_times_are_whole_numbers(store, tokens, clock, times):
    who = account(store).id
    with pytest.raises(TokenRefused):
        tokens.access(forged(store, who, clock, **times), API)


def test_numbers_increase_per_tenant_and_lead_to_the_call(store):
    def three(tx):
        return [next_number(tx, "a", "r1"), next_number(tx, "b", "r2"), next_number(tx, "a", "r3")]

    assert store.database.write_blocking(three) == [1, 1, 2]
    assert store.database.write_blocking(three) == [3, 2, 4]
    assert store.database.read_blocking(lambda connection: request_of(connection, "a", 2)) == "r3"
    assert store.database.read_blocking(lambda connection: request_of(connection, "c", 1)) is None


def test_a_number_is_kept_only_with_its_leaf(store):
    def failing(tx):
        next_number(tx, "a", "r1")
        raise RuntimeError("undo")

    with pytest.raises(RuntimeError, match="undo"):
        store.database.write_blocking(failing)
    assert store.database.write_blocking(lambda tx: next_number(tx, "a", "r2")) == 1
