"""Where the faces are: BlazeFace short range, then with a border, then full range, then in windows.

Both networks see a small square (128 and 192 pixels), so what they find depends on how much of that square
a face fills. `FaceDetector.attempts` goes from the cheap look that suits a selfie to the dear one that suits
a portrait printed on a card somewhere in a large photograph.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.domain.face import Box, Points
from appliance.engine.runtime import Runtime
from appliance.vision.faces.warp import resized

OVERLAP = 0.3
"""Intersection over union from which two answers are the same face (MediaPipe's own value)."""
BORDER = 0.4
"""Black border of the second look, as a share of the longer side: brings in faces that touch the edge."""
LOGIT_CAP = 80.0
"""exp(80) still fits float32."""
WORKING_SIDE = 2560
"""Windows are cut from the picture halved until its longer side is no more than this."""
WINDOW_SHARES = (0.5, 0.25)
"""Sides of the windows as shares of the longer side; neighbours overlap by half."""


@dataclass(frozen=True, eq=False, slots=True)
class Detection:
    """One answer of the detector, in pixels of the picture.

    Attributes:
        box: from the brows to the chin; may leave the picture.
        score: 0..1.
        points: 6 x 2: the eyes, nose, mouth, the ears; the picture's left before its right.
        in_window: seen in a part of the picture only: there print and patterns pass for faces more often.
    """

    box: Box
    score: float
    points: Points
    in_window: bool = False


@dataclass(frozen=True)
class BlazeFace:
    """Geometry of one BlazeFace network.

    Attributes:
        model: name of its manifest.
        side: pixels of its square input.
        grids: (cells per side, anchors per cell), in the order of its answers, row by row.
        threshold: score from which an answer counts; the values of MediaPipe's own graphs.
    """

    model: str
    side: int
    grids: tuple[tuple[int, int], ...]
    threshold: float

    @cached_property
    def anchors(self) -> NDArray[np.float32]:
        """N x 2 centres, 0..1. Every anchor is 1 wide and high, so only the centre matters."""
        rows = []
        for cells, repeats in self.grids:
            centre = (np.arange(cells, dtype=np.float32) + 0.5) / cells
            x, y = np.meshgrid(centre, centre)
            rows.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), repeats, axis=0))
        return np.concatenate(rows).astype(np.float32)


SHORT_RANGE = BlazeFace("face-detection-short", 128, ((16, 2), (8, 6)), threshold=0.5)
FULL_RANGE = BlazeFace("face-detection-full", 192, ((48, 1),), threshold=0.6)


