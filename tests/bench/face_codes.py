"""Prints the confusion table of docs/face-validation.md: pictures made to earn a code, and the code they get.

    .venv/bin/python tests/bench/face_codes.py

Made from the third of the portraits that nothing was learnt from, those whose face is large enough.
"""

import os
import sys
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from appliance.config import Engine, load  # noqa: E402
from appliance.domain.face_policy import FacePolicy  # noqa: E402
from appliance.engine.manifest import load_manifests  # noqa: E402
from appliance.engine.runtime import Runtime  # noqa: E402
from appliance.vision.faces.reader import FaceReader  # noqa: E402
from appliance.vision.faces.validate import validate  # noqa: E402
from tests.specimen import covered as drawings  # noqa: E402

MODEL = "face-template-dlib"
MESH = 230
"""Pixels to which every face is brought first."""


def sized(pixels, face, mesh=MESH):
    scale = mesh / np.ptp(face.mesh[:, :2], axis=0).max()
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def cut(pixels, edges, side, gap):
    """The picture cut so that its edge lies `gap` pixels outside the face on one side."""
    left, top, right, bottom = edges
    return {
        "left": pixels[:, max(left - gap, 0) :],
        "top": pixels[max(top - gap, 0) :],
        "right": pixels[:, : right + gap],
        "bottom": pixels[: bottom + gap],
    }[side]


def made(pixels, face, other, rng):
    """Name of the code that is wanted, and a picture that should get it."""
    edges = [*np.round(face.mesh[:, :2].min(0)).astype(int), *np.round(face.mesh[:, :2].max(0)).astype(int)]
    left, top, right, bottom = edges
    rows = min(len(pixels), len(other))
    side = ("left", "top", "right", "bottom")[rng.integers(4)]
    yield "none (as it is)", pixels
    painted = cv2.rectangle(pixels.copy(), edges[:2], edges[2:], (90, 90, 90), -1)
    yield "FACE_NOT_FOUND (face painted over)", painted
    yield "TOO_MANY_FACES (two portraits)", np.hstack([pixels[:rows], other[:rows]])
    yield "FACE_CROPPED (a fifth cut off)", cut(pixels, edges, side, -(right - left) // 5)
    tight = pixels[max(top - 16, 0) : bottom + 16, max(left - 16, 0) : right + 16]
    yield "FACE_TOO_CLOSE (16 pixels round it)", tight
    yield "FACE_CLOSE_TO_BORDER (8 pixels)", cut(pixels, edges, side, 8)
    yield "FACE_TOO_SMALL (mesh 120 pixels)", sized(pixels, face, 120)
    kind = drawings.REPORT[rng.integers(len(drawings.REPORT))]
    yield "FACE_IS_OCCLUDED (drawn, any kind not learnt from)", drawings.covered(pixels, face, kind, rng)


def main() -> None:
    manifests = load_manifests(PROJECT / "models")
    runtime = Runtime(manifests, load().models_folder, Engine(device="CPU", streams=1))
    runtime.load(["face-detection-short", "face-detection-full", "face-mesh", MODEL])
    reader, rng = FaceReader(runtime, MODEL), np.random.default_rng(5)
    data = Path(os.environ.get("KYCBOX_DATASETS") or PROJECT.parent / "shared" / "data")
    whole = [np.array(Image.open(path).convert("RGB")) for path in sorted((data / "portraits").glob("*.jpg"))]
    found = [(pixels, faces[0]) for pixels in whole if (faces := reader.detect(pixels))][2::3]
    straight = [each for each in found if max(abs(each[1].pose.yaw), abs(each[1].pose.pitch)) <= 30]
    enough = [sized(*each) for each in straight if np.ptp(each[1].mesh[:, :2], axis=0).max() >= 120]
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for pixels, other in zip(enough, enough[1:] + enough[:1], strict=True):
        faces = reader.detect(pixels)
        for wanted, part in made(pixels, faces[0], other, rng):
            picture = np.ascontiguousarray(part)
            code = validate(reader.detect(picture), picture, FacePolicy(eyes_closed=True))
            table[wanted][str(code or "none")] += 1
    print(f"{len(enough)} portraits")
    for wanted, got in table.items():
        print(f"| {wanted} | {', '.join(f'{code} {count}' for code, count in got.most_common())} |")


if __name__ == "__main__":
    main()
