"""What documents lie on or are held before: surfaces, newspapers, screens, keyboards, and things lying about.

None of it is shared with tests/specimen/table.py, so drawn tests show surfaces that training never saw.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Rng: TypeAlias = np.random.Generator
Ground: TypeAlias = Callable[[Rng, int, int], Floats]


def colour(rng: Rng, low: float = 8, high: float = 248) -> tuple[float, float, float]:
    """Three levels around one of them, as most things are nearer to grey than to a pure colour."""
    grey = rng.uniform(low, high)
    spread = rng.choice([6, 25, 60])
    red, green, blue = np.clip(grey + rng.uniform(-spread, spread, 3), low, high)
    return float(red), float(green), float(blue)


def canvas(rng: Rng, width: int, height: int, low: float = 8, high: float = 248) -> Floats:
    return np.full((height, width, 3), colour(rng, low, high), np.float32)


def clouds(rng: Rng, width: int, height: int, cells: tuple[int, int], levels: int) -> Floats:
    """Smooth noise of mean 0, about -1..1."""
    total = np.zeros((height, width), np.float32)
    for level in range(levels):
        shape = (cells[1] * 2**level + 1, cells[0] * 2**level + 1)
        if shape[0] > height or shape[1] > width:
            break
        coarse = rng.standard_normal(shape, np.float32) * np.float32(0.6**level)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return total / 2


def corners(rng: Rng, centre: Sequence[float], size: Sequence[float], spin: float = 180) -> Floats:
    """A turned rectangle, a little out of square."""
    box = cv2.boxPoints(((centre[0], centre[1]), (size[0], size[1]), rng.uniform(-spin, spin)))
    return np.asarray(box + rng.uniform(-0.02, 0.02, (4, 2)) * max(size), np.float32)


def fill(picture: Floats, points: NDArray[Any], paint: Sequence[float]) -> None:
    """Fill a polygon with smooth edges; only the part of the picture around it is touched."""
    height, width = picture.shape[:2]
    left, top = (max(int(v) - 2, 0) for v in np.floor(points.min(0)))
    right, bottom = (int(v) + 3 for v in np.ceil(points.max(0)))
    room = picture[top : min(bottom, height), left : min(right, width)]
    if room.size == 0:
        return
    mask = np.zeros(room.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint((points - (left, top)) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    room += (np.asarray(paint, np.float32) - room) * (mask.astype(np.float32) * np.float32(1 / 255))[
        ..., None
    ]


def write(picture: Floats, text: str, at: tuple[float, float], scale: float, ink: Sequence[float]) -> None:
    """OpenCV's own letters: only their grey texture matters."""
    layer = picture.clip(0, 255).astype(np.uint8)
    place = (int(at[0]), int(at[1]))
    cv2.putText(layer, text, place, cv2.FONT_HERSHEY_DUPLEX, scale, [float(i) for i in ink], 1, cv2.LINE_AA)
    picture[:] = layer


def words(rng: Rng, length: int) -> str:
    letters = rng.choice(list("aeiounrstlmdbcgp    ABEHKLRST0123456789"), length)
    return "".join(letters)


def plain(rng: Rng, width: int, height: int) -> Floats:
    picture = canvas(rng, width, height)
    return picture * (1 + clouds(rng, width, height, (2, 2), 2) * rng.uniform(0, 0.12))[..., None]


def grained(rng: Rng, width: int, height: int) -> Floats:
    """Boards: streaks along one direction, joints between them."""
    level = rng.uniform(35, 215)
    ink = np.array([level, level * rng.uniform(0.65, 0.95), level * rng.uniform(0.4, 0.9)], np.float32)
    fine = clouds(rng, width, height, (int(rng.integers(1, 4)), int(rng.integers(12, 40))), 3)
    picture = ink * (1 + fine * rng.uniform(0.05, 0.25))[..., None]
    if rng.random() < 0.6:
        step = int(height * rng.uniform(0.12, 0.45))
        for row in range(int(rng.integers(step)), height, step):
            picture[row : row + 2] *= rng.uniform(0.35, 0.8)
    return turned(rng, np.asarray(picture, np.float32))


