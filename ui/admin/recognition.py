"""Recognition: which checks this box can carry out, how well they were measured, and which faces it keeps."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from nicegui import ui

from ui.parts.frame import Visit, card, frame

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
        with _table("Check", "Looks for", "State", "Measured, or what it needs"):
            for row in rows:
                with ui.element("tr").classes("border-t"):
                    _cell(row.name or "injection")
                    _cell(row.looks_for)
                    with ui.element("td").classes("q-pa-sm"), ui.row().classes("items-center gap-1 no-wrap"):
                        icon, colour = ("check_circle", "#15803d") if row.ready else ("info", "#475569")
                        ui.icon(icon, size="sm").style(f"color: {colour}").props('aria-hidden="true"')
                        ui.label("ready" if row.ready else "not installed")
                    _cell(row.says)


def _collections(state: Recognition) -> None:
    with card("Collections of faces", "groups"):
        ui.label(f"New templates are made by {state.template_model}.").classes("text-slate-600")
        outdated = [row for row in state.collections if row.outdated]
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
        with _table("Name", "Key", "Records", "Model", "Made"):
            for row in state.collections:
                with ui.element("tr").classes("border-t"):
                    _cell(row.name)
                    _cell(row.owner)
                    _cell(f"{row.records:,}", number=True)
                    _cell(row.model + (" - enrol again" if row.outdated else ""))
                    _cell(row.created)


def _cell(text: str, *, number: bool = False) -> None:
    with ui.element("td").classes("q-pa-sm" + (" text-right figure" if number else "")):
        ui.label(text).style("overflow-wrap: anywhere")


@contextmanager
def _table(*titles: str) -> Iterator[None]:
    """A plain table with column headings; the block fills its body. Scrolls by keyboard where it is wide."""
    with (
        ui.element("div").classes("w-full overflow-auto").props('tabindex="0"'),
        ui.element("table").classes("w-full text-left"),
    ):
        with ui.element("thead"), ui.element("tr"):
            for title in titles:
                side = " text-right" if title == "Records" else ""
                with ui.element("th").props('scope="col"').classes("q-pa-sm text-slate-600" + side):
                    ui.label(title)
        with ui.element("tbody"):
            yield
