"""The console over HTTP: closed to strangers, open to the technician, never to another site's page."""

import asyncio
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from appliance.store.store import Store
from tests import box as boxes
from tests import decisions
from ui.sessions import COOKIE

PAGES = (
    "/admin",
    "/admin/keys",
    "/admin/recognition",
    "/admin/review",
    "/admin/events",
    "/admin/vault",
    "/admin/password",
)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[boxes.Box]:
    data = tmp_path_factory.mktemp("console") / "data"
    _leave_a_case(data)
    with boxes.running(data) as running:
        yield running


def _leave_a_case(data: Path) -> None:
    """One applicant whom the box has left to an officer, before it starts."""
    store = Store.open(data, floor_bytes=0, serving=False)
    try:
        asyncio.run(decisions.submitted(decisions.services_of(store, lambda _: decisions.HIT), store))
    finally:
        store.close()


@pytest.fixture
def browser(box: boxes.Box) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=box.url, timeout=30) as client:
        yield client


@pytest.fixture
def technician(box: boxes.Box, browser: httpx.Client) -> httpx.Client:
    answer = browser.post("/admin/login", data={"password": box.first_password()})
    assert answer.status_code == 303
    return browser


@pytest.fixture
def forgiven(box: boxes.Box) -> Iterator[None]:
    """Logs in after a test with wrong passwords, so that their count does not slow the next one."""
    yield
    assert httpx.post(f"{box.url}/admin/login", data={"password": box.first_password()}).status_code == 303


def test_the_root_leads_to_the_console_and_the_console_to_the_login(browser: httpx.Client) -> None:
    first = browser.get("/")
    assert (first.status_code, first.headers["location"]) == (302, "/admin")
    second = browser.get("/admin")
    assert (second.status_code, second.headers["location"]) == (303, "/admin/login")
    assert "Technician password" in browser.get("/admin/login").text


@pytest.mark.parametrize("page", PAGES)
def test_no_page_opens_without_a_session(browser: httpx.Client, page: str) -> None:
    browser.cookies.set(COOKIE, "forged")
    for path in (page, page + "/", page + "?x=1"):
        answer = browser.get(path)
        assert answer.status_code in (303, 404), path
        assert "kycbox" not in answer.text, path


@pytest.mark.parametrize(
    ("page", "word"),
    list(
        zip(
            PAGES,
            (
                "Last hour",
                "Keys of this box",
                "Attack checks",
                "sanctions hit",
                "Where events go",
                "Masked records",
                "Current password",
            ),
            strict=True,
        )
    ),
)
def test_the_technician_sees_every_page(technician: httpx.Client, page: str, word: str) -> None:
    answer = technician.get(page)
    assert answer.status_code == 200
    assert word in answer.text


def test_an_officer_reads_why_the_box_left_a_case(box: boxes.Box, technician: httpx.Client) -> None:
    (case,) = set(re.findall(r"/admin/review/([0-9a-f-]{36})", technician.get("/admin/review").text))
    page = technician.get(f"/admin/review/{case}").text
    for said in ("Why this score", "compare the details", decisions.NAME, decisions.MATCH.name, "Approve"):
        assert said in page
    with httpx.Client(base_url=box.url) as stranger:
        assert decisions.NAME not in stranger.get(f"/admin/review/{case}").text
        assert stranger.get(f"/admin/api/v1/sessions/{case}").status_code == 401
    assert technician.get(f"/admin/api/v1/sessions/{case}").json()["subject"]["full_name"] == decisions.NAME
    assert "session not found" in technician.get("/admin/review/nobody").text


def test_a_keys_name_stays_text(box: boxes.Box, technician: httpx.Client) -> None:
    name = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    box.key(name=name)
    page = technician.get("/admin/keys").text
    assert "alert(1)" in page
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page


def test_the_first_password_is_printed_once_and_kept_nowhere(box: boxes.Box) -> None:
    password = box.first_password()
    assert box.printed().count(password) == 1
    kept = [file for file in box.data.rglob("*") if file.is_file() and password.encode() in file.read_bytes()]
    assert kept == []


@pytest.mark.usefixtures("forgiven")
def test_a_wrong_password_opens_nothing(browser: httpx.Client) -> None:
    answer = browser.post("/admin/login", data={"password": "guess"})
    assert answer.status_code == 401
    assert "That is not the password of this name." in answer.text
    assert COOKIE not in browser.cookies


