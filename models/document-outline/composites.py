"""One training picture: documents somewhere in a scene, hands, light, lens, and where the documents are.

The first map covers a document's whole outline, fingers on it or not. The second marks the band along
outlines, so that neighbours are told apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import grounds
import numpy as np
import sheets
from grounds import Floats, Rng
from numpy.typing import NDArray

SIDE = 192
"""Pixels of the square that pictures of any shape are squeezed into."""
MAPS = 48
_AREA = 216
"""Side of the square that the scene is drawn in, in pixels, before squeezing."""
_BAND = 2
"""Width of the outline's band on the maps."""


@dataclass(frozen=True, eq=False, slots=True)
class Composite:
    """`picture` SIDE x SIDE x 3 uint8 RGB, `maps` MAPS x MAPS x 2 uint8: document, band."""

    picture: NDArray[np.uint8]
    maps: NDArray[np.uint8]


@dataclass(frozen=True, eq=False, slots=True)
class Sources:
    """Flat documents and photographs to cut grounds from, RGB."""

    flats: Sequence[NDArray[np.uint8]]
    photographs: Sequence[NDArray[np.uint8]]


def composite(seed: tuple[int, int], sources: Sources) -> Composite:
    """The picture number `seed[1]` of a training run of seed `seed[0]`."""
    rng = np.random.default_rng(seed)
    shape = float(rng.choice([4 / 3, 4 / 3, 3 / 4, 16 / 9, 9 / 16, 9 / 16, 1.0, 1.5]))
    width, height = round(_AREA * math.sqrt(shape)), round(_AREA / math.sqrt(shape))
    scene = _ground(rng, sources)(rng, width, height)
    for _ in range(int(rng.choice([0, 0, 1, 1, 2, 3, 5]))):
        grounds.clutter(rng, scene)
    if rng.random() < 0.08:
        middle = grounds.corners(rng, rng.uniform(0.2, 0.8, 2) * (width, height), (0.4 * width, 0.3 * width))
        grounds.paper_under(rng, scene, middle)
    count = int(rng.choice([0, 1, 2, 3], p=[0.16, 0.64, 0.16, 0.04]))
    outlines = _lay_all(rng, scene, count, sources)
    scene = _lit(rng, scene)
    scene = _taken(rng, scene)
    small = cv2.resize(scene.clip(0, 255), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    scale = np.array([MAPS / width, MAPS / height])
    return Composite(np.rint(small).astype(np.uint8), _maps([outline * scale for outline in outlines]))


def _ground(rng: Rng, sources: Sources) -> grounds.Ground:
    if sources.photographs and rng.random() < 0.25:
        return grounds.photographed(sources.photographs)
    return grounds.SURFACES[int(rng.integers(len(grounds.SURFACES)))]


def _lay_all(rng: Rng, scene: Floats, count: int, sources: Sources) -> list[Floats]:
    """Lay documents so that none covers another; returns their outlines, clockwise."""
    height, width = scene.shape[:2]
    outlines: list[Floats] = []
    for _ in range(count):
        made = sheets.sheet(rng, sources.flats)
        for _attempt in range(12 if count > 1 else 1):
            corners = _placed(rng, made, width, height, count)
            if all(_apart(corners, other) for other in outlines):
                break
        else:
            continue
        outlines.append(_lay(rng, scene, made, corners))
    return outlines


def _placed(rng: Rng, made: sheets.Sheet, width: int, height: int, count: int) -> Floats:
    """Corners in the scene of the whole sheet: turned, seen askew, at times partly out of the frame."""
    high, wide = made.picture.shape[:2]
    if count > 1:
        share = rng.uniform(0.25, 0.62)
    else:
        share = rng.uniform(0.24, 1.0) if rng.random() < 0.9 else rng.uniform(0.95, 1.3)
    angle = rng.normal(0, 9) + float(rng.choice([0, 0, 0, 90, -90, 180]))
    if rng.random() < 0.2:
        angle = rng.uniform(-180, 180)
    turn = math.radians(angle)
    corners = np.array([[-wide, -high], [wide, -high], [wide, high], [-wide, high]], np.float64) / (2 * wide)
    lean = rng.uniform(-0.22, 0.22, 2) * (0.6 if rng.random() < 0.7 else 1.4)
    corners = corners / (1 + corners @ lean)[:, None]
    corners = corners @ np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    spread = corners.max(0) - corners.min(0)
    corners = corners * share * min(width / spread[0], height / spread[1])
    low, top = corners.min(0), corners.max(0)
    frame = np.array([width, height])
    out = rng.uniform(0, 0.3) if rng.random() < (0.25 if count == 1 else 0.12) else 0.0
    slack = out * (top - low)
    least, most = -low - slack, frame - top + slack
    shift = np.where(
        most > least, rng.uniform(np.minimum(least, most), np.maximum(least, most)), (least + most) / 2
    )
    if out == 0 and rng.random() < 0.12:  # a side close to the frame
        axis, end = int(rng.integers(2)), int(rng.integers(2))
        gap = rng.uniform(0, 0.015) * min(width, height)
        shift[axis] = least[axis] + gap if end else most[axis] - gap
    return np.asarray(corners + shift, np.float32)


def _apart(first: Floats, second: Floats) -> bool:
    shared, _ = cv2.intersectConvexConvex(first, second)
    return bool(shared < 1)


def _lay(rng: Rng, scene: Floats, made: sheets.Sheet, corners: Floats) -> Floats:
    """Paint the sheet into the scene; returns the outline of the document on it."""
    height, width = scene.shape[:2]
    high, wide = made.picture.shape[:2]
    flat = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    homography = cv2.getPerspectiveTransform(flat, corners)
    shrink = wide / max(float(np.linalg.norm(corners[1] - corners[0])), 1)
    if rng.random() < 0.08:  # a surface nearly of the document's own colour
        scene += (made.picture[::7, ::7].mean((0, 1)) - scene) * np.float32(rng.uniform(0.5, 0.95))
    picture = cv2.GaussianBlur(made.picture, (0, 0), 0.4 * shrink) if shrink > 1.2 else made.picture
    under = rng.random()
    if made.copy and rng.random() < 0.45:  # a copy in the corner of the sheet that it is printed on
        grounds.paper_under(rng, scene, corners, at_corner=rng.random() < 0.6)
    elif under < 0.12:  # a sleeve or a white sheet of paper under it
        _under(rng, scene, corners)
    elif under < 0.30:
        grounds.paper_under(rng, scene, corners)
    if rng.random() < 0.1:
        hand(rng, scene, corners, behind=True)
    paint = cv2.warpPerspective(picture, homography, (width, height), borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(sheets.alpha(made), homography, (width, height))[..., None]
    grounds.shadow(rng, scene, corners)
    level = rng.uniform(0.7, 1.12)
    scene += (paint * np.float32(level) - scene) * cover
    left, top, right, bottom = made.document
    part = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32) * (wide, high)
    outline = cv2.perspectiveTransform(part[None].astype(np.float32), homography)[0]
    if rng.random() < 0.22:
        hand(rng, scene, np.asarray(outline), behind=False)
    if rng.random() < (0.3 if made.copy else 0.14):
        for _ in range(int(rng.integers(1, 4))):
            grounds.thing_over(rng, scene, np.asarray(outline))
    return np.asarray(outline, np.float32)


def _under(rng: Rng, scene: Floats, corners: Floats) -> None:
    centre = corners.mean(0)
    grown = (
        centre
        + (corners - centre) * rng.uniform(1.06, 1.9, (1, 2))
        + rng.uniform(-0.1, 0.1, 2) * np.ptp(corners, 0)
    )
    grounds.shadow(rng, scene, grown)
    grounds.fill(
        scene, grown, grounds.colour(rng, 150, 252) if rng.random() < 0.6 else grounds.colour(rng, 10, 90)
    )


def hand(rng: Rng, scene: Floats, corners: Floats, *, behind: bool) -> None:
    """Fingers reaching over a side, or a palm under it."""
    height, width = scene.shape[:2]
    side = int(rng.integers(4))
    start, end = corners[side], corners[(side + 1) % 4]
    inward = corners.mean(0) - (start + end) / 2
    length = float(np.linalg.norm(end - start))
    inward = inward / max(float(np.linalg.norm(inward)), 1e-3)
    thick = float(np.sqrt(abs(cv2.contourArea(corners)))) * rng.uniform(0.05, 0.1)
    skin = np.array([1, rng.uniform(0.66, 0.84), rng.uniform(0.5, 0.74)], np.float32) * np.float32(
        rng.uniform(60, 245)
    )
    along = rng.uniform(0.1, 0.8)
    mask = np.zeros((height, width), np.uint8)
    count = int(rng.integers(3, 5)) if behind else int(rng.choice([1, 1, 2, 4]))
    root = (start + end) / 2 - inward * length * rng.uniform(0.5, 1.0)
    for number in range(count):
        base = start + (end - start) * (along + 2.1 * thick / max(length, 1) * number)
        tip = base + inward * (rng.uniform(0.2, 3.5) if not behind else rng.uniform(2, 9)) * thick
        knee = base - inward * thick * rng.uniform(2, 5) + rng.uniform(-1, 1, 2) * thick
        path = np.rint(np.array([tip, base, knee, root * 0.4 + knee * 0.6, root]) * 8).astype(np.int32)
        cv2.polylines(
            mask,
            [path],
            isClosed=False,
            color=255,
            thickness=max(2, round(2 * thick)),
            lineType=cv2.LINE_AA,
            shift=3,
        )
    if behind or rng.random() < 0.5:
        cv2.circle(
            mask,
            tuple(int(v) for v in np.rint(root)),
            max(2, round(thick * rng.uniform(3, 6))),
            255,
            -1,
            cv2.LINE_AA,
        )
    share = mask.astype(np.float32) / 255
    depth = cv2.GaussianBlur(share, (0, 0), max(thick * 0.45, 0.6))
    shade = (0.62 + 0.45 * depth + 0.05 * grounds.clouds(rng, width, height, (8, 8), 3))[..., None]
    scene *= 1 - (cv2.GaussianBlur(share, (0, 0), max(thick * 0.5, 0.8)) * rng.uniform(0, 0.4))[..., None]
    scene += (skin * shade - scene) * share[..., None]


def _lit(rng: Rng, scene: Floats) -> Floats:
    """Falling-off, cast shadows, lamps mirrored, colour of the light."""
    height, width = scene.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    x, y = columns / width - 0.5, rows / height - 0.5
    field = 1 + rng.uniform(-0.5, 0.5) * x + rng.uniform(-0.5, 0.5) * y
    if rng.random() < 0.35:
        angle, edge = rng.uniform(0, 2 * np.pi), rng.uniform(-0.4, 0.4)
        far = x * math.cos(angle) + y * math.sin(angle) - edge
        field *= 1 - rng.uniform(0.1, 0.6) / (1 + np.exp((-far / rng.uniform(0.004, 0.08)).clip(-30, 30)))
    if rng.random() < 0.15:  # the shadow of some thing: a dark polygon
        mask = np.zeros((height, width), np.float32)
        points = rng.uniform(-0.3, 1.3, (int(rng.integers(3, 6)), 2)) * (width, height)
        cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(points).astype(np.int32)), 1.0)
        field *= 1 - cv2.GaussianBlur(mask, (0, 0), rng.uniform(1, 12)) * rng.uniform(0.1, 0.55)
    if rng.random() < 0.08:  # sun through blinds
        angle, period = rng.uniform(0, np.pi), rng.uniform(0.06, 0.5)
        across = x * math.cos(angle) + y * math.sin(angle) + rng.uniform(0, period)
        bars = (across / period % 1 < rng.uniform(0.25, 0.75)).astype(np.float32)
        field *= 1 - cv2.GaussianBlur(bars, (0, 0), rng.uniform(0.5, 3)) * rng.uniform(0.3, 0.8)
    scene = scene * field[..., None]
    if rng.random() < 0.22:
        angle, (spot_x, spot_y) = rng.uniform(0, np.pi), rng.uniform(-0.5, 0.5, 2)
        along = (x - spot_x) * math.cos(angle) + (y - spot_y) * math.sin(angle)
        across = (y - spot_y) * math.cos(angle) - (x - spot_x) * math.sin(angle)
        long, short = rng.uniform(0.03, 0.35), rng.uniform(0.02, 0.1)
        scene = (
            scene + (np.exp(-((along / long) ** 2) - (across / short) ** 2) * rng.uniform(80, 320))[..., None]
        )
    colour = rng.uniform(0.8, 1.12, 3).astype(np.float32)
    return np.asarray(scene * colour, np.float32)


