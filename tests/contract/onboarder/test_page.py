"""The applicant's page: opened by its address, bound to one session by a cookie that no script can read."""

import re
from http.cookies import SimpleCookie

import httpx
import pytest

from tests.box import Box
from tests.contract.onboarder.shapes import created, refused

STEP = ["done", "passed", "errors", "tries_left"]
STATE = ["open", "expires_at", "redirect_url", "document", "selfie", "liveness", "challenge_id", "actions"]


@pytest.fixture
def opened(partner) -> dict:
    body = {"external_user_id": "u", "redirect_url": "https://partner.example/back"}
    return created(partner.post("/partner/sessions", json=body))


@pytest.fixture
def browser(box: Box, opened):
    """A browser that has opened the address."""
    with httpx.Client(base_url=box.url, timeout=60, headers={"Origin": box.url}) as client:
        assert client.get(opened["kyc_url"]).status_code == 200
        yield client


def test_opening_the_address_sets_a_cookie_for_this_session_alone(opened):
    answer = httpx.get(opened["kyc_url"])
    ((name, cookie),) = SimpleCookie(answer.headers["set-cookie"]).items()
    assert name == "kycbox_applicant"
    assert cookie["path"] == f"/kyc/{opened['session_id']}"
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "strict"
    assert 86_300 < int(cookie["max-age"]) <= 86_400
    assert "ek_" not in answer.text


def test_the_page_runs_no_inline_script_and_loads_nothing_from_elsewhere(box: Box, opened):
    answer = httpx.get(opened["kyc_url"])
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "camera=(self)" in answer.headers["permissions-policy"]
    assert answer.headers["referrer-policy"] == "same-origin"
    assert not re.search(r"<script(?![^>]* src=)", answer.text)
    assert not re.search(r"\son\w+=|style=", answer.text)
    assert not re.search(r"(src|href)=\"(https?:)?//", answer.text)
    for name, kind in (("page.js", "javascript"), ("page.css", "css")):
        file = httpx.get(f"{box.url}/kyc/{name}")
        assert file.status_code == 200
        assert kind in file.headers["content-type"]
        assert "://" not in file.text


def test_every_control_has_a_label(opened):
    text = httpx.get(opened["kyc_url"]).text
    labelled = set(re.findall(r'<label for="([^"]+)"', text))
    controls = set(re.findall(r'<(?:select|input) id="([^"]+)"', text))
    assert controls == labelled
    assert '<html lang="en">' in text
    assert 'role="status"' in text
    assert 'capture="user"' in text
    assert 'capture="environment"' in text
    assert "<noscript>" in text


def test_every_language_has_every_text(box: Box, opened):
    script = httpx.get(f"{box.url}/kyc/page.js").text
    block = script[script.index("const TEXTS") : script.index("const NAMES")]
    parts = re.split(r"\n  (en|hi|es|fr): \{", block)[1:]
    keys = {
        language: set(re.findall(r"\b([a-z_]+): \"", text))
        for language, text in zip(parts[::2], parts[1::2], strict=True)
    }
    assert set(keys) == {"en", "hi", "es", "fr"}
    assert all(found == keys["en"] for found in keys.values())
    named = set(re.findall(r'data-text="([a-z_]+)"', httpx.get(opened["kyc_url"]).text))
    assert named <= keys["en"]


def test_the_cookie_takes_the_steps_and_answers_hold_no_scores(browser, opened, blank, partner):
    base = f"/kyc/{opened['session_id']}"
    state = browser.get(f"{base}/state").json()
    assert list(state) == STATE
    assert list(state["document"]) == STEP
    assert state["open"] is True
    data = {"document_type": "passport", "country_code": "US"}
    after = browser.post(f"{base}/document", data=data, files={"file": blank}).json()
    assert list(after) == STATE
    assert after["document"]["done"] is True
    assert after["document"]["passed"] is False
    assert after["document"]["tries_left"] == 9
    assert "document_unreadable" in after["document"]["errors"]
    refused(browser.post(f"{base}/selfie", files={"file": blank}), 400, "portrait")
    over = browser.post(f"{base}/submit").json()
    assert list(over) == STATE
    assert over["open"] is False
    assert over["redirect_url"] == "https://partner.example/back"
    assert "decision" not in str(over)
    assert partner.get(f"/partner/sessions/{opened['session_id']}").json()["status"] == "manual_review"
    assert "set-cookie" not in httpx.get(opened["kyc_url"]).headers


def test_a_bearer_token_does_the_same(browser, opened, box: Box):
    token = browser.cookies.get("kycbox_applicant")
    path = f"{box.url}/kyc/{opened['session_id']}/state"
    assert httpx.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    refused(httpx.get(path, headers={"Authorization": "Bearer ea_x"}), 401)
    refused(httpx.get(path), 401)


def test_an_applicant_is_no_partner_and_sees_one_session(browser, opened, partner, box: Box):
    token = {"Cookie": f"kycbox_applicant={browser.cookies.get('kycbox_applicant')}"}
    other = created(partner.post("/partner/sessions", json={"external_user_id": "v"}))["session_id"]
    refused(httpx.get(f"{box.url}/kyc/{other}/state", headers=token), 404)
    refused(httpx.get(f"{box.url}/partner/sessions", headers=token), 403)
    refused(httpx.get(f"{box.url}/partner/sessions/{opened['session_id']}", headers=token), 403)
    body = {"external_user_id": "w"}
    refused(httpx.post(f"{box.url}/partner/sessions", headers=token, json=body), 403)


def test_another_sites_page_may_not_use_the_cookie(browser, opened):
    answer = browser.post(f"/kyc/{opened['session_id']}/submit", headers={"Origin": "https://evil.example"})
    refused(answer, 403)


@pytest.mark.parametrize("identity", ["550e8400-e29b-41d4-a716-446655440000", "nothing", "page.html"])
def test_an_unknown_address_is_a_page_too(box: Box, identity):
    answer = httpx.get(f"{box.url}/kyc/{identity}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "set-cookie" not in answer.headers
