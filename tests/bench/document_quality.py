"""Which faults are told of which pictures of documents: the table and plot of docs/document-quality.md.

    .venv/bin/python -m tests.bench.document_quality [--seconds 450] [--pictures 32] [--plot]

Every condition is drawn on the 16 published layouts, each once on a table and once on a surface that nothing
was trained or tuned on, with seeds that are used for nothing else; the limits were chosen with other seeds on
tables. Real pictures come from the datasets folder (`KYCBOX_DATASETS`); without it only drawn ones are
counted. A run that is stopped goes on where it was: rows are kept in `.cache/bench/quality.rows`, to be
deleted before a new one.
"""

import argparse
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.config import PROJECT, load
from appliance.domain.capture import Capture
from appliance.domain.document import DocumentFault as Fault
from appliance.vision.documents import faults
from appliance.vision.documents import quad as quads
from appliance.vision.documents.quality import measure
from appliance.vision.documents.reader import DocumentReader
from tests.bench.box_documents import document_reader
from tests.bench.document_tables import TARGETS, share
from tests.specimen.photograph import Photograph, photograph
from tests.specimen.sets import LAYOUTS_MIX, specimen
from tests.specimen.surfaces import surface
from tests.specimen.table import table

SEED = 7757
ROWS = PROJECT / ".cache" / "bench" / "quality.rows"
FACELESS = frozenset({"TD1", "DL-US-back", "AADHAAR-back"})
"""Layouts without a portrait."""
MEASURES = ("sharpness", "fineness", "blockiness", "bright", "glare", "colour")
EMPTY = 100
CLEAN = 3
"""Clean pictures for each picture of a fault."""
GROUNDS = (table, surface)
Pixels = NDArray[np.uint8]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture to be drawn: its condition, its number among those, what it shows and on what."""

    condition: str
    number: int

    @property
    def kind(self) -> str:
        return "" if self.condition == "empty" else LAYOUTS_MIX[self.number // 2 % len(LAYOUTS_MIX)]

    @property
    def ground(self) -> str:
        return GROUNDS[self.number % 2].__name__

    def draw(self, portraits: Sequence[Path]) -> Photograph:
        rng = random.Random(f"quality/{SEED}/{self.condition}/{self.number}")
        ground = GROUNDS[self.number % 2]
        if self.condition == "empty":
            return photograph(None, rng, ground=ground)
        portrait = rng.choice(portraits) if portraits else None
        seed = SEED * 100_000 + self.number
        made = specimen(self.kind, seed, condition=self.condition, portrait=portrait, ground=ground)
        return made.photograph


def shots(pictures: int) -> list[Shot]:
    """All that is to be drawn, conditions in turn."""
    counts = dict.fromkeys(TARGETS, pictures) | {"clean": CLEAN * pictures, "empty": EMPTY}
    drawn = [Shot(name, number) for name, count in counts.items() for number in range(count)]
    return sorted(drawn, key=lambda shot: shot.number / counts[shot.condition])


def judged(reader: DocumentReader, pixels: Pixels, truth: NDArray[np.float32] | None) -> Row:
    """What is told of a picture, the measures behind it, and how well its outline lies."""
    began = time.process_time()
    look = reader.look(pixels)
    found = reader.find(look)
    told = faults.judge(Capture("", "image/png", 0, pixels), found)
    row: Row = {"faults": [str(fault) for fault in told], "cpu": time.process_time() - began}
    if truth is not None:
        row["overlap"] = 0.0 if found.quad is None else float(quads.overlap(found.quad, truth))
    if found.quad is not None:
        quality = measure(pixels, found.page, None if found.fills else found.quad)
        row["measures"] = {name: round(float(getattr(quality, name)), 4) for name in MEASURES}
    return row


def real(data: Path) -> Iterator[tuple[str, Pixels]]:
    """Photographs and scans of real documents, and of things that are none."""
    folders = {
        "specimens": data / "documents" / "mrz-specimens",
        "templates": data / "id-templates",
        "licence": data / "documents" / "us-licence",
        "grey copies": data / "grey-copies" / "images",
        "things": data / "recapture" / "paired" / "real",
    }
    for name, folder in folders.items():
        for path in sorted(folder.rglob("*")):
            image = cv2.imread(str(path)) if path.suffix.lower() in {".jpg", ".jpeg", ".png"} else None
            if image is not None:
                yield name, np.ascontiguousarray(image[:, :, ::-1])


def measured(reader: DocumentReader, pictures: int, data: Path, until: float) -> bool:
    """Append the rows that are missing, until the clock says `until`; whether all are there."""
    ROWS.parent.mkdir(parents=True, exist_ok=True)
    done = len(ROWS.read_text("utf-8").splitlines()) if ROWS.exists() else 0
    portraits = sorted((data / "portraits").glob("*.jpg"))[60:120]
    drawn = shots(pictures)
    with ROWS.open("a", encoding="utf-8") as file:
        for shot in drawn[done:]:
            if time.monotonic() > until:
                return False
            made = shot.draw(portraits)
            row = judged(reader, made.pixels(), made.quad)
            row |= {"name": shot.condition, "ground": shot.ground, "kind": shot.kind}
            print(json.dumps(row), file=file, flush=True)
        for name, pixels in list(real(data))[max(done - len(drawn), 0) :] if data.is_dir() else ():
            if time.monotonic() > until:
                return False
            row = judged(reader, pixels, None) | {"name": name, "ground": "real", "kind": ""}
            print(json.dumps(row), file=file, flush=True)
    return True


def confusion(rows: Sequence[Row]) -> str:
    """What was told of pictures of each condition; of real ones below."""
    columns = list(Fault)
    lines = ["| pictures | " + " | ".join(f"`{fault}`" for fault in columns) + " | none |"]
    lines.append("|---|" + "---|" * (len(columns) + 1))
    for name in dict.fromkeys([*TARGETS, *(row["name"] for row in rows)]):
        mine = [row["faults"] for row in rows if row["name"] == name]
        if mine:
            cells = " | ".join(str(sum(str(fault) in told for told in mine) or "") for fault in columns)
            lines.append(f"| {name}, {len(mine)} | {cells} | {sum(not told for told in mine)} |")
    return "\n".join(lines)


def rates(rows: Sequence[Row]) -> str:
    """Per fault: told where it is, on either ground; told of clean pictures, where it is not."""
    clean = [row for row in rows if row["name"] == "clean"]
    lines = ["| fault | told where it is | on tables | on unseen surfaces | told of clean pictures |"]
    lines.append("|---|---|---|---|---|")
    targets: dict[Fault, list[Row]] = {
        fault: [row for row in rows if row["name"] == name] for name, fault in TARGETS.items() if fault
    }
    faceless = [row for row in rows if row["kind"] in FACELESS and row["name"] == "clean"]
    targets[Fault.DOCUMENT_PHOTO_NOT_FOUND] = faceless
    for fault in Fault:
        having = targets[fault]
        parts = [having, *([row for row in having if row["ground"] == g.__name__] for g in GROUNDS)]
        cells = " | ".join(_told(part, fault) for part in parts)
        without = [row for row in clean if row not in having]
        lines.append(f"| `{fault}` | {cells} | {_told(without, fault)} |")
    return "\n".join(lines)


def _told(rows: Sequence[Row], fault: Fault) -> str:
    return share(sum(str(fault) in row["faults"] for row in rows), len(rows))


def overlaps(rows: Sequence[Row]) -> str:
    """Overlap of outlines with the truth, of whole documents, by ground and condition."""
    held = [row for row in rows if "overlap" in row and row["name"] not in {"cropped", "two"}]
    groups = dict.fromkeys([row["ground"] for row in held] + [row["name"] for row in held])
    lines = ["| pictures | n | mean IoU | over 0.9 | none found |", "|---|---|---|---|---|"]
    for name in groups:
        values = np.array([row["overlap"] for row in held if name in {row["ground"], row["name"]}])
        over = f"{np.mean(values > 0.9):.3f} | {int((values == 0).sum())}"
        lines.append(f"| {name} | {len(values)} | {values.mean():.4f} | {over} |")
    return "\n".join(lines)


def plot(rows: dict[str, dict[str, list[float]]], path: Path) -> None:
    """One strip per measure: clean documents above the line, spoilt ones below, the limit as a bar."""
    wide, high, parts = 720, 70, []
    shown = (
        ("sharpness", "blur", 0.0, 0.8, faults.LIMITS.sharpness),
        ("fineness", "jpeg", 0.0, 0.8, faults.LIMITS.fineness),
        ("bright", "dark", 0.0, 255.0, faults.LIMITS.dark),
        ("glare", "glare", 0.0, 0.08, faults.LIMITS.glare),
        ("colour", "grey", 0.0, 0.5, faults.LIMITS.colour),
    )
    for number, (name, bad, low, top, limit) in enumerate(shown):
        base = 40 + number * high

        def place(value: float, low: float = low, top: float = top) -> float:
            return 130 + (wide - 150) * min(max((value - low) / (top - low), 0), 1)

        parts.append(f'<text x="8" y="{base + 4}">{name}</text>')
        parts.append(f'<line x1="130" x2="{wide - 20}" y1="{base}" y2="{base}" stroke="#94a3b8"/>')
        for kind, colour, offset in (("clean", "#1d4ed8", -9), (bad, "#b45309", 9)):
            dot = f'cy="{base + offset}" r="3" fill="{colour}" fill-opacity="0.5"/>'
            parts += [f'<circle cx="{place(value):.1f}" {dot}' for value in rows[kind][name]]
        bar = place(limit)
        parts.append(
            f'<line x1="{bar:.1f}" x2="{bar:.1f}" y1="{base - 20}" y2="{base + 20}" stroke="#b91c1c"/>'
        )
        parts.append(f'<text x="{bar + 4:.1f}" y="{base + 32}">{limit:g}</text>')
    size = f'width="{wide}" height="{40 + high * len(shown)}"'
    says = "Blue: clean documents. Orange: blurred, compressed, dark, with glare, in grey. Red: the limit."
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13" role="img"'
        f' aria-label="{says}"><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--plot", action="store_true")
    parser.add_argument("--pictures", type=int, default=32, help="of each fault; clean: thrice")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop then; run again to go on")
    given = parser.parse_args()
    data = Path(os.environ.get("KYCBOX_DATASETS") or PROJECT.parent / "shared" / "data")
    until = time.monotonic() + given.seconds
    if not measured(document_reader(load().models_folder), given.pictures, data, until):
        print("not all yet: run again")
    rows = [json.loads(line) for line in ROWS.read_text("utf-8").splitlines()]
    for part in (confusion(rows), rates(rows), overlaps(rows)):
        print(part, end="\n\n")
    if given.plot:
        held: dict[str, dict[str, list[float]]] = {}
        for row in rows:
            for name, value in row.get("measures", {}).items():
                held.setdefault(row["name"], {}).setdefault(name, []).append(value)
        plot(held, PROJECT / "docs" / "document-quality.svg")


if __name__ == "__main__":
    main()
