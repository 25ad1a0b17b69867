"""How well a face can be compared, from its aligned cut-out and its size in the picture."""

import cv2
import numpy as np

from appliance.domain.capture import Pixels
from appliance.domain.face import FaceQuality, Points

MARGIN = 0.15
"""Share cut off each side of the aligned face, so that hair, background and black corners do not count."""
DARK, BRIGHT = 4, 251
"""Luminances up to and from which a pixel counts as clipped."""

EYE_DISTANCE = (12.0, 40.0)
SHARPNESS = (8.0, 80.0)
DARKNESS = (25.0, 70.0)
GLARE = (245.0, 205.0)
CLIPPED = (0.40, 0.05)
"""Worthless and good enough: a measure scores 0 at the first, 1 at the second, evenly between."""


def face_quality(chip: Pixels, points: Points) -> FaceQuality:
    """Measure an aligned face.

    The score is that of the worst measure: a sharp face in the dark is still in the dark.

    Args:
        chip: the aligned face.
        points: 5 x 2 in the picture, eyes first.
    """
    edge = round(chip.shape[0] * MARGIN)
    grey = cv2.cvtColor(chip[edge:-edge, edge:-edge], cv2.COLOR_RGB2GRAY)
    distance = float(np.linalg.norm(points[1] - points[0]))
    sharpness = float(cv2.Laplacian(grey, cv2.CV_64F).var())
    brightness = float(grey.mean())
    clipped = float(((grey <= DARK) | (grey >= BRIGHT)).mean())
    score = min(
        _ramp(distance, EYE_DISTANCE),
        _ramp(sharpness, SHARPNESS),
        _ramp(brightness, DARKNESS),
        _ramp(brightness, GLARE),
        _ramp(clipped, CLIPPED),
    )
    return FaceQuality(distance, sharpness, brightness, clipped, score)


def _ramp(value: float, limits: tuple[float, float]) -> float:
    worthless, good = limits
    return float(np.clip((value - worthless) / (good - worthless), 0.0, 1.0))
