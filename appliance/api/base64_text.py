"""Base64 as clients write it: plain, URL-safe, with line breaks, without padding, as a data URL."""

import base64
import binascii
import re

_DATA_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w.+-]+=[\w.+-]+)*;base64,", re.ASCII)
_URL_SAFE = str.maketrans("-_", "+/")
_SPACE = re.compile(r"[ \t\r\n]+")


def is_longer(text: str, most: int) -> bool:
    """Whether a text stands for more than `most` bytes, without decoding it; line breaks do not count."""
    return len(text) * 3 // 4 > most + most // 32 + 128


def decoded(text: str) -> bytes | None:
    """The bytes that a text stands for; None where it is no base64. Blocks some milliseconds a megabyte."""
    if header := _DATA_URL.match(text):
        text = text[header.end() :]
    plain = _SPACE.sub("", text).translate(_URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