def woven(rng: Rng, width: int, height: int) -> Floats:
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    angle, period = rng.uniform(0, math.pi), rng.uniform(2, 14)
    first = np.sin((rows * math.cos(angle) + columns * math.sin(angle)) * (2 * math.pi / period))
    second = np.sin((rows * math.sin(angle) - columns * math.cos(angle)) * (2 * math.pi / period))
    folds = clouds(rng, width, height, (3, 2), 3) * rng.uniform(0, 0.3)
    picture = canvas(rng, width, height) * (1 + first * second * rng.uniform(0.02, 0.3) + folds)[..., None]
    if rng.random() < 0.35:  # squares or stripes of a second colour
        side = rng.uniform(0.06, 0.3) * width
        odd = (
            np.floor(rows / side) if rng.random() < 0.5 else np.floor(rows / side) + np.floor(columns / side)
        )
        picture = np.where(
            (odd % 2)[..., None] > 0, picture, picture * 0.4 + canvas(rng, width, height) * 0.6
        )
    return np.asarray(picture, np.float32)


def mottled(rng: Rng, width: int, height: int) -> Floats:
    """Stone, carpet, skin: noise of all sizes."""
    rough = clouds(rng, width, height, (6, 5), 6) * rng.uniform(0.1, 0.6)
    speck = rng.standard_normal((height, width), np.float32) * np.float32(rng.uniform(0, 0.25))
    tint = clouds(rng, width, height, (3, 3), 3)[..., None] * rng.uniform(-40, 40, 3)
    return np.asarray(canvas(rng, width, height) * (1 + rough + speck)[..., None] + tint, np.float32)


def tiled(rng: Rng, width: int, height: int) -> Floats:
    picture = mottled(rng, width, height) * 0.3 + canvas(rng, width, height) * 0.7
    wide, high = (rng.uniform(0.15, 0.6) * width for _ in range(2))
    joint = colour(rng)
    thick = int(rng.integers(1, 4))
    for x in np.arange(rng.uniform(0, wide), width, wide):
        picture[:, int(x) : int(x) + thick] = joint
    for y in np.arange(rng.uniform(0, high), height, high):
        picture[int(y) : int(y) + thick] = joint
    return turned(rng, picture)


def newspaper(rng: Rng, width: int, height: int) -> Floats:
    """Columns of lines, headlines, pictures with borders."""
    paper, ink = rng.uniform(150, 250), rng.uniform(10, 80)
    picture = np.full((height, width, 3), paper, np.float32) * rng.uniform(0.92, 1, 3).astype(np.float32)
    count = int(rng.integers(1, 6))
    gap = rng.uniform(3, 9)
    column = (width - gap) / count
    pitch = rng.uniform(3.2, 9)
    for number in range(count):
        left, y = gap + number * column, rng.uniform(-10, 8)
        while y < height:
            kind = rng.random()
            if kind < 0.06:
                write(picture, words(rng, 14).upper(), (left, y + 12), rng.uniform(0.4, 0.9), (ink,) * 3)
                y += 20
            elif kind < 0.09:
                high = rng.uniform(0.4, 0.9) * column
                low, side = int(min(y + high, height)), int(left + column - gap)
                block = mottled(rng, max(side - int(left), 8), max(low - int(y), 8))
                room = picture[max(int(y), 0) : low, int(left) : side]
                room[:] = block[: room.shape[0], : room.shape[1]]
                y += high + 5
            elif kind < 0.12:  # an advertisement: a box of colour, large words in it
                low, side = int(min(y + rng.uniform(15, 60), height)), int(left + column - gap)
                room = picture[max(int(y), 0) : low, int(left) : side]
                room[:] = colour(rng, 60, 250)
                if rng.random() < 0.5:
                    frame = (int(left), max(int(y), 0)), (side, low)
                    cv2.rectangle(picture, *frame, colour(rng, 5, 120), int(rng.integers(1, 3)))
                for row in range(max(int(y), 0) + 12, low, int(rng.integers(9, 16))):
                    write(
                        picture, words(rng, 9), (left + 3, row), rng.uniform(0.25, 0.6), colour(rng, 5, 200)
                    )
                y = low + 5.0
            else:
                right = left + (column - gap) * (1 if rng.random() < 0.85 else rng.uniform(0.2, 0.9))
                row = int(y)
                if 0 <= row < height:
                    dashes = rng.uniform(0, 1, max(int(right) - int(left), 1)) < rng.uniform(0.6, 0.85)
                    part = picture[row : row + max(1, int(pitch * 0.45)), int(left) : int(left) + len(dashes)]
                    part[:, dashes[: part.shape[1]]] = ink + rng.uniform(0, 50)
                y += pitch
    return turned(rng, picture)


