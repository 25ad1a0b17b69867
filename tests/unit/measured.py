"""Measures of frames without pictures, for tests of what is judged by them."""

import hashlib
from dataclasses import replace

import numpy as np

from appliance.domain.challenge import Action
from appliance.domain.face import Template
from appliance.domain.liveness import Likeness
from appliance.domain.motion import FaceInMotion, Frame
from appliance.domain.score import ScoreMaps

LIKENESS = Likeness(ScoreMaps(0.9, 0.95), 0.85)
SKULL = np.random.default_rng(1).uniform(-0.8, 0.8, (40, 2))
DEPTHS = 0.5 - (SKULL**2).sum(axis=1)
"""A head whose middle is nearest."""
REST = {"yaw": 0.0, "pitch": 0.0, "eyes": 0.03, "mouth": 0.03, "smile": 0.6, "size": 0.2}
PEAKS = {
    Action.TURN_LEFT: {"yaw": 20.0},
    Action.TURN_RIGHT: {"yaw": -20.0},
    Action.NOD: {"pitch": -14.0},
    Action.BLINK: {"eyes": 0.012},
    Action.SMILE: {"smile": 0.75},
    Action.OPEN_MOUTH: {"mouth": 0.4},
    Action.COME_CLOSER: {"size": 0.27},
}
COURSES = {Action.BLINK: (1.0,), Action.COME_CLOSER: (0.25, 0.5, 0.75, 1.0)}


def somebody(seed):
    """A template; those of different seeds are of different persons."""
    vector = np.random.default_rng(seed).normal(size=64).astype(np.float32)
    return Template("net", vector / np.linalg.norm(vector))


ANNA, BERT = somebody(1), somebody(2)


def face(person=ANNA, quality=0.9, flat=False, **moved):
    values = {**REST, **moved}
    turn = np.radians(values["yaw"])
    shift = 0.0 if flat else np.sin(turn) * DEPTHS
    outline = np.column_stack([SKULL[:, 0] * np.cos(turn) + shift, SKULL[:, 1]])
    return FaceInMotion(
        roll=0.0,
        aspect=1.0,
        centre=(0.5, 0.5),
        extent=(0.35, 0.3, 0.65, 0.7),
        quality=quality,
        outline=outline,
        template=person,
        **values,
    )


def frame(index, shown=None, faces=1, seed=0):
    """One frame; its view is noise of its own, as a camera's is."""
    noise = np.random.default_rng((seed, index)).normal(0.0, 0.6, (32, 32))
    view = np.linspace(60, 180, 1024).reshape(32, 32) + noise
    digest = hashlib.sha256(f"{seed} {index}".encode()).hexdigest()
    return Frame(index, digest, view, faces if shown else 0, shown)


def row(*shown, seed=0):
    """Frames of faces, None where there is none."""
    return [frame(index, one, seed=seed) for index, one in enumerate(shown)]


def course(action, person=ANNA, **more):
    """The faces of one action, from rest to rest (who comes closer stays)."""
    name, peak = next(iter(PEAKS[action].items()))
    shares = COURSES.get(action, (0.4, 0.8, 1.0, 0.7, 0.3))
    return [face(person, **{name: REST[name] + share * (peak - REST[name])}, **more) for share in shares]


def performed(*actions, person=ANNA, **more):
    """The faces of a person who does the actions one after the other."""
    shown = [face(person) for _ in range(5)]
    near = {}
    for action in actions:
        steps = course(action, person, **more)
        shown += [replace(step, **near) if action is not Action.COME_CLOSER else step for step in steps]
        if action is Action.COME_CLOSER:
            near = {"size": PEAKS[action]["size"]}
        shown += [face(person, **near) for _ in range(3)]
    return shown


def again(frames):
    """Numbered anew."""
    return [replace(one, index=index) for index, one in enumerate(frames)]
