"""Draws masks, scarves, hands and cups over the lower half of real faces.

`TUNE` kinds may be learnt from and chosen by; `REPORT` kinds are never looked at before the figures are
written down. Shapes follow the person's own mesh; cloth is bent round the face, shaded, creased and noisy.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.domain.face import Face

Plane = NDArray[np.float64]

_JAW: Final = (361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132)
_SKIN: Final = (10, 151, 9, 67, 297, 50, 280, 117, 346)


class _Canvas:
    """Places round a face in a plane whose unit is the distance of the outer eye corners.

    Attributes:
        x, y: of every pixel; 0, 0 is between the eyes, y grows towards the chin.
        round: x along a cylinder as wide as the face.
    """

    def __init__(self, pixels: Pixels, face: Face, rng: np.random.Generator) -> None:
        self.rng, self.mesh = rng, face.mesh[:, :2].astype(np.float64)
        left, right = self.mesh[33], self.mesh[263]
        self.unit = float(
            max(np.linalg.norm(right - left), 0.6 * np.linalg.norm(self.mesh[152] - self.mesh[9]))
        )
        self.middle = (left + right) / 2
        across = (right - left) / np.linalg.norm(right - left)
        self.axes = np.stack([across, [-across[1], across[0]]])
        rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
        places = (np.stack([columns, rows], -1) - self.middle) @ self.axes.T / self.unit
        self.x, self.y = places[..., 0], places[..., 1]
        nose = self.place(1)
        self.round: Plane = np.arcsin(np.clip((self.x - 0.5 * nose[0]) / 1.0, -0.98, 0.98))
        patches = [pixels[_inside(self.mesh[at], pixels)] for at in _SKIN]
        self.skin = np.median(np.array(patches, np.float64), axis=0)
        self.size = pixels.shape[:2]

    def place(self, vertex: int) -> NDArray[np.float64]:
        """A mesh point in the plane."""
        return np.asarray((self.mesh[vertex] - self.middle) @ self.axes.T / self.unit)

    def area(self, corners: NDArray[np.float64]) -> Plane:
        """0..1 inside a polygon of the plane, soft at its edge."""
        points = (corners @ self.axes) * self.unit + self.middle
        filled = np.zeros(self.size, np.uint8)
        cv2.fillPoly(filled, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        return cv2.GaussianBlur(filled.astype(np.float64) / 255, (0, 0), max(0.5, 0.012 * self.unit))

    def cloud(self, grain: float) -> Plane:
        """Smooth noise, about -1..1, whose spots are `grain` units wide."""
        step = max(1.0, grain * self.unit)
        coarse = self.rng.normal(size=(int(self.size[0] / step) + 3, int(self.size[1] / step) + 3))
        return np.asarray(cv2.resize(coarse, self.size[::-1], interpolation=cv2.INTER_CUBIC))

    def light(self) -> Plane:
        """Shade of a thing bent like a face, lit from a side."""
        side = self.rng.uniform(-0.5, 0.5)
        return 0.62 + 0.38 * np.cos(self.round - side) - 0.10 * np.clip(self.y - 0.5, 0, 1)


def _inside(point: NDArray[np.float64], pixels: Pixels) -> tuple[int, int]:
    column, row = np.rint(point).astype(int)
    return int(np.clip(row, 0, pixels.shape[0] - 1)), int(np.clip(column, 0, pixels.shape[1] - 1))


def _flat(colour: NDArray[np.float64] | tuple[float, ...], shade: Plane) -> Plane:
    return np.asarray(colour, np.float64) * shade[..., None]


def _mask_area(canvas: _Canvas, top: tuple[int, ...] = (197, 195, 5)) -> Plane:
    rng = canvas.rng
    jaw = np.array([canvas.place(at) for at in _JAW])
    centre = canvas.place(0)
    jaw = centre + (jaw - centre) * (1 + rng.uniform(0.0, 0.10))
    upper = [canvas.place(at) for at in (93, 50, int(rng.choice(top)), 280, 323)]
    return canvas.area(np.concatenate([upper, jaw]))


def _pleats(canvas: _Canvas, count: int) -> Plane:
    lines: Plane = np.sin(canvas.y * 2 * np.pi * count + 0.6 * np.cos(canvas.round))
    return lines


def surgical(canvas: _Canvas) -> tuple[Plane, Plane]:
    """White or blue, with pleats."""
    colour = ((225, 230, 235), (120, 175, 215), (150, 195, 190))[canvas.rng.integers(3)]
    shade = canvas.light() * (1 + 0.06 * _pleats(canvas, int(canvas.rng.integers(4, 7))))
    return _flat(colour, shade + 0.03 * canvas.cloud(0.25)), _mask_area(canvas)


def black_cloth(canvas: _Canvas) -> tuple[Plane, Plane]:
    """Nearly black."""
    level = canvas.rng.uniform(15, 55)
    return _flat((level, level, level * 1.05), canvas.light() + 0.12 * canvas.cloud(0.3)), _mask_area(canvas)


def plain_cloth(canvas: _Canvas) -> tuple[Plane, Plane]:
    """Any colour, a seam in the middle."""
    shade = canvas.light() + 0.06 * canvas.cloud(0.3)
    shade -= 0.2 * np.exp(-(((canvas.x - canvas.place(1)[0]) / 0.015) ** 2))
    return _flat(canvas.rng.uniform(30, 240, 3), shade), _mask_area(canvas)


def striped_cloth(canvas: _Canvas) -> tuple[Plane, Plane]:
    """Two colours in stripes, upright or lying."""
    along = canvas.round if canvas.rng.random() < 0.5 else canvas.y
    stripe = np.sin(along * 2 * np.pi * canvas.rng.uniform(3, 9)) > canvas.rng.uniform(-0.5, 0.5)
    one, two = canvas.rng.uniform(20, 245, (2, 3))
    light = canvas.light() + 0.05 * canvas.cloud(0.3)
    return np.where(stripe[..., None], _flat(one, light), _flat(two, light)), _mask_area(canvas)


def scarf(canvas: _Canvas) -> tuple[Plane, Plane]:
    """From the nose down over neck and shoulders, in folds."""
    rng = canvas.rng
    nose = canvas.place(int(rng.choice((5, 1, 2))))
    low = canvas.place(152)[1]
    corners = np.array([(-0.95, nose[1] + 0.1), nose, (0.95, nose[1] + 0.1), (1.3, low + 1), (-1.3, low + 1)])
    folds = np.sin(
        (canvas.y + rng.uniform(-0.5, 0.5) * canvas.x + 0.15 * canvas.cloud(0.5)) * 2 * np.pi * 3.5
    )
    return _flat(rng.uniform(25, 220, 3), canvas.light() * (1 + 0.15 * folds)), canvas.area(corners)


def _skin(canvas: _Canvas, tint: float) -> Plane:
    colour = canvas.skin * canvas.rng.uniform(0.8, 1.12) + canvas.rng.normal(0, tint, 3)
    return _flat(colour, 1 + 0.05 * canvas.cloud(0.12))


def _capsule(canvas: _Canvas, start: NDArray[np.float64], end: NDArray[np.float64], thick: float) -> Plane:
    """Distance from the axis of a finger over its half thickness."""
    line = end - start
    share = np.clip(((canvas.x - start[0]) * line[0] + (canvas.y - start[1]) * line[1]) / (line @ line), 0, 1)
    away = np.hypot(canvas.x - start[0] - share * line[0], canvas.y - start[1] - share * line[1])
    return np.asarray(away / thick)


def fingers(canvas: _Canvas) -> tuple[Plane, Plane]:
    """Three or four fingers laid over the mouth from one side, the back of the hand beside them."""
    rng, side = canvas.rng, (-1, 1)[canvas.rng.integers(2)]
    mouth, paint, whole = canvas.place(13), _skin(canvas, 6), np.zeros(canvas.size)
    tilt = rng.uniform(-0.35, 0.35)
    for number in range(int(rng.integers(3, 5))):
        height = mouth[1] - 0.22 + 0.19 * number
        start = np.array([side * 1.1, height + tilt + 0.15])
        end = np.array([mouth[0] - side * rng.uniform(0.2, 0.5), height])
        away = _capsule(canvas, start, end, rng.uniform(0.095, 0.12))
        inside = np.clip((1 - away) * 12, 0, 1)
        paint = paint * (1 - 0.35 * np.where(away < 1, away**3, 0))[..., None]
        whole = np.maximum(whole, inside)
    return paint, cv2.GaussianBlur(whole, (0, 0), max(0.5, 0.012 * canvas.unit))


def checked_cloth(canvas: _Canvas) -> tuple[Plane, Plane]:
    """Tartan."""
    rate = canvas.rng.uniform(3, 7)
    one, two, three = canvas.rng.uniform(20, 245, (3, 3))
    across = (np.sin(canvas.round * 2 * np.pi * rate) > 0)[..., None]
    down = (np.sin(canvas.y * 2 * np.pi * rate) > 0)[..., None]
    cloth = np.where(across & down, one, np.where(across | down, two, three))
    return cloth * (canvas.light() + 0.05 * canvas.cloud(0.3))[..., None], _mask_area(canvas)


def flowered_cloth(canvas: _Canvas) -> tuple[Plane, Plane]:
    """Blots of two colours on a third."""
    ground, first, second = canvas.rng.uniform(20, 245, (3, 3))
    cloth = np.where((canvas.cloud(0.10) > 0.5)[..., None], first, ground)
    cloth = np.where((canvas.cloud(0.07) > 0.8)[..., None], second, cloth)
    return cloth * canvas.light()[..., None], _mask_area(canvas)


def respirator(canvas: _Canvas) -> tuple[Plane, Plane]:
    """A stiff white or grey cup with an upright ridge and a dark valve."""
    level = canvas.rng.uniform(150, 240)
    ridge = canvas.x - canvas.place(1)[0]
    shade = np.where(ridge < 0, 0.92, 0.75) + 0.15 * np.exp(-((ridge / 0.05) ** 2))
    paint = _flat((level, level, level), shade + 0.02 * canvas.cloud(0.05))
    if canvas.rng.random() < 0.5:
        valve = np.hypot(ridge - 0.25, canvas.y - canvas.place(13)[1]) < 0.12
        paint = np.where(valve[..., None], paint * 0.6, paint)
    return paint, _mask_area(canvas)


def skin_coloured_cloth(canvas: _Canvas) -> tuple[Plane, Plane]:
    """A mask of the very colour of the person's skin."""
    return _flat(
        canvas.skin + canvas.rng.normal(0, 5, 3), canvas.light() + 0.05 * canvas.cloud(0.3)
    ), _mask_area(canvas)


