"""Geometry of four-cornered outlines: 4 x 2 float32, pixels, clockwise from the top left."""

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Quad: TypeAlias = NDArray[np.float32]

ASPECTS = (125 / 88, 105 / 74, 85.6 / 53.98)
"""Width to height of TD3, TD2 and TD1 (ICAO Doc 9303; TD1 is ISO/IEC 7810 ID-1, also of driving licences)."""


def clockwise(corners: NDArray[np.floating]) -> Quad:
    """The corners in clockwise order, starting with the one nearest the picture's top left."""
    centre = corners.mean(0)
    angle = np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0])
    ring = corners[np.argsort(angle)]
    return np.roll(ring, -int(ring.sum(1).argmin()), axis=0).astype(np.float32)


def area(quad: NDArray[np.floating]) -> float:
    """Square pixels; 0 for an outline of no extent."""
    x, y = quad[:, 0], quad[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def sides(quad: NDArray[np.floating]) -> NDArray[np.float64]:
    """Lengths of the top, right, bottom and left side."""
    return np.asarray(np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1), np.float64)


def size(quad: NDArray[np.floating]) -> tuple[float, float]:
    """Width and height as means of opposite sides."""
    top, right, bottom, left = sides(quad)
    return float(top + bottom) / 2, float(right + left) / 2


def overlap(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Intersection over union of two convex outlines, 0..1."""
    shared, _ = cv2.intersectConvexConvex(first.astype(np.float32), second.astype(np.float32))
    union = area(first) + area(second) - shared
    return float(shared / union) if union > 0 else 0.0


def crossing(
    first: tuple[NDArray[np.floating], NDArray[np.floating]],
    second: tuple[NDArray[np.floating], NDArray[np.floating]],
) -> NDArray[np.float64] | None:
    """Where two lines, each a point and a direction, meet; None when they are parallel."""
    (a, u), (b, v) = first, second
    turn = float(u[0] * v[1] - u[1] * v[0])
    if abs(turn) < 1e-6:
        return None
    along = float((b[0] - a[0]) * v[1] - (b[1] - a[1]) * v[0]) / turn
    return np.asarray(a + u * along, np.float64)


def from_lines(
    lines: Sequence[tuple[NDArray[np.floating], NDArray[np.floating]]],
) -> NDArray[np.float64] | None:
    """The outline of four side lines given in order top, right, bottom, left; None when two are parallel."""
    corners = [crossing(lines[k - 1], lines[k]) for k in range(4)]
    met = [corner for corner in corners if corner is not None]
    return np.stack(met) if len(met) == 4 else None


def inside(points: NDArray[np.floating], quads: NDArray[np.floating]) -> NDArray[np.bool_]:
    """N x M: whether each of M points lies in each of N convex, clockwise outlines (N x 4 x 2)."""
    edge = np.roll(quads, -1, axis=1) - quads
    offset = points[None, None] - quads[:, :, None]
    turn = edge[:, :, None, 0] * offset[..., 1] - edge[:, :, None, 1] * offset[..., 0]
    return np.asarray((turn >= 0).all(1))


def mapped(points: NDArray[np.floating], homography: NDArray[np.floating]) -> NDArray[np.float32]:
    """N x 2 points through a 3 x 3 homography."""
    flat = points.reshape(-1, 1, 2).astype(np.float32)
    return np.asarray(cv2.perspectiveTransform(flat, homography)).reshape(points.shape).astype(np.float32)
