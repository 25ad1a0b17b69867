"""MiniFASNet, two small nets that tell a face in front of the camera from a print or a screen.

Cropping after Silent-Face-Anti-Spoofing (Apache-2.0), whose nets these are: the face's box enlarged 2.7 and
4 times, moved into the picture where it leaves it, stretched to 80 x 80; three classes, the second is live.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain.capture import Pixels
from appliance.domain.face import Box, Face
from appliance.engine.runtime import Runtime

NETS: Final = {"face-attack-minifasnet-v2": 2.7, "face-attack-minifasnet-v1se": 4.0}
"""Name of each net and how much of the surroundings it sees."""
_SIZE: Final = 80
_LIVE: Final = 1


def live(runtime: Runtime, pixels: Pixels, face: Face) -> float:
    """0..1 that the face is live: the mean of both nets. Blocks for some milliseconds."""
    return sum(_net(runtime, name, crop(pixels, face.box, scale)) for name, scale in NETS.items()) / len(NETS)


def crop(pixels: Pixels, box: Box, scale: float) -> Pixels:
    """Cut the face with its surroundings, 80 x 80; the cut shrinks where the picture is too small for it."""
    height, width = pixels.shape[:2]
    scale = min((height - 1) / box.height, (width - 1) / box.width, scale)
    wide, high = box.width * scale, box.height * scale
    left = min(max(box.left + box.width / 2 - wide / 2, 0.0), width - 1 - wide)
    top = min(max(box.top + box.height / 2 - high / 2, 0.0), height - 1 - high)
    part = pixels[int(top) : int(top + high) + 1, int(left) : int(left + wide) + 1]
    return np.asarray(cv2.resize(part, (_SIZE, _SIZE)), np.uint8)


def _net(runtime: Runtime, name: str, chip: Pixels) -> float:
    logits: NDArray[np.float32] = runtime.infer(name, runtime.manifest(name).normalise(chip))[0].reshape(-1)
    weights = np.exp(logits - logits.max())
    return float(weights[_LIVE] / weights.sum())