def _taken(rng: Rng, scene: Floats) -> Floats:
    """Exposure, gamma, lens and motion blur, noise, JPEG."""
    if rng.random() < 0.2:
        scene = scene * np.float32(rng.uniform(0.15, 0.6))
    elif rng.random() < 0.1:
        scene = scene * np.float32(rng.uniform(1.2, 2.4))
    if rng.random() < 0.3:
        scene = 255 * (scene.clip(0, 255) / 255) ** np.float32(rng.uniform(0.6, 1.6))
    if rng.random() < 0.5:
        scene = cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.3, 1.8))
    if rng.random() < 0.08:
        size = int(rng.integers(3, 11))
        kernel = np.zeros((size, size), np.float32)
        cv2.line(kernel, (0, int(rng.integers(size))), (size - 1, int(rng.integers(size))), 1.0)
        scene = cv2.filter2D(scene, -1, kernel / kernel.sum())
    scene = scene + rng.standard_normal(scene.shape, np.float32) * np.float32(rng.uniform(0, 9))
    if rng.random() < 0.08:
        scene = np.repeat(scene.mean(2, keepdims=True), 3, 2)
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(12, 80))]
        _, data = cv2.imencode(".jpg", scene.clip(0, 255).astype(np.uint8), quality)
        scene = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.float32)
    return np.asarray(scene, np.float32)


def _maps(outlines: Sequence[NDArray[Any]]) -> NDArray[np.uint8]:
    """Document and band, 0..255, on the maps' grid."""
    maps = np.zeros((MAPS, MAPS, 2), np.uint8)
    for outline in outlines:
        at = np.rint((outline - 0.5) * 16).clip(-(2**14), 2**14).astype(np.int32)
        for channel in range(2):
            layer = np.zeros((MAPS, MAPS), np.uint8)
            if channel == 0:
                cv2.fillPoly(layer, [at], 255, cv2.LINE_AA, 4)
            else:
                cv2.polylines(
                    layer, [at], isClosed=True, color=255, thickness=_BAND, lineType=cv2.LINE_AA, shift=4
                )
            maps[..., channel] = np.maximum(maps[..., channel], layer)
    return maps
