"""Log-in, refresh, and what a token opens: in the words and shapes of the dialect."""

import json
import subprocess
import time
from contextlib import closing

import httpx
import jwt
import pysqlite3
import pytest

from appliance.store.keys import KeyFile, Keyring
from tests.box import KYCBOX, Box
from tests.contract.apptenticate.conftest import Account, NewClient, account_of, logged_in

OCR = "/api/v3/ocr/"
NOT_VALID = {
    "detail": "Given token not valid for any token type",
    "code": "token_not_valid",
    "messages": [
        {"token_class": "AccessToken", "token_type": "access", "message": "Token is invalid or expired"}
    ],
}
NO_ACCOUNT = {"detail": "No active account found with the given credentials"}
REFUSED = {"detail": "Token is invalid or expired", "code": "token_not_valid"}


def unauthorized(answer: httpx.Response) -> dict[str, object]:
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="api"'
    body: dict[str, object] = answer.json()
    return body


def made(box: Box, who: str, kind: str = "access", ends_in: int = 60) -> str:
    """A token that the box itself could have made, at another time."""
    key = Keyring(KeyFile(next(box.data.glob("**/box.key")))).accounts
    now = int(time.time())
    claims = {"token_type": kind, "exp": now + ends_in, "iat": now - 300, "jti": "0" * 32, "user_id": who}
    return jwt.encode(claims, key, "HS256")


@pytest.mark.parametrize("path", ["/api/token/", "/api/token"])
@pytest.mark.parametrize("how", ["urlencoded", "multipart", "json"])
def test_log_in(nobody: httpx.Client, account: Account, how: str, path: str) -> None:
    fields = {"username": account.username, "password": account.password}
    sent: dict[str, dict[str, object]] = {
        "urlencoded": {"data": fields},
        "multipart": {"files": {name: (None, text) for name, text in fields.items()}},
        "json": {"json": fields},
    }
    answer = nobody.post(path, **sent[how])  # type: ignore[arg-type]  # one of httpx's ways to send
    assert answer.status_code == 200
    assert set(answer.json()) == {"refresh", "access"}
    claims = jwt.decode(answer.json()["access"], options={"verify_signature": False})
    assert (claims["token_type"], claims["user_id"]) == ("access", account.id)
    assert claims["exp"] - claims["iat"] == 300


def test_a_wrong_password_is_told_as_a_wrong_name_is(nobody: httpx.Client, account: Account) -> None:
    for name, word in ((account.username, "wrong"), ("nobody", account.password), ("nobody", "wrong")):
        answer = nobody.post("/api/token/", data={"username": name, "password": word})
        assert unauthorized(answer) == NO_ACCOUNT


def test_what_is_missing_is_told_by_field(nobody: httpx.Client) -> None:
    answer = nobody.post("/api/token/", data={"password": ""})
    assert answer.status_code == 400
    assert answer.json() == {
        "username": ["This field is required."],
        "password": ["This field may not be blank."],
    }
    assert nobody.post("/api/token/refresh/", json={}).json() == {"refresh": ["This field is required."]}


def test_refresh_gives_an_access_token_only(nobody: httpx.Client, account: Account) -> None:
    fields = {"username": account.username, "password": account.password}
    pair = nobody.post("/api/token/", data=fields).json()
    for sent in ({"data": {"refresh": pair["refresh"]}}, {"json": {"refresh": pair["refresh"]}}):
        answer = nobody.post("/api/token/refresh/", **sent)
        assert answer.status_code == 200
        assert set(answer.json()) == {"access"}
        assert used(nobody, answer.json()["access"]).status_code == 400
    assert unauthorized(nobody.post("/api/token/refresh/", data={"refresh": pair["access"]})) == REFUSED
    assert unauthorized(nobody.post("/api/token/refresh/", data={"refresh": "x.y.z"})) == REFUSED
    assert unauthorized(used(nobody, pair["refresh"])) == NOT_VALID


def used(nobody: httpx.Client, token: str) -> httpx.Response:
    """A call with a token and without fields: 400 where the token opens."""
    return nobody.post(OCR, headers={"Authorization": f"Bearer {token}"}, json={})


@pytest.mark.parametrize(
    "path", [OCR, "/api/ocr", "/api/v3/biometrics/liveness/", "/api/v3/biometrics/foreigns/"]
)
def test_after_its_time_a_token_opens_nothing(
    box: Box, nobody: httpx.Client, account: Account, path: str
) -> None:
    for ends_in, status in ((60, 400), (0, 401), (-1, 401)):
        headers = {"Authorization": f"Bearer {made(box, account.id, ends_in=ends_in)}"}
        answer = nobody.post(path, headers=headers, json={})
        assert answer.status_code == status
    assert unauthorized(answer) == NOT_VALID
    old = made(box, account.id, "refresh", -1)
    assert unauthorized(nobody.post("/api/token/refresh/", json={"refresh": old})) == REFUSED


