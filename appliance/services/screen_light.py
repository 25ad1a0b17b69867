"""Whether a face answers the colours that a screen shows it: for screens that drive camera and light."""

import secrets
from collections.abc import Callable, Sequence

from appliance.domain.capture import Pixels
from appliance.domain.screen_light import (
    FLASHES,
    LightFrame,
    LightSequence,
    LightVerdict,
    drawn_lights,
    judge_light,
)
from appliance.vision.faces.light import light_frame
from appliance.vision.faces.reader import FaceReader


class ScreenLight:
    """Draws the colours, measures frames, judges them.

    The sequence stays with the box until the frames are there: who knows it beforehand can film an answer.

    Args:
        faces: finds the face of each frame.
    """

    def __init__(self, faces: FaceReader) -> None:
        self._faces = faces

    @staticmethod
    def draw(count: int = FLASHES, choose: Callable[[int], int] = secrets.randbelow) -> LightSequence:
        """Draw what the screen is to show.

        Raises:
            InvalidRequest: not 6 to 12 colours.
        """
        return drawn_lights(choose, count)

    def measure(self, pixels: Pixels, time: float) -> LightFrame | None:
        """Measure one frame; None where no face, or no surroundings, are seen. Blocks, about 15 ms.

        Args:
            pixels: the frame, without correction of colours by other software.
            time: seconds since the screen began, on the clock that drives it.
        """
        faces = self._faces.detect(pixels)
        return light_frame(pixels, faces[0], time) if faces else None

    @staticmethod
    def judge(sequence: LightSequence, frames: Sequence[LightFrame]) -> LightVerdict:
        """Judge measured frames; see `domain.screen_light.judge_light`."""
        return judge_light(sequence, frames)