class FaceDetector:
    """Finds faces in a picture of any size. Blocking; safe to call from several threads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def attempts(self, pixels: Pixels) -> Iterator[list[Detection]]:
        """Look harder and harder; the caller stops as soon as one answer holds a face it believes.

        Yields:
            What each look found, best first: the whole picture, the picture within a border, the full-range
            network, then windows.
        """
        yield self.look(SHORT_RANGE, pixels)
        yield self.look(SHORT_RANGE, pixels, border=BORDER)
        yield self.look(FULL_RANGE, pixels)
        yield self.windows(pixels)

    def windows(self, pixels: Pixels) -> list[Detection]:
        """Look at overlapping windows of a half and a quarter of the picture's longer side.

        Finds a second, small portrait beside a large one, and a card far from the camera: faces down to 3 %
        of the picture's width, where the whole-picture looks need 12 % (short range) and 6 % (full range).
        """
        halvings = max(0, math.ceil(math.log2(max(pixels.shape[:2]) / WORKING_SIDE)))
        small = resized(pixels, 0.5**halvings)
        ratio = pixels.shape[1] / small.shape[1], pixels.shape[0] / small.shape[0]
        found = []
        for left, top, side in _windows(small.shape[1], small.shape[0]):
            for face in self.look(SHORT_RANGE, small[top : top + side, left : left + side]):
                whole = _placed(_placed(face, (left, top), (1.0, 1.0)), (0, 0), ratio)
                found.append(replace(whole, in_window=True))
        return distinct(found)

    def look(self, network: BlazeFace, pixels: Pixels, border: float = 0.0) -> list[Detection]:
        """One pass of one network over the whole picture.

        Args:
            network: which one.
            pixels: the picture.
            border: black border on each side, as a share of the longer side.

        Returns:
            Faces, best score first, each the weighted mean of the anchors that saw it.
        """
        height, width = pixels.shape[:2]
        inner = resized(pixels, network.side / (max(height, width) * (1 + 2 * border)))
        rows, columns = inner.shape[:2]
        left, top = (network.side - columns) // 2, (network.side - rows) // 2
        square = np.zeros((network.side, network.side, 3), np.uint8)
        square[top : top + rows, left : left + columns] = inner
        answers = self._runtime.infer(network.model, self._runtime.manifest(network.model).normalise(square))
        found = _decode(network, answers)
        ratio = width / columns, height / rows
        return [_placed(each, (-left * ratio[0], -top * ratio[1]), ratio) for each in found]


def _decode(network: BlazeFace, answers: Sequence[NDArray[np.float32]]) -> list[Detection]:
    """Turn the two output tensors into faces in pixels of the network's square.

    The regressors hold 16 numbers an anchor: centre x and y, width, height, then six points, all in pixels
    of the square and, but for width and height, relative to the anchor's centre.
    """
    regressors = next(a for a in answers if a.shape[-1] == 16).reshape(-1, 16)
    logits = next(a for a in answers if a.shape[-1] == 1).reshape(-1)
    scores = np.asarray(1 / (1 + np.exp(-np.clip(logits, -LOGIT_CAP, LOGIT_CAP))), np.float32)
    seen = scores > network.threshold
    if not seen.any():
        return []
    scores, regressors = scores[seen], regressors[seen]
    anchors = network.anchors[seen] * network.side
    centres, halves = regressors[:, :2] + anchors, regressors[:, 2:4] / 2
    boxes = np.concatenate([centres - halves, centres + halves], axis=1)
    points = regressors[:, 4:].reshape(-1, 6, 2) + anchors[:, None]
    return _weighted(boxes, points, scores)


def _weighted(
    boxes: NDArray[np.float32], points: NDArray[np.float32], scores: NDArray[np.float32]
) -> list[Detection]:
    """Weighted non-maximum suppression: anchors that overlap the best one are averaged by score."""
    faces = []
    order = np.argsort(-scores, kind="stable")
    while order.size:
        best = order[0]
        same = overlap(boxes[best], boxes[order]) > OVERLAP
        same[0] = True  # a box without area overlaps nothing, not even itself
        group, order = order[same], order[~same]
        weights = scores[group] / scores[group].sum()
        box = Box(*(float(edge) for edge in weights @ boxes[group]))
        centre = np.tensordot(weights, points[group], axes=1).astype(np.float32)
        faces.append(Detection(box, float(scores[best]), centre))
    return faces


def distinct(detections: Sequence[Detection]) -> list[Detection]:
    """Keep the best-scored of each group of overlapping answers, best first.

    Answers of different windows are not averaged: a window may cut a face.
    """
    ordered = sorted(detections, key=lambda each: -each.score)
    boxes = np.array([each.box for each in ordered], np.float32).reshape(-1, 4)
    kept: list[int] = []
    for index in range(len(ordered)):
        if not kept or overlap(boxes[index], boxes[kept]).max() <= OVERLAP:
            kept.append(index)
    return [ordered[index] for index in kept]


def overlap(box: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of one box with N x 4 others, 0..1."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    whole = np.prod(box[2:] - box[:2]) + np.prod(others[:, 2:] - others[:, :2], axis=1) - shared
    return np.asarray(shared / np.maximum(whole, 1e-9), np.float32)


def _placed(face: Detection, offset: tuple[float, float], ratio: tuple[float, float]) -> Detection:
    """The same face in the coordinates of a larger picture: scaled, then moved."""
    scale, move = np.array(ratio, np.float32), np.array(offset, np.float32)
    corners = np.array(face.box, np.float32).reshape(2, 2) * scale + move
    box = Box(*(float(edge) for edge in corners.ravel()))
    return Detection(box, face.score, face.points * scale + move)


def _windows(width: int, height: int) -> Iterator[tuple[int, int, int]]:
    """Left, top and side of square windows that cover the picture, neighbours overlapping by half."""
    for share in WINDOW_SHARES:
        side = max(1, round(max(width, height) * share))
        for top in _starts(height, side):
            for left in _starts(width, side):
                yield left, top, side


def _starts(length: int, side: int) -> list[int]:
    """Evenly spread starts of windows of `side` over `length`, at most half a side apart."""
    last = max(0, length - side)
    count = 1 + -(-2 * last // side)
    return [round(last * step / max(1, count - 1)) for step in range(count)]
