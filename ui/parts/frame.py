"""The frame of every console page: header, navigation, heading, and the end of a session."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nicegui import ui

PAGES = (
    ("Overview", "/admin", "monitor_heart"),
    ("Keys", "/admin/keys", "key"),
    ("Recognition", "/admin/recognition", "face"),
    ("Review", "/admin/review", "fact_check"),
    ("Events", "/admin/events", "outbox"),
    ("Vault", "/admin/vault", "inventory_2"),
    ("Password", "/admin/password", "lock"),
    ("API documents", "/-/docs", "menu_book"),
)

STYLE = """
:root { --nicegui-default-padding: 1rem; --nicegui-default-gap: 1rem; }
body { background: #f4f6f8; }
.card-title { font-size: 1.05rem; font-weight: 600; margin: 0; line-height: 1.4; }
.figure { font-variant-numeric: tabular-nums; }
.secret { font-family: monospace; overflow-wrap: anywhere; }
.disconnected { position: fixed; inset: 0; z-index: 9999; background: #fffffff2; display: none;
  align-items: center; justify-content: center; font-size: 1.6rem; }
:focus-visible { outline: 3px solid #1d4ed8; outline-offset: 2px; }
"""

# A page must not keep showing its last verdict when the box is gone. A box that was started again has
# forgotten the session and refuses the socket; then loading the page again leads to the login.
DISCONNECTED = """
<script>
document.addEventListener('DOMContentLoaded', () => {
  const veil = document.createElement('div');
  veil.className = 'disconnected';
  veil.setAttribute('role', 'alert');
  veil.textContent = 'The box does not answer. This page comes back by itself.';
  document.body.appendChild(veil);
  const watch = () => {
    if (!window.socket) { setTimeout(watch, 200); return; }
    window.socket.on('disconnect', () => { veil.style.display = 'flex'; });
    window.socket.on('connect_error', () => {
      if (veil.style.display !== 'flex') { return; }  // never connected: reloading could go on for ever
      fetch('/-/healthz').then((answer) => { if (answer.ok) { location.reload(); } }, () => {});
    });
    window.socket.on('connect', () => { veil.style.display = 'none'; });
  };
  watch();
});
</script>
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """One console page opened by a technician who is logged in.

    Attributes:
        technician: id of who is looking.
        token: of the session, to check again before each action.
        alive: whether the session still is; False sends the page to the login.
        touch: the same, and counts as activity.
    """

    technician: str
    token: str
    alive: Callable[[], bool]
    touch: Callable[[], bool]

    def act(self) -> bool:
        """Whether an action may go on now; counts as activity."""
        if self.touch():
            return True
        ui.navigate.to("/admin/login")
        return False


@contextmanager
def frame(visit: Visit, title: str) -> Iterator[None]:
    """Draw the frame and yield inside its main area."""
    ui.page_title(f"{title} - kycbox")
    ui.colors(primary="#1d4ed8")  # the default blue misses 4.5:1 contrast on white
    ui.add_css(STYLE)
    ui.add_head_html(DISCONNECTED)
    with ui.header().classes("items-center bg-slate-800 text-white q-py-sm"):
        ui.label("kycbox").classes("text-xl font-bold")
        with ui.element("nav").props('aria-label="Console pages"').classes("row items-center gap-2"):
            for name, path, icon in PAGES:
                link = ui.link(target=path).classes(
                    "text-white no-underline row items-center gap-1 q-px-sm q-py-sm rounded"
                )
                if name == title:
                    link.classes("bg-slate-600").props('aria-current="page"')
                with link:
                    ui.icon(icon).props('aria-hidden="true"')
                    ui.label(name)
        ui.space()
        with ui.element("form").props('method="post" action="/admin/logout"'):
            ui.button("Log out", icon="logout").props("flat color=white type=submit")
    with ui.column().classes("w-full max-w-7xl mx-auto gap-4 q-pa-md"):
        ui.label(title).classes("text-2xl font-semibold").props('role="heading" aria-level="1"')
        yield

    def leave_when_ended() -> None:
        if not visit.alive():
            ui.navigate.to("/admin/login")

    ui.timer(5.0, leave_when_ended)


@contextmanager
def card(title: str, icon: str) -> Iterator[ui.card]:
    """A titled card."""
    with ui.card().classes("w-full") as box:
        with ui.row().classes("items-center gap-2"):
            ui.icon(icon, size="sm").props('aria-hidden="true"')
            ui.label(title).classes("card-title").props('role="heading" aria-level="2"')
        yield box
