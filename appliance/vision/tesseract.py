"""Tesseract's LSTM as a second reader of machine-readable lines: it votes, it does not decide.

On whole lines it is far behind the box's own recogniser (measured), but its errors are others'.
"""

import threading
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import tesserocr
from PIL import Image

from appliance.config import debian_file
from appliance.domain.capture import Pixels
from appliance.domain.mrz_layout import ALPHABET, FILLER

_DATA: Final = "usr/share/tesseract-ocr/5/tessdata/eng.traineddata"
_HEIGHT: Final = 40
"""Pixels of line height at which the network reads best."""
_MARGIN: Final = 10


class TesseractReader:
    """Reads single lines of the zone's alphabet. Each thread has an engine of its own."""

    def __init__(self, tessdata: Path | None = None) -> None:
        """Find the language data.

        Args:
            tessdata: folder with `eng.traineddata`; None looks where Debian's package puts it.

        Raises:
            NotInstalled: there is none; the zone is then read without this vote.
        """
        self._tessdata = tessdata or debian_file(_DATA).parent
        self._local = threading.local()

    def line(self, pixels: Pixels, length: int) -> str | None:
        """Read one upright line of `length` characters.

        Returns:
            Exactly that many characters, or None where the reading cannot be brought to that length: counts
            of fillers are unreliable, so the last run of them is stretched and nothing else.
        """
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        scale = _HEIGHT / grey.shape[0]
        method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=method)
        framed = cv2.copyMakeBorder(grey, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_REPLICATE)
        engine = self._engine()
        engine.SetImage(Image.fromarray(np.ascontiguousarray(framed)))
        return fitted("".join(engine.GetUTF8Text().split()), length)

    def _engine(self) -> tesserocr.PyTessBaseAPI:
        engine = getattr(self._local, "engine", None)
        if engine is None:
            engine = tesserocr.PyTessBaseAPI(
                path=str(self._tessdata),
                lang="eng",
                psm=tesserocr.PSM.SINGLE_LINE,
                oem=tesserocr.OEM.LSTM_ONLY,
            )
            engine.SetVariable("tessedit_char_whitelist", ALPHABET)
            self._local.engine = engine
        return engine


def fitted(text: str, length: int) -> str | None:
    """Bring a reading to a length by stretching its last run of fillers; None where that cannot be."""
    if len(text) == length:
        return text
    head, run, tail = text.rpartition(2 * FILLER)
    missing = length - len(head.rstrip(FILLER)) - len(tail)
    return head.rstrip(FILLER) + FILLER * missing + tail if run and missing > 0 else None