def test_headers_that_hold_no_token(nobody: httpx.Client, account: Account) -> None:
    missing = {"detail": "Authentication credentials were not provided."}
    assert unauthorized(nobody.post(OCR, json={})) == missing
    for header in ("Basic eDp5", "Token eyJhbGciOiJIUzI1NiJ9.e30.x"):
        assert unauthorized(nobody.post(OCR, headers={"Authorization": header})) == missing
    for header in ("Bearer", "Bearer a b"):
        assert unauthorized(nobody.post(OCR, headers={"Authorization": header})) == {
            "detail": "Authorization header must contain two space-delimited values",
            "code": "bad_authorization_header",
        }
    for token in ("garbage", "eyJ.eyJ.eyJ", "eyJ" * 2000, account.password):
        assert unauthorized(used(nobody, token)) == NOT_VALID


def test_a_password_or_key_is_no_token(box: Box, nobody: httpx.Client, account: Account) -> None:
    key = box.key("deepidv")
    assert unauthorized(nobody.post(OCR, headers={"x-api-key": key})) == {
        "detail": "Authentication credentials were not provided."
    }
    assert unauthorized(used(nobody, key)) == NOT_VALID


def test_a_revoked_account_is_out_at_once(box: Box) -> None:
    account = account_of(box.data, "leaving")
    with logged_in(box, account) as client:
        fields = {"username": account.username, "password": account.password}
        pair = client.post("/api/token/", data=fields).json()
        assert client.post(OCR, json={}).status_code == 400
        subprocess.run(
            [KYCBOX, "key", "revoke", account.id, "--data", box.data],
            check=True,
            capture_output=True,
            timeout=60,
        )
        assert unauthorized(client.post(OCR, json={})) == NOT_VALID
        assert unauthorized(client.post("/api/token/refresh/", json={"refresh": pair["refresh"]})) == REFUSED
        assert unauthorized(client.post("/api/token/", data=fields)) == NO_ACCOUNT


def test_who_guesses_waits_and_who_is_known_does_not(box: Box, nobody: httpx.Client) -> None:
    known, fresh = account_of(box.data, "known"), account_of(box.data, "fresh")
    logged_in(box, known).close()
    for _ in range(10):
        wrong = {"username": fresh.username, "password": "wrong"}
        assert unauthorized(nobody.post("/api/token/", data=wrong)) == NO_ACCOUNT
    answer = nobody.post("/api/token/", data=wrong)
    assert answer.status_code == 429
    seconds = int(answer.headers["retry-after"])
    assert 1 <= seconds <= 10
    assert answer.json()["detail"].startswith("Request was throttled. Expected available in ")
    logged_in(box, known).close()


def test_a_scope_that_is_missing(new_client: NewClient) -> None:
    answer = new_client("--scope", "face").post(OCR, json={})
    assert answer.status_code == 403
    assert answer.json() == {"detail": "You do not have permission to perform this action."}


def test_a_plan_is_kept(new_client: NewClient) -> None:
    client = new_client("--plan", "sandbox")
    statuses = [client.post(OCR, json={}).status_code for _ in range(110)]
    assert set(statuses) == {400, 429}
    assert statuses[:100] == [400] * 100


def leaves(box: Box, request_id: str) -> list[dict[str, object]]:
    """Leaves of one request, read by another process than the box."""
    uri = f"file:{next(box.data.glob('*.db'))}?mode=ro"
    with closing(pysqlite3.connect(uri, uri=True)) as connection:
        bodies = [json.loads(body) for (body,) in connection.execute("SELECT body FROM ledger_leaf")]
    return [body for body in bodies if body["request_id"] == request_id]


def test_every_call_of_an_account_leaves_one_leaf(box: Box, client: httpx.Client, account: Account) -> None:
    """Also where an old token comes with a log-in; a wrong password is a stranger's."""
    fields = {"username": account.username, "password": account.password}
    pair = client.post("/api/token/", data=fields, headers={"x-request-id": "log-in"}).json()
    client.post("/api/token/refresh/", data=pair, headers={"x-request-id": "refresh"})
    httpx.post(f"{box.url}/api/token/", data={**fields, "password": "x"}, headers={"x-request-id": "wrong"})
    client.post(OCR, json={}, headers={"x-request-id": "fields"})
    client.get(OCR, headers={"x-request-id": "method"})
    told = {
        name: [(leaf["actor"], leaf["action"], leaf["outcome"]) for leaf in leaves(box, name)]
        for name in ("log-in", "refresh", "wrong", "fields", "method")
    }
    assert told == {
        "log-in": [(account.id, "account.login", "ok")],
        "refresh": [(account.id, "account.refresh", "ok")],
        "wrong": [],
        "fields": [(account.id, "apptenticate:/api/v3/ocr", "invalid_request")],
        "method": [(account.id, "apptenticate:unknown", "http_405")],
    }
    for text in (box.printed(), json.dumps([leaf for name in told for leaf in leaves(box, name)])):
        assert account.username not in text
        assert account.password not in text
        assert pair["access"] not in text