def palm(canvas: _Canvas) -> tuple[Plane, Plane]:
    """A flat hand over nose tip and mouth, its wrist below the chin."""
    rng, mouth = canvas.rng, canvas.place(13)
    turn = np.linspace(0, 2 * np.pi, 40)
    oval = np.stack([0.52 * np.cos(turn), 0.38 * np.sin(turn)], 1) + mouth + rng.normal(0, 0.04, 2)
    wrist = np.array([(-0.3, 0.1), (0.3, 0.1), (0.35, 1.6), (-0.35, 1.6)]) + mouth
    area = np.maximum(canvas.area(oval), canvas.area(wrist))
    crease = np.exp(-(((canvas.y - mouth[1] - 0.25 * np.sin(3 * canvas.x)) / 0.012) ** 2))
    depth = cv2.GaussianBlur(area, (0, 0), 0.10 * canvas.unit)
    return _skin(canvas, 10) * (0.7 + 0.3 * depth - 0.15 * crease)[..., None], area


def knitted_shawl(canvas: _Canvas) -> tuple[Plane, Plane]:
    """Stitches in rows, from the tip of the nose down."""
    rate = canvas.rng.uniform(12, 20)
    stitch = np.sin(canvas.y * 2 * np.pi * rate) * np.sin((canvas.x + 0.3 * canvas.y) * 2 * np.pi * rate)
    one, two = canvas.rng.uniform(30, 230, (2, 3))
    band = (np.sin(canvas.y * 2 * np.pi * 2.2) > 0)[..., None]
    nose, low = canvas.place(1), canvas.place(152)[1]
    corners = np.array([(-1, nose[1] - 0.05), (1, nose[1] + 0.05), (1.4, low + 1), (-1.4, low + 1)])
    return np.where(band, one, two) * (canvas.light() * (1 + 0.2 * stitch))[..., None], canvas.area(corners)


