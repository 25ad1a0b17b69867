"""Outlines that might be the page or card: four ways of guessing, each right on other pictures."""

import itertools
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.vision.documents.edges import EdgeField
from appliance.vision.documents.quad import Quad, area, clockwise

Floats = NDArray[np.float32]

_LEAST_AREA = 0.05
"""Share of the picture below which an outline is no document: its print would be unreadable."""
_LINES = 7
"""Lines kept of each of the two directions."""


def from_contours(field: EdgeField) -> Iterator[Quad]:
    """Closed contours of the edge map, at three strengths: right on plain grounds."""
    height, width = field.strength.shape
    for least, gap in ((0.35, 3), (0.6, 5), (0.9, 5)):
        edges = (field.strength > least).astype(np.uint8)
        closed = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
        contours, _ = cv2.findContours(closed, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            if cv2.contourArea(cv2.convexHull(contour)) > _LEAST_AREA * height * width:
                yield from _quads_of(np.asarray(contour))


def from_ground(field: EdgeField) -> Iterator[Quad]:
    """What is unlike the picture's border (GrabCut, Rother et al. 2004): right on busy but even grounds."""
    height, width = field.strength.shape
    shrink = 144 / max(height, width)
    size = (round(width * shrink), round(height * shrink))
    small = cv2.resize(field.copy.lab, size, interpolation=cv2.INTER_AREA)
    small = (small + np.array([0, 128, 128], np.float32)).clip(0, 255).astype(np.uint8)
    mask = np.zeros(small.shape[:2], np.uint8)
    margin = (round(size[0] * 0.04), round(size[1] * 0.04))
    rectangle = (*margin, size[0] - 2 * margin[0], size[1] - 2 * margin[1])
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(7)  # GrabCut starts from k-means: without a fixed seed two calls differ
    cv2.grabCut(small, mask, rectangle, *models, 2, cv2.GC_INIT_WITH_RECT)
    inner = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    for kernel in (1, 7):
        opened = cv2.morphologyEx(inner, cv2.MORPH_OPEN, np.ones((kernel, kernel), np.uint8))
        contours, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:2]:
            if cv2.contourArea(contour) > _LEAST_AREA * size[0] * size[1]:
                for quad in _quads_of(np.asarray(contour)):
                    yield quad / np.float32(shrink)


def from_lines(field: EdgeField, angle: float | None) -> Iterator[Quad]:
    """Pairs of long lines crossing pairs of others: right where sides are broken or run on.

    Args:
        field: edges.
        angle: direction of the print in degrees where known; else the strongest line's is taken.
    """
    lines = _long_lines(field)
    if not lines:
        return
    main = angle if angle is not None else max(lines, key=lambda line: line[2])[1]
    families = [
        [line for line in lines if abs(_turn(line[1], main + quarter)) < 24][:_LINES] for quarter in (0, 90)
    ]
    height, width = field.strength.shape
    for first, second in itertools.product(*(itertools.combinations(family, 2) for family in families)):
        quad = _enclosed(first, second)
        if quad is None or area(quad) < _LEAST_AREA * height * width:
            continue
        out = max(-quad.min(), quad[:, 0].max() - width, quad[:, 1].max() - height)
        if out < 0.03 * max(height, width):
            yield quad


_Line = tuple[NDArray[np.float64], float, float]
"""A point of it, its direction in degrees 0..180, the length of edge on it."""


def _long_lines(field: EdgeField) -> list[_Line]:
    """Straight lines of the edge map, pieces of the same line joined, most edge first."""
    height, width = field.strength.shape
    least = 0.08 * min(height, width)
    found = cv2.HoughLinesP(field.thin, 1, np.pi / 360, 28, minLineLength=least, maxLineGap=6)
    joined: list[_Line] = []
    if found is None:
        return joined
    pieces = found.reshape(-1, 4).astype(np.float64)
    lengths = np.hypot(pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1])
    for k in np.argsort(-lengths)[:160]:
        x0, y0, x1, y1 = pieces[k]
        middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
        direction = float(np.degrees(np.arctan2(y1 - y0, x1 - x0)) % 180)
        for i, (point, other, total) in enumerate(joined):
            if abs(_turn(direction, other)) < 3 and _distance(middle, point, other) < 3.5:
                joined[i] = (point, other, total + float(lengths[k]))
                break
        else:
            joined.append((middle, direction, float(lengths[k])))
    return sorted(joined, key=lambda line: -line[2])


def _enclosed(first: tuple[_Line, _Line], second: tuple[_Line, _Line]) -> Quad | None:
    corners = []
    for a, b in ((0, 0), (0, 1), (1, 1), (1, 0)):
        (p, angle, _), (q, other, _) = first[a], second[b]
        u, v = (np.array([np.cos(t), np.sin(t)]) for t in np.radians((angle, other)))
        turn = u[0] * v[1] - u[1] * v[0]
        if abs(turn) < 0.3:
            return None
        corners.append(p + u * (((q[0] - p[0]) * v[1] - (q[1] - p[1]) * v[0]) / turn))
    return clockwise(np.array(corners))


def _quads_of(contour: NDArray[Any]) -> Iterator[Quad]:
    """Four-cornered fits of a contour's hull: by simplification, and the smallest turned rectangle."""
    hull = cv2.convexHull(contour)
    perimeter = cv2.arcLength(hull, closed=True)
    for tolerance in (0.02, 0.035, 0.05, 0.08):
        simple = cv2.approxPolyDP(hull, tolerance * perimeter, closed=True)
        if len(simple) == 4:
            yield clockwise(simple[:, 0].astype(np.float32))
            break
    yield clockwise(np.asarray(cv2.boxPoints(cv2.minAreaRect(hull)), np.float32))


def _turn(first: float, second: float) -> float:
    """Difference of two undirected angles, -90..90 degrees."""
    return (first - second + 90) % 180 - 90


def _distance(point: NDArray[np.float64], on: NDArray[np.float64], angle: float) -> float:
    direction = np.radians(angle)
    offset = point - on
    return abs(float(offset[1] * np.cos(direction) - offset[0] * np.sin(direction)))


def proposals(field: EdgeField, angle: float | None) -> NDArray[np.float32]:
    """N x 4 x 2 outlines in picture pixels of all proposers together; N may be 0."""
    found = [*from_contours(field), *from_ground(field), *from_lines(field, angle)]
    return np.array(found, np.float32).reshape(-1, 4, 2)
