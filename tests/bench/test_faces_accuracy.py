"""How often the face reader is right: the official LFW protocol, and faces found in official portraits.

Needs the datasets folder. Prints counts and 95 % bounds; the figures stand in the model's card.
"""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from appliance.config import PROJECT, Engine
from appliance.domain.score import ScoreMaps
from appliance.engine.manifest import load_manifests
from appliance.engine.runtime import Runtime
from appliance.vision.faces.reader import FaceReader

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
MODEL = "face-template-dlib"
NETWORKS = ["face-detection-short", "face-detection-full", "face-mesh", MODEL]
PAIRS_PER_FOLD = 600

# Looked at one by one: gravestones hold no face; paintings, drawings and engravings were never photographed.
GRAVES = frozenset({"wiki_002893", "wiki_004391", "wiki_005593"})
PAINTED = frozenset(
    {
        "manual_006383",
        "wiki_001982",
        "wiki_002343",
        "wiki_002451",
        "wiki_002721",
        "wiki_002741",
        "wiki_004052",
        "wiki_004193",
        "wiki_004608",
        "wiki_004622",
        "wiki_004879",
        "wiki_006307",
        "wiki_006830",
        "wiki_007224",
        "wiki_008315",
        "wiki_010138",
        "wiki_010424",
    }
)


def jpeg(pixels, quality):
    coded = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[:, :, ::-1])


WORSE = {
    "as it is": lambda p: p,
    "grey": lambda p: cv2.cvtColor(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB),
    "JPEG quality 20": lambda p: jpeg(p, 20),
    "a quarter of the light": lambda p: p // 4,
    "shrunk, eyes 20 pixels apart": lambda p: cv2.resize(
        p, None, fx=0.45, fy=0.45, interpolation=cv2.INTER_AREA
    ),
    "blurred, sigma 2.5 pixels": lambda p: cv2.GaussianBlur(p, (0, 0), 2.5),
}


@pytest.fixture(scope="module")
def reader(installed_models):
    made = Runtime(load_manifests(PROJECT / "models"), installed_models, Engine(device="CPU", streams=1))
    made.load(NETWORKS)
    return FaceReader(made, MODEL)


def decoded(path: Path) -> np.ndarray:
    return np.array(Image.open(path).convert("RGB"))


def wilson(hits: int, total: int) -> str:
    z2, share = 1.959964**2, hits / total
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    reach = np.sqrt(z2 * (share * (1 - share) / total + z2 / (4 * total * total))) / (1 + z2 / total)
    return f"{hits} of {total} = {share:.2%} ({centre - reach:.2%} to {centre + reach:.2%})"


def central(faces, pixels):
    """Some photographs hold several people; the one they are filed under stands in the middle."""
    height, width = pixels.shape[:2]

    def distance(face):
        x, y = (face.box.left + face.box.right) / 2, (face.box.top + face.box.bottom) / 2
        return np.hypot(x - width / 2, y - height / 2) - 0.3 * face.box.width

    return min(faces, key=distance)


def official_pairs(file: Path) -> list[tuple[tuple[str, int], tuple[str, int]]]:
    """Pairs in their order: each fold first 300 of one person, then 300 of two."""
    rows = [line.split("\t") for line in file.read_text("utf-8").splitlines()[1:] if line.strip()]
    return [
        ((row[0], int(row[1])), (row[0], int(row[2])))
        if len(row) == 3
        else ((row[0], int(row[1])), (row[2], int(row[3])))
        for row in rows
    ]


def best_threshold(cosines: np.ndarray, same: np.ndarray) -> float:
    candidates = np.sort(cosines)
    order = np.argsort(cosines)
    rejected_right = np.concatenate([[0], np.cumsum(~same[order])])[:-1]
    accepted_right = same.sum() - np.concatenate([[0], np.cumsum(same[order])])[:-1]
    return float(candidates[np.argmax(rejected_right + accepted_right)])


