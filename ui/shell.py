"""The screens as one ASGI app that hangs on the dispatcher beside the dialects."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse
from nicegui import ui
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from appliance.services.overview import Overview
from ui.admin.events import EventDesk, events_page
from ui.admin.keys import KeyDesk, keys_page
from ui.admin.login import Login, add_login
from ui.admin.overview import overview_page
from ui.admin.password import Change, password_page
from ui.admin.recognition import Look, recognition_page
from ui.admin.review import ReviewDesk, case_page, queue_page
from ui.admin.vault import VaultDesk, vault_page
from ui.parts.frame import Visit
from ui.sessions import COOKIE, Sessions

LOGIN = "/admin/login"
OPEN = (("GET", LOGIN), ("POST", LOGIN), ("POST", "/admin/logout"))


@dataclass(frozen=True, slots=True)
class Console:
    """What the console needs from the services."""

    look: Callable[[], Awaitable[Overview]]
    keys: KeyDesk
    recognition: Look
    events: EventDesk
    vault: VaultDesk
    review: ReviewDesk
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

    @ui.page("/admin/recognition")
    async def recognition(request: Request) -> None:
        await recognition_page(visit(request), console.recognition)

    @ui.page("/admin/events")
    async def events(request: Request) -> None:
        await events_page(visit(request), console.events)

    @ui.page("/admin/vault")
    async def vault(request: Request) -> None:
        await vault_page(visit(request), console.vault)

    @ui.page("/admin/review")
    async def review(request: Request) -> None:
        await queue_page(visit(request), console.review)

    @ui.page("/admin/review/{session}")
    async def case(request: Request, session: str) -> None:
        await case_page(visit(request), console.review, session)

    @ui.page("/admin/password")
    def password(request: Request) -> None:
        who = visit(request)
        password_page(who, console.change_password, lambda: sessions.end_others(who.technician, who.token))


class _Gate:
    """Everything opens for a session only, but the login.

    NiceGUI keeps a client in memory for every page that it does not find, and writes a traceback for every
    message on a socket that it cannot read: neither is for strangers.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = (scope.get("method"), scope.get("path"))
        if scope["type"] == "lifespan" or asked in OPEN or self._is_in(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008)(scope, receive, send)
        elif asked[0] == "GET" and _is_console(scope["path"]):
            await RedirectResponse(LOGIN, status_code=303)(scope, receive, send)
        else:
            await PlainTextResponse("Log in first.", status_code=403)(scope, receive, send)

    def _is_in(self, scope: Scope) -> bool:
        token = HTTPConnection(scope).cookies.get(COOKIE)
        return self._sessions.technician(token, touch=_is_console(scope["path"])) is not None


def _is_console(path: str) -> bool:
    return path.split("/", 2)[1] == "admin"
