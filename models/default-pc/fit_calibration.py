"""Fits the map of the printed-copy check and measures it: run it in the environment of `make test`.

    .venv/bin/python models/default-pc/fit_calibration.py

Grey copies: 94 phone frames of five kinds of document (datasets folder, DLC-2021). Genuine: documents drawn
and photographed by tests/specimen, and colour specimens. Drawn documents of one seed choose the thresholds;
three kinds of grey copies, another seed of drawn ones and the specimens are what is reported.
"""

import json
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from appliance.config import load  # noqa: E402
from appliance.engine import packs  # noqa: E402
from appliance.engine.runtime import Runtime  # noqa: E402
from appliance.vision.attacks.registry import copy_score  # noqa: E402
from appliance.vision.documents.mrz_reader import MrzReader  # noqa: E402
from appliance.vision.documents.reader import DocumentReader  # noqa: E402
from appliance.vision.documents.segment import OutlineNet  # noqa: E402
from appliance.vision.documents.text import TextReader  # noqa: E402
from appliance.vision.faces.reader import FaceReader  # noqa: E402
from tests.specimen.sets import ALL_MIX, drawn_set  # noqa: E402

SEEDS = {"tune": 881, "report": 882}
TUNE_KINDS = frozenset({"alb_id", "esp_id"})
GREY_SPECIMENS = 0.03
"""Specimens with less colour than this are scans in grey: not genuine captures of a colour document."""


def pictures(folder: Path) -> Iterator[tuple[Path, NDArray[np.uint8]]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in {".jpg", ".jpeg", ".png"}:
            image = cv2.imread(str(path))
            if image is not None:
                yield path, np.ascontiguousarray(image[:, :, ::-1])


def bounds(hits: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % bounds."""
    z, p = 1.96, hits / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)


def main() -> None:  # noqa: C901 - a script, from top to bottom
    settings = load()
    data = Path(os.environ.get("KYCBOX_DATASETS") or PROJECT.parent / "shared" / "data")
    manifests = packs.all_manifests(PROJECT / "models", settings.models_folder)
    runtime = Runtime(manifests, settings.models_folder, settings.engine)
    runtime.load(packs.to_load(manifests, settings.models_folder))
    text = TextReader(runtime, 2)
    faces = FaceReader(runtime, packs.DEFAULT_TEMPLATE)
    reader = DocumentReader(faces, text, MrzReader(text, None), outlines=OutlineNet(runtime))

    def score(pixels: NDArray[np.uint8]) -> float | None:
        found = reader.find(pixels)
        return None if found.quad is None else copy_score(found)

    sets: dict[str, list[float]] = {}
    lost: dict[str, int] = {}

    def take(name: str, pixels: NDArray[np.uint8]) -> None:
        raw = score(pixels)
        if raw is None:
            lost[name] = lost.get(name, 0) + 1
        else:
            sets.setdefault(name, []).append(raw)

    for path, pixels in pictures(data / "grey-copies" / "images"):
        take("grey " + path.relative_to(data / "grey-copies" / "images").parts[0], pixels)
    portraits = sorted((data / "portraits").glob("*.jpg"))[:60]
    for part, seed in SEEDS.items():
        for one in drawn_set(seed, 66, ALL_MIX, portraits):
            take(f"drawn {part}", one.photograph.pixels())
    for folder in ("mrz-specimens", "us-licence"):
        for _, pixels in pictures(data / "documents" / folder):
            take("specimens", pixels)
    for path, pixels in pictures(data / "id-templates"):
        if not path.name.startswith("fake"):
            take("specimens", pixels)
    sets["specimens"] = [raw for raw in sets["specimens"] if raw >= GREY_SPECIMENS]

    tune = np.array(sets["drawn tune"])
    levels = {"SOFT": float(np.quantile(tune, 0.01)), "REGULAR": float(np.quantile(tune, 0.05))}
    kinds = sorted(name for name in sets if name.startswith("grey ") and name[5:] not in TUNE_KINDS)
    genuine = ("drawn report", "specimens")
    rates = {}
    for strictness, threshold in levels.items():
        apcer = {name: sum(raw >= threshold for raw in sets[name]) for name in kinds}
        bpcer = {name: sum(raw < threshold for raw in sets[name]) for name in genuine}
        rates[strictness] = {
            "threshold": round(threshold, 4),
            "apcer": {name: round(hits / len(sets[name]), 4) for name, hits in apcer.items()},
            "apcer_bounds": {name: bounds(hits, len(sets[name])) for name, hits in apcer.items()},
            "bpcer": {name: round(hits / len(sets[name]), 4) for name, hits in bpcer.items()},
            "bpcer_bounds": {name: bounds(hits, len(sets[name])) for name, hits in bpcer.items()},
        }
    every = np.concatenate([sets[name] for name in kinds])
    own = np.concatenate([sets[name] for name in genuine])
    auc = float((own[:, None] > every[None]).mean())
    for name, scores in sets.items():
        print(name, len(scores), "lost", lost.get(name, 0), np.round(np.percentile(scores, (5, 50, 95)), 3))
    print("AUC reported", round(auc, 3))
    counts = ", ".join(f"{name} {len(sets[name])}" for name in (*kinds, *genuine))
    out = {
        "pipeline": "default-pc",
        "population": "grey copies of three kinds of document that chose no threshold, drawn documents of"
        f" another seed, colour specimens; {counts}; thresholds from drawn documents (quantiles 1 and 5 %). "
        f"AUC {auc:.3f}. Bounds are Wilson's 95 %.",
        "lowest": 0.0,
        "highest": 0.6,
        "rates": rates,
    }
    (Path(__file__).parent / "calibration.json").write_text(json.dumps(out, indent=2) + "\n")


if __name__ == "__main__":
    main()
