"""Which code a face gets, from its measures alone."""

from dataclasses import replace

import pytest

from appliance.domain.face_policy import FaceCode, FaceMeasures, FacePolicy, decide, is_main

GOOD = FaceMeasures(
    main_faces=1,
    size=200.0,
    eye_distance=80.0,
    margin=100.0,
    share=0.5,
    yaw=0.0,
    pitch=0.0,
    covered=0.1,
    eyes_open=0.3,
)
POLICY = FacePolicy(eyes_closed=True)


def test_a_good_face_gets_no_code():
    assert decide(GOOD, POLICY) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"main_faces": 2}, FaceCode.TOO_MANY_FACES),
        ({"margin": -4.1}, FaceCode.FACE_CROPPED),
        ({"share": 0.91}, FaceCode.FACE_TOO_CLOSE),
        ({"margin": -3.9}, FaceCode.FACE_CLOSE_TO_BORDER),
        ({"margin": 14.9}, FaceCode.FACE_CLOSE_TO_BORDER),
        ({"size": 149.9}, FaceCode.FACE_TOO_SMALL),
        ({"eye_distance": 49.9}, FaceCode.FACE_TOO_SMALL),
        ({"yaw": 30.1}, FaceCode.FACE_ANGLE_TOO_LARGE),
        ({"yaw": -30.1}, FaceCode.FACE_ANGLE_TOO_LARGE),
        ({"pitch": 30.1}, FaceCode.FACE_ANGLE_TOO_LARGE),
        ({"pitch": -30.1}, FaceCode.FACE_ANGLE_TOO_LARGE),
        ({"covered": 0.51}, FaceCode.FACE_IS_OCCLUDED),
        ({"eyes_open": 0.12}, FaceCode.EYES_CLOSED),
    ],
)
def test_one_fault_gives_its_code(change, code):
    assert decide(replace(GOOD, **change), POLICY) is code


@pytest.mark.parametrize(
    "change",
    [
        {"margin": 15.0},
        {"share": 0.90},
        {"size": 150.0},
        {"eye_distance": 50.0},
        {"yaw": 30.0},
        {"pitch": -30.0},
        {"covered": 0.5},
        {"eyes_open": 0.13},
    ],
)
def test_a_face_at_the_limit_passes(change):
    assert decide(replace(GOOD, **change), POLICY) is None


def test_the_code_told_first_is_the_one_that_stands_first():
    everything = FaceMeasures(2, 100.0, 30.0, -50.0, 0.95, 40.0, 40.0, 0.9, 0.05)
    cures = [
        {"main_faces": 1},
        {"margin": 5.0},
        {"share": 0.5},
        {"margin": 50.0},
        {"size": 200.0, "eye_distance": 80.0},
        {"yaw": 0.0, "pitch": 0.0},
        {"covered": 0.0},
        {"eyes_open": 0.3},
    ]
    told, measured = [], everything
    for cure in cures:
        told.append(decide(measured, POLICY))
        measured = replace(measured, **cure)
    assert told == [code for code in FaceCode if code is not FaceCode.FACE_NOT_FOUND]
    assert decide(measured, POLICY) is None


def test_closed_eyes_are_looked_for_only_where_asked():
    assert decide(replace(GOOD, eyes_open=0.05), FacePolicy()) is None


@pytest.mark.parametrize(("area", "counts"), [(100.0, True), (25.0, True), (24.9, False), (0.0, False)])
def test_small_faces_of_the_background_do_not_count(area, counts):
    assert is_main(area, 100.0) is counts
