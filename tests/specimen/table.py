"""Surfaces that a document lies on, made of noise: wood, cloth, stone, printed paper, plain."""

import random
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float32]


def table(rng: random.Random, noise: np.random.Generator, width: int, height: int) -> Floats:
    """H x W x 3, RGB, 0..255, with at times other things lying about."""
    surfaces: list[Callable[[random.Random, np.random.Generator, int, int], Floats]]
    surfaces = [_wood, _cloth, _stone, _plain]
    scene = rng.choice(surfaces)(rng, noise, width, height)
    for _ in range(rng.choice([0, 0, 1, 2])):
        scene = _thing(rng, scene)
    return scene


def _octaves(
    noise: np.random.Generator, width: int, height: int, cells: tuple[int, int], count: int
) -> Floats:
    """Sum of smooth noises, -1..1, each twice as fine and half as strong."""
    total = np.zeros((height, width), np.float32)
    for level in range(count):
        small = noise.uniform(-1, 1, (cells[1] * 2**level + 2, cells[0] * 2**level + 2)).astype(np.float32)
        total += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) * 0.5**level
    return total / 2


def _colour(rng: random.Random, low: int = 30, high: int = 225) -> Floats:
    grey = rng.uniform(low, high)
    return np.array([grey + rng.uniform(-45, 45) for _ in range(3)], np.float32).clip(8, 248)


def _wood(rng: random.Random, noise: np.random.Generator, width: int, height: int) -> Floats:
    base = rng.uniform(60, 210)
    ink = np.array([base, base * rng.uniform(0.68, 0.82), base * rng.uniform(0.4, 0.62)], np.float32)
    grain = _octaves(noise, width, height, (2, rng.randint(12, 30)), 4)
    rings = np.sin(grain * rng.uniform(6, 16)) * rng.uniform(0.05, 0.16)
    fine = noise.normal(0, 1, (height, width // 16 + 1)).astype(np.float32)
    streak = cv2.resize(fine, (width, height), interpolation=cv2.INTER_LINEAR) * 0.04
    wood = ink * (1 + (rings + streak)[..., None])
    return np.ascontiguousarray(wood, np.float32)


def _cloth(rng: random.Random, noise: np.random.Generator, width: int, height: int) -> Floats:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    period = rng.uniform(5, 14)
    weave = np.sin(x * 2 * np.pi / period) * np.sin(y * 2 * np.pi / period) * rng.uniform(0.04, 0.14)
    folds = _octaves(noise, width, height, (3, 2), 3) * rng.uniform(0.1, 0.3)
    cloth = _colour(rng) * (1 + (weave + folds)[..., None])
    if rng.random() < 0.4:  # a chequered cloth
        side = rng.uniform(60, 160)
        cloth *= np.where(((x // side + y // side) % 2)[..., None] > 0, 1.0, rng.uniform(0.6, 0.85))
    return cloth.astype(np.float32)


def _stone(rng: random.Random, noise: np.random.Generator, width: int, height: int) -> Floats:
    mottle = _octaves(noise, width, height, (8, 6), 6) * rng.uniform(0.15, 0.5)
    speck = noise.normal(0, 1, (height, width)).astype(np.float32)
    speck = cv2.GaussianBlur(speck, (0, 0), rng.uniform(0.8, 2)) * rng.uniform(0.05, 0.25)
    return (_colour(rng) * (1 + (mottle + speck)[..., None])).astype(np.float32)


def _plain(rng: random.Random, noise: np.random.Generator, width: int, height: int) -> Floats:
    cloud = _octaves(noise, width, height, (2, 2), 2) * 0.05
    return (_colour(rng, 20, 240) * (1 + cloud[..., None])).astype(np.float32)


def _thing(rng: random.Random, scene: Floats) -> Floats:
    """A book, a sheet with lines of print, or a pen: straight edges that are no document."""
    height, width = scene.shape[:2]
    layer = scene.copy()
    centre = (rng.uniform(0, width), rng.uniform(0, height))
    pen = rng.random() < 0.3
    size = (rng.uniform(0.4, 0.7) * width, rng.uniform(10, 26)) if pen else (
        rng.uniform(0.2, 0.6) * width, rng.uniform(0.2, 0.6) * width)  # fmt: skip
    angle = rng.uniform(0, 180)
    box = cv2.boxPoints((centre, size, angle))
    colour = _colour(rng)
    cv2.fillPoly(
        layer, [np.round(box).astype(np.int32)], tuple(float(c) for c in colour), lineType=cv2.LINE_AA
    )
    if not pen and rng.random() < 0.6:
        across, down = (box[1] - box[0]) / 30, (box[3] - box[0]) / 30
        for row in range(2, 28, 2):
            first = box[0] + across * 2 + down * row
            last = first + across * rng.uniform(12, 26)
            dark = tuple(float(c) * 0.45 for c in colour)
            ends = [tuple(int(v) for v in np.round(p)) for p in (first, last)]
            cv2.line(layer, ends[0], ends[1], dark, max(1, width // 500), lineType=cv2.LINE_AA)
    return layer
