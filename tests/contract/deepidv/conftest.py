"""Clients of the Verify Identity dialect."""

import io
from collections.abc import Callable, Iterator

import httpx
import pytest
from PIL import Image

from tests.box import Box

CHECKS = ("/v1/identity/verify", "/v1/document/scan", "/v1/face/detect", "/v1/face/compare")
FIELDS = {
    "/v1/identity/verify": ("documentImage", "faceImage"),
    "/v1/document/scan": ("image",),
    "/v1/face/detect": ("image",),
    "/v1/face/compare": ("source", "target"),
}


def client_of(box: Box, key: str = "") -> httpx.Client:
    headers = {"x-api-key": key} if key else {}
    return httpx.Client(base_url=f"{box.url}/d/deepidv", headers=headers, timeout=60)


@pytest.fixture(scope="session")
def new_client(box: Box) -> Iterator[Callable[..., httpx.Client]]:
    """Makes clients, each with a fresh key: `new_client("--scope", "ocr")`."""
    made: list[httpx.Client] = []

    def make(*options: str) -> httpx.Client:
        made.append(client_of(box, box.key("deepidv", f"test {len(made)}", *options)))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def client(new_client: Callable[..., httpx.Client]) -> httpx.Client:
    """A customer without limits."""
    return new_client("--plan", "enterprise")


@pytest.fixture(scope="session")
def nobody(box: Box) -> Iterator[httpx.Client]:
    """A client without a key."""
    with client_of(box) as client:
        yield client


@pytest.fixture(scope="session")
def blank() -> bytes:
    """A picture of nothing."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 200, 200)).save(out, "JPEG")
    return out.getvalue()
