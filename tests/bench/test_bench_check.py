"""The full check (four operations) under 1, 4, 16 and 40 clients, and LFW through the REST API.

A box in a process of its own with the packs that are at hand (`KYCBOX_PACKS`), clients in threads of this
one. Times of a shared machine are noisy: the load average is printed with them.
"""

import concurrent.futures
import json
import math
import os
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from appliance.config import PROJECT, Engine
from appliance.domain.face import cosine
from appliance.domain.score import ScoreMaps
from appliance.engine import packs
from appliance.engine.runtime import Runtime
from appliance.vision.faces.reader import FaceReader
from tests import box as boxes
from tests.specimen.sets import specimen

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
REPORT = PROJECT / ".cache" / "bench" / "check.json"
MODEL = {
    "operations": ["FACE_CHECK", "DOC_CHECK", "FACE_MATCH_VALIDATION", "FACE_MATCH_SEARCH"],
    "face_search_parameters": {"collections": ["branch"], "limit": 5},
}
CLIENTS = (1, 4, 16)
CALLS = 10
CROWD = 40
PLAIN = {"encrypted": "false"}


def brought() -> Path | None:
    folder = Path(os.environ.get("KYCBOX_PACKS") or PROJECT.parent / "shared" / "packs")
    return folder if folder.is_dir() else None


@pytest.fixture(scope="module", params=["default", "packs"])
def models(request, installed_models, tmp_path_factory) -> Path:
    """A models folder: as installed, or with everything that was brought, the better template net in use."""
    if request.param == "default":
        return installed_models
    if (folder := brought()) is None:
        pytest.skip("skipped: no packs")
    copied = tmp_path_factory.mktemp("packs") / "models"
    shutil.copytree(installed_models, copied)
    packs.add_known(folder, PROJECT / "models", copied)
    packs.use("face-template-retail", packs.all_manifests(PROJECT / "models", copied), copied)
    return copied


@pytest.fixture(scope="module")
def box(models, tmp_path_factory) -> Iterator[boxes.Box]:
    folder = tmp_path_factory.mktemp("check") / "data"
    with boxes.running(folder, environment={"KYCBOX_MODELS": str(models)}) as running:
        yield running


def resident(box: boxes.Box) -> float:
    lines = Path(f"/proc/{box.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1e6


def test_check_under_load(box, models, portraits, capsys):
    document = specimen("TD3", 11, state="UTO", portrait=portraits / "obama.jpg").photograph.jpeg
    selfie = (portraits / "obama2.jpg").read_bytes()
    headers = {"x-api-key": box.key("idlive", "bench", "--plan", "enterprise")}
    with httpx.Client(base_url=box.url, headers=headers, timeout=120) as client:
        assert client.post("/collections", params={"collection": "branch"}).status_code == 201
        made = client.post("/generate-template", params=PLAIN, content=selfie).json()["template"]
        for _ in range(5):
            added = client.post(
                "/add-template", params={"collection": "branch"}, json={"templates": [made] * 100}
            )
            assert added.status_code == 201
    parts = {
        "checkModel": ("checkModel", json.dumps(MODEL), "application/json"),
        "face": ("face", selfie, "application/octet-stream"),
        "doc": ("doc", document, "application/octet-stream"),
    }

    def check(_=None) -> tuple[int, float, str]:
        began = time.perf_counter()
        answer = httpx.post(f"{box.url}/check", params=PLAIN, files=parts, headers=headers, timeout=120)
        if answer.status_code == 200:
            assert set(answer.json()) == {
                "face_result",
                "doc_result",
                "face_validation_result",
                "face_search_result",
            }
            assert answer.json()["face_validation_result"]["probability"] >= 0.5
        return answer.status_code, time.perf_counter() - began, answer.headers.get("retry-after", "")

    check()
    figures = {}
    for clients in CLIENTS:
        with concurrent.futures.ThreadPoolExecutor(clients) as threads:
            done = list(threads.map(check, range(CALLS * clients)))
        assert {status for status, _, _ in done} == {200}
        seconds = sorted(taken for _, taken, _ in done)
        figures[clients] = (statistics.median(seconds), seconds[math.ceil(0.95 * len(seconds)) - 1])
    with concurrent.futures.ThreadPoolExecutor(CROWD) as threads:
        crowd = list(threads.map(check, range(3 * CROWD)))
    refused = [wait for status, _, wait in crowd if status == 503]
    assert {status for status, _, _ in crowd} <= {200, 503}
    assert all(wait.isdecimal() and int(wait) >= 1 for wait in refused)
    kind = "packs" if "packs" in str(models) else "default"
    with capsys.disabled():
        print(f"\nFull check, four operations, models: {kind}; load average {os.getloadavg()[0]:.1f}")
        for clients, (median, p95) in figures.items():
            print(f"  {clients:3} clients   p50 {median:6.2f} s   p95 {p95:6.2f} s")
        print(f"  {CROWD:3} clients   {len(crowd) - len(refused)} answered, {len(refused)} sent away (503)")
        print(f"  resident {resident(box):.2f} GB")
    keep(kind, figures, resident(box), len(refused))


def keep(kind, figures, memory, refused):
    held = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    held[kind] = {"seconds": {str(k): v for k, v in figures.items()}, "gigabytes": memory, "refused": refused}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(held, indent=1))


