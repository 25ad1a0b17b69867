"""Recognition: which checks this box can carry out, how well they were measured, and which faces it keeps."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

from ui.parts.frame import Visit, card, frame
from ui.parts.table import cell, row, table

REFRESH_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class CheckRow:
    """An attack check as the page shows it.

    Attributes:
        name: of the pipeline.
        looks_for: in plain words.
        ready: whether it gives probabilities on this box.
        says: how it was measured, or what would enable it.
    """

    name: str
    looks_for: str
    ready: bool
    says: str


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """A collection of faces, without anybody's name in it."""

    name: str
    owner: str
    records: int
    model: str
    created: str
    outdated: bool


@dataclass(frozen=True, slots=True)
class Recognition:
    """What the page shows; the model that makes new templates beside it."""

    template_model: str
    checks: Sequence[CheckRow]
    collections: Sequence[CollectionRow]


Look = Callable[[], Awaitable[Recognition]]


async def recognition_page(visit: Visit, look: Look) -> None:
    """Draw the page and keep it current."""
    with frame(visit, "Recognition"):

        @ui.refreshable
        async def show() -> None:
            state = await look()
            _checks(state.checks)
            _collections(state)

        await show()
    ui.timer(REFRESH_SECONDS, show.refresh)


def _checks(rows: Sequence[CheckRow]) -> None:
    with card("Attack checks", "gpp_good"):
        ui.label(
            "A check that is not installed answers ERROR with this reason; it never invents a number."
        ).classes("text-slate-600")
        with table("Check", "Looks for", "State", "Measured, or what it needs"):
            for one in rows:
                with row():
                    cell(one.name or "injection")
                    cell(one.looks_for)
                    with ui.element("td").classes("q-pa-sm"), ui.row().classes("items-center gap-1 no-wrap"):
                        icon, colour = ("check_circle", "#15803d") if one.ready else ("info", "#475569")
                        ui.icon(icon, size="sm").style(f"color: {colour}").props('aria-hidden="true"')
                        ui.label("ready" if one.ready else "not installed")
                    cell(one.says)


def _collections(state: Recognition) -> None:
    with card("Collections of faces", "groups"):
        ui.label(f"New templates are made by {state.template_model}.").classes("text-slate-600")
        outdated = [one for one in state.collections if one.outdated]
        if outdated:
            with ui.row().classes("w-full items-start gap-3 no-wrap").props('role="status"'):
                ui.icon("warning", size="sm").style("color: #b45309").props('aria-hidden="true"')
                ui.label(
                    f"{len(outdated)} of {len(state.collections)} were made with another model. They go on "
                    "answering with it. To use the new one, create a collection, enrol the pictures again, "
                    "and delete the old collection."
                )
        if not state.collections:
            ui.label("None yet. Software creates them: POST /collections?collection=NAME.")
            return
        with table("Name", "Key", "Records", "Model", "Made", numbers={"Records"}):
            for one in state.collections:
                with row():
                    cell(one.name)
                    cell(one.owner)
                    cell(f"{one.records:,}", number=True)
                    cell(one.model + (" - enrol again" if one.outdated else ""))
                    cell(one.created)
