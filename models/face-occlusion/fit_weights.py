"""Learns the occlusion rule and measures the whole face policy: run it in the environment of `make test`.

    .venv/bin/python models/face-occlusion/fit_weights.py

Learnt from: two thirds of the public-domain portraits (by person), as they are, re-photographed, and with the
`TUNE` kinds of tests/specimen/covered.py drawn over them. The limit is chosen on press photographs of half of
the people. Reported: the other third, the other half and live phone photographs, with the `REPORT` kinds.
Writes weights.json, docs/face-occlusion.svg, and prints the tables of docs/face-validation.md.
"""

import json
import math
import os
import sys
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from appliance.config import Engine, load  # noqa: E402
from appliance.domain.capture import Pixels  # noqa: E402
from appliance.engine.manifest import load_manifests  # noqa: E402
from appliance.engine.runtime import Runtime  # noqa: E402
from appliance.vision.faces.occlusion import WEIGHTS, measures, square  # noqa: E402
from appliance.vision.faces.reader import FaceReader  # noqa: E402
from tests.specimen import covered as drawings  # noqa: E402

SEED, RIDGE, FALSE_ALARMS = 41, 1.0, 0.01
MODEL = "face-template-dlib"
REACH = 0.9
"""Surroundings kept round a face, in sizes of its mesh."""


def finder() -> FaceReader:
    runtime = Runtime(
        load_manifests(PROJECT / "models"), load().models_folder, Engine(device="CPU", streams=1)
    )
    runtime.load(["face-detection-short", "face-detection-full", "face-mesh", MODEL])
    return FaceReader(runtime, MODEL)


def picture(path: Path) -> Pixels:
    return np.array(Image.open(path).convert("RGB"))


def surroundings(pixels: Pixels, reader: FaceReader) -> Pixels | None:
    """The largest face with what lies round it, its mesh at most 250 pixels: all that drawing needs."""
    faces = reader.detect(pixels)
    if not faces:
        return None
    low, high = faces[0].mesh[:, :2].min(0), faces[0].mesh[:, :2].max(0)
    reach = REACH * float(max(high - low))
    left, top = np.maximum(low - reach, 0).astype(int)
    right, bottom = np.ceil(high + reach).astype(int)
    scale = min(1.0, 250 / float(max(high - low)))
    part = pixels[top:bottom, left:right]
    return np.ascontiguousarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def photographed(pixels: Pixels, eyes: float, rng: np.random.Generator) -> Pixels:
    """As another camera would have taken it: size, light, colours, blur, noise, JPEG, mirrored or not."""
    scale = min(2.0, math.exp(rng.uniform(math.log(25), math.log(90))) / eyes)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    seen = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=method).astype(np.float64) / 255
    seen = seen ** math.exp(rng.uniform(-0.45, 0.45))
    if rng.random() < 0.5:  # light from one side
        turn, (height, width) = rng.uniform(0, 2 * math.pi), seen.shape[:2]
        rows, columns = np.mgrid[:height, :width]
        slope = math.cos(turn) * (columns / width - 0.5) + math.sin(turn) * (rows / height - 0.5)
        seen = seen * np.clip(1 + slope * rng.uniform(0, 1.6), 0.3, 1.7)[..., None]
    seen = seen * rng.uniform(0.85, 1.15, 3)
    grey = seen.mean(axis=2, keepdims=True)
    seen = grey + (seen - grey) * (0.0 if rng.random() < 0.1 else rng.uniform(0.5, 1.3))
    if rng.random() < 0.3:
        seen = cv2.GaussianBlur(seen, (0, 0), rng.uniform(0.5, 1.5))
    seen = seen + rng.normal(0, rng.uniform(0, 0.03), seen.shape)
    flat = np.clip(seen * 255, 0, 255).astype(np.uint8)
    flat = flat[:, ::-1] if rng.random() < 0.5 else flat
    _, coded = cv2.imencode(".jpg", flat[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 96))])
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])


class Seen:
    """Measures of faces by (set, kind)."""

    def __init__(self, reader: FaceReader) -> None:
        self.reader = reader
        self.rows: dict[tuple[str, str], list[NDArray[np.float32]]] = defaultdict(list)
        self.turned: dict[tuple[str, str], list[bool]] = defaultdict(list)
        self.missed: Counter[tuple[str, str]] = Counter()

    def add(self, where: str, kind: str, pixels: Pixels) -> None:
        faces = self.reader.detect(pixels)
        if not faces:
            self.missed[where, kind] += 1
            return
        self.rows[where, kind].append(measures(square(pixels, faces[0])))
        self.turned[where, kind].append(max(abs(faces[0].pose.yaw), abs(faces[0].pose.pitch)) > 30)


