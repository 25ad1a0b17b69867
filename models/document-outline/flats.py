"""Renders the flat documents that the composites lay on tables.

    .venv/bin/python models/document-outline/flats.py FOLDER --portraits DIR [--templates DIR]

Drawn by tests/specimen: invented holders, invented layouts. Seeds differ from those of tests and benches.
"""

import argparse
import random
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.specimen.draw import document
from tests.specimen.people import invent

KINDS = ("TD3", "TD3", "TD2", "TD1", "TD1-front", "DL-EU", "DL-US")
COUNT = 245
WIDTH = 300
SEED = "document-outline"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--templates", type=Path, help="folder with aze*.jpg of SIDTD (CC BY)")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    portraits = sorted(given.portraits.glob("*.jpg"))[:60]  # the others are for measuring
    for number in range(COUNT):
        rng = random.Random(f"{SEED}/{number}")
        kind = KINDS[number % len(KINDS)]
        portrait = rng.choice(portraits) if rng.random() < 0.85 else None
        drawn = document(kind, invent(rng), rng, portrait)
        save(np.asarray(drawn.picture.convert("RGB")), given.folder / f"{number:03}-{kind}.png")
    for path in sorted(given.templates.glob("*aze0?.jpg")) if given.templates else []:
        save(cv2.imread(str(path))[:, :, ::-1], given.folder / f"template-{path.stem}.png")


def save(pixels: np.ndarray, path: Path) -> None:
    height = round(WIDTH * pixels.shape[0] / pixels.shape[1])
    small = cv2.resize(pixels, (WIDTH, height), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), np.ascontiguousarray(small[:, :, ::-1]))


if __name__ == "__main__":
    main()