def screen(rng: Rng, width: int, height: int) -> Floats:
    """Windows, bars, lines of text and buttons inside a dark rim, or with none."""
    picture = canvas(rng, width, height, 10, 60)
    rim = int(rng.uniform(0, 0.12) * width)
    inner = picture[rim : height - rim, rim : width - rim]
    inner[:] = colour(rng, *((170, 250) if rng.random() < 0.6 else (10, 70)))
    high, wide = inner.shape[:2]
    for _ in range(int(rng.integers(2, 9))):
        x, y = int(rng.uniform(-0.1, 0.8) * wide), int(rng.uniform(-0.1, 0.8) * high)
        right, low = x + int(rng.uniform(0.1, 0.7) * wide), y + int(rng.uniform(0.05, 0.6) * high)
        x, y = max(x, 0), max(y, 0)
        inner[y:low, x:right] = colour(rng)
        if rng.random() < 0.6:
            ink = colour(rng, 5, 120) if inner[y:low, x:right].mean() > 128 else colour(rng, 120, 250)
            for row in range(y + 4, min(low, high) - 2, int(rng.integers(4, 9))):
                inner[row : row + 2, x + 3 : x + 3 + int(rng.uniform(0.2, 0.95) * max(right - x, 4))] = ink
    if rng.random() < 0.3:
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        picture *= (1 + 0.06 * np.sin(rows * rng.uniform(0.2, 2.5) + columns * rng.uniform(0.2, 2.5)))[
            ..., None
        ]
    return turned(rng, picture, 12)


def keyboard(rng: Rng, width: int, height: int) -> Floats:
    picture = canvas(rng, width, height)
    dark = rng.random() < 0.6
    key = colour(rng, 10, 70) if dark else colour(rng, 170, 245)
    ink = colour(rng, 170, 245) if dark else colour(rng, 10, 80)
    pitch = rng.uniform(0.05, 0.13) * width
    side = pitch * rng.uniform(0.8, 0.93)
    for row, y in enumerate(np.arange(rng.uniform(-pitch, pitch), height, pitch)):
        x = rng.uniform(-pitch, 0) + (row % 3) * 0.3 * pitch
        while x < width:
            wide = side * (rng.choice([1, 1, 1, 1.5, 4]) if rng.random() < 0.2 else 1)
            box = (int(max(x, 0)), int(max(y, 0)), int(x + wide), int(y + side))
            picture[box[1] : box[3], box[0] : box[2]] = np.asarray(key) * rng.uniform(0.9, 1.1)
            middle = int(y + 0.3 * side), int(x + 0.3 * side)
            if min(middle) > 0:
                picture[middle[0] : middle[0] + 2, middle[1] : middle[1] + 3] = ink
            x += wide + pitch - side
    return turned(rng, picture, 25)


def turned(rng: Rng, picture: Floats, most: float = 180) -> Floats:
    """Rotate a surface by chance, filling the frame."""
    height, width = picture.shape[:2]
    angle = rng.uniform(-most, most)
    grow = rng.uniform(1.0, 1.3) + abs(math.sin(2 * math.radians(angle))) * 0.4
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, grow)
    moved = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.float32)


def spectral(rng: Rng, width: int, height: int) -> Floats:
    """Noise whose power falls with frequency, stretched along one direction: fur, felt, plaster, bark."""
    side = 256
    x, y = np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side))
    angle, stretch = rng.uniform(0, math.pi), rng.uniform(1, 6)
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    power = (np.hypot(along * stretch, across) + 0.008) ** -rng.uniform(0.3, 1.8)
    noise = np.fft.ifft2(np.fft.fft2(rng.standard_normal((2, side, side))) * power).real
    noise = (noise / noise.std(axis=(1, 2), keepdims=True)).astype(np.float32)
    first, second = (cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in noise)
    if rng.random() < 0.3:  # veins and flakes
        first = np.asarray(np.tanh(first * rng.uniform(2, 8)), np.float32)
    tint = second[..., None] * rng.uniform(-25, 25, 3)
    return np.asarray(canvas(rng, width, height) * (1 + first * rng.uniform(0.04, 0.4))[..., None] + tint)


def scattered(rng: Rng, width: int, height: int) -> Floats:
    """Chips, confetti, leaves, terrazzo: many small polygons of a few colours."""
    picture = canvas(rng, width, height)
    paints = [colour(rng) for _ in range(int(rng.integers(1, 6)))]
    size = rng.uniform(0.015, 0.09) * width
    for _ in range(int(rng.integers(60, 260))):
        box = (size * rng.uniform(0.4, 1.6), size * rng.uniform(0.4, 1.6))
        points = corners(rng, rng.uniform(0, 1, 2) * (width, height), box)
        level = rng.uniform(0.75, 1.2)
        fill(
            picture,
            points[: int(rng.choice([3, 4, 4]))],
            np.asarray(paints[int(rng.integers(len(paints)))]) * level,
        )
    return picture


