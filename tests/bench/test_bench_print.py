"""Printed text: character errors with marks against rapidocr and Tesseract, one thread each, one run.

Scored is what each says of the whole picture: the box finds and reads lines with `TextReader`, rapidocr with
its own pipeline on networks of the same family, Tesseract in sparse page mode. Every value that is printed on
the document (four letters or more) is looked for in what was said; an accent too many or too few is an error.
"""

import json
import random
import resource
import statistics
import time

import cv2
import pytest

from appliance.config import PROJECT, Engine
from appliance.engine.manifest import load_manifests
from appliance.engine.runtime import Runtime
from appliance.vision.documents.text import TextReader
from tests.bench.mrz_scores import wilson
from tests.bench.print_scores import errors
from tests.specimen.sets import drawn_set

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
BOX = "kycbox"
PEERS = ("rapidocr", "Tesseract")
REPORT = PROJECT / ".cache" / "bench" / "print.json"
SEED, COUNT = 4242, 56
MIX = ("TD3", "TD2", "TD1-front", "DL-EU", "MRVA", "FRID", "DL-CA")
ALBANIAN = (
    "birth_date",
    "birth_place",
    "issue_date",
    "expiry_date",
    "id_number",
    "name",
    "surname",
    "number",
)
AZERBAIJANI = (
    "number",
    "surname",
    "name",
    "birth_date",
    "issue_date",
    "expiry_date",
    "authority",
    "authority_eng",
)


@pytest.fixture(scope="module")
def text(installed_models):
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    runtime = Runtime(load_manifests(PROJECT / "models"), installed_models, Engine(device="CPU", streams=1))
    runtime.load(["text-detection", "text-recognition"])
    reader = TextReader(runtime)
    reader.warm()
    yield reader
    cv2.setNumThreads(before)


def busy():
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def by_box(text, path):
    clock, processor = time.perf_counter(), busy()
    lines = text.lines(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB))
    took = {"clock": time.perf_counter() - clock, "processor": busy() - processor}
    return [line.text for line in lines], took


def measured(text, peers, pictures):
    rng = random.Random(SEED)
    rows = []
    for name, path, values in pictures:
        order = [BOX, *PEERS]
        rng.shuffle(order)
        for method in order:
            if method == BOX:
                lines, took = by_box(text, path)
            else:
                answer = peers(method, path)
                lines, took = answer["said"] or [], {key: answer[key] for key in ("clock", "processor")}
            rows.append({"picture": name, "method": method, "errors": errors(values, lines), **took})
    return rows


def reported(title, rows, capsys):
    own = {row["picture"]: row for row in rows if row["method"] == BOX}
    table = {}
    for method in (BOX, *PEERS):
        mine = [row for row in rows if row["method"] == method]
        values = [value for row in mine for value in row["errors"]]
        wrong, letters = (sum(value[part] for value in values) for part in (0, 1))
        exact = sum(not value[0] for value in values)
        table[method] = {
            "pictures": len(mine),
            "letters": letters,
            "cer": wrong / letters,
            "values": len(values),
            "exact": exact,
            "bounds": wilson(exact, len(values)),
            "ratio": {
                by: statistics.median(row[by] / own[row["picture"]][by] for row in mine)
                for by in ("clock", "processor")
            },
        }
    with capsys.disabled():
        print(f"\n{title}: {len(own)} pictures")
        for method, row in table.items():
            low, high = row["bounds"]
            print(
                f"  {method:10s} CER {row['cer']:.4f} of {row['letters']} letters, exact {row['exact']}/"
                f"{row['values']} ({low:.3f}..{high:.3f}), time {row['ratio']['clock']:.2f}x clock "
                f"{row['ratio']['processor']:.2f}x processor"
            )
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    REPORT.write_text(json.dumps({**before, title: {"table": table, "rows": rows}}, indent=1) + "\n")
    return table


def test_drawn_documents(text, peers, tmp_path, capsys):
    pictures = []
    for made in drawn_set(SEED, COUNT, MIX):
        path = tmp_path / f"{made.name}.jpg"
        path.write_bytes(made.photograph.jpeg)
        pictures.append((made.name, path, made.drawn.printed))
    rows = measured(text, peers, pictures)
    table = reported("drawn", rows, capsys)
    reported("drawn, clean", [row for row in rows if row["picture"].endswith("clean")], capsys)
    assert table[BOX]["cer"] <= 0.024
    assert all(table[BOX]["cer"] < table[peer]["cer"] + 0.005 for peer in PEERS)
    assert table["rapidocr"]["ratio"]["processor"] > 1 / 0.65


def test_pages_made_of_templates(text, peers, datasets, capsys):
    """Two Albanian cards and two Azerbaijani passport pages that were not drawn here."""
    folder = datasets / "id-templates"
    pictures = []
    for number in (0, 1):
        for state, kind, names in (("alb", "id", ALBANIAN), ("aze", "passport", AZERBAIJANI)):
            told = json.loads((folder / f"{state}_{number}_{kind}.json").read_text("utf-8"))
            values = [told[name]["value"] for name in names]
            pictures.append((f"{state}{number}", folder / f"{state}0{number}.jpg", values))
    table = reported("templates", measured(text, peers, pictures), capsys)
    assert table[BOX]["cer"] <= table["Tesseract"]["cer"]
