"""Fixed made-up 150 x 150 pictures whose descriptors by real dlib are in `dlib_vectors.npz`."""

import numpy as np

from appliance.engine.golden import golden_pixels

SIDE = 150


def chips() -> np.ndarray:
    """8 x 150 x 150 x 3 uint8, RGB, by integer arithmetic only: a picture, its mirror, its negative, a roll,
    its dark third, flat grey, hard stripes, grain."""
    base = golden_pixels(SIDE, SIDE)
    number = np.arange(SIDE * SIDE * 3, dtype=np.uint64)
    grain = ((number * np.uint64(2654435761) >> np.uint64(7)) % np.uint64(256)).astype(np.uint8)
    stripes = np.zeros_like(base)
    stripes[:, ::3, 0] = 255
    stripes[::5, :, 2] = 255
    return np.stack(
        [
            base,
            base[:, ::-1],
            255 - base,
            np.roll(base, (41, 17, 1), axis=(0, 1, 2)),
            base // 3,
            np.full_like(base, 128),
            stripes,
            grain.reshape(SIDE, SIDE, 3),
        ]
    )
