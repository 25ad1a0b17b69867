"""429, 402, 503: what a customer may use, and what the box can do at a time."""

import concurrent.futures
from collections.abc import Iterator

import httpx
import pytest

from tests import box as boxes
from tests.contract.deepidv import shapes
from tests.contract.deepidv.conftest import client_of

SETTINGS = """
[engine]
streams = 1
queue = 0

[api.deepidv]
count_tokens = true
tokens_per_key = 3
refuse_expired = true
"""


@pytest.fixture(scope="module")
def small_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[boxes.Box]:
    """A box with one place for inference, tokens counted, expired documents refused."""
    data = tmp_path_factory.mktemp("small") / "data"
    data.mkdir()
    (data / "kycbox.toml").write_text(SETTINGS)
    with boxes.running(data) as running:
        yield running


def test_burst_then_429_with_retry_after(new_client):
    starter = new_client("--plan", "starter")
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: starter.post("/v1/face/detect", json={}), range(80)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert sum(answer.status_code == 400 for answer in answers) >= 35
    assert refused
    for answer in refused:
        assert "ate limit" in shapes.failure(answer, 429)
        assert 1 <= int(answer.headers["retry-after"]) <= 2


def test_enterprise_has_no_limit(client: httpx.Client):
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        statuses = set(threads.map(lambda _: client.post("/v1/face/detect", json={}).status_code, range(80)))
    assert statuses == {400}


def test_402_is_plain_text_and_only_success_costs(small_box, blank, passport):
    files = {"image": ("x.jpg", blank, "image/jpeg")}
    with client_of(small_box, small_box.key()) as client:
        for _ in range(5):
            shapes.failure(client.post("/v1/face/detect", json={}), 400)
        for _ in range(3):
            assert client.post("/v1/face/detect", files=files).status_code == 200
        for path in ("/v1/face/detect", "/v1/document/scan"):
            answer = client.post(path, files=files)
            assert answer.status_code == 402
            assert answer.headers["content-type"].startswith("text/plain")
            assert answer.text == "Insufficient funds or subscription."
    with client_of(small_box, small_box.key()) as other:
        assert other.post("/v1/face/detect", files=files).status_code == 200


def test_a_full_pool_is_503_with_retry_after(small_box, passport, selfie):
    files = {"documentImage": ("d.jpg", passport.photograph.jpeg), "faceImage": ("s.jpg", selfie)}
    with client_of(small_box, small_box.key()) as client:
        with concurrent.futures.ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(lambda _: client.post("/v1/identity/verify", files=files), range(6)))
        statuses = [answer.status_code for answer in answers]
        assert statuses.count(200) >= 1
        assert statuses.count(503) >= 1
        assert set(statuses) <= {200, 503}
        for answer in answers:
            if answer.status_code == 503:
                shapes.failure(answer, 503)
                assert int(answer.headers["retry-after"]) >= 1
        assert httpx.get(f"{small_box.url}/-/readyz").status_code == 200
