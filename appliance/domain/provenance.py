"""Where a picture came from: what the box knows about its way here, apart from what it shows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """How a picture reached the box; the two ends are never mixed up."""

    UPLOAD = "upload"  # a plain file: anybody may have made it, anywhere
    BUNDLE = "bundle"  # sealed to this box's capture key, with a nonce and a time
    KIOSK = "kiosk"  # taken by the box's own camera; no file crossed a place that others write to


@dataclass(frozen=True, slots=True)
class Provenance:
    """The way of one picture.

    Attributes:
        channel: how it came.
        device: name of the capture device, "" where unknown. Only as good as `enrolled` says.
        enrolled: whether an enrolled device signed it and the signature holds.
        captured_at: when it says it was taken, with zone; None for an upload.
        key_id: hex id of the capture key that it was sealed to, "" for an upload.
    """

    channel: Channel = Channel.UPLOAD
    device: str = ""
    enrolled: bool = False
    captured_at: datetime | None = None
    key_id: str = ""


UPLOADED = Provenance()
"""A plain file."""
