"""The login form: plain HTML that needs no script, and the two posts around it."""

from collections.abc import Awaitable, Callable
from html import escape
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from appliance.errors import KycboxError, RateLimited, Unauthenticated
from ui.sessions import COOKIE, LONGEST_SECONDS, Sessions

LONGEST_FORM = 4096
FIRST = "technician"
"""Who logs in where a form names nobody."""
Login = Callable[[str, str, str], Awaitable[str]]
"""Name, password and the address that sends them to technician id;
raises Unauthenticated, or RateLimited after too many tries."""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in - kycbox</title>
<style>
body {{ font: 1.05rem/1.5 system-ui, sans-serif; background: #f4f6f8; color: #0f172a; margin: 0;
 display: grid; place-items: center; min-height: 100vh; }}
main {{ background: #fff; padding: 2.5rem; border-radius: 12px; box-shadow: 0 2px 16px #0f172a22;
 width: min(24rem, 84vw); }}
h1 {{ font-size: 1.5rem; margin: 0 0 1.25rem; }}
label {{ display: block; font-weight: 600; margin: .75rem 0 .4rem; }}
input, button {{ font: inherit; width: 100%; box-sizing: border-box; border-radius: 8px; }}
input {{ padding: .8rem; border: 1px solid #64748b; }}
button {{ font-weight: 600; margin-top: 1.25rem; padding: .9rem; border: 0; background: #1d4ed8;
 color: #fff; cursor: pointer; }}
p {{ color: #475569; font-size: .95rem; }}
[role=alert] {{ color: #b91c1c; font-weight: 600; }}
:focus-visible {{ outline: 3px solid #1d4ed8; outline-offset: 2px; }}
</style></head>
<body><main><h1>kycbox console</h1>{alert}
<form method="post" action="/admin/login">
<label for="name">Name</label>
<input id="name" name="name" value="technician" autocomplete="username" maxlength="32" required>
<label for="password">Technician password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button>Log in</button></form>
<p>The first password was printed once where the box was started for the first time.</p>
</main></body></html>
"""


def add_login(shell: FastAPI, sessions: Sessions, login: Login, *, secure: bool) -> None:
    """Add `GET` and `POST /admin/login` and `POST /admin/logout`.

    Args:
        shell: the app that NiceGUI is mounted on; these routes come before it.
        sessions: the table of open sessions.
        login: checks a password; blocks nothing.
        secure: whether the box is served over TLS, so that the cookie never travels in clear.
    """

    @shell.get("/admin/login", response_class=HTMLResponse)
    async def form() -> HTMLResponse:
        return _page("")

    @shell.post("/admin/login", response_class=HTMLResponse)
    async def enter(request: Request) -> Response:
        if not same_origin(request.headers.get("origin"), request.headers.get("host")):
            return _page("This form was sent from another page. Log in here.", 403)
        body = await _short_body(request)
        form = parse_qs(body.decode("utf-8", "replace")) if body else {}
        name, password = form.get("name", [FIRST])[0], form.get("password", [""])[0]
        try:
            technician = await login(name, password, request.client.host if request.client else "")
        except Unauthenticated:
            return _page("That is not the password of this name.", 401)
        except RateLimited as error:
            seconds = max(1, round(error.retry_after or 60))
            return _page(f"Too many tries. Wait {seconds} seconds and try again.", 429)
        except KycboxError as error:
            return _page(f"The box cannot let you in now: {error.message}. {error.remedy}", 503)
        answer = RedirectResponse("/admin", status_code=303)
        answer.set_cookie(
            COOKIE,
            sessions.start(technician),
            max_age=int(LONGEST_SECONDS),
            path="/",
            httponly=True,
            samesite="strict",
            secure=secure,
        )
        return answer

    @shell.post("/admin/logout")
    async def leave(request: Request) -> Response:
        if same_origin(request.headers.get("origin"), request.headers.get("host")):
            sessions.end(request.cookies.get(COOKIE))
        answer = RedirectResponse("/admin/login", status_code=303)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=secure)
        return answer


def same_origin(origin: str | None, host: str | None) -> bool:
    """Whether a post comes from a page of this box; browsers send Origin with every post."""
    return origin is None or urlsplit(origin).netloc == host


async def _short_body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            return b""
    return bytes(body)


def _page(alert: str, status: int = 200) -> HTMLResponse:
    said = f'<p role="alert">{escape(alert)}</p>' if alert else ""
    return HTMLResponse(PAGE.format(alert=said), status, headers={"Cache-Control": "no-store"})
