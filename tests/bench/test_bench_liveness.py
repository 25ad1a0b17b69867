"""Active liveness on rows of frames made from photographs: who passes, by kind of attack, with bounds.

The frames are not of people in motion, see `tests/specimen/motion.py`: the rates say what the judgement does
with movements that are exactly what was asked for, or exactly what an attacker of that kind sends. Limits
were chosen on the portraits named in `liveness_tuned.txt`; what is reported is of others.
"""

import json
import random

import cv2
import numpy as np
import pytest

from appliance.config import PROJECT, Engine
from appliance.engine import packs
from appliance.engine.runtime import Runtime
from appliance.services.screen_light import ScreenLight
from appliance.vision.faces.light import normals
from appliance.vision.faces.reader import FaceReader
from tests.bench.liveness_rows import Judgement, Studio, joined, renumbered, reversed_time, swapped
from tests.bench.mrz_scores import wilson
from tests.specimen.lit import LitSitter, Scene, with_room
from tests.specimen.motion import Pose

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
SEED = 20261121
MODEL = "face-template-dlib"
REPORT = PROJECT / ".cache" / "bench" / "liveness.json"
PEOPLE = {"portraits": 16, "lfw": 12}
LIT_PEOPLE = 7
ELSEWHERE = Pose(scale=1.07, roll=3.0, shift=(22.0, -14.0))
"""How another recording of the same person is framed."""


@pytest.fixture(scope="module")
def reader(installed_models):
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    manifests = packs.all_manifests(PROJECT / "models", installed_models)
    runtime = Runtime(manifests, installed_models, Engine(device="CPU", streams=1))
    runtime.load(["face-detection-short", "face-detection-full", "face-mesh", MODEL])
    yield FaceReader(runtime, MODEL)
    cv2.setNumThreads(before)


def photographs(datasets, name):
    """Of people: portraits that did not tune the limits; of LFW, another source, one of a person."""
    if name == "lfw":
        files = [
            next(iter(sorted(folder.glob("*.jpg")))) for folder in sorted((datasets / "lfw/images").iterdir())
        ]
    else:
        used = set((PROJECT / "tests/bench/liveness_tuned.txt").read_text().split())
        portraits = sorted((datasets / "portraits").glob("*.jpg"))
        files = [file for file in portraits if file.stem not in used]
    random.Random(SEED).shuffle(files)
    return files


def studios(reader, datasets, name):
    """Each with a randomness of its own: what is made of one does not hang on the others."""
    found = (
        Studio(reader, path, np.random.default_rng([SEED, at]))
        for at, path in enumerate(photographs(datasets, name))
    )
    usable = (studio for studio in found if studio.usable)
    return [next(usable) for _ in range(PEOPLE[name])]


def verdicts(judgement, studio, last):
    """(kind, verdict) of everything that is made of this person; `last` is another one, or None."""
    asked, other, single = studio.draw(), studio.draw(), studio.draw(1)
    while other == asked:
        other = studio.draw()
    mine = studio.selfie
    genuine = studio.person(asked)
    yield "genuine, two actions", judgement(asked, genuine, mine)
    one = studio.person(single)
    yield "genuine, one action", judgement(single, one, mine)
    yield "still photograph on a stand", judgement(asked, studio.still(), mine)
    yield "still photograph in the hand", judgement(asked, studio.held(), mine)
    waved, bent = studio.waved(0.0), studio.waved(1.0)
    for actions in (asked, other, studio.draw(), single):
        count = "two actions" if len(actions) == 2 else "one action"
        yield f"photograph waved, flat, {count}", judgement(actions, waved, mine)
        yield f"photograph waved, bent, {count}", judgement(actions, bent, mine)
    yield "wrong challenge", judgement(other, genuine, mine)
    yield "reversed time, two actions", judgement(asked, reversed_time(genuine), mine)
    yield "reversed time, one action", judgement(single, reversed_time(one), mine)
    yield "the reverse order, reversed", judgement(asked[::-1], reversed_time(genuine), mine)
    yield "looped, two actions, filmed from a screen", judgement(asked, studio.looped(asked), mine)
    yield "looped, one action, filmed from a screen", judgement(single, studio.looped(single), mine)
    yield (
        "looped, one action, the same files",
        judgement(single, renumbered(one * 2), mine),
    )
    first, second = studio.person(asked[:1]), studio.person(asked[1:])
    elsewhere = studio.person(asked[1:], ELSEWHERE, gain=0.85)
    yield "spliced, framed and lit the same", judgement(asked, joined(first, second), mine)
    yield "spliced, framed and lit otherwise", judgement(asked, joined(first, elsewhere), mine)
    if last is not None:
        stranger = last.person(asked)
        yield "person swapped half-way", judgement(asked, swapped(genuine, stranger), mine)
        yield "another person than the selfie's", judgement(asked, stranger, mine)


