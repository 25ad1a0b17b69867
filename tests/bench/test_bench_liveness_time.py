"""Active liveness: 30 frames of a webcam, from files to verdict, as the service does it on two decoders."""

import asyncio
import statistics
import time

import cv2
import numpy as np
import pytest

from appliance.config import PROJECT, Engine, Limits
from appliance.domain.challenge import Action, Challenge
from appliance.engine import packs
from appliance.engine.runtime import Runtime
from appliance.services.active_liveness import ActiveLiveness
from appliance.vision.attacks.registry import AttackChecks
from appliance.vision.decode import Decoder
from appliance.vision.faces.reader import FaceReader
from tests.specimen.clips import performance, taken
from tests.specimen.motion import Sitter

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
MODEL = "face-template-dlib"
GOAL_SECONDS = 3.0
ACTIONS = (Action.TURN_RIGHT, Action.OPEN_MOUTH)


def webcam(picture):
    """The picture in the middle of 1280 x 720."""
    scale = 720 / picture.shape[0]
    small = cv2.resize(picture, None, fx=scale, fy=scale)[:, :1280]
    room = 1280 - small.shape[1]
    return cv2.copyMakeBorder(
        small, 0, 0, room // 2, room - room // 2, cv2.BORDER_CONSTANT, value=(110, 108, 104)
    )


@pytest.mark.parametrize("count", [30, 60])
def test_time_from_files_to_verdict(installed_models, portraits, count):
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    manifests = packs.all_manifests(PROJECT / "models", installed_models)
    runtime = Runtime(manifests, installed_models, Engine(device="CPU", streams=1))
    runtime.load(["face-detection-short", "face-detection-full", "face-mesh", MODEL])
    reader = FaceReader(runtime, MODEL)
    pixels = cv2.cvtColor(cv2.imread(str(portraits / "obama.jpg")), cv2.COLOR_BGR2RGB)
    pixels = cv2.resize(pixels, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    face = reader.detect(pixels)[0]
    rng = np.random.default_rng(7)
    poses = performance(ACTIONS, rng, count)[:count]
    files = taken([webcam(Sitter(pixels, face.mesh).frame(pose)) for pose in poses], rng)
    decoder = Decoder(Limits(), workers=2)
    asyncio.run(decoder.start())
    try:
        service = ActiveLiveness(decoder, reader, AttackChecks(runtime, PROJECT / "models"))
        challenge = Challenge("chl_1", "s", ACTIONS, made=0)
        took, busy = [], []
        for _ in range(3):
            clock, processor = time.perf_counter(), time.process_time()
            found = service.judge(challenge, files, reader.template(pixels, face))
            took.append(time.perf_counter() - clock)
            busy.append(time.process_time() - processor)
    finally:
        asyncio.run(decoder.close())
        cv2.setNumThreads(threads)
    size = sum(map(len, files)) // count // 1000
    print(f"\n{count} frames of 1280 x 720, {size} kB each: {found.reasons or 'passed'}; ", end="")
    print(f"median {statistics.median(took):.2f} s, least {min(took):.2f} s, ", end="")
    print(f"processor of this process {statistics.median(busy):.2f} s")
    if count == 30:
        assert min(took) < GOAL_SECONDS
