"""What is installed of a model, and whether it is still what was installed.

A model's folder under the models folder holds its files, what was made of them, and `installed.json`: the
SHA-256 of each file and of the manifest it was installed by. Files as published must also have the digest
that the manifest pins; for a converted network, whose bytes depend on the converter's version, the record is
what there is.
"""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from appliance.engine.archives import sha256_of
from appliance.engine.manifest import Manifest
from appliance.errors import ModelCorrupt, ModelMissing

RECORD: Final = "installed.json"
REMEDY: Final = "Run `kycbox model install`."


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`installed.json`."""

    pins: str
    """`pins_of` the manifest at install."""
    converter: str
    """OpenVINO's version."""
    files: dict[str, str]
    """File name to SHA-256."""


def pins_of(manifest: Manifest) -> str:
    """SHA-256 over the parts of a manifest that decide what is installed."""
    parts = (manifest.name, manifest.version, manifest.format, manifest.files, manifest.derived)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def network_file(manifest: Manifest) -> str:
    """Name of the file that the runtime opens."""
    return "model.xml" if manifest.format in {"dlib", "minifasnet"} else manifest.files[0].name


def folder_of(manifest: Manifest, installed: Path) -> Path:
    """Where the model's files lie."""
    return installed / manifest.name


def is_installed(manifest: Manifest, installed: Path) -> bool:
    """Whether an installation by this manifest is recorded; says nothing of its files' state."""
    try:
        return _record(manifest, installed).pins == pins_of(manifest)
    except (ModelMissing, ModelCorrupt):
        return False


def verify(manifest: Manifest, installed: Path) -> Path:
    """Check every file's SHA-256.

    Returns:
        The path that the runtime opens.

    Raises:
        ModelMissing: not installed, or installed by another manifest.
        ModelCorrupt: a file is gone or has other bytes.
    """
    record = _record(manifest, installed)
    if record.pins != pins_of(manifest):
        reason = f"model {manifest.name} is installed in another version than {manifest.version}"
        raise ModelMissing(reason, remedy=REMEDY)
    folder = folder_of(manifest, installed)
    for name, digest in {**record.files, **manifest.pinned}.items():
        path = folder / name
        try:
            found = sha256_of(path)
        except OSError as error:
            reason = f"cannot read {path} of model {manifest.name}: {error.strerror}"
            raise ModelCorrupt(reason, remedy=REMEDY) from None
        if found != digest:
            reason = (
                f"{path} of model {manifest.name} is not the file that was installed: its SHA-256 differs"
            )
            raise ModelCorrupt(reason, remedy=REMEDY)
    return folder / network_file(manifest)


def _record(manifest: Manifest, installed: Path) -> Record:
    path = folder_of(manifest, installed) / RECORD
    try:
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except OSError:
        reason = f"model {manifest.name} ({manifest.job}) is not installed in {installed}"
        raise ModelMissing(reason, remedy=REMEDY) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ModelCorrupt(f"{path} is damaged", remedy=REMEDY) from None
