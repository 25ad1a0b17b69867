"""Keys: made, shown once, revoked."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

from appliance.errors import KycboxError
from ui.parts.frame import Visit, card, frame

PLANS = {
    "enterprise": "enterprise - no limit",
    "scale": "scale",
    "starter": "starter - 25 calls a second",
    "sandbox": "sandbox - for tests",
}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A credential as the table shows it."""

    id: str
    api: str
    name: str
    plan: str
    created: str
    last_used: str
    revoked: bool


@dataclass(frozen=True, slots=True)
class NewKey:
    """A credential at the only moment its secret is known: a key, or a user name and its password."""

    id: str
    secret: str
    username: str = ""

    def __repr__(self) -> str:
        return f"NewKey({self.id})"


@dataclass(frozen=True, slots=True)
class KeyDesk:
    """What the page may do with credentials.

    Attributes:
        apis: dialects of this box for which keys can be made.
        list: all credentials, newest first.
        create: technician, dialect, name, plan to the new credential, whose secret nobody can read again.
        revoke: technician and id; at once.
    """

    apis: Sequence[str]
    list: Callable[[], Awaitable[Sequence[KeyRow]]]
    create: Callable[[str, str, str, str], Awaitable[NewKey]]
    revoke: Callable[[str, str], Awaitable[None]]


async def keys_page(visit: Visit, desk: KeyDesk) -> None:
    """Draw the page."""
    with frame(visit, "Keys"):
        with ui.row().classes("w-full items-center"):
            ui.label("Software on the branch network calls the box with a key.").classes("text-slate-600")
            ui.space()
            ui.button("Make a key", icon="add", on_click=lambda: _make(visit, desk, show.refresh))

        @ui.refreshable
        async def show() -> None:
            await _table(visit, desk, show.refresh)

        await show()


async def _table(visit: Visit, desk: KeyDesk, changed: Callable[[], None]) -> None:
    rows = await desk.list()
    with card("Keys of this box", "key"):
        if not rows:
            ui.label("No key yet. Make one, and give its secret to the software that will call the box.")
            return
        with (
            ui.element("div").classes("w-full overflow-auto"),
            ui.element("table").classes("w-full text-left"),
        ):
            with ui.element("thead"), ui.element("tr"):
                for title in ("Name", "API", "Plan", "Made", "Last used", "Id", "Action"):
                    side = " text-right" if title == "Action" else ""
                    with ui.element("th").props('scope="col"').classes("q-pa-sm text-slate-600" + side):
                        ui.label(title)
            with ui.element("tbody"):
                for row in rows:
                    _row(visit, desk, row, changed)


def _row(visit: Visit, desk: KeyDesk, row: KeyRow, changed: Callable[[], None]) -> None:
    with ui.element("tr").classes("border-t" + (" opacity-60" if row.revoked else "")):
        for value in (row.name, row.api, row.plan, row.created, row.last_used or "never", row.id):
            with ui.element("td").classes("q-pa-sm"):
                ui.label(value)
        with ui.element("td").classes("q-pa-sm text-right"):
            if row.revoked:
                ui.label("revoked")
            else:
                button = ui.button("Revoke", icon="block", color="red-8")
                button.props(f'flat aria-label="Revoke {row.id}"')
                button.on_click(lambda: _revoke(visit, desk, row, changed))


def _make(visit: Visit, desk: KeyDesk, changed: Callable[[], None]) -> None:
    dialog = ui.dialog(value=True)
    with dialog.props('persistent aria-label="Make a key"'), ui.card().classes("w-96 max-w-full"):
        ui.label("Make a key").classes("text-xl").props('role="heading" aria-level="2"')
        name = ui.input("Name", placeholder="core banking, test").classes("w-full").props("autofocus")
        api = ui.select(list(desk.apis), value=desk.apis[0], label="API").classes("w-full")
        plan = ui.select(PLANS, value="enterprise", label="Plan").classes("w-full")

        async def make() -> None:
            if not visit.act():
                return
            if not str(name.value or "").strip():
                ui.notify("Give the key a name, so that you know later whose it is.", type="warning")
                return
            try:
                made = await desk.create(visit.technician, api.value, name.value.strip(), plan.value)
            except KycboxError as error:
                ui.notify(f"{error.message} {error.remedy}", type="negative")
                return
            dialog.value = False
            changed()
            _secret(made)

        with ui.row().classes("w-full justify-end"):
            ui.button("Cancel", on_click=dialog.close).props("flat")
            ui.button("Make the key", on_click=make)


def _secret(made: NewKey) -> None:
    """The only time the secret is seen; the box keeps a hash of it."""
    dialog = ui.dialog(value=True)
    with dialog.props('persistent aria-label="The secret"'), ui.card().classes("w-[36rem] max-w-full"):
        ui.label("Copy the secret now").classes("text-xl").props('role="heading" aria-level="2"')
        if made.username:
            ui.label(f"User name of the account {made.id}:")
            ui.label(made.username).classes("secret text-lg bg-slate-100 q-pa-md rounded w-full")
            ui.label("Its password, shown this once:")
        else:
            ui.label(f"It is shown this once. Key {made.id}:")
        ui.label(made.secret).classes("secret text-lg bg-slate-100 q-pa-md rounded w-full")
        with ui.row().classes("w-full justify-end"):
            copy = ui.button("Copy", icon="content_copy").props("flat")
            copy.on_click(lambda: ui.clipboard.write(made.secret))
            ui.button("I have it", on_click=dialog.close)


def _revoke(visit: Visit, desk: KeyDesk, row: KeyRow, changed: Callable[[], None]) -> None:
    dialog = ui.dialog(value=True)
    with dialog.props('aria-label="Revoke a key"'), ui.card():
        ui.label(f"Revoke the key '{row.name}'?").classes("text-xl").props('role="heading" aria-level="2"')
        ui.label("Calls with it are refused from this moment on. This cannot be undone.")

        async def revoke() -> None:
            if not visit.act():
                return
            try:
                await desk.revoke(visit.technician, row.id)
            except KycboxError as error:
                ui.notify(f"{error.message} {error.remedy}", type="negative")
                return
            dialog.value = False
            changed()

        with ui.row().classes("w-full justify-end"):
            ui.button("Keep it", on_click=dialog.close).props("flat")
            ui.button("Revoke", color="red-8", on_click=revoke)
