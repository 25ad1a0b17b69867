"""Events: where the box sends them, how many wait, and those that were given up."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

from appliance.errors import KycboxError
from ui.parts.frame import Visit, card, frame
from ui.parts.table import actions, cell, row, table

REFRESH_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint without its secrets."""

    api: str
    owner: str
    url: str
    made: str
    old_secret_until: str


@dataclass(frozen=True, slots=True)
class DeadRow:
    """An event that was given up, without its content."""

    id: str
    api: str
    type: str
    made: str
    given_up: str
    answer: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """An event that was tried in vain and will be tried again, without its content."""

    type: str
    api: str
    made: str
    tries: int
    next: str
    answer: str


@dataclass(frozen=True, slots=True)
class Events:
    """What the page shows.

    Attributes:
        endpoints: where events go.
        allowed: targets that are not public and may be called.
        waiting: events that are not delivered yet.
        dead: how many were given up.
        letters: the oldest of those.
        refused: tried in vain, to be tried again; those next first.
    """

    endpoints: Sequence[EndpointRow]
    allowed: Sequence[str]
    waiting: int
    dead: int
    letters: Sequence[DeadRow]
    refused: Sequence[RefusedRow]


@dataclass(frozen=True, slots=True)
class EventDesk:
    """What the page may do.

    Attributes:
        look: at the state.
        resend: technician, and the id of a dead letter or `all`; how many wait again.
        try_now: technician; how many need not wait for their time any more.
    """

    look: Callable[[], Awaitable[Events]]
    resend: Callable[[str, str], Awaitable[int]]
    try_now: Callable[[str], Awaitable[int]]


async def events_page(visit: Visit, desk: EventDesk) -> None:
    """Draw the page and keep it current."""
    with frame(visit, "Events"):

        @ui.refreshable
        async def show() -> None:
            state = await desk.look()
            _state(state)
            if state.refused:
                _refused(visit, desk, state, show.refresh)
            _endpoints(state)
            if state.letters:
                _dead(visit, desk, state, show.refresh)

        await show()
    ui.timer(REFRESH_SECONDS, show.refresh)


def _state(state: Events) -> None:
    with card("Deliveries", "outbox"), ui.row().classes("items-start gap-3 no-wrap").props('role="status"'):
        icon, colour = ("warning", "#b45309") if state.dead or state.refused else ("check_circle", "#15803d")
        ui.icon(icon, size="md").style(f"color: {colour}").props('aria-hidden="true"')
        with ui.column().classes("gap-1"):
            ui.label(f"{state.waiting:,} wait for delivery, {state.dead:,} were given up.")
            ui.label(
                "What cannot be delivered is tried again for 30 days; time without a network does not count."
            ).classes("text-slate-600")


def _refused(visit: Visit, desk: EventDesk, state: Events, changed: Callable[[], object]) -> None:
    async def try_now() -> None:
        if visit.act():
            count = await desk.try_now(visit.technician)
            ui.notify(f"{count:,} are tried now.", type="positive")
            changed()

    with card("Tried in vain", "sync_problem"):
        with ui.row().classes("w-full items-center"):
            ui.label(
                "The receiver or the way to it does not answer as it should. They are tried again."
            ).classes("text-slate-600")
            ui.space()
            ui.button("Try all now", icon="refresh", on_click=try_now)
        with table("Event", "API", "Made", "Tries", "Next try", "Last answer", numbers={"Tries"}):
            for one in state.refused:
                with row():
                    for value in (one.type, one.api, one.made):
                        cell(value)
                    cell(f"{one.tries:,}", number=True)
                    cell(one.next)
                    cell(one.answer)


def _endpoints(state: Events) -> None:
    with card("Where events go", "webhook"):
        if state.endpoints:
            with table("API", "Whose", "Address", "Made", "Old secret ends"):
                for one in state.endpoints:
                    with row():
                        for value in (one.api, one.owner, one.url or "named by each session", one.made):
                            cell(value)
                        cell(one.old_secret_until or "-")
        else:
            ui.label("No endpoint yet. Set one: kycbox webhook set --api recspace --url https://...")
        named = ", ".join(state.allowed) or "none"
        ui.label(f"Targets that are not public and may be called: {named}.").classes("text-slate-600")


def _dead(visit: Visit, desk: EventDesk, state: Events, changed: Callable[[], object]) -> None:
    async def resend(identity: str) -> None:
        if not visit.act():
            return
        try:
            count = await desk.resend(visit.technician, identity)
        except KycboxError as error:
            ui.notify(f"{error.message} {error.remedy}", type="negative")
            return
        ui.notify(f"{count:,} wait for delivery again.", type="positive")
        changed()

    with card("Given up", "mark_email_unread"):
        with ui.row().classes("w-full items-center"):
            ui.label("Look why the receiver refused, then send again.").classes("text-slate-600")
            ui.space()
            ui.button(f"Send all {state.dead:,} again", icon="send", on_click=lambda: resend("all"))
        with table("Event", "API", "Made", "Given up", "Last answer", "Action"):
            for one in state.letters:
                with row():
                    for value in (one.type, one.api, one.made, one.given_up, one.answer):
                        cell(value)
                    with actions():
                        button = ui.button("Send again", icon="send").props("flat")
                        button.props(f'aria-label="Send {one.id} again"')
                        button.on_click(lambda one=one: resend(one.id))
