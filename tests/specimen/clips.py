"""Rows of frames: a person of one photograph who does what is asked, and what attackers would send instead.

Six frames a second are meant. Sways, shakes, spontaneous blinks, amplitudes and speeds are drawn at random
from ranges that stand here, not from measures of people.
"""

from dataclasses import replace

import cv2
import numpy as np

from appliance.domain.challenge import Action
from tests.specimen.motion import Pose, paper

REST, GAP = (4, 7), (2, 4)
"""Frames before the first action, and between two."""
AMPLITUDE = {
    Action.TURN_LEFT: ("yaw", (19.0, 30.0)),
    Action.TURN_RIGHT: ("yaw", (-30.0, -19.0)),
    Action.NOD: ("pitch", (-18.0, -11.0)),
    Action.BLINK: ("lids", (0.95, 1.0)),
    Action.SMILE: ("smile", (0.8, 1.3)),
    Action.OPEN_MOUTH: ("mouth", (0.8, 1.2)),
    Action.COME_CLOSER: ("scale", (0.25, 0.40)),
}
COURSE = {
    Action.BLINK: ((0, 1), (1, 2)),
    Action.SMILE: ((1, 2), (3, 5)),
    Action.OPEN_MOUTH: ((2, 3), (1, 3)),
    Action.NOD: ((2, 3), (1, 2)),
    Action.TURN_LEFT: ((3, 5), (1, 3)),
    Action.TURN_RIGHT: ((3, 5), (1, 3)),
    Action.COME_CLOSER: ((4, 6), (2, 3)),
}
"""Frames on the way there (and back), and frames held."""


def performance(actions, rng, count=None):
    """Poses of a person who does the actions in this order, with all the unrest of one who holds a phone."""
    steps = [Pose()] * int(rng.integers(*REST))
    nearer = 0.0
    for action in actions:
        name, span = AMPLITUDE[action]
        far = float(rng.uniform(*span))
        way, held = (int(rng.integers(low, high + 1)) for low, high in COURSE[action])
        there = [0.5 - 0.5 * np.cos(np.pi * (k + 1) / (way + 1)) for k in range(way)]
        back = [] if action is Action.COME_CLOSER else there[::-1]
        course = [*there, *[1.0] * held, *back]
        for share in course:
            if name == "scale":
                steps.append(Pose(scale=1.0 + far * share))
            else:
                steps.append(replace(Pose(scale=1.0 + nearer), **{name: far * share}))
        if name == "scale":
            nearer = far
        steps += [Pose(scale=1.0 + nearer)] * int(rng.integers(*GAP))
    if count:
        steps += [steps[-1]] * (count - len(steps))
    return unrest(steps, rng)


def unrest(steps, rng, blinks=True):
    """Sway of the head, shaking of the hand, now and then a blink."""
    sway = wander(len(steps), 6, rng) * (1.6, 1.2, 0.9, 0.006, 3.0, 3.0)
    moved = []
    for step, (yaw, pitch, roll, scale, x, y) in zip(steps, sway, strict=True):
        lids = 1.0 if blinks and rng.random() < 0.02 else step.lids
        moved.append(
            replace(
                step,
                yaw=step.yaw + yaw,
                pitch=step.pitch + pitch,
                roll=step.roll + roll,
                scale=step.scale * (1 + scale),
                lids=lids,
                shift=(step.shift[0] + x, step.shift[1] + y),
            )
        )
    return moved


def wander(count, width, rng):
    """Smooth random walks of unit spread, count x width."""
    steps = rng.normal(size=(count, width))
    walk = np.empty_like(steps)
    walk[0] = steps[0]
    for at in range(1, count):
        walk[at] = 0.75 * walk[at - 1] + np.sqrt(1 - 0.75**2) * steps[at]
    return walk


def filmed(sitter, poses, rng):
    """JPEG files of a person in these poses."""
    return taken([sitter.frame(pose) for pose in poses], rng)


def filmed_paper(pixels, poses, rng, bend=0.0):
    """JPEG files of the photograph as a sheet in these poses."""
    return taken([paper(pixels, pose, bend) for pose in poses], rng)


def taken(pictures, rng):
    """What a camera makes of pictures: drifting light, sensor noise, JPEG."""
    gains = 1 + 0.012 * wander(len(pictures), 1, rng)[:, 0]
    spread, quality = float(rng.uniform(1.5, 4.0)), int(rng.integers(78, 93))
    return [shot(picture, gain, spread, quality, rng) for picture, gain in zip(pictures, gains, strict=True)]


def shot(picture, gain, spread, quality, rng):
    noise = rng.normal(0.0, spread, picture.shape).astype(np.float32)
    noisy = np.clip(picture.astype(np.float32) * float(gain) + noise, 0, 255).astype(np.uint8)
    ok, data = cv2.imencode(
        ".jpg", cv2.cvtColor(noisy, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    assert ok
    return data.tobytes()


def waved_paper(count, rng):
    """Poses of a photograph that a hand turns, tilts, rolls and brings closer, as far as it can be read."""
    tilt = wander(count, 6, rng) * (22.0, 16.0, 6.0, 0.10, 12.0, 12.0)
    return [
        Pose(
            yaw=float(np.clip(yaw, -55, 55)),
            pitch=float(np.clip(pitch, -40, 40)),
            roll=roll,
            scale=1 + scale,
            shift=(x, y),
        )
        for yaw, pitch, roll, scale, x, y in tilt
    ]
