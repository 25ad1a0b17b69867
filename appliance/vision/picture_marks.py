"""What a file says of the software that wrote it: words for the injection check, nothing about the picture.

Weak evidence: easily forged, and a phone's own editor is innocent. Only the two codes below leave the
confined process, never the text that they were found in.
"""

import re
from typing import Final

from appliance.vision import picture_header

EDITED: Final = "edited_by_software"
GENERATED: Final = "made_by_generator"
_EDITORS: Final = re.compile(
    rb"\b(?:photoshop|adobe (?:lightroom|illustrator)|gimp|affinity photo|paint\.net|facetune|snapseed"
    rb"|meitu|pixelmator|faceapp|reface|picsart|canva|photopea|krita|corel)\b",
    re.IGNORECASE,
)
_GENERATORS: Final = re.compile(
    rb"\b(?:stable diffusion|midjourney|dall-?e|comfyui|automatic1111|invokeai|novelai|openai"
    rb"|trainedalgorithmicmedia|negative prompt|firefly|deepfacelab|faceswap|roop|obs[ -]studio)\b",
    re.IGNORECASE,
)
_MOST: Final = 256 * 1024
"""Bytes of metadata looked at."""


def marks(data: bytes, media_type: str) -> list[str]:
    """Codes of what the file's metadata gives away.

    Args:
        data: a JPEG or PNG whose header was read before; others have no marks.
        media_type: found from the bytes.
    """
    text = b"\n".join(picture_header.metadata(data, media_type))[:_MOST]
    plain = text.replace(b"\0", b"")  # Windows writes names in UTF-16
    found = {EDITED: _EDITORS, GENERATED: _GENERATORS}
    return [code for code, words in found.items() if words.search(text) or words.search(plain)]
