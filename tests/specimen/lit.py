"""What a camera sees while a screen lights a face, made from one photograph: of a head, and of what is none.

The photograph's own light counts as even: its shading is taken for skin. So the answer is made a little more
regular than a room would make it; pages say so.
"""

from dataclasses import dataclass

import cv2
import numpy as np

OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377)
OVAL_TOO = (152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)
WALL = 0.03
"""The wall's answer as a share of the face's."""


@dataclass(frozen=True)
class Scene:
    """How the screen's light reaches the camera.

    Attributes:
        strength: light of the full screen on a place that faces it, share of the room's.
        lag: seconds from the screen to the camera.
        shape: `head` answers by its surface; `cutout`, a picture of head and shoulders, evenly; `mask`, one
            of the face alone, evenly; `sheet` evenly and with the wall behind it.
        slope: how much more one side answers than the other.
        noise: grey levels.
        shake: pixels.
    """

    strength: float = 0.08
    lag: float = 0.10
    shape: str = "head"
    slope: float = 0.0
    noise: float = 2.0
    shake: float = 1.2


class LitSitter:
    """One photograph, and where its face turns.

    Args:
        pixels: RGB.
        mesh: 468 x 3.
        facing: 468, share of the light of a far frontal lamp that each point takes.
    """

    def __init__(self, pixels, mesh, facing):
        self.linear = linear(pixels)
        height, width = pixels.shape[:2]
        hull = cv2.convexHull(mesh[list(OVAL + OVAL_TOO), :2].astype(np.float32))
        face = np.zeros((height, width), np.float32)
        cv2.fillConvexPoly(face, np.round(hull).astype(np.int32), 1.0)
        face = cv2.GaussianBlur(face, (0, 0), 2.0)
        self.face = face
        self.body = body(face)
        self.head = facing_map(mesh, facing, (height, width)) * face + 0.35 * self.body * (1 - face)
        middle = mesh[:, 0].mean()
        self.ramp = (np.arange(width)[None] - middle) / max(np.ptp(mesh[:, 0]), 1.0) * np.ones((height, 1))

    def film(self, sequence, scene, rng, rate=15.0):
        """(time, RGB picture) of every frame, from shortly before the screen begins until after its end."""
        times = np.arange(0.0, sequence.seconds + 0.3, 1 / rate) + rng.uniform(0, 0.02)
        emitted = sequence.emitted(times - scene.lag)
        answer = {
            "head": self.head + WALL * (1 - self.head),
            "cutout": 0.8 * self.body + WALL * (1 - self.body),
            "mask": 0.8 * self.face + WALL * (1 - self.face),
            "sheet": np.full_like(self.head, 0.8),
        }[scene.shape]
        answer = answer * (1 + scene.slope * self.ramp)
        gain = 1.0
        for time, light in zip(times, emitted, strict=True):
            lit = self.linear * (1 + scene.strength * answer[..., None] * light)
            level = float(lit.mean()) / float(self.linear.mean())
            gain += 0.15 * (1 / level - gain)  # exposure follows slowly
            move = np.array([[1, 0, rng.normal(0, scene.shake)], [0, 1, rng.normal(0, scene.shake)]])
            seen = cv2.warpAffine(
                encoded(lit * gain), move, lit.shape[1::-1], borderMode=cv2.BORDER_REFLECT_101
            )
            yield float(time), np.clip(seen + rng.normal(0, scene.noise, seen.shape), 0, 255).astype(np.uint8)


def with_room(pixels, mesh, side=420):
    """A portrait at a size to film, with more of a wall around it: picture and mesh."""
    scale = side / max(pixels.shape[:2])
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    room = round(0.3 * side)
    wide = cv2.copyMakeBorder(small, room // 2, 0, room, room, cv2.BORDER_CONSTANT, value=(118, 112, 106))
    moved = mesh.astype(np.float64) * scale + np.array([room, room // 2, 0.0])
    return wide, moved


def linear(pixels):
    levels = pixels.astype(np.float32) / 255
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4).astype(np.float32)


def encoded(light):
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def facing_map(mesh, facing, size):
    """The share of light at every pixel, from the nearest points of the mesh."""
    height, width = size
    rows, columns = np.mgrid[0:height:6, 0:width:6]
    at = np.stack([columns.ravel(), rows.ravel()], axis=-1).astype(np.float64)
    apart = ((at[:, None] - mesh[None, :, :2]) ** 2).sum(-1)
    near = np.argpartition(apart, 4, axis=1)[:, :4]
    weights = 1 / (np.take_along_axis(apart, near, 1) + 4.0)
    found = (weights * facing[near]).sum(1) / weights.sum(1)
    return cv2.resize(
        found.reshape(rows.shape).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR
    )


def body(face):
    """Hair, neck and shoulders: around the face, and below it."""
    wide = cv2.dilate(face, np.ones((31, 31)))
    below = np.maximum.accumulate(wide, axis=0)
    return cv2.GaussianBlur(below.astype(np.float32), (0, 0), 8.0)