def striped(rng: Rng, width: int, height: int) -> Floats:
    """Bands of any widths and colours, as of cloth, blinds, a rug."""
    row = np.empty((1, width, 3), np.float32)
    paints = [colour(rng) for _ in range(int(rng.integers(2, 5)))]
    at, step = 0, rng.uniform(0.01, 0.15) * width
    while at < width:
        end = at + max(1, int(step * rng.uniform(0.3, 1.8)))
        row[:, at:end] = paints[int(rng.integers(len(paints)))]
        at = end
    picture = np.repeat(row, height, axis=0)
    return turned(rng, picture * (1 + clouds(rng, width, height, (3, 3), 5) * rng.uniform(0, 0.2))[..., None])


def joined(rng: Rng, width: int, height: int) -> Floats:
    """Two surfaces that meet along a line: the edge of a table, a rug, a newspaper on a floor."""
    first, second = (SURFACES[int(rng.integers(len(SURFACES) - 1))](rng, width, height) for _ in range(2))
    half = corners(rng, rng.uniform(0, 1, 2) * (width, height), (3 * width, 3 * width))
    half = half + (half[1] - half[0]) * 0.5
    mask = np.zeros((height, width), np.float32)
    cv2.fillPoly(mask, [np.rint(half).astype(np.int32)], 1.0, cv2.LINE_AA)
    shadow(rng, first, half)
    return np.asarray(first + (second - first) * mask[..., None], np.float32)


