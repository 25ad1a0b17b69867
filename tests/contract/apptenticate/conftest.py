"""Accounts of the Apptenticate dialect, logged in, on the bare port as its own clients call it."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.box import KYCBOX, Box

NewClient = Callable[..., httpx.Client]


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is known when it is made."""

    id: str
    username: str
    password: str


def account_of(data: Path, name: str, *options: str) -> Account:
    """Make an account by the command line, whether a box runs on the data folder or not."""
    command = [*(KYCBOX, "key", "create", "--data", data, "--api", "apptenticate"), "--name", name]
    done = subprocess.run([*command, *options, "--json"], capture_output=True, check=True, timeout=60)
    made = json.loads(done.stdout)
    return Account(made["id"], made["username"], made["password"])


class Token(httpx.Auth):
    """An access token, and another one before its five minutes are over."""

    def __init__(self, box: Box, account: Account) -> None:
        self._url = f"{box.url}/api/token/"
        self._known = {"username": account.username, "password": account.password}
        self._token, self._until = "", 0.0

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        if time.monotonic() >= self._until:
            answer = httpx.post(self._url, data=self._known)
            assert answer.status_code == 200, answer.text
            self._token, self._until = answer.json()["access"], time.monotonic() + 120
        request.headers["authorization"] = f"Bearer {self._token}"
        yield request


def logged_in(box: Box, account: Account) -> httpx.Client:
    """A client with an access token."""
    return httpx.Client(base_url=box.url, auth=Token(box, account), timeout=60)


@pytest.fixture(scope="session")
def account(box: Box) -> Account:
    """A customer without limits and with the proof of life."""
    return account_of(box.data, "branch")


@pytest.fixture(scope="session")
def client(box: Box, account: Account) -> Iterator[httpx.Client]:
    with logged_in(box, account) as client:
        yield client


@pytest.fixture(scope="session")
def new_client(box: Box) -> Iterator[NewClient]:
    """Makes clients, each with an account and so a tenant of its own: `new_client("--scope", "ocr")`."""
    made: list[httpx.Client] = []

    def make(*options: str) -> httpx.Client:
        made.append(logged_in(box, account_of(box.data, f"test {len(made)}", *options)))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def nobody(box: Box) -> Iterator[httpx.Client]:
    """A client without a token."""
    with httpx.Client(base_url=box.url, timeout=60) as client:
        yield client
