"""Flat documents for composites: drawn, invented, bank cards, dark covers, booklets, grey copies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import grounds
import numpy as np
from grounds import Floats, Rng
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]

PAGE = 125 / 88
CARD = 85.6 / 53.98


@dataclass(frozen=True, eq=False, slots=True)
class Sheet:
    """What lies on the table.

    Attributes:
        picture: flat, with all that hangs together with the document.
        document: left, top, right, bottom of the document in it, 0..1: of an open booklet the data page only.
        round: radius of its corners in parts of its height.
        copy: whether it is a copy on paper.
    """

    picture: Floats
    document: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    round: float = 0.04
    copy: bool = False


def head(rng: Rng, picture: Floats, box: tuple[int, int, int, int]) -> None:
    """Something like a portrait: ground, shoulders, hair, face."""
    left, top, right, bottom = box
    room = picture[top:bottom, left:right]
    if room.size == 0:
        return
    room[:] = grounds.colour(rng, 90, 245)
    high, wide = room.shape[:2]
    turn = np.linspace(0, 2 * np.pi, 24)[:, None]
    ring = np.hstack([np.cos(turn), np.sin(turn)])
    skin = np.array([1, rng.uniform(0.7, 0.85), rng.uniform(0.55, 0.75)]) * rng.uniform(80, 240)
    for centre, radius, paint in (
        ((0.5, 1.1), (0.5, 0.4), grounds.colour(rng, 10, 160)),
        ((0.5, 0.42), (0.29, 0.34), grounds.colour(rng, 8, 120)),
        ((0.5, 0.5), (0.23, 0.3), skin),
    ):
        grounds.fill(room, (np.array(centre) + ring * radius) * (wide, high), paint)


def invented(rng: Rng) -> Sheet:
    """A card or page of any layout: portrait at a side, lines, bars, a zone of letters at the foot."""
    aspect = float(rng.choice([PAGE, PAGE, CARD, CARD, CARD, 105 / 74, 1.25]))
    width = 320
    height = int(width / aspect)
    picture = grounds.canvas(rng, width, height, 90, 252)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    for _ in range(int(rng.integers(0, 3))):
        waves = np.sin(
            columns * rng.uniform(0.01, 0.5) + rows * rng.uniform(-0.5, 0.5) + 3 * np.sin(rows * 0.03)
        )
        picture += waves[..., None] * rng.uniform(-14, 14, 3).astype(np.float32)
    if rng.random() < 0.45:
        picture[: int(height * rng.uniform(0.08, 0.22))] = grounds.colour(rng)
    left = float(rng.choice([0.04, 0.66]))
    if rng.random() < 0.75:
        top = rng.uniform(0.16, 0.28)
        head(
            rng,
            picture,
            (int(left * width), int(top * height), int((left + 0.28) * width), int(0.74 * height)),
        )
    ink = grounds.colour(rng, 5, 90)
    start = 0.36 if left < 0.5 else 0.05
    for _ in range(int(rng.integers(3, 14))):
        text = grounds.words(rng, int(rng.integers(4, 20))).upper()
        at = (rng.uniform(start, start + 0.2) * width, rng.uniform(0.12, 0.72) * height)
        grounds.write(picture, text, at, rng.uniform(0.25, 0.5), ink)
    if rng.random() < 0.45:
        for row in range(int(rng.integers(2, 4))):
            text = "".join(rng.choice(list("ABCDE<<<<0123456789"), 44))
            grounds.write(picture, text, (6, height * (0.82 + 0.07 * row)), 0.36, (20, 20, 20))
    if rng.random() < 0.25:  # a two-dimensional code or a chip
        side, x, y = (
            int(0.2 * width),
            int(rng.uniform(0.5, 0.75) * width),
            int(rng.uniform(0.3, 0.6) * height),
        )
        cells = rng.choice([10.0, 245.0], (12, 12)).astype(np.float32)
        block = cv2.resize(cells, (side, side), interpolation=cv2.INTER_NEAREST)[..., None]
        room = picture[y : y + side, x : x + side]
        room[:] = block[: room.shape[0], : room.shape[1]]
    if rng.random() < 0.15:
        picture = np.ascontiguousarray(np.rot90(picture))  # an upright card
    return Sheet(picture, round=float(rng.choice([0, 0.03, 0.06])))


def back(rng: Rng) -> Sheet:
    """The back of a card: bars or a block of cells over much of it, a dark strip, few lines."""
    width, height = 320, int(320 / CARD)
    picture = grounds.canvas(rng, width, height, 150, 252)
    picture *= (1 + grounds.clouds(rng, width, height, (3, 2), 3) * rng.uniform(0, 0.1))[..., None]
    y = rng.uniform(0.02, 0.14) * height
    for _ in range(int(rng.integers(1, 4))):
        kind, high = rng.random(), int(rng.uniform(0.1, 0.4) * height)
        wide = int(rng.uniform(0.4, 0.98) * width) if kind < 0.75 else int(min(high, 0.9 * height))
        x = int(rng.uniform(0, width - wide))
        if kind < 0.2:  # a magnetic strip
            picture[int(y) : int(y) + high // 2] = grounds.colour(rng, 5, 60)
            y += high // 2 + rng.uniform(4, 14)
            continue
        rows = 1 if kind < 0.4 else high // int(rng.integers(2, 5))
        cells = rng.choice([12.0, 245.0], (max(rows, 1), max(wide // int(rng.integers(2, 5)), 4)))
        block = cv2.resize(cells.astype(np.float32), (wide, high), interpolation=cv2.INTER_NEAREST)[..., None]
        if rng.random() < 0.6:  # on a white label
            picture[max(int(y) - 5, 0) : int(y) + high + 5, max(x - 6, 0) : x + wide + 6] = 250
        room = picture[int(y) : int(y) + high, x : x + wide]
        room[:] = block[: room.shape[0], : room.shape[1]]
        y += high + rng.uniform(4, 20)
        if y > 0.8 * height:
            break
    ink = grounds.colour(rng, 5, 90)
    while y < 0.95 * height:
        y += rng.uniform(10, 26)
        if rng.random() < 0.75:
            text = grounds.words(rng, int(rng.integers(6, 36))).upper()
            grounds.write(picture, text, (rng.uniform(0.03, 0.3) * width, y), rng.uniform(0.25, 0.42), ink)
    if rng.random() < 0.3:
        picture = np.ascontiguousarray(picture[::-1])
    return Sheet(picture, round=float(rng.choice([0, 0.03, 0.06])))


def cover(rng: Rng) -> Sheet:
    """A closed passport: dark, almost bare."""
    width, height = 230, 325
    base = np.array(
        rng.choice([(24, 28, 60), (70, 16, 26), (16, 50, 34), (20, 20, 22), (40, 60, 110)], axis=0)
    )
    picture = np.full((height, width, 3), base * rng.uniform(0.6, 1.6), np.float32)
    picture *= (1 + grounds.clouds(rng, width, height, (30, 40), 3) * rng.uniform(0.02, 0.2))[..., None]
    gold = np.array((205, 170, 95)) * rng.uniform(0.5, 1.2)
    for y, scale in ((0.2, 0.62), (0.86, 0.68)):
        grounds.write(picture, grounds.words(rng, 11).upper(), (30, y * height), scale, gold)
    turn = np.linspace(0, 2 * np.pi, int(rng.choice([6, 9, 30])))[:, None]
    ring = np.hstack([np.cos(turn), np.sin(turn)])
    middle = np.array((0.5 * width, 0.5 * height))
    grounds.fill(picture, middle + ring * 48, gold)
    grounds.fill(picture, middle + ring * rng.uniform(20, 44), base)
    for _ in range(6):
        grounds.fill(picture, middle + rng.uniform(-30, 30, (3, 2)), gold)
    if rng.random() < 0.5:
        picture = np.ascontiguousarray(np.rot90(picture))
    return Sheet(picture, round=0.05)


def bank_card(rng: Rng) -> Sheet:
    """One or two strong colours, a chip, a number, no portrait."""
    width, height = 320, int(320 / CARD)
    first, second = (np.array(grounds.colour(rng)) for _ in range(2))
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    blend = (columns / width * rng.uniform(-1, 1) + rows / height * rng.uniform(-1, 1) + 0.5).clip(0, 1)
    picture = (first + (second - first) * blend[..., None]).astype(np.float32)
    if rng.random() < 0.5:
        grounds.fill(picture, rng.uniform(-0.3, 1.3, (4, 2)) * (width, height), grounds.colour(rng))
    light = grounds.colour(rng, 180, 250) if picture.mean() < 128 else grounds.colour(rng, 5, 90)
    grounds.fill(
        picture,
        np.array([(0.1, 0.36), (0.24, 0.36), (0.24, 0.56), (0.1, 0.56)]) * (width, height),
        (200, 175, 110),
    )
    grounds.write(picture, "5212 3841 0095 7712", (22, 0.7 * height), 0.66, light)
    grounds.write(picture, grounds.words(rng, 12).upper(), (22, 0.9 * height), 0.4, light)
    grounds.write(picture, grounds.words(rng, 6).upper(), (22, 0.2 * height), 0.7, light)
    return Sheet(picture, round=0.06)


def booklet(rng: Rng, page: Floats) -> Sheet:
    """An open passport: the data page, above, below or beside it the facing one."""
    height, width = page.shape[:2]
    facing = np.full_like(page, page[2:-2:9, 2:-2:9].reshape(-1, 3).mean(0) * rng.uniform(0.75, 1.05))
    facing += rng.uniform(-12, 12, 3).astype(np.float32)
    facing *= (1 + grounds.clouds(rng, width, height, (4, 4), 4) * 0.05)[..., None]
    ink = grounds.colour(rng, 30, 160)
    if rng.random() < 0.7:
        for row in range(int(rng.integers(1, 9))):
            grounds.write(
                facing, grounds.words(rng, 26), (width * 0.1, height * (0.15 + 0.09 * row)), 0.42, ink
            )
    if rng.random() < 0.3:  # a stamp
        box = grounds.corners(rng, rng.uniform(0.3, 0.7, 2) * (width, height), (width * 0.3, width * 0.2), 40)
        layer = facing.clip(0, 255).astype(np.uint8)
        cv2.polylines(
            layer, [np.rint(box).astype(np.int32)], isClosed=True, color=[float(c) for c in ink], thickness=3
        )
        facing = layer.astype(np.float32)
    upright = rng.random() < 0.8  # the fold along the data page's long side
    fold = rng.uniform(0.5, 0.95)
    first, second = (facing, page) if rng.random() < 0.75 else (page, facing)
    axis = 0 if upright else 1
    both = np.concatenate([first, second], axis=axis)
    middle = first.shape[axis]
    dark = 1 - (1 - fold) * np.exp(-(((np.arange(both.shape[axis]) - middle) / rng.uniform(1.5, 9)) ** 2))
    both *= (dark[:, None] if upright else dark[None, :])[..., None].astype(np.float32)
    at = (0.5, 1.0) if first is facing else (0.0, 0.5)
    return Sheet(both, (0.0, at[0], 1.0, at[1]) if upright else (at[0], 0.0, at[1], 1.0), round=0.03)


def copied(rng: Rng, picture: Floats) -> Floats:
    """As a grey copy on plain paper: no colour, steep, speckled."""
    grey = picture @ np.array([0.3, 0.59, 0.11], np.float32)
    grey = (grey - 128) * rng.uniform(0.7, 1.7) + rng.uniform(95, 165)
    grey = grey + rng.standard_normal(grey.shape, np.float32) * np.float32(rng.uniform(0, 14))
    return np.asarray(np.repeat(grey.clip(8, 250)[..., None], 3, 2), np.float32)


def sheet(rng: Rng, flats: Sequence[Bytes]) -> Sheet:
    """A document of any kind."""
    kind = rng.random()
    if kind < 0.42:
        made = Sheet(
            flats[int(rng.integers(len(flats)))].astype(np.float32), round=float(rng.uniform(0, 0.06))
        )
    elif kind < 0.60:
        made = invented(rng)
    elif kind < 0.68:
        made = back(rng)
    elif kind < 0.75:
        made = cover(rng)
    elif kind < 0.83:
        made = bank_card(rng)
    else:
        page = (
            flats[int(rng.integers(len(flats)))].astype(np.float32)
            if rng.random() < 0.7
            else invented(rng).picture
        )
        made = booklet(rng, page)
    if rng.random() < 0.27:
        made = Sheet(
            copied(rng, made.picture), made.document, made.round if rng.random() < 0.4 else 0.0, copy=True
        )
    return made


def alpha(made: Sheet) -> NDArray[Any]:
    """Where the sheet is, 0..1: a rectangle with round corners."""
    height, width = made.picture.shape[:2]
    radius = round(made.round * min(height, width))
    shape = np.zeros((height, width), np.float32)
    cv2.rectangle(shape, (radius, 0), (width - radius - 1, height - 1), 1.0, -1)
    cv2.rectangle(shape, (0, radius), (width - 1, height - radius - 1), 1.0, -1)
    for x in (radius, width - radius - 1):
        for y in (radius, height - radius - 1):
            cv2.circle(shape, (x, y), radius, 1.0, -1)
    return shape