def photographed(images: Sequence[NDArray[np.uint8]]) -> Ground:
    """A ground cut out of one of these photographs."""

    def ground(rng: Rng, width: int, height: int) -> Floats:
        image = images[int(rng.integers(len(images)))]
        share = rng.uniform(0.35, 1)
        wide, high = max(int(image.shape[1] * share), 16), max(int(image.shape[0] * share), 16)
        x, y = (
            int(rng.integers(0, full - part + 1))
            for full, part in ((image.shape[1], wide), (image.shape[0], high))
        )
        part = image[y : y + high, x : x + wide]
        part = np.rot90(part, int(rng.integers(4)))
        sized = cv2.resize(np.ascontiguousarray(part), (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(sized, np.float32)

    return ground


SURFACES: tuple[Ground, ...] = (
    plain,
    plain,
    grained,
    grained,
    woven,
    mottled,
    tiled,
    newspaper,
    newspaper,
    screen,
    keyboard,
    spectral,
    spectral,
    scattered,
    striped,
    joined,
)


def clutter(rng: Rng, picture: Floats) -> None:
    """Things lying about: sheets with print, books, phones, pens, coins, cables."""
    height, width = picture.shape[:2]
    centre = rng.uniform(-0.05, 1.05, 2) * (width, height)
    kind = rng.random()
    if kind < 0.3:  # pen, cable, edge of a table
        ends = rng.uniform(-0.2, 1.2, (2, 2)) * (width, height)
        normal = (
            np.array([-1, 1]) * (ends[1] - ends[0])[::-1] / max(float(np.linalg.norm(ends[1] - ends[0])), 1)
        )
        thick = rng.uniform(0.6, 6)
        fill(
            picture,
            np.array(
                [
                    ends[0] + normal * thick,
                    ends[1] + normal * thick,
                    ends[1] - normal * thick,
                    ends[0] - normal * thick,
                ]
            ),
            colour(rng),
        )
        return
    if kind < 0.45:  # cup, coin, lens
        radius = rng.uniform(0.03, 0.2) * width
        turn = np.linspace(0, 2 * math.pi, 28)[:, None]
        ring = np.hstack([np.cos(turn), np.sin(turn) * rng.uniform(0.7, 1)])
        fill(picture, centre + ring * radius, colour(rng))
        fill(picture, centre + ring * radius * rng.uniform(0.5, 0.95), colour(rng))
        return
    size = rng.uniform(0.12, 0.75, 2) * width
    if rng.random() < 0.25:  # something far wider than high: a ruler, a strip, a receipt
        size[0] *= 0.3
    paint = colour(rng)
    box = corners(rng, centre, size)
    shadow(rng, picture, box)
    fill(picture, box, paint)
    if rng.random() < 0.65:
        printed(rng, picture, box, paint)


def printed(rng: Rng, picture: Floats, box: Floats, paint: Sequence[float]) -> None:
    """Lines, blocks or keys on a thing: a letter, a phone's screen, a box of medicine."""
    ink = (
        np.asarray(paint) * rng.uniform(0.2, 0.7)
        if np.mean(paint) > 90
        else np.asarray(paint) + rng.uniform(40, 120)
    )
    across, down = box[1] - box[0], box[3] - box[0]
    rows = int(rng.integers(3, 26))
    left, right = rng.uniform(0.04, 0.2), rng.uniform(0.6, 0.96)
    half = rng.uniform(0.1, 0.3) / rows
    for row in range(rows):
        if rng.random() < 0.12:
            continue
        y, stop = (row + 0.6) / rows, right * rng.uniform(0.6, 1)
        line = [
            box[0] + across * x + down * v
            for x, v in ((left, y - half), (stop, y - half), (stop, y + half), (left, y + half))
        ]
        fill(picture, np.array(line), ink)
        if rows > 14 and row > 14:
            break


def paper_under(rng: Rng, picture: Floats, box: NDArray[Any], *, at_corner: bool = False) -> None:
    """A sheet of paper up to several times as large as what lies on it, often near the sheet's corner."""
    across, down = box[1] - box[0], box[3] - box[0]
    least = rng.uniform(0.01, 0.4, 4) if rng.random() < 0.7 else rng.uniform(0.01, 0.08, 4)
    far = rng.random(4) < 0.5
    if at_corner:
        least = rng.uniform(0.02, 0.2, 4)
        far = np.roll([False, False, True, True], int(rng.integers(4)))
    left, top, right, bottom = np.where(far, rng.uniform(0.3, 4, 4), least)
    paper = np.array(
        [
            box[0] - across * left - down * top,
            box[1] + across * right - down * top,
            box[2] + across * right + down * bottom,
            box[3] - across * left + down * bottom,
        ],
        np.float32,
    )
    spin = cv2.getRotationMatrix2D([float(v) for v in box.mean(0)], float(rng.normal(0, 3)), 1.0)
    paper = cv2.transform(paper[None], spin)[0]
    shadow(rng, picture, paper)
    fill(picture, paper, np.array(colour(rng, 165, 252)) * 0.4 + 0.6 * rng.uniform(170, 252))
    if rng.random() < 0.25:
        printed(rng, picture, np.asarray(paper, np.float32), (215.0, 215.0, 215.0))


def thing_over(rng: Rng, picture: Floats, outline: NDArray[Any]) -> None:
    """A pen, a toy, a coin, something held before the lens: it covers a part of the outline."""
    side = int(rng.integers(4))
    at = outline[side] + (outline[(side + 1) % 4] - outline[side]) * rng.uniform(-0.1, 1.1)
    size = math.sqrt(abs(float(cv2.contourArea(outline.astype(np.float32)))))
    before = picture.copy()
    paint = np.array(colour(rng)) * 0.5 + 0.5 * rng.uniform(0, 255, 3)
    kind = rng.random()
    if kind < 0.4:
        fill(picture, corners(rng, at, (size * rng.uniform(0.4, 1.2), size * rng.uniform(0.04, 0.16))), paint)
    else:
        turn = np.linspace(0, 2 * math.pi, 14, endpoint=False)
        reach = size * rng.uniform(0.08, 0.3) * (1 + rng.uniform(-0.35, 0.35, 14) * (kind > 0.6))
        ring = np.stack([np.cos(turn), np.sin(turn) * rng.uniform(0.5, 1)], 1)
        fill(picture, at + ring * reach[:, None], paint)
        fill(picture, at + (ring * 0.5 + rng.uniform(-0.3, 0.3, 2)) * reach[:, None], colour(rng))
    if rng.random() < 0.25:  # near to the lens, out of focus
        changed = np.abs(picture - before).max(2, keepdims=True) > 1
        soft = cv2.GaussianBlur(changed.astype(np.float32), (0, 0), 0.06 * size + 0.5)[..., None]
        picture[:] = before + (np.where(changed, picture, paint) - before) * soft


def shadow(rng: Rng, picture: Floats, box: NDArray[Any]) -> None:
    """A soft shadow around a thing of some thickness."""
    mask = np.zeros(picture.shape[:2], np.float32)
    moved = box + rng.uniform(-0.02, 0.02, 2) * picture.shape[1]
    cv2.fillPoly(mask, [np.rint(moved).astype(np.int32)], 1.0)
    soft = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.8, 6))
    picture *= 1 - soft[..., None] * rng.uniform(0, 0.55)
