"""Which text boxes may be lines of a machine-readable zone, and which of those belong together."""

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Final

import numpy as np

from appliance.vision.documents.text import TextBox
from appliance.vision.documents.text_geometry import Quad, Vector, direction, joined, size

_SMALLEST_ASPECT: Final = 8.5
"""A line of 30 characters is about 15 times as long as high; half of one may be hidden."""
_MOST_LINES: Final = 8
_MOST_SKEW: Final = 0.17
"""Radians between lines of one zone."""
_LINE_DISTANCE: Final = 2.5
"""Distance of lines by that of characters: 6.35 mm to 2.54 mm (Doc 9303 part 3)."""
_END_MARGIN: Final = 0.35
"""Heights of a line that are added at both ends."""


def long_boxes(boxes: Sequence[TextBox]) -> list[Quad]:
    """Boxes long enough for a line of a zone, longest first, at most eight; collinear neighbours joined."""
    quads = _joined_neighbours([box.quad for box in boxes if min(size(box.quad)) > 3])
    long = [quad for quad in quads if _aspect(quad) > _SMALLEST_ASPECT]
    return sorted(long, key=lambda quad: -size(quad)[0])[:_MOST_LINES]


def _aspect(quad: Quad) -> float:
    width, height = size(quad)
    return width / max(height, 1e-6)


def _joined_neighbours(quads: list[Quad]) -> list[Quad]:
    """Fillers are thin: the detector often breaks a line where a run of them stands."""
    while pair := next(
        ((a, b) for a, b in permutations(range(len(quads)), 2) if _go_on(quads[a], quads[b])), None
    ):
        first, second = pair
        rest = [quad for at, quad in enumerate(quads) if at not in pair]
        quads = [*rest, joined(quads[first], quads[second])]
    return quads


def _go_on(first: Quad, second: Quad) -> bool:
    """Whether the second box goes on where the first ends, in the direction of the first."""
    (width, height), (second_width, second_height) = size(first), size(second)
    if width < 2 * height or second_width <= 0.8 * second_height:
        return False
    if min(height, second_height) < 0.6 * max(height, second_height):
        return False
    along = direction(first)
    if along @ direction(second) < 0.9:
        return False
    gap = (second[0] + second[3]) / 2 - (first[1] + first[2]) / 2
    across = gap @ np.array([-along[1], along[0]])
    return bool(abs(across) < 0.35 * height and -height < gap @ along < 3 * height)


def parallel(quads: Sequence[Quad], along: Vector) -> list[int]:
    """Indices of the boxes that lie along a direction, sorted downwards across it."""
    down = np.array([-along[1], along[0]])
    lying = [at for at, quad in enumerate(quads) if abs(direction(quad) @ along) > np.cos(_MOST_SKEW)]
    return sorted(lying, key=lambda at: float(quads[at].mean(axis=0) @ down))


def common_frame(quads: Sequence[Quad]) -> list[Quad]:
    """Give the lines of a zone common ends, those of the outermost, and the slope of the longest.

    A box that lost its first characters, or a line broken by a reflection, is whole again.
    """
    longest = max(quads, key=lambda quad: size(quad)[0])
    along = direction(longest).astype(np.float32)
    down = np.array([-along[1], along[0]], np.float32)
    origin = longest[0]
    spans = [((quad - origin) @ along, (quad - origin) @ down) for quad in quads]
    height = float(np.median([across.max() - across.min() for _, across in spans]))
    left = min(float(reach.min()) for reach, _ in spans) - _END_MARGIN * height
    right = max(float(reach.max()) for reach, _ in spans) + _END_MARGIN * height
    half = size(longest)[1] / 2
    frames = []
    for _, across in spans:
        middle = float(across.max() + across.min()) / 2
        corners = [
            (left, middle - half),
            (right, middle - half),
            (right, middle + half),
            (left, middle + half),
        ]
        frames.append(np.array([origin + along * x + down * y for x, y in corners], np.float32))
    return frames


def with_one_more(rows: Sequence[Quad], quads: Sequence[Quad], characters: int) -> Iterator[tuple[Quad, ...]]:
    """Zones that neighbouring rows may be part of, with one more row above or below.

    A line of which the detector saw only a part, or nothing, lies where the standard puts it: 2.5 times the
    distance of characters from the next one. A box found there gives its place and slope.

    Args:
        rows: lines known to be of a zone, sorted downwards.
        quads: all boxes of the picture.
        characters: how many a line of the zone has.
    """
    for row, side in ((rows[0], -1.0), (rows[-1], 1.0)):
        frame = _beside(row, quads, side, characters)
        yield (frame, *rows) if side < 0 else (*rows, frame)


def _beside(row: Quad, quads: Sequence[Quad], side: float, characters: int) -> Quad:
    along = direction(row)
    down = np.array([-along[1], along[0]])
    centre = row.mean(axis=0)
    width, height = size(row)
    offset, slope = side * _LINE_DISTANCE * width / characters * down, along
    nearest = np.inf
    for quad in quads:
        to = quad.mean(axis=0) - centre
        far = side * float(to @ down) / height
        fits = 0.6 < far < min(nearest, 3.0) and abs(to @ along) < width / 2 and size(quad)[1] > 0.5 * height
        if fits and abs(direction(quad) @ along) > np.cos(_MOST_SKEW):
            nearest = far
            own = direction(quad) if direction(quad) @ along > 0 else -direction(quad)
            slope = own if size(quad)[0] > 0.25 * width else along
            offset = to - (to @ slope) * slope
    reach, half = slope * (width / 2 + _END_MARGIN * height), np.array([-slope[1], slope[0]]) * height / 2
    middle = centre + offset
    return np.array(
        [middle - reach - half, middle + reach - half, middle + reach + half, middle - reach + half],
        np.float32,
    )
