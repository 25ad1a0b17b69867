"""Overview: is the box working, and if not, what to do."""

import time
from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from appliance.services.overview import Light, Overview, Problem
from ui.parts.frame import Visit, card, frame

REFRESH_SECONDS = 3.0
COLOURS = {Light.GREEN: "#15803d", Light.AMBER: "#b45309", Light.RED: "#b91c1c"}
ADVICE_COLOUR = "#475569"
ICONS = {Light.GREEN: "check_circle", Light.AMBER: "warning", Light.RED: "error"}


def overview_page(visit: Visit, look: Callable[[], Awaitable[Overview]]) -> None:
    """Draw the page and keep it current.

    Args:
        visit: who is looking.
        look: measures the state of the box now; takes milliseconds.
    """
    with frame(visit, "Overview"):
        status = _Part()
        with ui.element("div").classes("w-full grid grid-cols-1 lg:grid-cols-2 gap-4 items-start"):
            with ui.column().classes("w-full"):
                models, chart = _Part(), _chart()
            with ui.column().classes("w-full"):
                database, disk, work, hardware, box = _Part(), _Part(), _Part(), _Part(), _Part()

    async def refresh() -> None:
        state = await look()
        status.show((state.light, state.problems), lambda: _traffic_light(state))
        models.show(state.models, lambda: _models(state))
        database.show(state.database, lambda: _facts("Database", "storage", state.database))
        disk.show(state.disk_free // 10**8, lambda: _disk(state))
        hardware.show(state.hardware, lambda: _facts("Hardware", "developer_board", state.hardware))
        box.show(state.versions, lambda: _facts("This box", "dns", state.versions))
        work.show(state.work, lambda: _facts("Work", "speed", state.work))
        _plot(chart, state)

    # Not awaited: on a busy box the page comes at once and fills in as soon as the box has looked at itself.
    ui.timer(REFRESH_SECONDS, refresh)


class _Part:
    """A part of the page that is drawn again only when what it shows has changed."""

    def __init__(self) -> None:
        self._place = ui.column().classes("w-full")
        self._shown: object = None

    def show(self, what: object, draw: Callable[[], None]) -> None:
        if what == self._shown:
            return
        self._shown = what
        self._place.clear()
        with self._place:
            draw()


def _traffic_light(state: Overview) -> None:
    colour = COLOURS[state.light]
    with ui.card().classes("w-full").style(f"border-left: 12px solid {colour}"):
        with ui.row().classes("items-center gap-4").props('role="status" aria-live="polite"'):
            ui.icon(ICONS[state.light], size="3.5rem").style(f"color: {colour}").props('aria-hidden="true"')
            with ui.column().classes("gap-0"):
                ui.label(state.headline).classes("text-2xl font-semibold")
                ui.label(state.address).classes("text-slate-600")
        for problem in state.problems:
            _problem(problem)


def _problem(problem: Problem) -> None:
    colour = ADVICE_COLOUR if problem.light == Light.GREEN else COLOURS[problem.light]
    icon = "info" if problem.light == Light.GREEN else ICONS[problem.light]
    with ui.row().classes("w-full items-start gap-3 no-wrap"):
        ui.icon(icon, size="sm").style(f"color: {colour}").props('aria-hidden="true"')
        with ui.column().classes("gap-0"):
            ui.label(f"{problem.name}: {problem.says}").classes("font-medium")
            if problem.remedy:
                ui.label(problem.remedy).classes("text-slate-600")


def _models(state: Overview) -> None:
    with card("Models", "memory"):
        columns = [
            {"name": "name", "label": "Model", "field": "name", "align": "left"},
            {"name": "version", "label": "Version", "field": "version", "align": "left"},
            {"name": "device", "label": "Device", "field": "device", "align": "left"},
            {"name": "p50", "label": "p50 ms", "field": "p50"},
            {"name": "p95", "label": "p95 ms", "field": "p95"},
            {"name": "calls", "label": "Calls", "field": "calls"},
        ]
        rows = [
            {
                "name": m.name,
                "version": m.version,
                "device": m.device,
                "p50": _milliseconds(m.p50_ms),
                "p95": _milliseconds(m.p95_ms),
                "calls": m.calls,
            }
            for m in state.models
        ]
        ui.table(columns=columns, rows=rows, row_key="name").classes("w-full figure").props("flat dense")
        for notice in dict.fromkeys(m.notice for m in state.models if m.notice):
            ui.label(notice).classes("text-slate-600 text-sm")


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _facts(title: str, icon: str, facts: Sequence[tuple[str, str]]) -> None:
    with card(title, icon), ui.element("dl").classes("w-full figure gap-1 grid grid-cols-2"):
        for name, value in facts:
            with ui.element("dt").classes("text-slate-600"):
                ui.label(name[:1].upper() + name[1:])
            with ui.element("dd").style("margin: 0; overflow-wrap: anywhere"):
                ui.label(value)


def _disk(state: Overview) -> None:
    used = 1 - state.disk_free / state.disk_total if state.disk_total else 1.0
    with card("Disk", "sd_storage"):
        said = f"{_gigabytes(state.disk_free)} GB free of {_gigabytes(state.disk_total)} GB"
        ui.label(said).classes("figure")
        bar = ui.linear_progress(round(used, 3), show_value=False, size="14px")
        bar.props(f'aria-label="Disk in use: {used:.0%}"')


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f}"


def _chart() -> ui.echart:
    with card("Last hour", "timeline"):
        return ui.echart(
            {
                "aria": {"enabled": True},
                "animation": False,
                "tooltip": {"trigger": "axis"},
                "legend": {"top": 0, "data": ["calls per minute", "p95 ms"]},
                "grid": {"left": 50, "right": 60, "top": 60, "bottom": 30},
                "xAxis": {"type": "category", "data": []},
                "yAxis": [
                    {"type": "value", "name": "calls", "minInterval": 1},
                    {"type": "value", "name": "ms", "splitLine": {"show": False}},
                ],
                "series": [
                    {"name": "calls per minute", "type": "bar", "data": [], "color": "#94a3b8"},
                    {
                        "name": "p95 ms",
                        "type": "line",
                        "yAxisIndex": 1,
                        "data": [],
                        "color": "#1d4ed8",
                        "connectNulls": True,
                    },
                ],
            }
        ).classes("w-full h-64")


def _plot(chart: ui.echart, state: Overview) -> None:
    minutes = [time.strftime("%H:%M", time.localtime(m.began)) for m in state.minutes]
    counts = [m.calls for m in state.minutes]
    slowest = [None if m.p95 is None else round(m.p95, 1) for m in state.minutes]
    if chart.options["series"][0]["data"] == counts and chart.options["xAxis"]["data"] == minutes:
        return
    chart.options["xAxis"]["data"] = minutes
    chart.options["series"][0]["data"] = counts
    chart.options["series"][1]["data"] = slowest
    chart.update()
