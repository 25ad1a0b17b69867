"""Photographs a flat document in software: table, perspective, light, lens, sensor, JPEG.

Everything random comes from one generator, so a seed gives the same bytes on the same library versions.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.specimen import paper
from tests.specimen.table import table

Floats = NDArray[np.float32]

CONDITIONS = ("clean", "glare", "blur", "dark", "jpeg")
"""How a picture was taken."""
PLACES = ("near", "outside", "cropped", "small", "two", "grey")
"""Where the document lies in it, and what else is wrong; lens, light and file are those of `clean`."""
Ground = Callable[[random.Random, np.random.Generator, int, int], Floats]

_BEYOND: Final = {"near": (-0.009, -0.003), "outside": (0.006, 0.016), "cropped": (0.1, 0.25)}
"""Share of the document's width or height that lies beyond the picture's edge; below 0: before it."""


@dataclass(frozen=True, eq=False, slots=True)
class Photograph:
    """One shot.

    Attributes:
        jpeg: the file.
        quad: 4 x 2, true corners of the document, clockwise from its top left; None without one.
        condition: one of `CONDITIONS` or `PLACES`.
        ground: name of what it lies on: table or surface.
    """

    jpeg: bytes
    quad: Floats | None
    condition: str
    ground: str = "table"

    def pixels(self) -> NDArray[np.uint8]:
        """H x W x 3, RGB, decoded."""
        decoded = cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR)
        return cast("NDArray[np.uint8]", cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB))


def photograph(
    document: Image.Image | None,
    rng: random.Random,
    condition: str = "clean",
    *,
    size: tuple[int, int] = (1600, 1200),
    fill: tuple[float, float] = (0.62, 0.86),
    tilt: float = 8.0,
    ground: Ground = table,
    other: Image.Image | None = None,
) -> Photograph:
    """Lay `document` on a table and shoot it; None shoots the table alone.

    Args:
        document: the flat sheet.
        rng: source of all chance.
        condition: the one fault of the shot.
        size: width and height of the picture.
        fill: least and largest share of the frame that the document spans.
        tilt: largest rotation, degrees to either side.
        ground: what the document lies on.
        other: the second document of `two`.
    """
    width, height = size
    noise = np.random.default_rng(rng.getrandbits(32))
    scene = ground(rng, noise, width, height)
    quad = None
    if condition == "small":
        fill = (0.2, 0.3)
    if document is not None and condition == "two":
        quad = _half(rng, document, size, 0, tilt)
        scene = _lay(rng, scene, paper.as_pixels(document), quad)
        second = other or document
        scene = _lay(rng, scene, paper.as_pixels(second), _half(rng, second, size, 1, tilt))
    elif document is not None:
        quad = _place(rng, document.width / document.height, size, fill, tilt)
        if condition in _BEYOND:
            quad = _at_edge(rng, quad, size, rng.uniform(*_BEYOND[condition]))
        scene = _lay(rng, scene, paper.as_pixels(document), quad)
    scene = _light(rng, scene)
    if condition == "glare":
        scene = _glare(rng, scene, quad)
    if condition == "dark":
        scene *= rng.uniform(0.18, 0.3)
    blur = rng.uniform(1.6, 2.3) if condition == "blur" else rng.uniform(0.4, 0.8)
    scene = cv2.GaussianBlur(scene, (0, 0), blur).astype(np.float32)
    scene += noise.normal(0, rng.uniform(1.0, 4.0), scene.shape).astype(np.float32)
    quality = rng.randint(8, 16) if condition == "jpeg" else rng.randint(62, 92)
    frame = scene.clip(0, 255).astype(np.uint8)
    if condition == "grey":
        frame[:] = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)[..., None]
    encoded, data = cv2.imencode(
        ".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    assert encoded
    return Photograph(data.tobytes(), quad, condition, ground.__name__)


def _place(
    rng: random.Random, aspect: float, size: tuple[int, int], fill: tuple[float, float], tilt: float
) -> Floats:
    """Corners of a sheet of `aspect` turned, seen askew and moved, all inside the frame."""
    width, height = size
    share = rng.uniform(*fill)
    half = np.array([aspect, 1.0]) / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64) * half
    angle = np.deg2rad(rng.uniform(-tilt, tilt))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    pitch, yaw = rng.uniform(-0.16, 0.16), rng.uniform(-0.16, 0.16)
    depth = 1 + corners @ np.array([yaw / aspect, pitch])
    seen = (corners / depth[:, None]) @ turn
    spread = seen.max(0) - seen.min(0)
    seen *= share * min(width / spread[0], height / spread[1])
    low, high = seen.min(0), seen.max(0)
    margin = 0.012 * width
    x = rng.uniform(margin - low[0], width - margin - high[0])
    y = rng.uniform(margin - low[1], height - margin - high[1])
    return (seen + np.array([x, y])).astype(np.float32)


def _half(rng: random.Random, sheet: Image.Image, size: tuple[int, int], which: int, tilt: float) -> Floats:
    """Corners of one of two sheets that share the frame, one above the other."""
    half = (size[0], size[1] // 2)
    quad = _place(rng, sheet.width / sheet.height, half, (0.8, 0.93), min(tilt, 4))
    return (quad + np.array([0, which * half[1]])).astype(np.float32)


def _at_edge(rng: random.Random, quad: Floats, size: tuple[int, int], beyond: float) -> Floats:
    """The corners moved straight to one side of the picture until so much of the document is beyond it."""
    axis, last = rng.choice((0, 1)), rng.random() < 0.5
    low, high = float(quad[:, axis].min()), float(quad[:, axis].max())
    reach = beyond * (high - low)
    moved = quad.copy()
    moved[:, axis] += size[axis] + reach - high if last else -reach - low
    return moved


def _lay(rng: random.Random, scene: Floats, sheet: NDArray[np.uint8], quad: Floats) -> Floats:
    rows, columns = sheet.shape[:2]
    height, width = scene.shape[:2]
    flat = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    homography = cv2.getPerspectiveTransform(flat, quad)
    shrink = columns / float(np.linalg.norm(quad[1] - quad[0]))
    source = cv2.GaussianBlur(sheet, (0, 0), 0.42 * shrink) if shrink > 1.15 else sheet
    warped = cv2.warpPerspective(source, homography, (width, height), flags=cv2.INTER_LINEAR).astype(
        np.float32
    )
    shape = np.zeros((rows, columns), np.uint8)
    radius = round(rng.uniform(0.02, 0.045) * rows)
    cv2.rectangle(shape, (radius, 0), (columns - radius - 1, rows - 1), 255, -1)
    cv2.rectangle(shape, (0, radius), (columns - 1, rows - radius - 1), 255, -1)
    for corner in ((radius, radius), (columns - radius - 1, radius)):
        cv2.circle(shape, corner, radius, 255, -1)
        cv2.circle(shape, (corner[0], rows - radius - 1), radius, 255, -1)
    cover = cv2.warpPerspective(shape, homography, (width, height), flags=cv2.INTER_AREA).astype(np.float32)[
        ..., None
    ]
    cover /= 255
    offset = (rng.uniform(-7, 7), rng.uniform(2, 9))
    moved = cv2.warpAffine(
        cover, np.array([[1, 0, offset[0]], [0, 1, offset[1]]], np.float32), (width, height)
    )
    shadow = cv2.GaussianBlur(moved, (0, 0), rng.uniform(4, 12))[..., None] * rng.uniform(0.2, 0.55)
    return cast("Floats", (scene * (1 - shadow) * (1 - cover) + warped * cover).astype(np.float32))


def _light(rng: random.Random, scene: Floats) -> Floats:
    """A falling-off of light over the frame, its colour, and at times a soft shadow of the hand."""
    height, width = scene.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width - 0.5, y / height - 0.5
    field = 1 + rng.uniform(-0.32, 0.32) * x + rng.uniform(-0.32, 0.32) * y
    if rng.random() < 0.5:
        angle, edge = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
        distance = x * np.cos(angle) + y * np.sin(angle) - edge
        field *= 1 - rng.uniform(0.12, 0.4) / (1 + np.exp(-distance / rng.uniform(0.02, 0.08)))
    colour = np.array([rng.uniform(0.88, 1.04), 1.0, rng.uniform(0.86, 1.04)], np.float32)
    return cast("Floats", (scene * field[..., None] * colour).astype(np.float32))


def _glare(rng: random.Random, scene: Floats, quad: Floats | None) -> Floats:
    """A window or lamp mirrored in the laminate: a bright soft-edged ellipse on the document."""
    height, width = scene.shape[:2]
    inside = np.array([rng.uniform(0.2, 0.8), rng.uniform(0.15, 0.6)])
    if quad is None:
        spot = inside * [width, height]
    else:
        top = quad[0] + (quad[1] - quad[0]) * inside[0]
        bottom = quad[3] + (quad[2] - quad[3]) * inside[0]
        spot = top + (bottom - top) * inside[1]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    along = (x - spot[0]) * np.cos(angle) + (y - spot[1]) * np.sin(angle)
    across = (y - spot[1]) * np.cos(angle) - (x - spot[0]) * np.sin(angle)
    reach = rng.uniform(0.05, 0.11) * width
    blob = np.exp(-((along / (reach * rng.uniform(1, 2))) ** 2 + (across / (reach * 0.5)) ** 2))
    return cast("Floats", (scene + (blob * rng.uniform(140, 300))[..., None]).astype(np.float32))
