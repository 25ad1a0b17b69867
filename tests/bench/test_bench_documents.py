"""Documents end to end: right fields by layout and condition, zones, faults, confidence, outlines, time.

The drawn set's seed is used for nothing else. Counts are printed beside every share: read them. Rows are kept
in `.cache/bench/documents.rows`; `document_figures` prints their tables again and draws the plot.
"""

import collections
import json
import unicodedata

import cv2
import numpy as np
import pytest

from appliance.vision.documents import quad as quads
from tests.bench.box_documents import document_reader
from tests.bench.document_figures import PLOT, ROWS, plot
from tests.bench.document_rows import TODAY, measured
from tests.bench.document_tables import TARGETS, confidences, counted, everything, readable, share
from tests.bench.mrz_scores import six_of
from tests.specimen.sets import FAULTS_MIX, LAYOUTS_MIX, empty_set, layouts_set

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]
SEED = 20261121
COUNT = 40
EMPTY = 100
FLOOR = {
    "document_number": 0.9,
    "date_of_birth": 0.9,
    "expiry_date": 0.9,
    "last_name": 0.75,
    "issue_date": 0.8,
}
"""Least shares right over all layouts, where the whole document is to be seen."""


@pytest.fixture(scope="module")
def reader(installed_models):
    return document_reader(installed_models)


@pytest.fixture(scope="module")
def rows(reader, datasets):
    pictures = sorted((datasets / "portraits").glob("*.jpg"))
    return list(measured(reader, layouts_set(SEED, COUNT, portraits=pictures), ROWS))


def test_the_set_is_as_large_as_it_is_called():
    assert len(set(LAYOUTS_MIX)) >= 12
    assert len(FAULTS_MIX) == COUNT
    assert set(FAULTS_MIX) == set(TARGETS) - {"empty"}


def test_fields(rows):
    print("\n" + everything(rows))
    plot(rows, PLOT)
    by_field = counted(readable(rows), lambda _, name: name)
    for name, floor in FLOOR.items():
        right, of = by_field[name]
        assert right >= floor * of, name


def test_confidence_against_truth(rows):
    for row in rows:
        for name, (truth, said, sure, source) in row["fields"].items():
            if sure > 0.98 and truth != said:
                print("sure and wrong:", row["name"], name, truth, said, sure, source)
    sure = [right for confidence, right, _ in confidences(readable(rows)) if confidence > 0.95]
    print(f"right of what is said with more than 0.95: {share(sum(sure), len(sure))}")
    assert sum(sure) >= 0.95 * len(sure)


def test_outlines_of_drawn_documents(rows):
    overlaps = np.array([row["overlap"] for row in readable(rows)])
    assert overlaps.mean() > 0.93


def test_faults(rows):
    """Of twelve conditions each is told most of the time, and clean pictures are mostly told nothing."""
    for condition, fault in TARGETS.items():
        mine = [row["faults"] for row in rows if row["condition"] == condition]
        if fault is not None and mine:
            assert sum(str(fault) in told for told in mine) > 0.5 * len(mine), condition


def test_fields_of_real_documents(reader, datasets):
    """What the zone of real specimens says, read through the whole reader; names without their marks."""
    folder = datasets / "documents" / "mrz-specimens"
    told = json.loads((folder / "truth.json").read_text())
    table = collections.defaultdict(lambda: [0, 0])
    for name, lines in sorted(told.items()):
        document = reader.read(cv2.cvtColor(cv2.imread(str(folder / name)), cv2.COLOR_BGR2RGB), today=TODAY)
        expected = six_of(tuple(lines))
        found = {key: document.value(key) for key in expected if key != "names"}
        found["names"] = f"{document.value('last_name')} {document.value('first_name')}".strip()
        for key, value in expected.items():
            right = _plain(found[key]) == _plain(value)
            table[key][0] += right
            table[key][1] += 1
            if not right:
                print(f"{name} {key}: {value} read as {found[key]}")
    for key, (right, of) in table.items():
        print(f"   {key:20} {share(right, of)}")
    everything_right, of = np.sum(list(table.values()), axis=0)
    assert everything_right >= 0.8 * of


PRINTED = {
    "surname": "last_name",
    "name": "first_name",
    "number": "document_number",
    "id_number": "personal_number",
    "birth_date": "date_of_birth",
    "issue_date": "issue_date",
    "expiry_date": "expiry_date",
}


def test_print_of_templates(reader, datasets):
    """Two Albanian cards and two Azerbaijani passport pages that were made elsewhere; names with marks."""
    right = of = 0
    for file in sorted((datasets / "id-templates").glob("*.json")):
        state, number, _ = file.stem.split("_")
        picture = cv2.imread(str(file.parent / f"{state}0{number}.jpg"))
        document = reader.read(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), today=TODAY)
        told = json.loads(file.read_text("utf-8"))
        for printed, name in PRINTED.items():
            value = told[printed]["value"]
            if "date" in name:
                value = "-".join(reversed(value.replace(".", "-").split("-")))
            right += document.value(name) == value
            of += 1
            if document.value(name) != value:
                print(f"{state}{number} {name}: {value} read as {document.value(name)}")
    print(f"   printed fields of four templates {share(right, of)}")
    assert right >= 0.75 * of


def _plain(text):
    letters = str.maketrans({"Ä": "AE", "Ö": "OE", "Ü": "UE", "Ø": "OE", "Å": "AA"})
    decomposed = unicodedata.normalize("NFD", text.upper().translate(letters))
    return " ".join(
        "".join(c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c)).split()
    )


def test_empty_tables(reader):
    documents = [reader.read(shot.pixels(), today=TODAY) for shot in empty_set(SEED, EMPTY)]
    false = sum(document.quad is not None or bool(document.fields) for document in documents)
    print(f"empty tables taken for a document: {share(false, EMPTY)}")
    assert false <= 0.05 * EMPTY


def test_outlines_of_phone_frames(reader, datasets):
    """Frames of printed grey copies held before newspapers and screens: hard, and not like the drawn ones."""
    overlaps = collections.defaultdict(list)
    for picture, truth in _frames(datasets / "grey-copies"):
        found = reader.find(cv2.cvtColor(cv2.imread(str(picture)), cv2.COLOR_BGR2RGB))
        same = 0.0
        if found.quad is not None and not found.fills:
            same = quads.overlap(quads.clockwise(found.quad), quads.clockwise(truth))
        overlaps[picture.parent.parent.name].append(same)
    all_of_them = np.concatenate(list(overlaps.values()))
    print({key: (len(values), round(float(np.mean(values)), 3)) for key, values in overlaps.items()})
    believed = all_of_them[all_of_them > 0]
    print(
        f"n {len(all_of_them)} mean IoU {all_of_them.mean():.3f}; found {len(believed)}, "
        f"of these mean {believed.mean():.3f}, over 0.9 {np.mean(believed > 0.9):.2f}"
    )
    assert believed.mean() > 0.7


def _frames(folder):
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
                yield picture, np.array(corners[0], np.float32)
