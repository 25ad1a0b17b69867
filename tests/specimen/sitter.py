"""A person of a photograph before a camera, who does what a challenge says."""

from pathlib import Path

import cv2
import numpy as np

from appliance.config import PROJECT, Engine
from appliance.domain.challenge import SENTENCES, Action
from appliance.engine import packs
from appliance.engine.runtime import Runtime
from appliance.vision.faces.reader import FaceReader
from tests.specimen.clips import filmed, performance
from tests.specimen.motion import Sitter

MODEL = "face-template-dlib"
NETS = ("face-detection-short", "face-detection-full", "face-mesh", MODEL)
LONG_SIDE = 600


def sitter_of(portrait: Path, models: Path) -> Sitter:
    """The person of a photograph, measured with the installed models."""
    runtime = Runtime(
        packs.all_manifests(PROJECT / "models", models), models, Engine(device="CPU", streams=1)
    )
    runtime.load(list(NETS))
    pixels = cv2.cvtColor(cv2.imread(str(portrait)), cv2.COLOR_BGR2RGB)
    scale = LONG_SIDE / max(pixels.shape[:2])
    pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return Sitter(pixels, FaceReader(runtime, MODEL).detect(pixels)[0].mesh)


def said(instructions: str) -> list[Action]:
    """The actions that a sentence asks for, in its order."""
    found = [(instructions.find(words), action) for action, words in SENTENCES.items()]
    return [action for at, action in sorted(found) if at >= 0]


def performed(sitter: Sitter, instructions: str, seed: int) -> list[bytes]:
    """Frames of a camera, JPEG, of the person doing what the instructions say."""
    rng = np.random.default_rng(seed)
    return filmed(sitter, performance(said(instructions), rng), rng)
