"""Fits the map of the face presentation check and measures it, with the MiniFASNet pack installed.

    .venv/bin/python models/pad-r-1/fit_calibration.py

Thresholds come from genuine pictures alone: every second block of five of the live pictures of a phone set
(datasets folder). Reported are the other live pictures, official portraits as a second unrelated set of
genuine ones, and all attacks of the phone set, sorted by eye into instruments.
"""

import json
import math
import os
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from appliance.config import load  # noqa: E402
from appliance.engine import packs  # noqa: E402
from appliance.engine.runtime import Runtime  # noqa: E402
from appliance.vision.attacks import minifasnet  # noqa: E402
from appliance.vision.faces.reader import FaceReader  # noqa: E402

MASKS = frozenset({59, 63, 68, 72, 77, 81})
DARK = frozenset({54, 86, 90})
"""Pictures of the phone set by number: worn cut-outs, very dark prints; the others are prints and posters."""
QUANTILES = {"SOFT": 0.01, "REGULAR": 0.05, "HARD": 0.15}


def bounds(hits: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % bounds."""
    z, p = 1.96, hits / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)


def main() -> None:
    settings = load()
    data = Path(os.environ.get("KYCBOX_DATASETS") or PROJECT.parent / "shared" / "data")
    manifests = packs.all_manifests(PROJECT / "models", settings.models_folder)
    runtime = Runtime(manifests, settings.models_folder, settings.engine)
    runtime.load(packs.to_load(manifests, settings.models_folder))
    reader = FaceReader(runtime, packs.template_model(manifests, settings.models_folder))
    sets: dict[str, list[float]] = {}
    unseen: dict[str, int] = {}

    def take(name: str, path: Path) -> None:
        image = cv2.imread(str(path))
        if image is None:
            return
        pixels: NDArray[np.uint8] = np.ascontiguousarray(image[:, :, ::-1])
        faces = reader.detect(pixels)
        if faces:
            sets.setdefault(name, []).append(minifasnet.live(runtime, pixels, faces[0]))
        else:
            unseen[name] = unseen.get(name, 0) + 1

    live = sorted((data / "pad" / "phone-set" / "Live").iterdir(), key=lambda one: int(one.stem))
    for place, path in enumerate(live):
        take("live, tune" if place // 5 % 2 else "live, phone set", path)
    for path in sorted((data / "pad" / "phone-set" / "Spoof").iterdir()):
        number = int(path.stem)
        kind = (
            "worn cut-out" if number in MASKS else "very dark print" if number in DARK else "print or poster"
        )
        take(kind, path)
    for path in sorted((data / "portraits").glob("*.jpg")):
        take("official portraits", path)
    for name, scores in sets.items():
        spread = np.round(np.percentile(scores, (0, 5, 25, 50, 75, 95, 100)), 3)
        print(f"{name:20s} {len(scores):4d} without a face {unseen.get(name, 0)} {spread}")
    tune = np.array(sets["live, tune"])
    genuine, attacks = (
        ("live, phone set", "official portraits"),
        ("print or poster", "very dark print", "worn cut-out"),
    )
    rates, floor = {}, 0.0
    for strictness, quantile in QUANTILES.items():
        threshold = round(max(float(np.quantile(tune, quantile)), floor + 0.01), 4)
        floor = threshold
        passed = {name: sum(raw >= threshold for raw in sets[name]) for name in attacks}
        stopped = {name: sum(raw < threshold for raw in sets[name]) for name in genuine}
        rates[strictness] = {
            "threshold": threshold,
            "apcer": {name: round(hits / len(sets[name]), 4) for name, hits in passed.items()},
            "apcer_bounds": {name: bounds(hits, len(sets[name])) for name, hits in passed.items()},
            "bpcer": {name: round(hits / len(sets[name]), 4) for name, hits in stopped.items()},
            "bpcer_bounds": {name: bounds(hits, len(sets[name])) for name, hits in stopped.items()},
        }
        print(strictness, json.dumps(rates[strictness]))
    own, foreign = np.array(sets["live, phone set"]), np.concatenate([sets[name] for name in attacks])
    auc = float((own[:, None] > foreign[None]).mean())
    print("AUC", round(auc, 3))
    counts = ", ".join(f"{name} {len(sets[name])}" for name in (*genuine, *attacks))
    out = {
        "pipeline": "pad-r-1",
        "population": f"phone set and official portraits; {counts}; thresholds from {len(tune)} other live"
        f" pictures of the phone set. AUC {auc:.3f} on the phone set. Bounds are Wilson's 95 %.",
        "lowest": 0.0,
        "highest": 1.0,
        "rates": rates,
    }
    (Path(__file__).parent / "calibration.json").write_text(json.dumps(out, indent=2) + "\n")


if __name__ == "__main__":
    main()
