"""A screen's light on a test photograph, rendered, found again by mesh and judged."""

import random
from dataclasses import replace

import cv2
import numpy as np
import pytest

from appliance.config import PROJECT, Engine
from appliance.domain.screen_light import LightReason, LightState
from appliance.engine import packs
from appliance.engine.runtime import Runtime
from appliance.services.screen_light import ScreenLight
from appliance.vision.faces.light import normals
from appliance.vision.faces.reader import FaceReader
from tests.specimen.lit import LitSitter, Scene, with_room

MODEL = "face-template-dlib"


@pytest.fixture(scope="module")
def service(installed_models):
    manifests = packs.all_manifests(PROJECT / "models", installed_models)
    runtime = Runtime(manifests, installed_models, Engine(device="CPU", streams=1))
    runtime.load(["face-detection-short", "face-detection-full", "face-mesh", MODEL])
    return ScreenLight(FaceReader(runtime, MODEL))


@pytest.fixture(scope="module")
def sitter(service, portraits):
    pixels = cv2.cvtColor(cv2.imread(str(portraits / "obama.jpg")), cv2.COLOR_BGR2RGB)
    face = service._faces.detect(pixels)[0]
    room, mesh = with_room(pixels, face.mesh, side=340)
    return LitSitter(room, mesh, np.clip(-normals(mesh)[:, 2], 0, 1))


@pytest.fixture(scope="module")
def shown(service):
    return service.draw(6, random.Random(3).randrange)


def film(service, sitter, shown, scene):
    measured = (
        service.measure(seen, time) for time, seen in sitter.film(shown, scene, np.random.default_rng(1), 10)
    )
    return [frame for frame in measured if frame is not None]


@pytest.fixture(scope="module")
def head(service, sitter, shown):
    return film(service, sitter, shown, Scene(strength=0.12))


def test_a_head_passes(service, shown, head):
    found = service.judge(shown, head)
    assert (found.state, found.reason) == (LightState.PASSED, None)
    assert found.likeness > 0.9
    assert 0.04 <= found.lag <= 0.16


def test_a_recording_of_other_colours_fails(service, head):
    for seed in (10, 11, 12):
        found = service.judge(service.draw(6, random.Random(seed).randrange), head)
        assert found.state is LightState.FAILED


def test_a_late_answer_fails(service, shown, head):
    late = [replace(frame, time=frame.time + 0.4) for frame in head]
    found = service.judge(shown, late)
    assert (found.state, found.reason) == (LightState.FAILED, LightReason.LATE)


def test_a_flat_picture_does_not_pass(service, sitter, shown):
    found = service.judge(shown, film(service, sitter, shown, Scene(strength=0.12, shape="cutout")))
    assert found.state is not LightState.PASSED
    assert found.reason in {LightReason.FLAT, LightReason.TOO_FAINT_FOR_SHAPE}


def test_normals_of_a_mesh_face_the_camera(sitter, service, portraits):
    pixels = cv2.cvtColor(cv2.imread(str(portraits / "biden.jpg")), cv2.COLOR_BGR2RGB)
    mesh = service._faces.detect(pixels)[0].mesh.astype(np.float64)
    found = normals(mesh)
    assert np.allclose(np.linalg.norm(found, axis=1), 1)
    assert -found[[9, 50, 280, 199], 2].min() > 0.5  # brow, cheeks, chin
    assert found[234, 0] < -0.3 < 0.3 < found[454, 0]  # towards the ears
