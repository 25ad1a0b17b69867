"""OpenVINO's compiled blobs, kept between starts, and only used when they are what it wrote.

OpenVINO itself notices a shortened or headless blob and compiles again; bytes changed in the middle of one
it takes for weights. So the SHA-256 of each blob is recorded after compiling and compared before the next.
"""

import tempfile
from pathlib import Path
from typing import Final

import msgspec

from appliance.engine.archives import sha256_of

FOLDER: Final = "blobs"
_RECORD: Final = "blobs.json"
_KEPT: Final = 4
"""Each change of device or streams makes another blob of a model; the newest stay."""


def usable(model: Path, precision: str) -> Path | None:
    """The folder for the blobs of one model in one precision, with none in it that is not recorded.

    Args:
        model: the model's installed folder.
        precision: OpenVINO takes a blob of another precision for its own, and answers not-a-number.

    Returns:
        None where it cannot be written: the box then compiles at every start.
    """
    folder = model / FOLDER / precision
    try:
        folder.mkdir(parents=True, exist_ok=True)
        recorded = _recorded(folder)
        for blob in folder.glob("*.blob"):
            if recorded.get(blob.name) != sha256_of(blob):
                blob.unlink()
    except OSError:
        return None
    return folder


def record(folder: Path) -> None:
    """Note what OpenVINO has written; called after each compiling.

    Another process may do the same at the same time, or the disk be full: what is not recorded is compiled
    again at the next start, so neither is an error.
    """
    try:
        held = _recorded(folder)
        newest = sorted(folder.glob("*.blob"), key=lambda blob: blob.stat().st_mtime, reverse=True)
        for blob in newest[_KEPT:]:
            blob.unlink()
        found = {blob.name: held.get(blob.name) or sha256_of(blob) for blob in newest[:_KEPT]}
        if found == held:
            return
        with tempfile.NamedTemporaryFile(dir=folder, prefix=_RECORD, delete=False) as fresh:
            fresh.write(msgspec.json.format(msgspec.json.encode(found)))
        Path(fresh.name).chmod(0o644)  # read by the service, written by whoever installs
        Path(fresh.name).replace(folder / _RECORD)
    except OSError:
        return


def _recorded(folder: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode((folder / _RECORD).read_bytes(), type=dict[str, str])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}  # no record: no blob is trusted