@pytest.mark.usefixtures("forgiven")
@pytest.mark.parametrize(
    "body", [b"", b"password=", b"password=" + b"x" * 100_000, b"\xff\xfe", b"a=b&" * 1000]
)
def test_odd_forms_are_refused(browser: httpx.Client, body: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = browser.post("/admin/login", content=body, headers=headers)
    assert answer.status_code in (401, 413)


@pytest.mark.parametrize("path", ["/admin/login", "/admin/logout"])
def test_another_sites_form_is_refused(browser: httpx.Client, path: str) -> None:
    answer = browser.post(path, data={"password": "x"}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


def test_another_name_for_the_box_is_refused(browser: httpx.Client) -> None:
    """A foreign page can point its own name at this address; it must not get the console under it."""
    assert browser.get("/admin/login", headers={"host": "evil.example"}).status_code == 421


def test_the_cookie_stays_with_the_browser_and_this_site(box: boxes.Box, browser: httpx.Client) -> None:
    answer = browser.post("/admin/login", data={"password": box.first_password()})
    assert answer.status_code == 303, answer.text
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_logging_out_ends_the_session_on_the_box(technician: httpx.Client) -> None:
    token = technician.cookies[COOKIE]
    assert technician.post("/admin/logout").status_code == 303
    technician.cookies.set(COOKIE, token)
    assert technician.get("/admin").status_code == 303


def test_screens_cannot_be_framed(technician: httpx.Client) -> None:
    headers = technician.get("/admin").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport="
UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def upgraded(browser: httpx.Client, origin: str) -> int:
    with browser.stream("GET", SOCKET + "websocket", headers={**UPGRADE, "origin": origin}) as answer:
        return answer.status_code


def test_the_websocket_refuses_other_sites(technician: httpx.Client) -> None:
    for origin in ("https://evil.example", "null", ""):
        assert upgraded(technician, origin) == 403, origin


def test_the_socket_opens_for_a_session_only(box: boxes.Box, technician: httpx.Client) -> None:
    assert upgraded(technician, box.url) == 101
    assert technician.get(SOCKET + "polling").status_code == 200
    with httpx.Client(base_url=box.url, cookies={COOKIE: "forged"}) as stranger:
        assert upgraded(stranger, box.url) == 403
        assert stranger.get(SOCKET + "polling").status_code == 403
        assert stranger.post(SOCKET + "polling", content=b"40").status_code == 403


def test_strangers_do_not_reach_the_pages_framework(box: boxes.Box, technician: httpx.Client) -> None:
    asset = next(part for part in technician.get("/admin").text.split('"') if part.endswith("nicegui.js"))
    assert technician.get(asset).status_code == 200
    for path in (asset, "/kiosk", "/_nicegui/x", "/_nicegui"):
        assert httpx.get(box.url + path).status_code == 403, path
    for method, path in (("PUT", "/admin/login"), ("HEAD", "/admin/login"), ("POST", "/admin/keys")):
        assert httpx.request(method, box.url + path).status_code == 403, (method, path)
    assert httpx.get(box.url + "/admin/logout").headers["location"] == "/admin/login"


def test_who_is_removed_is_out_at_once(box: boxes.Box, browser: httpx.Client) -> None:
    def kycbox(*words: str) -> str:
        command = [str(boxes.KYCBOX), "technician", *words, "--data", str(box.data)]
        return subprocess.run(command, capture_output=True, check=True, timeout=60, text=True).stdout

    made = {"name": "leaver", "password": kycbox("add", "leaver").split()[-1]}
    assert browser.post("/admin/login", data=made).status_code == 303
    assert browser.get("/admin/keys").status_code == 200
    assert "leaver" in kycbox("list")
    kycbox("remove", "leaver")
    assert browser.get("/admin/keys").headers["location"] == "/admin/login"
    assert browser.post("/admin/login", data=made).status_code == 401
    assert "leaver" not in kycbox("list")


def test_guessing_is_slowed_down(tmp_path: Path) -> None:
    with boxes.running(tmp_path / "data") as box:
        seen = [
            httpx.post(f"{box.url}/admin/login", data={"password": f"guess {n}"}).status_code
            for n in range(7)
        ]
        assert seen[:5] == [401] * 5
        assert 429 in seen[5:]
        held = httpx.post(f"{box.url}/admin/login", data={"password": box.first_password()})
        assert held.status_code in (303, 429)  # the wait may have ended on a slow machine
