"""Prints the tables of the last run of `test_bench_documents.py` and draws docs/reliability.png from it.

.venv/bin/python -m tests.bench.document_figures [--plot]
"""

import argparse
import itertools
import json
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from appliance.config import PROJECT
from tests.bench.document_rows import Row
from tests.bench.document_tables import BINS, confidences, everything, readable
from tests.bench.mrz_scores import wilson
from tests.specimen.paper import font

ROWS = PROJECT / ".cache" / "bench" / "documents.rows"
PLOT = PROJECT / "docs" / "reliability.png"
_SIDE, _LEFT, _TOP, _ZOOM = 460, 70, 40, 2


def rows_of(path: Path) -> list[Row]:
    """All rows of a run."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def plot(rows: Sequence[Row], path: Path) -> None:
    """Share of right values over their mean confidence, with bounds; a bar below for how many there are."""
    given = confidences(readable(rows))
    picture = Image.new("RGB", ((_SIDE + 110) * _ZOOM, (_SIDE + 190) * _ZOOM), "white")
    pen = ImageDraw.Draw(picture)

    def at(x: float, y: float) -> tuple[float, float]:
        return (_LEFT + x * _SIDE) * _ZOOM, (_TOP + (1 - y) * _SIDE) * _ZOOM

    small = font("sans", 12 * _ZOOM)
    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1.0):
        pen.line((*at(0, tick), *at(1, tick)), fill="#e2e8f0", width=_ZOOM)
        pen.line((*at(tick, 0), *at(tick, 1)), fill="#e2e8f0", width=_ZOOM)
        pen.text(at(-0.02, tick), f"{tick:.1f}", font=small, fill="#334155", anchor="rm")
        pen.text(at(tick, -0.02), f"{tick:.1f}", font=small, fill="#334155", anchor="mt")
    pen.line((*at(0, 0), *at(1, 1)), fill="#94a3b8", width=_ZOOM)
    for row, (low, high) in enumerate(itertools.pairwise(BINS)):
        held = [one for one in given if low <= one[0] < high]
        if not held:
            continue
        mean, right = sum(one[0] for one in held) / len(held), sum(one[1] for one in held)
        bounds = [min(max(bound, 0), 1) for bound in wilson(right, len(held))]
        pen.line((*at(mean, bounds[0]), *at(mean, bounds[1])), fill="#1d4ed8", width=2 * _ZOOM)
        x, y = at(mean, right / len(held))
        reach = 5 * _ZOOM
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill="#1d4ed8")
        below = (_TOP + _SIDE + 44 + row * 12) * _ZOOM
        long = _SIDE * 0.6 * len(held) / len(given) * _ZOOM
        start = (_LEFT + 100) * _ZOOM
        pen.rectangle((start, below, start + long, below + 8 * _ZOOM), fill="#93c5fd")
        name = f"{low:g} to {min(high, 1):g}"
        pen.text((start - 6 * _ZOOM, below + 4 * _ZOOM), name, font=small, fill="#334155", anchor="rm")
        said = f"{right} of {len(held)}"
        pen.text((start + long + 6 * _ZOOM, below + 4 * _ZOOM), said, font=small, fill="#334155", anchor="lm")
    pen.text(at(0, 1.04), "share of right values over confidence", font=small, fill="#0f172a", anchor="ls")
    picture.save(path, optimize=True)


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
