"""Errors before and after routing: three keys, one id, whoever's path it was."""

import httpx
import pytest

from tests.box import Box
from tests.contract.recspace.shapes import refused


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer rsk_live_nonsense", "Basic cnNr", "Bearer a.b.c"])
def test_tokens_that_open_nothing(box: Box, token: str):
    headers = {"Authorization": token} if token else {}
    refused(httpx.post(f"{box.url}/v1/ocr/extract", headers=headers), 401, "unauthorized")


def test_another_dialects_key_opens_nothing(box: Box):
    headers = {"Authorization": f"Bearer {box.key('deepidv', 'other dialect')}"}
    refused(httpx.post(f"{box.url}/v1/ocr/extract", headers=headers), 401, "unauthorized")


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/ocr/nothing", "/d/recspace/nothing", "/v1"])
def test_unknown_paths(box: Box, client: httpx.Client, path: str):
    refused(client.get(path), 404, "not_found")
    refused(httpx.get(f"{box.url}{path}"), 404, "not_found")


def test_a_wrong_method_counts_as_an_unknown_path(client: httpx.Client):
    answer = client.get("/v1/ocr/extract")
    refused(answer, 404, "not_found")
    assert "POST" in answer.headers["allow"]


def test_a_request_id_of_the_callers_own_is_not_taken(client: httpx.Client):
    answer = client.get("/v1/ocr/extract", headers={"X-Request-Id": "mine"})
    assert refused(answer, 404, "not_found")["request_id"] != "mine"


def test_host_names_lead_here(box: Box):
    answer = httpx.get(f"{box.url}/anything", headers={"Host": "api.recspace.in"})
    refused(answer, 404, "not_found")