def cup(canvas: _Canvas) -> tuple[Plane, Plane]:
    """A mug held before the mouth."""
    mouth, rng = canvas.place(13), canvas.rng
    corners = (
        np.array([(-0.38, -0.28), (0.38, -0.28), (0.33, 0.6), (-0.33, 0.6)]) + mouth + rng.normal(0, 0.04, 2)
    )
    shine = 0.25 * np.exp(-(((canvas.x - mouth[0] + 0.18) / 0.05) ** 2))
    return _flat(rng.uniform(20, 240, 3), 0.8 + shine + 0.01 * canvas.cloud(0.3)), canvas.area(corners)


def mouth_only(canvas: _Canvas) -> tuple[Plane, Plane]:
    """A plain mask worn under the nose."""
    paint, _ = plain_cloth(canvas)
    return paint, _mask_area(canvas, (164,))


Drawing = Callable[[_Canvas], tuple[Plane, Plane]]
TUNE: Final[tuple[Drawing, ...]] = (surgical, black_cloth, plain_cloth, striped_cloth, scarf, fingers)
REPORT: Final[tuple[Drawing, ...]] = (
    checked_cloth, flowered_cloth, respirator, skin_coloured_cloth, palm, knitted_shawl, cup, mouth_only,
)  # fmt: skip


def covered(pixels: Pixels, face: Face, drawing: Drawing, rng: np.random.Generator) -> Pixels:
    """The picture with something drawn before the lower half of the face."""
    canvas = _Canvas(pixels, face, rng)
    paint, area = drawing(canvas)
    if abs(np.ptp(pixels.astype(int), axis=2)).mean() < 2:  # a grey photograph stays grey
        paint = np.repeat(paint.mean(axis=2, keepdims=True), 3, axis=2)
    paint = paint * np.clip(pixels.mean() / 120, 0.5, 1.2) + rng.normal(
        0, rng.uniform(1, 4), (*canvas.size, 1)
    )
    mixed = pixels * (1 - area[..., None]) + np.clip(paint, 0, 255) * area[..., None]
    return np.asarray(np.rint(mixed), np.uint8)