@pytest.mark.parametrize("name", ["portraits", "lfw"])
def test_who_passes(reader, datasets, name):
    counts, reasons, spoofs = {}, {}, {}
    people, judgement = studios(reader, datasets, name), Judgement(reader)
    pairs = zip(people, [None, *people], strict=False)
    for kind, verdict in (found for pair in pairs for found in verdicts(judgement, *pair)):
        passed, total = counts.get(kind, (0, 0))
        counts[kind] = passed + verdict.passed, total + 1
        spoofs[kind] = spoofs.get(kind, 0) + verdict.spoof_detected
        for reason in verdict.reasons:
            reasons.setdefault(kind, {}).setdefault(reason, 0)
            reasons[kind][reason] += 1
    print(f"\n{name}: {PEOPLE[name]} people")
    for kind, (passed, total) in counts.items():
        low, high = wilson(passed, total)
        why = ", ".join(
            f"{reason} {n}" for reason, n in sorted(reasons.get(kind, {}).items(), key=lambda x: -x[1])
        )
        print(f"{kind:44} passed {passed:3}/{total:3} [{low:.3f}, {high:.3f}] spoof {spoofs[kind]:3}  {why}")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    kept[name] = {
        kind: {"passed": p, "of": n, "reasons": reasons.get(kind, {})} for kind, (p, n) in counts.items()
    }
    REPORT.write_text(json.dumps(kept, indent=1))
    assert rate(counts["genuine, two actions"]) >= 0.8
    assert rate(counts["wrong challenge"]) <= 0.1
    assert rate(counts["person swapped half-way"]) <= 0.1


def rate(counted):
    return counted[0] / counted[1]


LIT = {
    "genuine, screen 8 % of the room's light": Scene(),
    "genuine, screen 15 %, from one side": Scene(strength=0.15, slope=0.4),
    "genuine, screen 3 %": Scene(strength=0.03),
    "genuine, bright sun, screen 0.3 %": Scene(strength=0.003),
    "answer to other colours (a recording)": Scene(),
    "answer 0.45 s late": Scene(lag=0.55),
    "picture of head and shoulders": Scene(shape="cutout"),
    "picture of head and shoulders, screen 15 %": Scene(shape="cutout", strength=0.15),
    "paper mask cut at the face's outline": Scene(shape="mask"),
    "whole photograph as a sheet": Scene(shape="sheet"),
}


def test_portraits_that_a_screen_lights(reader, datasets):
    """The screen's light, rendered on portraits: counts of passed, inconclusive and failed by kind."""
    counts, figures = {}, {}
    for at, studio in enumerate(studios(reader, datasets, "portraits")[:LIT_PEOPLE]):
        rng = np.random.default_rng([SEED, at])
        pixels, mesh = with_room(studio.sitter.pixels, studio.sitter.points[:468])
        sitter = LitSitter(pixels, mesh, np.clip(-normals(mesh)[:, 2], 0, 1))
        service = ScreenLight(reader)
        for kind, scene in LIT.items():
            sequence, other = (
                service.draw(choose=lambda most, rng=rng: int(rng.integers(most))) for _ in range(2)
            )
            shown = other if "other colours" in kind else sequence
            filmed = (
                service.measure(picture, time) for time, picture in sitter.film(shown, scene, rng, rate=10)
            )
            verdict = service.judge(sequence, [frame for frame in filmed if frame is not None])
            counts.setdefault(kind, dict.fromkeys(("passed", "inconclusive", "failed"), 0))[
                verdict.state.value
            ] += 1
            figures.setdefault(kind, []).append((verdict.likeness, verdict.lag, verdict.shape))
    print(f"\nscreen light: {LIT_PEOPLE} people")
    for kind, count in counts.items():
        low, high = wilson(count["passed"], LIT_PEOPLE)
        likeness, lag, shape = np.median(figures[kind], axis=0)
        print(
            f"{kind:44} {count} passed [{low:.3f}, {high:.3f}] medians {likeness:.2f} {lag:.2f} s {shape:.2f}"
        )
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    REPORT.write_text(json.dumps(kept | {"light": counts}, indent=1))
    assert counts["genuine, screen 8 % of the room's light"]["passed"] >= LIT_PEOPLE / 2
    assert counts["answer to other colours (a recording)"]["passed"] == 0
    assert counts["answer 0.45 s late"]["passed"] == 0
