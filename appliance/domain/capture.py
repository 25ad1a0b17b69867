"""A picture as the box works on it: decoded, upright, three channels, with what its file said."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from appliance.domain.provenance import UPLOADED, Provenance

Pixels: TypeAlias = NDArray[np.uint8]
"""H x W x 3, RGB, 0..255, upright: file orientation is already applied."""


@dataclass(frozen=True, eq=False, slots=True)
class Capture:
    """One decoded picture.

    Attributes:
        sha256: hex digest of the bytes as received.
        media_type: `image/jpeg`, `image/png` or `application/pdf`, found from the bytes.
        byte_length: length of the bytes as received.
        pixels: the picture, or the first page of a PDF.
        jpeg_quality: 1..100 estimated from the quantisation tables; None where the file is no JPEG.
        marks: codes of what the file says of the software that wrote it, see `vision.picture_marks`.
        provenance: how the picture reached the box.
    """

    sha256: str
    media_type: str
    byte_length: int
    pixels: Pixels
    jpeg_quality: int | None = None
    marks: tuple[str, ...] = ()
    provenance: Provenance = UPLOADED
