"""Surfaces of another make than `table`'s: pebbles, bricks, lawn, keyboard, newspaper, tartan, lights.

Nothing is ever trained or tuned on these: they stand for backgrounds that the box has not seen.
"""

import random
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def surface(rng: random.Random, noise: np.random.Generator, width: int, height: int) -> Floats:
    """H x W x 3, RGB, 0..255."""
    return rng.choice(SURFACES)(rng, noise, width, height)


def _tint(rng: random.Random, low: float, high: float, spread: float = 30) -> Floats:
    grey = rng.uniform(low, high)
    return np.array([grey + rng.uniform(-spread, spread) for _ in range(3)], np.float32).clip(5, 250)


def _soft(noise: np.random.Generator, width: int, height: int, cell: float) -> Floats:
    """Smooth noise of unit variance whose spots are `cell` pixels wide."""
    rows, columns = max(2, round(height / cell)), max(2, round(width / cell))
    coarse = noise.normal(0, 1, (rows, columns)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _pebbles(rng: random.Random, noise: np.random.Generator, width: int, height: int) -> Floats:
    """Rounded stones, each of its own tint, dark between them: cells around scattered seeds."""
    scale = rng.uniform(28, 80)
    count = int(width * height / scale**2)
    seeds = (noise.random((count, 2)) * [width, height]).astype(np.int32)
    free = np.full((height, width), 255, np.uint8)
    free[seeds[:, 1].clip(0, height - 1), seeds[:, 0].clip(0, width - 1)] = 0
    away, labels = cv2.distanceTransformWithLabels(
        free, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    shades = noise.normal(1, 0.22, int(labels.max()) + 1).astype(np.float32)
    round_off = np.clip(1.25 - (away / (scale * 0.62)) ** 2, 0.2, 1.1)
    stones = _tint(rng, 80, 170) * (shades[labels] * round_off)[..., None]
    return np.asarray(stones * (1 + 0.05 * _soft(noise, width, height, 3))[..., None], np.float32)


def _bricks(rng: random.Random, noise: np.random.Generator, width: int, height: int) -> Floats:
    """Courses with mortar between, set off by half a brick."""
    tall = rng.randint(50, 130)
    wide, gap = round(tall * rng.uniform(1.8, 3)), max(3, tall // 12)
    wall = np.empty((height, width, 3), np.float32)
    wall[:] = _tint(rng, 150, 210, 10)
    colour = np.array([rng.uniform(110, 190), rng.uniform(60, 110), rng.uniform(45, 90)], np.float32)
    for row, top in enumerate(range(0, height, tall)):
        for left in range(-(row % 2) * wide // 2, width, wide):
            brick = colour * noise.normal(1, 0.12)
            wall[top : top + tall - gap, max(left, 0) : max(left + wide - gap, 0)] = brick
    grain = 1 + 0.06 * _soft(noise, width, height, 2) + 0.05 * _soft(noise, width, height, 40)
    return np.asarray(wall * grain[..., None], np.float32)


def _lawn(rng: random.Random, noise: np.random.Generator, width: int, height: int) -> Floats:
    """Thousands of short blades over earth."""
    canvas = np.empty((height, width, 3), np.uint8)
    canvas[:] = (52, 58, 30)
    for _ in range(9000):
        x, y = int(noise.integers(width)), int(noise.integers(height))
        lean, length = noise.normal(0, 12), noise.uniform(12, 44)
        green = noise.uniform(70, 190)
        ink = (green * noise.uniform(0.45, 0.8), green, green * noise.uniform(0.2, 0.45))
        end = (int(x + lean), int(y - length))
        cv2.line(canvas, (x, y), end, ink, int(noise.integers(1, 4)), cv2.LINE_AA)
    return np.asarray(canvas, np.float32) * np.float32(rng.uniform(0.7, 1.1))


def _keyboard(rng: random.Random, _noise: np.random.Generator, width: int, height: int) -> Floats:
    """Rows of keys with letters on them: straight edges and print that belong to no document."""
    dark = rng.random() < 0.6
    case, key = ((38, 40, 44), (22, 22, 25)) if dark else ((176, 178, 182), (236, 236, 238))
    ink = (220, 220, 220) if dark else (60, 60, 64)
    canvas = np.empty((height, width, 3), np.uint8)
    canvas[:] = case
    pitch = rng.randint(90, 170)
    for row, top in enumerate(range(rng.randint(-60, 0), height, pitch)):
        for left in range(-((row * pitch) // 3 % pitch), width, pitch):
            inset = pitch // 12
            spot, end = (left + inset, top + inset), (left + pitch - inset, top + pitch - inset)
            cv2.rectangle(canvas, spot, end, key, -1)
            letter = rng.choice("QWERTZUIOPASDFGHJKLYXCVBNM1234567890")
            place = (left + pitch // 4, top + pitch // 2)
            cv2.putText(canvas, letter, place, cv2.FONT_HERSHEY_SIMPLEX, pitch / 150, ink, 2, cv2.LINE_AA)
    return np.asarray(canvas, np.float32)


def _newspaper(rng: random.Random, noise: np.random.Generator, width: int, height: int) -> Floats:
    """Columns of print too small to read, a headline, a grey picture."""
    page = np.empty((height, width, 3), np.float32)
    page[:] = _tint(rng, 205, 235, 8)
    column, pitch = rng.randint(190, 330), rng.randint(11, 17)
    for left in range(rng.randint(-100, 20), width, column):
        for top in range(rng.randint(0, pitch), height, pitch):
            x = left
            while x < left + column - 26:
                word = int(noise.integers(8, 44))
                end = min(x + word, left + column - 22)
                page[top : top + pitch // 2, max(x, 0) : max(end, 0)] *= noise.uniform(0.35, 0.6)
                x += word + int(noise.integers(4, 9))
    top, left = rng.randint(0, height // 2), rng.randint(0, width // 2)
    photo = _soft(noise, rng.randint(240, 520), rng.randint(200, 380), 30) * 40 + 120
    part = page[top : top + photo.shape[0], left : left + photo.shape[1]]
    part[:] = photo[: part.shape[0], : part.shape[1], None]
    return np.asarray(cv2.GaussianBlur(page, (0, 0), 0.8), np.float32)


def _tartan(rng: random.Random, noise: np.random.Generator, width: int, height: int) -> Floats:
    """Woven stripes of unlike widths in three colours."""
    inks = [_tint(rng, 25, 200, 70) for _ in range(3)]
    sett: list[Floats] = []
    while len(sett) < 200:
        sett += [rng.choice(inks)] * rng.randint(3, 34)
    zoom = rng.uniform(1.5, 4)
    across = np.array([sett[int(x / zoom) % len(sett)] for x in range(width)], np.float32)[None]
    down = np.array([sett[int(y / zoom) % len(sett)] for y in range(height)], np.float32)[:, None]
    y, x = np.mgrid[0:height, 0:width]
    twill = (((x + y) // max(2, round(zoom))) % 2 == 0)[..., None]
    cloth = np.where(twill, across, down)
    return np.asarray(cloth * (1 + 0.08 * _soft(noise, width, height, 160))[..., None], np.float32)


def _lights(rng: random.Random, noise: np.random.Generator, width: int, height: int) -> Floats:
    """A room far out of focus: discs of light over a dim ramp, the document held up before it."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    ramp = _tint(rng, 25, 90) * (1 + 0.6 * (y / height - 0.5))[..., None]
    room = np.asarray(ramp, np.float32)
    for _ in range(rng.randint(8, 26)):
        centre, radius = noise.random(2) * [width, height], noise.uniform(20, 110)
        left, top = (max(0, int(place - radius - 1)) for place in centre)
        part = np.s_[top : int(centre[1] + radius + 2), left : int(centre[0] + radius + 2)]
        disc = np.clip((radius - np.hypot(x[part] - centre[0], y[part] - centre[1])) / 3, 0, 1)
        room[part] += disc[..., None] * _tint(rng, 60, 170, 60) * np.float32(noise.uniform(0.2, 0.6))
    return room


SURFACES: tuple[Callable[[random.Random, np.random.Generator, int, int], Floats], ...] = (
    _pebbles, _bricks, _lawn, _keyboard, _newspaper, _tartan, _lights,
)  # fmt: skip
"""What `surface` draws by chance."""
