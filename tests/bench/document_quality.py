"""Which faults are told of which pictures of documents: the table and plot of docs/document-quality.md.

    .venv/bin/python -m tests.bench.document_quality [--plot] [--drawn 88] [--every 1]

The limits were chosen on drawn documents of another seed. Real pictures come from the datasets folder
(`KYCBOX_DATASETS`); without it only drawn ones are counted.
"""

import argparse
import math
import os
import random
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.config import PROJECT, load
from appliance.domain.capture import Capture
from appliance.domain.document import DocumentFault as Fault
from appliance.engine import packs
from appliance.engine.runtime import Runtime
from appliance.vision.documents import faults
from appliance.vision.documents.mrz_reader import MrzReader
from appliance.vision.documents.quality import measure
from appliance.vision.documents.reader import DocumentReader
from appliance.vision.documents.segment import OutlineNet
from appliance.vision.documents.text import TextReader
from appliance.vision.faces.reader import FaceReader
from tests.specimen.sets import ALL_MIX, drawn_set, empty_set

SEED = 7720
Pixels = NDArray[np.uint8]
TARGETS = {
    "blur": Fault.IMAGE_TOO_BLURRY,
    "jpeg": Fault.IMAGE_IS_TOO_COMPRESSED,
    "dark": Fault.POOR_IMAGE_EXPOSURE,
    "glare": Fault.GLARE_ON_IMAGE,
    "small": Fault.RELATIVE_DOCUMENT_SIZE_LOWER_THAN_10_PERCENT,
    "near": Fault.DOCUMENT_TOO_CLOSE_TO_BORDER,
    "outside": Fault.DOCUMENT_BORDERS_OUTSIDE_OF_FRAME,
    "cropped": Fault.DOCUMENT_CROPPED,
    "two": Fault.MULTIPLE_DOCUMENTS_IN_FRAME,
    "grey": Fault.DOCUMENT_IS_COLORLESS,
    "empty": Fault.DOCUMENT_NOT_FOUND,
}


def bounds(hits: int, count: int) -> str:
    """Wilson's 95 % bounds, in per cent."""
    z, p = 1.96, hits / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return f"{100 * max(0, middle - half):.1f}-{100 * min(1, middle + half):.1f}"


def made(portraits: list[Path], count: int = 88) -> Iterator[tuple[str, Pixels]]:
    """Drawn documents, and what is spoilt of the clean ones."""
    rng = random.Random(SEED)
    clean: list[tuple[Pixels, NDArray[np.float32]]] = []
    for one in drawn_set(SEED, count, ALL_MIX, portraits):
        pixels, shot = one.photograph.pixels(), one.photograph
        yield shot.condition, pixels
        if shot.condition == "clean" and shot.quad is not None:
            clean.append((pixels, np.asarray(shot.quad, np.float32)))
    for number, (pixels, quad) in enumerate(clean):
        height, width = pixels.shape[:2]
        (left, top), (right, bottom) = quad.min(0).astype(int), quad.max(0).astype(int)
        wide, high = right - left, bottom - top
        side = rng.choice((-1, 1))
        for name, share in (("near", 0.006), ("outside", -0.012), ("cropped", -0.18)):
            cut = int(left - share * wide) if side < 0 else int(right + share * wide)
            part = pixels[:, max(cut, 0) :] if side < 0 else pixels[:, : min(cut, width)]
            yield name, np.ascontiguousarray(part)
        canvas = np.full_like(pixels, np.median(pixels[:40, :40].reshape(-1, 3), axis=0).astype(np.uint8))
        scale = 0.27 / math.sqrt(wide * high / (width * height))
        little = cv2.resize(
            pixels[top:bottom, left:right], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
        )
        at = (height - little.shape[0]) // 2, (width - little.shape[1]) // 2
        canvas[at[0] : at[0] + little.shape[0], at[1] : at[1] + little.shape[1]] = little
        yield "small", canvas
        other = clean[(number + 1) % len(clean)][0]
        yield "two", np.ascontiguousarray(np.vstack([pixels, cv2.resize(other, (width, height))]))
        grey = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        yield "grey", np.asarray(grey, np.uint8)
    for shot in empty_set(SEED, 60):
        yield "empty", shot.pixels()


