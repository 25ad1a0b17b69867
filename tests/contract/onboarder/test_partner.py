"""What a partner's system calls, and how it is refused."""

import httpx
import pytest

from tests.box import Box
from tests.contract.onboarder.shapes import SESSION, answered, created, invalid, refused, session

PATH = "/partner/sessions"


def opened(client: httpx.Client, user: str = "user_1") -> str:
    return created(client.post(PATH, json={"external_user_id": user}))["session_id"]


def test_health_needs_no_key(box: Box):
    body = answered(httpx.get(f"{box.url}/health"), ["status", "version", "database"])
    assert (body["status"], body["database"]) == ("healthy", "connected")


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "ek_wrong"}, {"X-API-Key": "sk_live_x"}])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", PATH),
        ("GET", PATH),
        ("GET", f"{PATH}/550e8400-e29b-41d4-a716-446655440000"),
        ("POST", "/kyc/550e8400-e29b-41d4-a716-446655440000/document"),
        ("POST", "/kyc/550e8400-e29b-41d4-a716-446655440000/submit"),
        ("GET", "/kyc/550e8400-e29b-41d4-a716-446655440000/liveness/challenge"),
    ],
)
def test_everything_else_does(box: Box, headers, method, path):
    answer = httpx.request(method, f"{box.url}{path}", headers=headers)
    refused(answer, 401, "Missing or invalid API key")


def test_keys_of_other_dialects_open_nothing_here(box: Box):
    key = box.key("deepidv", "not a partner")
    refused(httpx.get(f"{box.url}{PATH}", headers={"X-API-Key": key}), 401)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"body.external_user_id": "missing"}),
        ({"external_user_id": 7}, {"body.external_user_id": "string_type"}),
        ({"external_user_id": None}, {"body.external_user_id": "string_type"}),
        ({"external_user_id": ""}, {"body.external_user_id": "string_too_short"}),
        ({"external_user_id": "x" * 256}, {"body.external_user_id": "string_too_long"}),
        ({"external_user_id": "a\nb"}, {"body.external_user_id": "value_error"}),
        ({"external_user_id": "x", "metadata": []}, {"body.metadata": "dict_type"}),
        ({"external_user_id": "x", "metadata": {"k": "v" * 5000}}, {"body.metadata": "value_error"}),
        ({"external_user_id": "x", "webhook_url": "ftp://a/b"}, {"body.webhook_url": "url_parsing"}),
        (
            {"external_user_id": "x", "redirect_url": "javascript:alert(1)"},
            {"body.redirect_url": "value_error"},
        ),
        ({"webhook_url": 1}, {"body.external_user_id": "missing", "body.webhook_url": "string_type"}),
        ([], {"body": "dict_type"}),
    ],
)
def test_a_body_that_is_not_as_described_names_every_field(partner, body, wrong):
    assert invalid(partner.post(PATH, json=body)) == wrong


def test_no_json_at_all(partner):
    assert invalid(partner.post(PATH, content=b"{")) == {"body": "json_invalid"}
    assert invalid(partner.post(PATH, content=b"[" * 60_000)) == {"body": "json_invalid"}
    refused(partner.post(PATH, content=b"[" * 70_000), 400, "too long")


def test_optional_fields_may_be_null(partner):
    body = {"external_user_id": "x", "webhook_url": None, "redirect_url": None, "metadata": None}
    created(partner.post(PATH, json=body))


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "offset=-1", "status=done", "limit=1.5"]
)
def test_a_query_that_is_not_as_described(partner, query):
    (place,) = invalid(partner.get(f"{PATH}?{query}"))
    assert place == f"query.{query.partition('=')[0]}"


def test_lists_are_filtered_and_paged(new_partner):
    client = new_partner()
    made = [opened(client, f"user_{number % 2}") for number in range(5)]
    body = answered(client.get(PATH), ["sessions", "total", "limit", "offset"])
    assert [one["session_id"] for one in body["sessions"]] == made[::-1]
    assert (body["total"], body["limit"], body["offset"]) == (5, 50, 0)
    assert all(list(one) == SESSION for one in body["sessions"])
    page = client.get(PATH, params={"limit": 2, "offset": 1}).json()
    assert [one["session_id"] for one in page["sessions"]] == [made[3], made[2]]
    assert (page["total"], page["limit"], page["offset"]) == (5, 2, 1)
    named = client.get(PATH, params={"external_user_id": "user_1"}).json()
    assert [one["session_id"] for one in named["sessions"]] == [made[3], made[1]]
    assert client.get(PATH, params={"status": "approved"}).json()["total"] == 0
    assert client.get(PATH, params={"status": "pending", "limit": 100}).json()["total"] == 5


def test_partners_do_not_see_each_other(partner, new_partner):
    rival, mine = new_partner(), opened(partner)
    refused(rival.get(f"{PATH}/{mine}"), 404, "Session not found")
    refused(rival.post(f"/kyc/{mine}/submit"), 404, "Session not found")
    refused(rival.get(f"/kyc/{mine}/liveness/challenge"), 404)
    files, data = {"file": b"x"}, {"document_type": "passport", "country_code": "US"}
    refused(rival.post(f"/kyc/{mine}/document", files=files, data=data), 404)
    refused(rival.post(f"/kyc/{mine}/selfie", files=files), 404)
    assert rival.get(PATH).json()["total"] == 0
    assert session(partner.get(f"{PATH}/{mine}"))["status"] == "pending"


