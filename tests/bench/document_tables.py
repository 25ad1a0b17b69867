"""Tables of rows of `document_rows`, as Markdown: counts beside every share, Wilson's 95 % bounds."""

import collections
import itertools
import statistics
from collections.abc import Callable, Hashable, Iterable, Sequence

import numpy as np

from appliance.domain.document import DocumentFault as Fault
from tests.bench.document_rows import Row, taken
from tests.bench.mrz_scores import wilson

READABLE = ("clean", "glare", "blur", "dark", "jpeg", "near", "outside", "grey")
"""Conditions under which the whole document is there, large enough, and alone."""
BINS = (0.0, 0.5, 0.7, 0.85, 0.9, 0.95, 0.98, 0.995, 1.01)
TARGETS = {
    "clean": None,
    "glare": Fault.GLARE_ON_IMAGE,
    "blur": Fault.IMAGE_TOO_BLURRY,
    "dark": Fault.POOR_IMAGE_EXPOSURE,
    "jpeg": Fault.IMAGE_IS_TOO_COMPRESSED,
    "near": Fault.DOCUMENT_TOO_CLOSE_TO_BORDER,
    "outside": Fault.DOCUMENT_BORDERS_OUTSIDE_OF_FRAME,
    "cropped": Fault.DOCUMENT_CROPPED,
    "small": Fault.RELATIVE_DOCUMENT_SIZE_LOWER_THAN_10_PERCENT,
    "two": Fault.MULTIPLE_DOCUMENTS_IN_FRAME,
    "grey": Fault.DOCUMENT_IS_COLORLESS,
    "empty": Fault.DOCUMENT_NOT_FOUND,
}
"""The fault that each condition has to be told as."""
_SHORT = {
    Fault.DOCUMENT_NOT_FOUND: "not found",
    Fault.DOCUMENT_CROPPED: "cropped",
    Fault.DOCUMENT_IS_COLORLESS: "colourless",
    Fault.MULTIPLE_DOCUMENTS_IN_FRAME: "several",
    Fault.DOCUMENT_BORDERS_OUTSIDE_OF_FRAME: "outside",
    Fault.RELATIVE_DOCUMENT_SIZE_LOWER_THAN_10_PERCENT: "small",
    Fault.DOCUMENT_TOO_CLOSE_TO_BORDER: "near",
    Fault.IMAGE_TOO_BLURRY: "blurry",
    Fault.IMAGE_IS_TOO_COMPRESSED: "compressed",
    Fault.POOR_IMAGE_EXPOSURE: "exposure",
    Fault.GLARE_ON_IMAGE: "glare",
}
"""Columns of the table of faults; a missing portrait is left out: backs and visas may have none."""
Cell = tuple[int, int]


def share(right: int, of: int) -> str:
    """Count, share and bounds: `37/40 0.925 (0.801-0.974)`."""
    low, high = wilson(right, of)
    return f"{right}/{of} {right / of:.3f} ({max(low, 0):.3f}-{min(high, 1):.3f})" if of else "-"


def counted(rows: Iterable[Row], key: Callable[[Row, str], Hashable]) -> dict[Hashable, Cell]:
    """Right and all fields, by what `key` makes of a row and a field's name."""
    table: dict[Hashable, list[int]] = collections.defaultdict(lambda: [0, 0])
    for row in rows:
        for name, (truth, said, _, _) in row["fields"].items():
            cell = table[key(row, name)]
            cell[0] += truth == said
            cell[1] += 1
    return {group: (right, of) for group, (right, of) in table.items()}


def readable(rows: Iterable[Row]) -> list[Row]:
    """Rows under conditions that leave everything to be read."""
    return [row for row in rows if row["condition"] in READABLE]


def fields_by_kind(rows: Sequence[Row]) -> str:
    """One line per layout: type, all fields, the fields that are wrong most."""
    lines = ["| layout | pictures | type right | fields right | weakest fields |", "|---|---|---|---|---|"]
    by_field = counted(rows, lambda row, name: (row["kind"], name))
    for kind in dict.fromkeys(row["kind"] for row in rows):
        mine = [row for row in rows if row["kind"] == kind]
        right = sum(row["type"] == row["said_type"] for row in mine)
        (cell,) = counted(mine, lambda _row, _name: "").values()
        held = {key[1]: value for key, value in by_field.items() if isinstance(key, tuple) and key[0] == kind}
        worst = sorted(held, key=lambda name: held[name][0] / held[name][1])[:3]
        said = ", ".join(f"{name} {held[name][0]}/{held[name][1]}" for name in worst)
        lines.append(f"| {kind} | {len(mine)} | {share(right, len(mine))} | {share(*cell)} | {said} |")
    return "\n".join(lines)


def fields_by(rows: Sequence[Row], title: str, key: Callable[[Row, str], Hashable]) -> str:
    """One line per group."""
    lines = [f"| {title} | fields right |", "|---|---|"]
    table = counted(rows, key)
    return "\n".join([*lines, *(f"| {group} | {share(*table[group])} |" for group in sorted(table, key=str))])


