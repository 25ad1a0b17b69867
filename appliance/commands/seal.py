"""`kycbox seal`: make an encrypted capture of a picture, as a capture client does."""

import argparse
import base64
import binascii
import hashlib
import json
import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from appliance.config import Settings
from appliance.domain.bundle import LONGEST_DEVICE, MEDIA_TYPES, Header, key_id
from appliance.errors import StartError
from appliance.store.captures import seal_capture
from appliance.vision import picture_header

_KEY: Final = 32
_MOST: Final = 64 * 1024 * 1024


def seal(_settings: Settings, given: argparse.Namespace) -> int:
    """Seal a picture to a box's capture key."""
    picture = _read(given.source)
    if len(picture) > _MOST:
        raise StartError(f"{given.source} is larger than 64 MB", remedy="Save it smaller.")
    media_type = picture_header.sniff(picture)
    if media_type not in MEDIA_TYPES:
        raise StartError(f"{given.source} is not a JPEG, PNG or BMP picture", remedy="Name a picture.")
    if not given.device.isprintable() or len(given.device.encode()) > LONGEST_DEVICE:
        raise StartError(f"the device's name is at most {LONGEST_DEVICE} printable bytes")
    public = key(given.key)
    header = Header(
        key_id(public),
        secrets.token_bytes(16),
        datetime.now(UTC),
        hashlib.sha256(picture).digest(),
        media_type,
        given.device,
    )
    signing = key(_read(given.sign).decode("ascii", "replace").strip()) if given.sign else b""
    _write(given.target, seal_capture(public, header, picture, signing=signing))
    sys.stdout.write(f"{given.target}: sealed to {header.key_id.hex()}\n")
    return 0


def key(text: str) -> bytes:
    """32 bytes out of hex, base64, or a file with either or with the JSON of `/-/capture-key`.

    Raises:
        StartError: none of these.
    """
    if not _spelled(text) and Path(text).is_file():
        text = Path(text).read_text("utf-8", "replace")
    text = text.strip()
    if text.startswith("{"):
        try:
            text = str(json.loads(text).get("public_key", ""))
        except ValueError:
            text = ""
    if found := _spelled(text):
        return found
    remedy = "Take public_key from GET /-/capture-key: 64 hexadecimal digits."
    raise StartError("the key is not 32 bytes in hex or base64, nor a file with them", remedy=remedy)


def _spelled(text: str) -> bytes:
    for decode in (bytes.fromhex, _base64):
        try:
            found = decode(text)
        except (ValueError, binascii.Error):
            continue
        if len(found) == _KEY:
            return found
    return b""


def _base64(text: str) -> bytes:
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StartError(f"cannot read {path}: {error.strerror}", remedy="Name a file.") from None


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    if path.exists() and not path.is_file():
        raise StartError(f"{path} is not a file", remedy="Name a file.")
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        reason = f"cannot write {path}: {error.strerror}"
        raise StartError(reason, remedy="Name a file in a folder that exists and has room.") from None
    finally:
        draft.unlink(missing_ok=True)