def look(data: Path, reader: FaceReader) -> Seen:
    seen, rng = Seen(reader), np.random.default_rng(SEED)
    portraits = [p for p in map(picture, sorted((data / "portraits").glob("*.jpg"))) if reader.detect(p)]
    for number, whole in enumerate(portraits):
        where = "portraits, learnt from" if number % 3 != 2 else "portraits, other third"
        seen.add(where, "clean", whole)
        part = surroundings(whole, reader)
        face = reader.detect(part)[0] if part is not None and reader.detect(part) else None
        if part is None or face is None:
            continue
        eyes = face.quality.eye_distance
        for _ in range(4):
            seen.add(where, "clean, re-photographed", photographed(part, eyes, rng))
        kinds = drawings.TUNE * 2 if number % 3 != 2 else drawings.REPORT
        for kind in kinds:
            drawn = drawings.covered(part, face, kind, rng)
            seen.add(where, kind.__name__, photographed(drawn, eyes, rng))
    look_at_press(data, seen, rng)
    for path in sorted((data / "pad" / "phone-set" / "Live").iterdir()):
        whole = picture(path)
        seen.add("live phone set", "clean", whole)
        part = surroundings(whole, reader)
        if part is not None and (faces := reader.detect(part)):
            for kind in drawings.REPORT:
                seen.add("live phone set", kind.__name__, drawings.covered(part, faces[0], kind, rng))
    return seen


def look_at_press(data: Path, seen: Seen, rng: np.random.Generator) -> None:
    for number, path in enumerate(sorted((data / "lfw" / "images").glob("*/*_0001.jpg"))):
        half = "press, half A" if zlib.crc32(path.parent.name.encode()) % 2 else "press, half B"
        whole = picture(path)
        seen.add(half, "clean", whole)
        if half == "press, half B" and number % 5 == 0 and (faces := seen.reader.detect(whole)):
            for kind in drawings.REPORT:
                seen.add(half, kind.__name__, drawings.covered(whole, faces[0], kind, rng))


def fit(
    rows: NDArray[np.float64], truth: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Ridge logistic regression, both classes of equal weight, by Newton's method."""
    centre = rows.mean(axis=0)
    design = np.column_stack([rows - centre, np.ones(len(rows))])
    balance = np.where(truth == 1, 0.5 / truth.mean(), 0.5 / (1 - truth.mean()))
    ridge = np.append(np.full(rows.shape[1], RIDGE), 0.0)
    found = np.zeros(design.shape[1])
    for _ in range(12):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (balance * (truth - chance)) - ridge * found
        bend = (design * (balance * chance * (1 - chance) + 1e-9)[:, None]).T @ design + np.diag(ridge)
        found = found + np.linalg.solve(bend, slope)
    return centre, found[:-1], float(found[-1])


def wilson(hits: int, of: int) -> str:
    share, z = hits / of, 1.96
    middle, spread = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low, high = ((middle + sign * spread) / (1 + z * z / of) for sign in (-1, 1))
    return f"{hits} of {of}, {share:.1%} ({max(low, 0):.1%} to {high:.1%})"


def svg(bars: list[tuple[str, float]]) -> str:
    """Share flagged, one bar a row."""
    size = f'width="620" height="{24 * len(bars) + 10}" font-family="sans-serif" font-size="13"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>']
    for row, (name, share) in enumerate(bars):
        y, fill = 24 * row + 6, "#b33" if "clean" in name else "#369"
        lines.append(f'<text x="250" y="{y + 14}" text-anchor="end">{name}</text>')
        lines.append(f'<rect x="258" y="{y}" width="{300 * share:.1f}" height="18" fill="{fill}"/>')
        lines.append(f'<text x="{264 + 300 * share:.1f}" y="{y + 14}">{share:.1%}</text>')
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    data = Path(os.environ.get("KYCBOX_DATASETS") or PROJECT.parent / "shared" / "data")
    seen = look(data, finder())
    rows, truth = [], []
    for (where, kind), found in seen.rows.items():
        if where == "portraits, learnt from":
            rows += found
            truth += [0.0 if "clean" in kind else 1.0] * len(found)
    centre, weights, bias = fit(np.array(rows, np.float64), np.array(truth))
    score = {key: (np.array(found) - centre) @ weights + bias for key, found in seen.rows.items()}
    straight = score["press, half A", "clean"][~np.array(seen.turned["press, half A", "clean"])]
    limit = float(np.quantile(straight, 1 - FALSE_ALARMS))
    bias -= limit  # so that the policy's limit is 0.5
    source = f"fit_weights.py, seed {SEED}, {len(rows)} pictures of 2/3 of the public-domain portraits"
    shipped = {"centre": np.round(centre, 5).tolist(), "weights": np.round(weights, 5).tolist()}
    WEIGHTS.write_text(json.dumps({**shipped, "bias": round(bias, 5), "source": source}) + "\n")
    print(f"limit before the shift {limit:.3f}")
    drawn_bars: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (where, kind), values in sorted(score.items()):
        straight_ones = ~np.array(seen.turned[where, kind])
        chosen = values[straight_ones] if "clean" in kind else values
        hits = int((chosen > limit).sum())
        note = f"; no face found in {seen.missed[where, kind]}" if seen.missed[where, kind] else ""
        print(f"| {where} | {kind} | {wilson(hits, len(chosen))}{note} |")
        if where not in {"portraits, learnt from", "press, half A"}:
            key = f"clean: {where}" if kind == "clean" else kind.replace("_", " ")
            if kind != "clean, re-photographed":
                drawn_bars[key][0] += hits
                drawn_bars[key][1] += len(chosen)
    bars = sorted(((name, hits / of) for name, (hits, of) in drawn_bars.items()), key=lambda each: each[1])
    (PROJECT / "docs" / "face-occlusion.svg").write_text(svg(bars))


if __name__ == "__main__":
    main()
