"""A dialect opened to networks: their callers are one tenant, and nobody else gets in."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import box as boxes


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[boxes.Box]:
    folder = tmp_path_factory.mktemp("open") / "data"
    folder.mkdir()
    (folder / "kycbox.toml").write_text('[api.idlive]\nopen_to = ["127.0.0.0/8"]\n')
    with boxes.running(folder) as running:
        yield running


def test_a_caller_of_the_network_needs_no_key(opened: boxes.Box) -> None:
    where = f"{opened.url}/collections"
    assert httpx.post(where, params={"collection": "guests"}).status_code == 201
    assert [one["collection"] for one in httpx.get(where).json()["collections"]] == ["guests"]
    assert httpx.post(f"{opened.url}/v1/face/detect").status_code == 401


def test_a_key_still_counts(opened: boxes.Box) -> None:
    where = f"{opened.url}/collections"
    wrong = httpx.get(where, headers={"x-api-key": "id_" + "x" * 43})
    assert wrong.status_code == 401
    right = httpx.get(where, headers={"x-api-key": opened.key("idlive")})
    assert right.json() == {"collections": []}


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_what_a_proxy_passes_on_is_not_of_the_network(opened: boxes.Box, header: str) -> None:
    answer = httpx.get(f"{opened.url}/collections", headers={header: "10.1.2.3"})
    assert answer.status_code == 401


def test_a_text_that_is_no_network_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "kycbox.toml").write_text('[api.idlive]\nopen_to = ["everybody"]\n')
    with pytest.raises(RuntimeError, match="open_to"), boxes.running(folder):
        pass