def test_an_illegal_step_is_400_and_changes_nothing(partner, selfie):
    mine = opened(partner)
    before = partner.get(f"{PATH}/{mine}").json()
    refused(partner.post(f"/kyc/{mine}/submit"), 400, "no document")
    refused(partner.post(f"/kyc/{mine}/selfie", files={"file": selfie}), 400, "no document")
    refused(partner.get(f"/kyc/{mine}/liveness/challenge"), 400, "no document")
    frames = [("files", frame) for frame in (b"a", b"b", b"c")]
    refused(partner.post(f"/kyc/{mine}/liveness", data={"challenge_id": "chl_x"}, files=frames), 400)
    assert partner.get(f"{PATH}/{mine}").json() == before


@pytest.mark.parametrize(
    ("data", "files", "wrong"),
    [
        ({"country_code": "US"}, {"file": b"x"}, {"body.document_type": "missing"}),
        ({"document_type": "passport"}, {"file": b"x"}, {"body.country_code": "missing"}),
        ({"document_type": "visa", "country_code": "US"}, {"file": b"x"}, {"body.document_type": "enum"}),
        (
            {"document_type": "passport", "country_code": "XX"},
            {"file": b"x"},
            {"body.country_code": "value_error"},
        ),
        ({"document_type": "passport", "country_code": "US"}, {"other": b"x"}, {"body.file": "missing"}),
        ({"document_type": "passport", "country_code": "US"}, {"file": b""}, {"body.file": "value_error"}),
    ],
)
def test_a_form_that_is_not_as_described(partner, data, files, wrong):
    assert invalid(partner.post(f"/kyc/{opened(partner)}/document", data=data, files=files)) == wrong


def test_a_form_without_files_or_no_form_at_all_misses_its_fields(partner):
    mine = opened(partner)
    every = {"body.file": "missing"}
    assert invalid(partner.post(f"/kyc/{mine}/selfie")) == every
    data = {"document_type": "passport", "country_code": "US"}
    assert invalid(partner.post(f"/kyc/{mine}/document", data=data)) == every
    missing = {"body.challenge_id": "missing", "body.files": "missing"}
    assert invalid(partner.post(f"/kyc/{mine}/liveness")) == missing
    missing = {"body.file": "missing", "body.document_type": "missing", "body.country_code": "missing"}
    assert invalid(partner.post(f"/kyc/{mine}/document")) == missing
    found = invalid(partner.post(f"/kyc/{mine}/liveness", data={"challenge_id": "chl_x"}))
    assert found == {"body.files": "missing"}


def test_pictures_that_cannot_be_taken(partner):
    mine = opened(partner)
    data = {"document_type": "passport", "country_code": "US"}

    def sent(content):
        return partner.post(f"/kyc/{mine}/document", data=data, files={"file": ("a.jpg", content)})

    refused(sent(b"GIF89a" + bytes(100)), 400)
    refused(sent(b"\xff\xd8\xff\xe0" + bytes(100)), 400)
    refused(sent(b"\xff\xd8\xff\xe0" + bytes(10 * 1024 * 1024 + 1)), 400, "10 MB")
    refused(partner.post(f"/kyc/{mine}/document", content=b"x"), 400)
    assert partner.get(f"{PATH}/{mine}").json()["status"] == "pending"


def test_permissions_of_a_key(new_partner):
    reader = new_partner("--scope", "ocr")
    refused(reader.post(PATH, json={"external_user_id": "x"}), 403)
    refused(reader.get(PATH), 403)
    manager = new_partner("--scope", "sessions")
    mine = opened(manager)
    data = {"document_type": "passport", "country_code": "US"}
    refused(manager.post(f"/kyc/{mine}/document", data=data, files={"file": b"x"}), 403)
    refused(manager.get(f"/kyc/{mine}/liveness/challenge"), 403)


def test_rate_limits_of_a_key(new_partner):
    client = new_partner("--plan", "sandbox")  # 100 at once, then one a second
    first = client.get(f"{PATH}/nothing")
    assert first.headers["x-ratelimit-limit"] == "100"
    for _ in range(200):
        last = client.get(f"{PATH}/nothing")
        if last.status_code == 429:
            break
    refused(last, 429, "Rate limit exceeded")
    assert int(last.headers["retry-after"]) >= 1


def test_unknown_paths_and_methods(partner):
    refused(partner.get("/partner/nothing"), 404, "Not Found")
    refused(partner.get("/nothing-of-anybody"), 404, "Not Found")
    answer = partner.delete(PATH)
    refused(answer, 405, "Method Not Allowed")
    assert set(answer.headers["allow"].replace(" ", "").split(",")) >= {"GET", "POST"}


def test_under_its_prefix_the_page_lies_there_too(box: Box, partner):
    key = partner.headers["X-API-Key"]
    with httpx.Client(base_url=f"{box.url}/d/onboarder", headers={"X-API-Key": key}) as client:
        made = client.post(PATH, json={"external_user_id": "x"}).json()
        assert made["kyc_url"] == f"{box.url}/d/onboarder/kyc/{made['session_id']}"
        assert httpx.get(made["kyc_url"]).status_code == 200
        assert client.get("/openapi.json").json()["servers"] == [{"url": "/d/onboarder"}]