def zones(rows: Sequence[Row]) -> str:
    """Exact zones and silent errors by kind."""
    lines = ["| zone | exact | silently wrong |", "|---|---|---|"]
    with_zone = [row for row in rows if row["mrz"]]
    for kind in [*dict.fromkeys(row["kind"] for row in with_zone), "all"]:
        mine = [row for row in with_zone if kind in ("all", row["kind"])]
        exact = sum(row["mrz"] == row["said_mrz"] for row in mine)
        silent = sum(row["mrz_valid"] and row["mrz"] != row["said_mrz"] for row in mine)
        lines.append(f"| {kind} | {share(exact, len(mine))} | {share(silent, len(mine))} |")
    return "\n".join(lines)


def confidences(rows: Iterable[Row]) -> list[tuple[float, bool, str]]:
    """Confidence, whether right, and source of every value that was given."""
    return [
        (sure, truth == said, source)
        for row in rows
        for truth, said, sure, source in row["fields"].values()
        if said
    ]


def reliability(rows: Sequence[Row]) -> str:
    """Right values by what their confidence said; last, all above 0.95."""
    given = confidences(rows)
    sources = sorted({source for _, _, source in given})
    head = " | ".join(sources)
    lines = [
        f"| confidence | mean | right | {head} |",
        "|---|---|---|" + "---|" * len(sources),
    ]
    edges = [*itertools.pairwise(BINS), (0.95, 1.01)]
    for low, high in edges:
        held = [one for one in given if low <= one[0] < high]
        if not held:
            continue
        by_source = [[right for _, right, source in held if source == wanted] for wanted in sources]
        cells = " | ".join(f"{sum(part)}/{len(part)}" if part else "-" for part in by_source)
        name = "0.95 and above" if (low, high) == edges[-1] else f"{low:g}-{min(high, 1):g}"
        mean = statistics.mean(sure for sure, _, _ in held)
        lines.append(f"| {name} | {mean:.3f} | {share(sum(r for _, r, _ in held), len(held))} | {cells} |")
    return "\n".join(lines)


def faults(rows: Sequence[Row]) -> str:
    """What was told of pictures of each condition; the wanted fault's own column says the hits."""
    columns = list(_SHORT)
    lines = [
        "| condition | " + " | ".join(_SHORT.values()) + " | none | wanted one told |",
        "|---|" + "---|" * (len(columns) + 2),
    ]
    for condition, target in TARGETS.items():
        mine = [row["faults"] for row in rows if row["condition"] == condition]
        if not mine:
            continue
        counts = [sum(str(fault) in told for told in mine) for fault in columns]
        none = sum(not set(told) & {str(fault) for fault in columns} for told in mine)
        wanted = share(none if target is None else counts[columns.index(target)], len(mine))
        cells = " | ".join(str(count or "") for count in counts)
        lines.append(f"| {condition}, {len(mine)} | {cells} | {none} | {wanted} |")
    return "\n".join(lines)


def outlines(rows: Sequence[Row]) -> str:
    """Overlap of the outline found with the true one, by ground and condition."""
    lines = ["| pictures | n | mean IoU | over 0.9 | over 0.95 | none found |", "|---|---|---|---|---|---|"]
    groups = [
        ("table", lambda row: row["ground"] == "table"),
        ("unseen", lambda row: row["ground"] != "table"),
    ]
    groups += [
        (name, lambda row, name=name: row["condition"] == name)  # type: ignore[misc] # bound per turn
        for name in dict.fromkeys(row["condition"] for row in rows)
    ]
    for name, chosen in groups:
        overlaps = np.array([row["overlap"] for row in rows if chosen(row)])
        if len(overlaps):
            shares = " | ".join(f"{np.mean(overlaps > limit):.3f}" for limit in (0.9, 0.95))
            none = int((overlaps == 0).sum())
            lines.append(f"| {name} | {len(overlaps)} | {overlaps.mean():.3f} | {shares} | {none} |")
    return "\n".join(lines)


def latency(rows: Sequence[Row]) -> str:
    """Median and 95th percentile of each stage, milliseconds; barcodes are read beside the print.

    The last two rows are of the whole reading: by the clock, and processor time of all threads.
    """
    lines = ["| stage | n | median ms | p95 ms |", "|---|---|---|---|"]
    stages = dict.fromkeys(name for row in rows for name in row["milliseconds"])
    for stage in sorted(stages, key=lambda name: name in ("clock", "processor")):
        times = taken(rows, stage)
        lines.append(
            f"| {stage} | {len(times)} | {statistics.median(times):.0f} | {np.percentile(times, 95):.0f} |"
        )
    return "\n".join(lines)


def everything(rows: Sequence[Row]) -> str:
    """All tables, one after another."""
    told = readable(rows)
    return "\n\n".join(
        [
            "### Layouts\n\n" + fields_by_kind(told),
            "### Fields\n\n" + fields_by(told, "field", lambda _, name: name),
            "### Conditions\n\n" + fields_by(rows, "condition", lambda row, _: row["condition"]),
            "### Zones\n\n" + zones(told),
            "### Confidence\n\n" + reliability(told),
            "### Faults\n\n" + faults(rows),
            "### Outlines\n\n" + outlines([row for row in rows if row["condition"] != "two"]),
            "### Time, all\n\n" + latency(rows),
            "### Time, passport pages\n\n" + latency([row for row in told if row["kind"] == "TD3"]),
        ]
    )
