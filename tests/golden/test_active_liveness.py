"""Active liveness from files to verdict, on frames made from the four test photographs."""

import asyncio

import cv2
import numpy as np
import pytest

from appliance.config import PROJECT, Engine, Limits
from appliance.domain.challenge import Action, Challenge
from appliance.engine import packs
from appliance.engine.runtime import Runtime
from appliance.errors import InvalidRequest, PictureUnreadable, UnsupportedFormat
from appliance.services.active_liveness import ActiveLiveness
from appliance.vision.attacks.registry import AttackChecks
from appliance.vision.decode import Decoder
from appliance.vision.faces.reader import FaceReader
from tests.specimen.clips import filmed, performance, taken
from tests.specimen.motion import Sitter

LEFT_THEN_SMILE = Challenge("chl_1", "s", (Action.TURN_LEFT, Action.SMILE), made=0)
SMILE_THEN_LEFT = Challenge("chl_2", "s", (Action.SMILE, Action.TURN_LEFT), made=0)
MODEL = "face-template-dlib"


@pytest.fixture(scope="module")
def faces(installed_models):
    manifests = packs.all_manifests(PROJECT / "models", installed_models)
    runtime = Runtime(manifests, installed_models, Engine(device="CPU", streams=1))
    runtime.load(["face-detection-short", "face-detection-full", "face-mesh", MODEL])
    return FaceReader(runtime, MODEL), AttackChecks(runtime, PROJECT / "models")


@pytest.fixture(scope="module")
def service(faces):
    decoder = Decoder(Limits(), workers=1)
    asyncio.run(decoder.start())
    yield ActiveLiveness(decoder, *faces)
    asyncio.run(decoder.close())


@pytest.fixture(scope="module")
def people(faces, portraits):
    """Of each photograph: who sits for it, and the template."""
    found = {}
    for name in ("obama", "obama2", "biden"):
        pixels = cv2.cvtColor(cv2.imread(str(portraits / f"{name}.jpg")), cv2.COLOR_BGR2RGB)
        scale = 600 / max(pixels.shape[:2])
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        face = faces[0].detect(pixels)[0]
        found[name] = Sitter(pixels, face.mesh), faces[0].template(pixels, face)
    return found


@pytest.fixture(scope="module")
def frames(people):
    rng = np.random.default_rng(4)
    return filmed(people["obama"][0], performance(LEFT_THEN_SMILE.actions, rng), rng)


def test_a_made_person_who_does_what_is_asked_passes(service, people, frames):
    found = service.judge(LEFT_THEN_SMILE, frames, people["obama2"][1])
    assert found.reasons == ()
    assert found.passed
    assert {"head_movement", "smile", "frame_order", "depth", "same_person", "selfie_match"} <= set(
        found.checks
    )
    assert "texture_analysis" not in found.checks  # the net for it comes in a pack
    assert 0 <= found.best_frame < len(frames)


def test_another_order_and_another_selfie_fail(service, people, frames):
    assert service.judge(SMILE_THEN_LEFT, frames, None).reasons == ("wrong_order",)
    assert service.judge(LEFT_THEN_SMILE, frames, people["biden"][1]).reasons == ("not_the_selfie",)


def test_a_person_swapped_half_way_fails(service, people, frames):
    rng = np.random.default_rng(4)
    other = filmed(people["biden"][0], performance(LEFT_THEN_SMILE.actions, rng), rng)
    found = service.judge(LEFT_THEN_SMILE, [*frames[:13], *other[13:]], None)
    assert "other_person" in found.reasons
    assert found.spoof_detected


def test_a_photograph_that_does_not_move_fails(service, people):
    still = taken([people["obama"][0].pixels] * 12, np.random.default_rng(5))
    assert service.judge(LEFT_THEN_SMILE, still, None).reasons == ("action_missing",)
    assert "frozen" in service.judge(LEFT_THEN_SMILE, still[:1] * 12, None).reasons


def test_frames_without_a_face_end_soon(service):
    grey = [cv2.imencode(".png", np.full((240, 320, 3), 90 + at, np.uint8))[1].tobytes() for at in range(40)]
    found = service.judge(LEFT_THEN_SMILE, grey, None)
    assert "face_lost" in found.reasons
    assert found.best_frame == -1


@pytest.mark.parametrize("count", [2, 61])
def test_other_numbers_of_frames_are_refused(service, frames, count):
    with pytest.raises(InvalidRequest):
        service.judge(LEFT_THEN_SMILE, (frames * 4)[:count], None)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"\x00\x00\x00\x18ftypmp42" + bytes(50), UnsupportedFormat),
        (b"\x1a\x45\xdf\xa3" + bytes(50), UnsupportedFormat),
        (b"RIFF\x00\x00\x00\x00AVI LIST", UnsupportedFormat),
        (b"GIF89a" + bytes(50), UnsupportedFormat),
        (b"\xff\xd8\xff\xe0" + bytes(50), PictureUnreadable),
    ],
)
def test_clips_and_damaged_frames_are_refused_by_name(service, frames, data, error):
    with pytest.raises(error) as refused:
        service.judge(LEFT_THEN_SMILE, [*frames[:2], data, *frames[3:6]], None)
    assert refused.value.part == "files[2]"