def pairs(folder: Path) -> list[tuple[Path, Path, bool]]:
    """The official pairs whose photographs are there: folds 1 to 3."""
    rows = [line.split("\t") for line in (folder / "pairs.txt").read_text().splitlines()[1:]]

    def photo(name: str, number: str) -> Path:
        return folder / "images" / name / f"{name}_{int(number):04}.jpg"

    named = [
        (photo(row[0], row[1]), photo(row[0], row[2]), True)
        if len(row) == 3
        else (photo(row[0], row[1]), photo(row[2], row[3]), False)
        for row in rows
        if len(row) in (3, 4)
    ]
    return [one for one in named if one[0].exists() and one[1].exists()]


def test_lfw_through_the_api(box, models, datasets, capsys):
    """Each first photograph becomes a template over REST, each second one is matched with it over REST."""
    every = pairs(datasets / "lfw")
    chosen = [every[place] for place in np.random.default_rng(7).permutation(len(every))[:LFW_PAIRS]]
    manifests = packs.all_manifests(PROJECT / "models", models)
    name = packs.template_model(manifests, models)
    runtime = Runtime(manifests, models, Engine(device="CPU"))
    runtime.load(packs.to_load(manifests, models))
    reader = FaceReader(runtime, name)
    maps = ScoreMaps.from_calibration(reader.calibration)
    client = httpx.Client(
        base_url=box.url, headers={"x-api-key": box.key("idlive", "lfw", "--plan", "enterprise")}, timeout=60
    )
    kept: dict[Path, str | None] = {}

    def template(path: Path) -> str | None:
        if path not in kept:
            answer = client.post("/generate-template", params=PLAIN, content=path.read_bytes())
            kept[path] = answer.json()["template"] if answer.status_code == 201 else None
        return kept[path]

    def direct(path: Path, *, thorough: bool):
        """As the box does it: a template is made after a close look, a probe after a quick one."""
        pixels = np.array(Image.open(path).convert("RGB"))
        return reader.template(pixels, reader.detect(pixels, thorough=thorough)[0])

    rest, process, truth, refused = [], [], [], 0
    for first, second, same in chosen:
        held = template(first)
        files = {"file": ("file", second.read_bytes()), "template": (None, held or "")}
        answer = client.post("/match-over-template", params=PLAIN, files=files) if held else None
        if answer is None or answer.status_code != 200:
            refused += 1  # more than one face: this dialect makes no template of such a picture
            continue
        rest.append(answer.json()["score"])
        process.append(maps.P(cosine(direct(first, thorough=True), direct(second, thorough=False))))
        truth.append(same)
    client.close()
    over, inside, genuine = np.array(rest), np.array(process), np.array(truth)
    with capsys.disabled():
        print(
            f"\nLFW over REST, {name}: {len(over)} of {len(chosen)} pairs, {refused} refused (several faces)"
        )
        for point in (0.5, 0.9):
            row = [
                f"FMR {(scores[~genuine] >= point).mean():.4f} FNMR {(scores[genuine] < point).mean():.4f}"
                for scores in (over, inside)
            ]
            print(f"  at {point}: REST {row[0]}   in process {row[1]}")
    assert np.abs(over - inside).max() < 0.02
    assert ((over >= 0.5) == (inside >= 0.5)).mean() > 0.995


LFW_PAIRS = int(os.environ.get("KYCBOX_LFW_PAIRS", "600"))