def real(data: Path, every: int = 1) -> Iterator[tuple[str, Pixels]]:
    """Photographs and scans of real documents, and of things that are none; of video frames every so many."""
    folders = {
        "specimens": data / "documents" / "mrz-specimens",
        "templates": data / "id-templates",
        "licence": data / "documents" / "us-licence",
        "grey copies": data / "grey-copies" / "images",
        "things": data / "recapture" / "paired" / "real",
    }
    for name, folder in folders.items():
        step = every if name == "grey copies" else 1
        for path in sorted(folder.rglob("*"))[::step]:
            image = cv2.imread(str(path)) if path.suffix.lower() in {".jpg", ".jpeg", ".png"} else None
            if image is not None:
                yield name, np.ascontiguousarray(image[:, :, ::-1])


def plot(rows: dict[str, dict[str, list[float]]], path: Path) -> None:
    """One strip per measure: clean documents above the line, spoilt ones below, the limit as a bar."""
    wide, high, parts = 720, 70, []
    shown = (
        ("sharpness", "blur", 0.0, 0.8, faults.LIMITS.sharpness),
        ("blockiness", "jpeg", 1.0, 3.0, faults.LIMITS.blockiness),
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
    parser.add_argument("--drawn", type=int, default=88, help="drawn documents; half of them are spoilt too")
    parser.add_argument("--every", type=int, default=1, help="of the video frames of grey copies")
    given = parser.parse_args()
    settings = load()
    data = Path(os.environ.get("KYCBOX_DATASETS") or PROJECT.parent / "shared" / "data")
    manifests = packs.all_manifests(PROJECT / "models", settings.models_folder)
    runtime = Runtime(manifests, settings.models_folder, settings.engine)
    runtime.load(packs.to_load(manifests, settings.models_folder))
    text = TextReader(runtime, 2)
    faces = FaceReader(runtime, packs.DEFAULT_TEMPLATE)
    reader = DocumentReader(faces, text, MrzReader(text, None), outlines=OutlineNet(runtime))
    portraits = sorted((data / "portraits").glob("*.jpg"))[60:120]
    counts: dict[str, dict[str, int]] = {}
    totals: dict[str, int] = {}
    rows: dict[str, dict[str, list[float]]] = {}
    sources = [made(portraits, given.drawn), *([real(data, given.every)] if data.is_dir() else [])]
    for source in sources:
        for name, pixels in source:
            found = reader.find(pixels)
            told = faults.judge(Capture("", "image/png", 0, pixels), found)
            totals[name] = totals.get(name, 0) + 1
            for fault in told:
                counts.setdefault(name, {})[fault.value] = counts.get(name, {}).get(fault.value, 0) + 1
            if found.quad is not None:
                quality = measure(pixels, found.page, None if found.fills else found.quad)
                for measured in ("sharpness", "blockiness", "bright", "glare", "colour"):
                    held = rows.setdefault(name, {}).setdefault(measured, [])
                    held.append(float(getattr(quality, measured)))
    for name, total in totals.items():
        hits = counts.get(name, {})
        said = ", ".join(f"{fault} {count}" for fault, count in sorted(hits.items(), key=lambda one: -one[1]))
        target = TARGETS.get(name)
        share = (
            f" | right {hits.get(target.value, 0)} ({bounds(hits.get(target.value, 0), total)} %)"
            if target
            else ""
        )
        print(f"{name} {total}: {said or 'no fault'}{share}")
    if given.plot:
        plot(rows, PROJECT / "docs" / "document-quality.svg")


if __name__ == "__main__":
    main()
