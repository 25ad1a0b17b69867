"""How strongly a picture has edges, where they point, and how well outlines lie on them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.vision.documents.quad import Quad, area, from_lines
from appliance.vision.documents.shrink import shrink

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_SAMPLES = 48
"""Points looked at along one side."""
_ENDS = 0.07
"""Share of a side left out at each end: corners are round."""


@dataclass(frozen=True, eq=False, slots=True)
class Shrunk:
    """A small, smoothed copy of a picture.

    Attributes:
        lab: H x W x 3 float32 CIELAB, brightness and contrast evened out.
        scale: small pixels per picture pixel.
    """

    lab: Floats
    scale: float


@dataclass(frozen=True, eq=False, slots=True)
class EdgeField:
    """Edges of one small picture.

    Attributes:
        copy: the picture it was made of.
        strength: H x W, 1 is an edge as strong as the picture's strong ones; thickened by one pixel.
        cosine, sine: H x W, of twice the edge normal's angle, times strength.
        thin: H x W uint8, 255 on edges one pixel wide (Canny).
    """

    copy: Shrunk
    strength: Floats
    cosine: Floats
    sine: Floats
    thin: Bytes


def shrunk(pixels: Pixels, longest: int) -> Shrunk:
    """A copy of `pixels` whose longer side is at most `longest`."""
    height, width = pixels.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = cv2.GaussianBlur(shrink(pixels, size), (0, 0), 1.0)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    low, high = np.percentile(lab[::4, ::4, 0], (1, 99))
    gain = 200.0 / max(float(high - low), 20.0)
    even = lab.astype(np.float32)
    even -= np.array([low, 128, 128], np.float32)
    even *= np.float32(gain)
    return Shrunk(even, scale)


def coarser(fine: Shrunk, longest: int) -> Shrunk:
    """A smaller copy made of a small one, whose longer side is at most `longest`; light is as even."""
    height, width = fine.lab.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    lab = cv2.GaussianBlur(cv2.resize(fine.lab, size, interpolation=cv2.INTER_AREA), (0, 0), 0.8)
    return Shrunk(np.asarray(lab, np.float32), fine.scale * scale)


def edge_field(copy: Shrunk) -> EdgeField:
    """Edges of a small picture, by Sobel in the channel that changes most."""
    x, y, power = _steepest(copy.lab)
    magnitude = np.sqrt(power)
    strong = max(float(np.percentile(magnitude[::2, ::2], 95)) * 0.5, 12.0)
    strength = np.minimum(magnitude / strong, 1.0)
    total = cv2.dilate(strength, np.ones((3, 3), np.float32))
    weight = cv2.blur(strength, (3, 3)) + 1e-6
    share = strength / (power + 1e-6)
    cosine = cv2.blur(share * (x * x - y * y), (3, 3)) / weight * total
    sine = cv2.blur(share * (2 * x * y), (3, 3)) / weight * total
    steps = [np.rint(part * np.float32(100 / strong)).clip(-3000, 3000).astype(np.int16) for part in (x, y)]
    thin = cv2.Canny(steps[0], steps[1], 50, 110, L2gradient=True)
    return EdgeField(
        copy=copy,
        strength=np.asarray(total, np.float32),
        cosine=cosine.astype(np.float32),
        sine=sine.astype(np.float32),
        thin=np.asarray(thin, np.uint8),
    )


def _steepest(lab: Floats) -> tuple[Floats, Floats, Floats]:
    """Per pixel, of the channel that changes most: its change across, down, and the sum of their squares."""
    best: tuple[Floats, Floats, Floats] | None = None
    for channel in cv2.split(lab):
        x, y = cv2.Sobel(channel, cv2.CV_32F, 1, 0, ksize=3), cv2.Sobel(channel, cv2.CV_32F, 0, 1, ksize=3)
        found = np.asarray(x, np.float32), np.asarray(y, np.float32), np.asarray(x * x + y * y, np.float32)
        if best is None:
            best = found
            continue
        steeper = found[2] > best[2]
        for kept, new in zip(best, found, strict=True):
            np.copyto(kept, new, where=steeper)
    assert best is not None
    return best


def support(field: EdgeField, quads: NDArray[np.floating]) -> NDArray[np.float64]:
    """N x 4: share of each side that lies on an edge running its way; sides out of the picture count 0.

    Args:
        field: edges.
        quads: N x 4 x 2 in the field's small pixels.
    """
    starts, ends = quads, np.roll(quads, -1, axis=1)
    steps = np.linspace(_ENDS, 1 - _ENDS, _SAMPLES, dtype=np.float32)
    points = starts[:, :, None] + (ends - starts)[:, :, None] * steps[:, None]
    height, width = field.strength.shape
    column, row = np.rint(points[..., 0]).astype(np.intp), np.rint(points[..., 1]).astype(np.intp)
    within = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    column, row = column.clip(0, width - 1), row.clip(0, height - 1)
    along = ends - starts
    twice = 2 * (np.arctan2(along[..., 1], along[..., 0]) + np.pi / 2)
    agreement = field.cosine[row, column] * np.cos(twice)[..., None]
    agreement = agreement + field.sine[row, column] * np.sin(twice)[..., None]
    return np.asarray((agreement.clip(0, 1) * within).mean(2), np.float64)


def refine(copy: Shrunk, quad: Quad, reach: float = 0.04) -> Quad:
    """Move each side onto the straightest strong edge near it, to a fraction of a pixel.

    Args:
        copy: the picture at the precision wanted.
        quad: outline in picture pixels.
        reach: how far a side may move, in parts of the outline's mean side.

    Returns:
        The outline in picture pixels; the one given where the edges around lead to no sensible one.
    """
    small = quad.astype(np.float64) * copy.scale
    radius = max(4, round(reach * float(np.sqrt(area(small)))))
    centre = small.mean(0)
    lines = []
    for k in range(4):
        start, end = small[k], small[(k + 1) % 4]
        length = float(np.linalg.norm(end - start))
        if length < 24:
            return quad
        direction = (end - start) / length
        normal = np.array([-direction[1], direction[0]])
        if normal @ (centre - start) > 0:
            normal = -normal
        lines.append(_fitted(copy.lab, start, direction * length, normal, radius))
    moved = from_lines(lines)
    if moved is None or float(np.linalg.norm(moved - small, axis=1).max()) > 2.5 * radius:
        return quad
    return (moved / copy.scale).astype(np.float32)


def _fitted(
    lab: Floats,
    start: NDArray[np.float64],
    along: NDArray[np.float64],
    normal: NDArray[np.float64],
    radius: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The best line across a band of profiles taken at right angles to a side."""
    steps = np.linspace(_ENDS, 1 - _ENDS, _SAMPLES)
    offsets = np.arange(-radius - 2, radius + 3, dtype=np.float64)
    points = start + steps[:, None, None] * along + offsets[None, :, None] * normal
    x, y = points[..., 0].astype(np.float32), points[..., 1].astype(np.float32)
    band = cv2.remap(lab, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    jump = np.abs(band[:, 4:] - band[:, :-4]).sum(2)
    jump *= _within(points[:, 2:-2], lab.shape)  # beyond the frame there is nothing to lie on
    profile = jump / (jump.max(1, keepdims=True) + 12.0)
    span = 2 * radius + 1
    first = np.arange(span)[:, None]
    last = (first + np.arange(-8, 9)[None]).clip(0, span - 1)
    path = np.rint(first[..., None] + (last - first)[..., None] * steps).astype(np.intp)
    score = profile[np.arange(_SAMPLES), path].sum(2)
    score = score - 0.015 * (np.abs(first - radius) + np.abs(last - radius))
    row, column = np.unravel_index(int(score.argmax()), score.shape)
    rough = path[row, column]
    peak = _peaks(profile, rough) - radius
    weight = profile[np.arange(_SAMPLES), rough] + 1e-3
    slope, level = _line(steps, peak, weight)
    for _ in range(2):  # again without the samples that lie off the line
        weight = weight * (np.abs(peak - (slope * steps + level)) < 1.2) + 1e-4
        slope, level = _line(steps, peak, weight)
    return start + normal * level, along + normal * slope


def _line(x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and level of the line of least squared weighted distances; many times faster than `polyfit`."""
    square = weight * weight
    square = square / square.sum()
    middle, level = float(square @ x), float(square @ y)
    slope = float(square @ ((x - middle) * (y - level))) / float(square @ ((x - middle) ** 2))
    return slope, level - slope * middle


def _within(points: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Whether points lie in the picture, with room for a step to either side."""
    return np.asarray(((points > 2) & (points < (shape[1] - 3, shape[0] - 3))).all(-1))


def _peaks(profile: NDArray[np.floating], rough: NDArray[np.intp]) -> NDArray[np.float64]:
    """Place of each profile's maximum next to `rough`, by a parabola through three values."""
    rows = np.arange(len(rough))
    span = profile.shape[1]
    near = (rough[:, None] + np.arange(-1, 2)).clip(1, span - 2)
    middle = near[rows, profile[rows[:, None], near].argmax(1)]
    left, top, right = (profile[rows, middle + shift].astype(np.float64) for shift in (-1, 0, 1))
    bend = left - 2 * top + right
    shift = np.where(np.abs(bend) > 1e-9, 0.5 * (left - right) / np.where(bend == 0, 1.0, bend), 0.0)
    return np.asarray(middle + shift.clip(-0.5, 0.5), np.float64)
