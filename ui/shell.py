"""The screens as one ASGI app that hangs on the dispatcher beside the dialects."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from nicegui import ui
from starlette.types import ASGIApp, Receive, Scope, Send

from appliance.services.overview import Overview
from ui.admin.keys import KeyDesk, keys_page
from ui.admin.login import Login, add_login
from ui.admin.overview import overview_page
from ui.admin.password import Change, password_page
from ui.parts.frame import Visit
from ui.sessions import COOKIE, Sessions

LOGIN = "/admin/login"


@dataclass(frozen=True, slots=True)
class Console:
    """What the console needs from the services."""

    look: Callable[[], Awaitable[Overview]]
    keys: KeyDesk
    login: Login
    change_password: Change


def build(console: Console, sessions: Sessions, *, secure: bool) -> FastAPI:
    """Make the app. NiceGUI registers pages in its own process-wide app: call this once per process.

    Args:
        console: services behind the pages.
        sessions: open console sessions.
        secure: whether the box is served over TLS.
    """
    shell = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    add_login(shell, sessions, console.login, secure=secure)
    _add_pages(console, sessions)
    ui.run_with(
        shell,
        mount_path="/",
        title="kycbox",
        language="en-US",
        show_welcome_message=False,
        reconnect_timeout=10,
        binding_refresh_interval=None,
        message_history_length=100,
    )
    shell.add_middleware(_Gate, sessions=sessions)
    return shell


def _add_pages(console: Console, sessions: Sessions) -> None:
    def visit(request: Request) -> Visit:
        token = request.cookies.get(COOKIE, "")
        technician = sessions.technician(token) or ""
        return Visit(
            technician,
            token,
            alive=lambda: sessions.technician(token, touch=False) is not None,
            touch=lambda: sessions.technician(token) is not None,
        )

    @ui.page("/admin")
    def overview(request: Request) -> None:
        overview_page(visit(request), console.look)

    @ui.page("/admin/keys")
    async def keys(request: Request) -> None:
        await keys_page(visit(request), console.keys)

    @ui.page("/admin/password")
    def password(request: Request) -> None:
        who = visit(request)
        password_page(who, console.change_password, lambda: sessions.end_others(who.technician, who.token))


class _Gate:
    """Console pages open for a session only; NiceGUI's own assets hold no data and stay open."""

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_console(scope["path"]):
            token = Request(scope).cookies.get(COOKIE)
            if self._sessions.technician(token) is None:
                await RedirectResponse(LOGIN, status_code=303)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_console(path: str) -> bool:
    return path.split("/", 2)[1] == "admin" and path not in (LOGIN, "/admin/logout")
