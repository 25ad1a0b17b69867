"""Tesseract's LSTM: a second reader of machine-readable lines, and the only one of Indian scripts.

On Latin lines it is far behind the box's own recogniser (measured), but its errors are others': there it
votes and does not decide.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import tesserocr
from PIL import Image

from appliance.config import debian_file
from appliance.domain.capture import Pixels
from appliance.domain.mrz_layout import ALPHABET, FILLER
from appliance.errors import NotInstalled

_FOLDER: Final = "usr/share/tesseract-ocr/5/tessdata"
_DATA: Final = f"{_FOLDER}/eng.traineddata"
_HEIGHT: Final = 40
"""Pixels of line height at which the network reads best."""
_RAW_HEIGHT: Final = 48
"""The same where Tesseract is told to take the picture as the line that it is."""
_DOUBTFUL: Final = 0.7
"""Certainty below which a line is read a second time, without Tesseract's own search for the line in it."""
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
        engine = self._engine()
        engine.SetImage(_framed(pixels, _HEIGHT))
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


class LanguageReader:
    """Reads single lines of the languages whose data are on this machine. Safe to use from several threads.

    There is one engine to a language or pair of languages, made when it is first needed (10 to 120 ms, 3 to
    22 MB); threads take turns at it, a line takes about 15 ms.
    """

    def __init__(self, languages: Sequence[str], tessdata: Path | None = None) -> None:
        """Find the language data.

        Args:
            languages: names of Tesseract's data files: `hin`, `tam`.
            tessdata: folder of the data files; None looks where Debian's packages put them.
        """
        self._folders = {
            name: folder for name in languages if (folder := _folder_of(name, tessdata)) is not None
        }
        self._engines: dict[str, tuple[tesserocr.PyTessBaseAPI, threading.Lock]] = {}
        self._making = threading.Lock()

    @property
    def languages(self) -> tuple[str, ...]:
        """Those of the languages asked for that are on this machine."""
        return tuple(self._folders)

    def line(self, pixels: Pixels, languages: Sequence[str], *, again: bool = True) -> tuple[str, float]:
        """Read one upright line. Blocks.

        Args:
            pixels: the line with little around it, any height.
            languages: one that is on this machine, or several together, the chief one first.
            again: whether a doubtful line is read in another way too, the surer of both counts.

        Returns:
            The text, "" where nothing is read, and how certain it is, 0..1 (Tesseract's mean over words).

        Raises:
            NotInstalled: a language is not on this machine.
        """
        for name in languages:
            if name not in self._folders:
                raise NotInstalled(
                    f"no data to read {name!r} on this machine", remedy=f"Install tesseract-ocr-{name}."
                )
        engine, turn = self._engine("+".join(languages), self._folders[languages[0]])
        with turn:
            first = _read(engine, pixels, tesserocr.PSM.SINGLE_LINE, _HEIGHT)
            if first[1] >= _DOUBTFUL or not again:
                return first
            second = _read(engine, pixels, tesserocr.PSM.RAW_LINE, _RAW_HEIGHT)
        return max((first, second), key=lambda one: one[1])

    def _engine(self, languages: str, folder: Path) -> tuple[tesserocr.PyTessBaseAPI, threading.Lock]:
        with self._making:
            if languages not in self._engines:
                engine = tesserocr.PyTessBaseAPI(
                    path=str(folder),
                    lang=languages,
                    oem=tesserocr.OEM.LSTM_ONLY,
                )
                self._engines[languages] = (engine, threading.Lock())
            return self._engines[languages]


def _read(engine: tesserocr.PyTessBaseAPI, pixels: Pixels, mode: int, height: int) -> tuple[str, float]:
    engine.SetPageSegMode(mode)
    engine.SetImage(_framed(pixels, height))
    text = " ".join(engine.GetUTF8Text().split())
    sure = max(engine.MeanTextConf(), 0) / 100
    return (text, sure) if text and sure else ("", 0.0)


def _folder_of(language: str, tessdata: Path | None) -> Path | None:
    name = f"{language}.traineddata"
    if tessdata is not None:
        return tessdata if (tessdata / name).exists() else None
    try:
        return debian_file(f"{_FOLDER}/{name}").parent
    except NotInstalled:  # this language stays unread, the others do not
        return None


def _framed(pixels: Pixels, height: int) -> Image.Image:
    """The line in grey at the height that the network reads best, with a margin of its own edges."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    scale = height / grey.shape[0]
    method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=method)
    framed = cv2.copyMakeBorder(grey, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_REPLICATE)
    return Image.fromarray(np.ascontiguousarray(framed))


def fitted(text: str, length: int) -> str | None:
    """Bring a reading to a length by stretching its last run of fillers; None where that cannot be."""
    if len(text) == length:
        return text
    head, run, tail = text.rpartition(2 * FILLER)
    missing = length - len(head.rstrip(FILLER)) - len(tail)
    return head.rstrip(FILLER) + FILLER * missing + tail if run and missing > 0 else None
