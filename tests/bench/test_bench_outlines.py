"""Where documents lie: overlap with the truth on surfaces and photographs that training never showed.

Seeds are used for nothing else. The same pictures go through the network of outlines and through the
proposers that work without it. Counts are printed beside every share: read them.
"""

import collections
import json
import statistics
import time

import cv2
import numpy as np
import pytest

from appliance.config import PROJECT, Engine
from appliance.engine.manifest import load_manifests
from appliance.engine.runtime import Runtime
from appliance.vision.documents import quad as quads
from appliance.vision.documents.locate import best_outline
from appliance.vision.documents.segment import MODEL, OutlineNet
from appliance.vision.documents.text import TextReader
from tests.bench.document_tables import share
from tests.specimen.sets import ALL_MIX, drawn_set, empty_set

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3000)]
SEED = 6007
DRAWN = 55
EMPTY = 60


@pytest.fixture(scope="module")
def eyes(installed_models):
    runtime = Runtime(load_manifests(PROJECT / "models"), installed_models, Engine(device="CPU", streams=1))
    runtime.load(["text-detection", "text-recognition", MODEL])
    return TextReader(runtime, 1), OutlineNet(runtime)


def measured(eyes, pictures):
    """Rows of name, truth, outline with the network, without it, and the milliseconds of each."""
    text, network = eyes
    rows = []
    for name, pixels, truth in pictures:
        boxes = [box.quad for box in text.find(pixels)]
        began = time.perf_counter()
        seen = best_outline(pixels, boxes, network.mask(pixels))
        between = time.perf_counter()
        guessed = best_outline(pixels, boxes)
        rows.append((name, truth, seen, guessed, between - began, time.perf_counter() - between))
    return rows


def overlaps(rows, column):
    """Per name the overlaps of one way of locating; 0 where nothing was found."""
    table = collections.defaultdict(list)
    for row in rows:
        outline = row[column]
        found = quads.overlap(quads.clockwise(outline.quad), quads.clockwise(row[1])) if outline else 0.0
        table[row[0]].append(found)
    return table


def show(title, table):
    everything = np.concatenate(list(table.values()))
    print(f"-- {title}")
    for name, values in sorted(table.items()):
        print(f"   {name:16} n {len(values):3} mean IoU {np.mean(values):.3f}")
    over = [f"over {least} {np.mean(everything > least):.2f}" for least in (0.8, 0.9, 0.95)]
    print(f"   all              n {len(everything):3} mean IoU {everything.mean():.3f} {' '.join(over)}")
    return everything


def test_drawn_documents_on_surfaces_not_seen_in_training(eyes, portraits):
    pictures = (
        (made.photograph.condition, made.photograph.pixels(), made.photograph.quad)
        for made in drawn_set(SEED, DRAWN, ALL_MIX, sorted(portraits.glob("*.jpg"))[60:])
    )
    rows = measured(eyes, pictures)
    seen = show("with the network", overlaps(rows, 2))
    guessed = show("without it", overlaps(rows, 3))
    net, edges = (statistics.median(row[column] for row in rows) * 1000 for column in (4, 5))
    print(f"median {net:.0f} ms with the network, {edges:.0f} ms without: ratio {net / edges:.2f}")
    assert seen.mean() >= 0.95
    assert seen.mean() >= guessed.mean() - 0.01
    assert net < edges


def test_phone_frames_of_grey_copies(eyes, datasets):
    """Video frames of printed grey copies held before newspapers and screens; nothing was tuned on them."""
    rows = measured(eyes, frames(datasets / "grey-copies"))
    seen = show("with the network", overlaps(rows, 2))
    guessed = show("without it", overlaps(rows, 3))
    believed = np.array([bool(row[2] and row[2].convinces) for row in rows])
    print(
        f"believed {believed.sum()}/{len(believed)}, of these over 0.9: {np.mean(seen[believed] > 0.9):.2f}"
    )
    assert seen.mean() > guessed.mean()


def test_empty_tables(eyes):
    """Without a look at print, which the reader has besides."""
    text, network = eyes
    false = 0
    for shot in empty_set(SEED, EMPTY):
        pixels = shot.pixels()
        boxes = [box.quad for box in text.find(pixels)]
        found = best_outline(pixels, boxes, network.mask(pixels))
        false += bool(found and found.convinces)
    print(f"empty tables with an outline that convinces: {share(false, EMPTY)}")
    assert false <= 0.1 * EMPTY


def frames(folder):
    for annotation in sorted((folder / "annotation").glob("*/*.json")):
        clip = folder / "images" / annotation.parent.name / annotation.stem
        for frame in json.loads(annotation.read_text("utf-8"))["_via_img_metadata"].values():
            picture = clip / frame["filename"]
            outlines = [region["shape_attributes"] for region in frame["regions"]]
            corners = [
                list(zip(o["all_points_x"], o["all_points_y"], strict=True))
                for o in outlines
                if "all_points_x" in o
            ]
            if picture.exists() and corners and len(corners[0]) == 4:
                pixels = cv2.cvtColor(cv2.imread(str(picture)), cv2.COLOR_BGR2RGB)
                yield annotation.parent.name, pixels, np.array(corners[0], np.float32)
