"""Photograph to template against the `face_recognition` package: the same weights, one thread, one run.

Both sides take turns on the same files. The ratio that counts is of processor time, which other programs on
the machine cannot stretch; the clock is printed beside it. The package's detector looks at every pixel: its
time grows with the photograph, hence two sizes.
"""

import json
import os
import statistics
import subprocess
import time

import cv2
import numpy as np
import pytest
from PIL import Image

from appliance.config import PROJECT, Engine
from appliance.engine.manifest import load_manifests
from appliance.engine.runtime import Runtime
from appliance.vision.faces.reader import FaceReader

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
MODEL = "face-template-dlib"
NETWORKS = ["face-detection-short", "face-detection-full", "face-mesh", MODEL]
PEER = PROJECT / ".cache" / "peers" / "bin" / "python"
REPORT = PROJECT / ".cache" / "bench" / "faces.json"
NAMES = ["obama", "obama2", "obama3", "biden"]
ROUNDS = {"as they are": 5, "720 pixels": 9}


@pytest.fixture
def one_thread():
    """Of OpenCV; the runtime below has one stream of one thread."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)


@pytest.fixture
def peer():
    if not PEER.exists():
        pytest.skip("skipped: no peers, run `make bench`")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    script = str(PROJECT / "tests" / "bench" / "peer_face_recognition.py")
    with subprocess.Popen(
        [str(PEER), script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def photographs(portraits, tmp_path):
    """Paths of the same four photographs in both sizes."""
    sizes = {size: [] for size in ROUNDS}
    for name in NAMES:
        sizes["as they are"].append(portraits / f"{name}.jpg")
        picture = Image.open(portraits / f"{name}.jpg").convert("RGB")
        picture.thumbnail((720, 720))
        sizes["720 pixels"].append(tmp_path / f"{name}.jpg")
        picture.save(sizes["720 pixels"][-1], quality=92)
    return sizes


def test_photograph_to_template(one_thread, installed_models, photographs, peer, capsys):
    runtime = Runtime(load_manifests(PROJECT / "models"), installed_models, Engine(device="CPU", streams=1))
    runtime.load(NETWORKS)
    reader = FaceReader(runtime, MODEL)
    report = {"peer": "face_recognition 1.3.0", **json.loads(peer.stdout.readline())}
    for size, paths in photographs.items():
        report[size] = measured(reader, peer, paths, ROUNDS[size])
        with capsys.disabled():
            show(size, report[size])
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    assert report["as they are"]["least_cosine"] > 0.95
    assert report["as they are"]["ratio"]["processor"] >= 20


def measured(reader, peer, paths, rounds):
    mine, other, alike = [], [], []
    for turn in range(-1, rounds):  # the first turn warms both up
        for path in paths:
            theirs = asked(peer, path)
            ours, vector = timed(reader, path)
            if turn >= 0:
                mine.append(ours)
                other.append(theirs)
            else:
                template = np.array(theirs["template"])
                alike.append(float(vector @ template / np.linalg.norm(template)))
    figures = {"turns": len(mine), "least_cosine": min(alike)}
    for side, rows, keys in (("ours", mine, ["find"]), ("peer", other, [])):
        figures[side] = {
            key: statistics.median(row[key] for row in rows) * 1e3
            for key in ("processor", "clock", "decode", *keys)
        }
        figures[side]["clock, fastest tenth"] = float(np.quantile([row["clock"] for row in rows], 0.1)) * 1e3
    figures["ratio"] = {
        key: figures["peer"][key] / figures["ours"][key]
        for key in ("processor", "clock", "clock, fastest tenth")
    }
    return figures


def asked(peer, path):
    peer.stdin.write(f"{path}\n")
    peer.stdin.flush()
    answer = json.loads(peer.stdout.readline())
    assert answer["template"] is not None
    return answer


def timed(reader, path):
    began = time.perf_counter()
    pixels = np.array(Image.open(path).convert("RGB"))
    decoded, busy = time.perf_counter(), time.process_time()
    face = reader.detect(pixels)[0]
    found = time.process_time()
    template = reader.template(pixels, face)
    done, at_end = time.perf_counter(), time.process_time()
    times = {"decode": decoded - began, "clock": done - decoded, "processor": at_end - busy}
    return times | {"find": found - busy}, template.vector


def show(size, figures):
    print(f"\nPhotograph to template, {size}, {figures['turns']} turns each, one thread, milliseconds")
    print(f"  {'':18}" + "".join(f"{key:>22}" for key in figures["ratio"]))
    for label, side in (("face_recognition", "peer"), ("kycbox", "ours"), ("ratio", "ratio")):
        print(f"  {label:18}" + "".join(f"{figures[side][key]:22.1f}" for key in figures["ratio"]))
    print(f"  finding the face is {figures['ours']['find']:.1f} ms of it; the two sides' templates of a")
    print(f"  photograph have a cosine of {figures['least_cosine']:.3f} or more")