def test_lfw_official_protocol(reader, datasets, capsys):
    """Each fold is decided at the threshold that is best on the other folds."""
    folder = datasets / "lfw"
    pairs = official_pairs(folder / "pairs.txt")
    templates, without, began = {}, [], time.perf_counter()
    for key in sorted({key for pair in pairs for key in pair}):
        pixels = decoded(folder / "images" / key[0] / f"{key[0]}_{key[1]:04d}.jpg")
        faces = reader.detect(pixels)
        if faces:
            templates[key] = reader.template(pixels, central(faces, pixels)).vector
        else:
            without.append(key)
    seconds = time.perf_counter() - began
    # a photograph without a template is like nobody
    cosines = np.array(
        [float(templates[a] @ templates[b]) if {a, b} <= templates.keys() else -1.0 for a, b in pairs]
    )
    same = np.array([a[0] == b[0] for a, b in pairs])
    folds = np.arange(len(pairs)) // PAIRS_PER_FOLD
    right, rates = np.zeros(len(pairs), bool), []
    for fold in np.unique(folds):
        here = folds == fold
        right[here] = (cosines[here] >= best_threshold(cosines[~here], same[~here])) == same[here]
        rates.append(right[here].mean())
    strangers = np.sort(cosines[~same])[::-1]
    maps = ScoreMaps.from_calibration(reader.calibration)
    decided = np.array([maps.matches(c) for c in cosines])
    with capsys.disabled():
        print(f"\nLFW, official protocol, {len(rates)} folds, {len(templates)} photographs")
        print(f"  right                {wilson(int(right.sum()), len(pairs))}; folds {np.round(rates, 4)}")
        for rate in (1e-2, 1e-3):
            accepted = int(rate * len(strangers))
            found = int((cosines[same] > strangers[accepted]).sum())
            print(f"  TPR at FAR {rate:<9g} {wilson(found, int(same.sum()))}; {accepted} others accepted")
        print(f"  at decision, genuine {wilson(int(decided[same].sum()), int(same.sum()))} match")
        print(f"  at decision, others  {wilson(int(decided[~same].sum()), int((~same).sum()))} match")
        print(f"  failures to enrol    {wilson(len(without), len(without) + len(templates))}")
        print(f"  {seconds / (len(without) + len(templates)) * 1e3:.1f} ms a photograph, all in")
    assert len(pairs) == 1800
    assert right.mean() >= 0.988
    assert not without
    assert decided[~same].mean() <= 5e-3


def test_what_a_worse_picture_costs(reader, datasets, capsys):
    """False non-matches at the decision point when one of the two photographs of a person is made worse."""
    folder = datasets / "lfw"
    pairs = [pair for pair in official_pairs(folder / "pairs.txt") if pair[0][0] == pair[1][0]][::3]
    missed = dict.fromkeys(WORSE, 0)
    unseen = dict.fromkeys(WORSE, 0)
    maps = ScoreMaps.from_calibration(reader.calibration)
    for pair in pairs:
        good, other = (decoded(folder / "images" / a / f"{a}_{number:04d}.jpg") for a, number in pair)
        reference = reader.template(good, central(reader.detect(good), good)).vector
        for name, worsen in WORSE.items():
            pixels = worsen(other)
            faces = reader.detect(pixels)
            unseen[name] += not faces
            if not faces or not maps.matches(
                float(reference @ reader.template(pixels, central(faces, pixels)).vector)
            ):
                missed[name] += 1
    with capsys.disabled():
        print(f"\nFalse non-matches at the decision point, {len(pairs)} pairs of LFW, one side made worse")
        for name, count in missed.items():
            print(f"  {name:28} {wilson(count, len(pairs))}; no face in {unseen[name]}")
    assert len(pairs) == 300
    assert missed["as it is"] / len(pairs) <= 0.10
    assert not any(unseen.values())


def test_faces_found_in_official_portraits(reader, datasets, capsys):
    """An unrelated set: portraits of different people, one face each; cosines of strangers as a check."""
    files = sorted((datasets / "portraits").glob("*.jpg"))
    faces = {path.stem: reader.detect(decoded(path)) for path in files}
    photographs = [name for name in faces if name not in GRAVES | PAINTED]
    vectors = np.array(
        [
            reader.template(decoded(path), faces[path.stem][0]).vector
            for path in files
            if path.stem in photographs and faces[path.stem]
        ]
    )
    missed = [name for name in photographs if not faces[name]]
    strangers = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    points = {"decision": reader.calibration.decision.cosine, "search": reader.calibration.search.cosine}
    painted = sum(bool(faces[name]) for name in PAINTED)
    with capsys.disabled():
        print(f"\nOfficial portraits, {len(files)} pictures")
        print(f"  photographs with a face {wilson(len(photographs) - len(missed), len(photographs))}")
        print(f"  not found               {missed}")
        print(f"  with more than one      {sum(len(found) > 1 for found in faces.values())}")
        print(f"  paintings with a face   {wilson(painted, len(PAINTED))}")
        print(f"  gravestones with a face {sum(bool(faces[name]) for name in GRAVES)} of {len(GRAVES)}")
        for name, cosine in points.items():
            print(
                f"  two people at the {name} point {wilson(int((strangers >= cosine).sum()), strangers.size)}"
            )
    assert len(photographs) == 223
    assert len(missed) <= 2
    assert not any(faces[name] for name in GRAVES)
    assert all(len(found) <= 1 for found in faces.values())
    assert (strangers >= points["decision"]).mean() <= 3e-3
