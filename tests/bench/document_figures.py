"""Prints the tables of the last run of `test_bench_documents.py` and draws docs/reliability.svg from it.

.venv/bin/python -m tests.bench.document_figures [--plot]
"""

import argparse
import itertools
import json
from collections.abc import Sequence
from pathlib import Path

from appliance.config import PROJECT
from tests.bench.document_rows import Row
from tests.bench.document_tables import BINS, confidences, everything, readable
from tests.bench.mrz_scores import wilson

ROWS = PROJECT / ".cache" / "bench" / "documents.rows"
PLOT = PROJECT / "docs" / "reliability.svg"
_SIDE, _LEFT, _TOP, _ROW = 360, 56, 24, 22
_BARS = 430
"""Where the counts begin, right of the square; all in pixels of the picture."""


def rows_of(path: Path) -> list[Row]:
    """All rows of a run."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def plot(rows: Sequence[Row], path: Path) -> None:
    """Share of right values over their mean confidence with Wilson's bounds; beside it how many there are."""
    given = confidences(readable(rows))
    parts: list[str] = []

    def at(x: float, y: float) -> tuple[float, float]:
        return _LEFT + x * _SIDE, _TOP + (1 - y) * _SIDE

    def line(start: tuple[float, float], end: tuple[float, float], colour: str, wide: float = 1) -> None:
        (x1, y1), (x2, y2) = start, end
        ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        parts.append(f'<line {ends} stroke="{colour}" stroke-width="{wide}"/>')

    def text(place: tuple[float, float], said: str, anchor: str = "start") -> None:
        parts.append(f'<text x="{place[0]:.1f}" y="{place[1] + 4:.1f}" text-anchor="{anchor}">{said}</text>')

    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1.0):
        line(at(0, tick), at(1, tick), "#e2e8f0")
        line(at(tick, 0), at(tick, 1), "#e2e8f0")
        text((_LEFT - 6, at(0, tick)[1]), f"{tick:.1f}", "end")
        text((at(tick, 0)[0], _TOP + _SIDE + 14), f"{tick:.1f}", "middle")
    line(at(0, 0), at(1, 1), "#94a3b8")
    text((_LEFT + _SIDE / 2, _TOP + _SIDE + 34), "confidence given", "middle")
    text((_LEFT + 8, _TOP + 12), "share right")
    text((_BARS + 90, _TOP + 4), "values with this confidence")
    for row, (low, high) in enumerate(itertools.pairwise(BINS)):
        held = [one for one in given if low <= one[0] < high]
        if not held:
            continue
        mean, right = sum(one[0] for one in held) / len(held), sum(one[1] for one in held)
        bounds = [min(max(bound, 0.0), 1.0) for bound in wilson(right, len(held))]
        line(at(mean, bounds[0]), at(mean, bounds[1]), "#1d4ed8", 2)
        x, y = at(mean, right / len(held))
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1d4ed8"/>')
        below, long = _TOP + 28 + row * _ROW, 160 * len(held) / len(given)
        text((_BARS + 80, below), f"{low:g} to {min(high, 1):g}", "end")
        parts.append(
            f'<rect x="{_BARS + 90}" y="{below - 7:.1f}" width="{long:.1f}" height="14" fill="#93c5fd"/>'
        )
        text((_BARS + 96 + long, below), f"{right} of {len(held)}")
    size = f'width="{_BARS + 350}" height="{_TOP + _SIDE + 48}"'
    says = "Share of right values over the confidence given with them; dots near the diagonal are honest."
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12" role="img"'
        f' aria-label="{says}"><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--plot", action="store_true")
    given = parser.parse_args()
    rows = rows_of(ROWS)
    print(everything(rows))
    if given.plot:
        plot(rows, PLOT)


if __name__ == "__main__":
    main()
