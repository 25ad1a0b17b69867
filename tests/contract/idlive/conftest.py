"""Clients of the IDLive dialect, on the bare port as its own clients call it."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from appliance.domain.bundle import Header, key_id
from appliance.store.captures import seal_capture
from tests.box import Box

Seal = Callable[..., bytes]


@pytest.fixture(scope="session")
def new_client(box: Box) -> Iterator[Callable[..., httpx.Client]]:
    """Makes clients, each with a fresh key and so a tenant of its own: `new_client("--scope", "face")`."""
    made: list[httpx.Client] = []

    def make(*options: str) -> httpx.Client:
        key = box.key("idlive", f"test {len(made)}", *options)
        made.append(httpx.Client(base_url=box.url, headers={"x-api-key": key}, timeout=60))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def client(new_client: Callable[..., httpx.Client]) -> httpx.Client:
    """A customer without limits."""
    return new_client("--plan", "enterprise")


@pytest.fixture
def seal(box: Box) -> Seal:
    """Seals a picture to the box, as a capture client does: `seal(picture, age=0.0, to=None, nonce=None)`."""
    public = bytes.fromhex(httpx.get(f"{box.url}/-/capture-key").json()["public_key"])

    def make(
        picture: bytes, *, age: float = 0.0, to: bytes | None = None, nonce: bytes | None = None
    ) -> bytes:
        key = to or public
        header = Header(
            key_id(key),
            nonce or secrets.token_bytes(16),
            datetime.now(UTC) - timedelta(seconds=age),
            hashlib.sha256(picture).digest(),
            "image/jpeg",
            "test",
        )
        return seal_capture(key, header, picture)

    return make
