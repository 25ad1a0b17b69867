"""Steps of the demonstration: what was asked, what came back, whether it is what it should be."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Step:
    """One call, or a few that answer one question."""

    name: str
    verdict: str
    score: str
    milliseconds: float
    right: bool


def table(title: str, steps: Sequence[Step]) -> Table:
    """The steps, readable."""
    shown = Table(title=title, title_justify="left")
    for heading, side in (
        ("step", "left"),
        ("verdict", "left"),
        ("score", "right"),
        ("ms", "right"),
        ("", "left"),
    ):
        shown.add_column(heading, justify=side)  # type: ignore[arg-type] # two of rich's own words
    for step in steps:
        mark = "[green]as it should be[/]" if step.right else "[bold red]WRONG[/]"
        shown.add_row(step.name, step.verdict, step.score, f"{step.milliseconds:.0f}", mark)
    return shown
