"""Tables of the console: plain ones, which screen readers and keyboards know."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from nicegui import ui


@contextmanager
def table(*titles: str, numbers: Collection[str] = ()) -> Iterator[None]:
    """A table with column headings; the block fills its body. Scrolls by keyboard where it is wide.

    Args:
        titles: of the columns.
        numbers: those of them that hold numbers, which stand to the right.
    """
    with (
        ui.element("div").classes("w-full overflow-auto").props('tabindex="0"'),
        ui.element("table").classes("w-full text-left"),
    ):
        with ui.element("thead"), ui.element("tr"):
            for title in titles:
                side = " text-right" if title in numbers else ""
                with ui.element("th").props('scope="col"').classes("q-pa-sm text-slate-600" + side):
                    ui.label(title)
        with ui.element("tbody"):
            yield


@contextmanager
def row() -> Iterator[None]:
    """One row of a table; the block fills its cells."""
    with ui.element("tr").classes("border-t"):
        yield


def cell(text: str, *, number: bool = False) -> None:
    """One cell of text."""
    with ui.element("td").classes("q-pa-sm" + (" text-right figure" if number else "")):
        ui.label(text).style("overflow-wrap: anywhere")


@contextmanager
def actions() -> Iterator[None]:
    """The cell of a row's buttons."""
    with ui.element("td").classes("q-pa-sm text-right"):
        yield
