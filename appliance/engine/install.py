"""Bringing models onto the machine: fetch the archive, take the files out, convert, record.

Doing it again does nothing. A model's folder appears whole or not at all.
"""

import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
import openvino as ov

from appliance.engine import dlib_graph, minifasnet_graph
from appliance.engine.archives import Progress, exclusive, fetch, sha256_of
from appliance.engine.installed import RECORD, Record, folder_of, is_installed, network_file, pins_of, verify
from appliance.engine.manifest import Manifest
from appliance.engine.onnx_metadata import read_metadata
from appliance.errors import ModelCorrupt, ModelMissing

BUILT: Final = {"dlib": dlib_graph.build, "minifasnet": minifasnet_graph.build}
"""Formats whose network is built here, from weights."""
ARCHIVES: Final = "archives"
"""Folder under the models folder; its files may be deleted after an install, and put there before one."""


def install(
    manifests: Iterable[Manifest], installed: Path, progress: Progress, *, keep_archives: bool = False
) -> list[str]:
    """Have every model that comes from an archive installed and intact. Blocks; minutes on a slow line.

    Args:
        manifests: models whose files lie beside their manifest are taken from there; others without a
            `source` are left alone: they are added from a folder.
        installed: the models folder, made when absent.
        progress: called while an archive is fetched.
        keep_archives: leave the archives for the next time.

    Returns:
        Names of the models that were not there before.

    Raises:
        ModelMissing: an archive could not be fetched, or the folder cannot be written.
        ModelCorrupt: an archive or file is not the one pinned.
    """
    try:
        with exclusive(installed):
            return _install(list(manifests), installed, progress, keep_archives=keep_archives)
    except OSError as error:
        reason = f"cannot write the models folder {installed}: {error.strerror}"
        raise ModelMissing(reason, remedy="Make room or name another folder: KYCBOX_MODELS.") from None


def place(manifest: Manifest, published: Path, installed: Path) -> None:
    """Check the published files in a folder, convert, and put them in place as one.

    Args:
        manifest: of the model.
        published: holds the manifest's files by name.
        installed: the models folder.

    Raises:
        ModelCorrupt: a file is not the one pinned, or cannot be converted.
    """
    with tempfile.TemporaryDirectory(prefix=".installing-", dir=installed) as scratch:
        folder = Path(scratch) / manifest.name
        folder.mkdir()
        for file in manifest.files:
            path = published / file.name
            if not path.is_file() or path.stat().st_size != file.bytes or sha256_of(path) != file.sha256:
                reason = f"{file.name} of model {manifest.name} is not the file that its manifest pins"
                raise ModelCorrupt(reason, remedy="Take the file from where the model's card says.")
            shutil.copyfile(path, folder / file.name)
        _derive(manifest, folder)
        if manifest.format in BUILT:
            graph = BUILT[manifest.format]((folder / manifest.files[0].name).read_bytes())
            ov.save_model(graph, folder / network_file(manifest), compress_to_fp16=False)
        digests = {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
        record = Record(pins=pins_of(manifest), converter=ov.__version__, files=digests)
        (folder / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record)))
        _replace(folder, folder_of(manifest, installed), Path(scratch) / "old")


def _install(
    manifests: list[Manifest], installed: Path, progress: Progress, *, keep_archives: bool
) -> list[str]:
    new: list[str] = []
    for left in installed.glob(".*-*"):  # of an install that was killed: this one has the lock
        shutil.rmtree(left, ignore_errors=True)
    archives = installed / ARCHIVES
    for manifest in manifests:
        if (manifest.source is None and not manifest.brings_files) or _intact(manifest, installed):
            continue
        if manifest.source is None:
            place(manifest, Path(manifest.folder), installed)
            new.append(manifest.name)
            continue
        archive = fetch(manifest.source, archives, progress)
        with tempfile.TemporaryDirectory(prefix=".extracting-", dir=installed) as scratch:
            for file in manifest.files:
                _extract(archive, file.member, Path(scratch) / file.name, file.bytes)
            place(manifest, Path(scratch), installed)
        new.append(manifest.name)
    if not keep_archives and archives.is_dir():
        shutil.rmtree(archives)
    return new


def _intact(manifest: Manifest, installed: Path) -> bool:
    if not is_installed(manifest, installed):
        return False
    try:
        verify(manifest, installed)
    except ModelCorrupt:
        return False  # this is the mending that the error's remedy promises
    return True


def _extract(archive: Path, member: str, to: Path, size: int) -> None:
    """One member, no longer than it should be, into one file: no path of an archive is used."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                data = wheel.open(member).read(size + 1)
        else:
            with tarfile.open(archive) as tar:
                inner = tar.extractfile(member)
                data = inner.read(size + 1) if inner else b""
    except (KeyError, OSError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        reason = f"cannot take {member} out of {archive.name}: {type(error).__name__}"
        raise ModelCorrupt(reason, remedy="Correct the manifest's `member`.") from None
    to.write_bytes(data)


def _derive(manifest: Manifest, folder: Path) -> None:
    for text in manifest.derived:
        data = (folder / manifest.files[0].name).read_bytes()
        path = folder / text.name
        path.write_bytes(read_metadata(data, text.metadata).encode("utf-8"))
        if sha256_of(path) != text.sha256:
            reason = f"{text.name} of model {manifest.name} is not the text that its manifest pins"
            raise ModelCorrupt(reason, remedy="Correct the manifest.")


def _replace(new: Path, place_: Path, old: Path) -> None:
    if place_.exists():
        place_.rename(old)
    new.rename(place_)
