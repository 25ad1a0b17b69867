"""Clients of the Recspace dialect."""

import io
from collections.abc import Callable, Iterator

import httpx
import pytest
from PIL import Image

from tests.box import Box
from tests.specimen.sets import Specimen, specimen


@pytest.fixture(scope="session")
def new_client(box: Box) -> Iterator[Callable[..., httpx.Client]]:
    """Makes clients on the bare port, each with a fresh token: `new_client("--scope", "ocr")`."""
    made: list[httpx.Client] = []

    def make(*options: str) -> httpx.Client:
        token = box.key("recspace", f"recspace {len(made)}", *options)
        headers = {"Authorization": f"Bearer {token}"}
        made.append(httpx.Client(base_url=box.url, headers=headers, timeout=60))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def client(new_client: Callable[..., httpx.Client]) -> httpx.Client:
    """A customer without limits."""
    return new_client("--plan", "enterprise")


@pytest.fixture(scope="session")
def aadhaar() -> Specimen:
    """The photographed front of an Aadhaar."""
    return specimen("IN-AADHAAR-FRONT", 41)


@pytest.fixture(scope="session")
def blank() -> bytes:
    """A picture of nothing."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 200, 200)).save(out, "JPEG")
    return out.getvalue()
