"""Models beside those that belong to the box: added from a folder, and which one makes templates.

A pack is a folder with a `manifest.toml` like those under `models/`, without a `source`, and beside it the
files that the manifest pins, its golden vector and, as it has them, `card.md`, `calibration.json`,
`alignment.json`. Its manifest is kept under `packs/` of the models folder, its files beside the others.
"""

import itertools
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

from appliance.engine import devices
from appliance.engine.archives import exclusive, sha256_of
from appliance.engine.install import place
from appliance.engine.installed import is_installed, verify
from appliance.engine.manifest import Manifest, load_manifests
from appliance.errors import ModelCorrupt, ModelMissing, StartError

TEMPLATE_JOB: Final = "face template"
DEFAULT_TEMPLATE: Final = "face-template-dlib"
_PACKS: Final = "packs"
_CHOICE: Final = "in-use.json"
_BESIDE: Final = ("manifest.toml", "calibration.json", "alignment.json")
"""Small files taken over with a pack, besides its card and golden vector."""
_MOST_FILES: Final = 10_000
_LONGEST_BESIDE: Final = 4 * 1024 * 1024


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`in-use.json` of the models folder."""

    template: str


def all_manifests(models: Path, installed: Path) -> dict[str, Manifest]:
    """The box's own models and the packs added, by name. `Runtime` and `kycbox model list` take these.

    Raises:
        ModelMissing, ModelCorrupt: a manifest is missing or wrong.
    """
    own = load_manifests(models)
    packs = installed / _PACKS
    return {**(load_manifests(packs) if packs.is_dir() else {}), **own}


def add(pack: Path, models: Path, installed: Path) -> Manifest:
    """Take a pack into the models folder: `kycbox model add PATH`. Adding it again replaces it.

    The network has to give its golden vector on this machine, or it is not taken.

    Args:
        pack: folder with the manifest and the files.
        models: folder of the box's own manifests; their names are not free.
        installed: the models folder.

    Raises:
        ModelMissing: no manifest, or the models folder cannot be written.
        ModelCorrupt: a file is not the one pinned, the golden vector fails, or a manifest's field is wrong.
        StartError: the name belongs to the box.
    """
    manifest = Manifest.read(pack.resolve())
    if manifest.name in load_manifests(models):
        reason = f"{manifest.name} is the name of a model that belongs to the box"
        raise StartError(reason, remedy="Give the pack a name of its own in its manifest.")
    if manifest.source is not None:
        reason = f"the pack {manifest.name} names an archive; a pack brings its files itself"
        raise ModelCorrupt(reason, remedy="Remove `source` from its manifest and put the files beside it.")
    try:
        with exclusive(installed), tempfile.TemporaryDirectory(prefix=".adding-", dir=installed) as scratch:
            kept = Path(scratch) / manifest.name
            kept.mkdir()
            for name in (*_BESIDE, manifest.card, manifest.golden.file):
                _take(pack / name, kept / name)
            trial = Path(scratch) / "trial"
            trial.mkdir()
            place(manifest, pack, trial)
            own = Manifest.read(kept)
            devices.choose(devices.open_core(), own, verify(own, trial), "CPU", 1)
            place(manifest, pack, installed)
            _put(kept, installed / _PACKS / manifest.name, Path(scratch) / "old")
    except OSError as error:
        reason = f"cannot write the models folder {installed}: {error.strerror}"
        raise ModelMissing(reason, remedy="Make room or name another folder: KYCBOX_MODELS.") from None
    return Manifest.read(installed / _PACKS / manifest.name)


def add_known(path: Path, models: Path, installed: Path) -> list[Manifest]:
    """Take in the models that are known here and whose files an operator brings: `kycbox model add PATH`.

    A known model has a manifest under `models/` that names no archive. Whatever of them is complete under the
    path, by length and SHA-256 of its files, is installed; what else lies there is not looked at.

    Args:
        path: a folder, searched three levels deep, or one file, whose folder is searched.
        models: folder of the box's own manifests.
        installed: the models folder.

    Returns:
        Manifests of the models installed.

    Raises:
        ModelMissing: nothing there is known; the models folder cannot be written.
        ModelCorrupt: a golden vector fails.
    """
    wanted = [one for one in load_manifests(models).values() if one.optional and one.source is None]
    sizes = {file.bytes for one in wanted for file in one.files}
    digests = {sha256_of(file): file for file in _files(path if path.is_dir() else path.parent, sizes)}
    complete = [one for one in wanted if all(file.sha256 in digests for file in one.files)]
    if not complete:
        known = ", ".join(sorted(one.name for one in wanted))
        reason = f"{path} holds neither a manifest.toml nor the files of a model known here"
        raise ModelMissing(reason, remedy=f"Known are: {known}. Their cards under models/ say which files.")
    try:
        with exclusive(installed), tempfile.TemporaryDirectory(prefix=".adding-", dir=installed) as scratch:
            brought = Path(scratch) / "brought"
            brought.mkdir()
            for manifest in complete:
                for file in manifest.files:
                    shutil.copyfile(digests[file.sha256], brought / file.name)
                trial = Path(scratch) / "trial"
                trial.mkdir(exist_ok=True)
                place(manifest, brought, trial)
                devices.choose(devices.open_core(), manifest, verify(manifest, trial), "CPU", 1)
            for manifest in complete:
                place(manifest, brought, installed)
    except OSError as error:
        reason = f"cannot write the models folder {installed}: {error.strerror}"
        raise ModelMissing(reason, remedy="Make room or name another folder: KYCBOX_MODELS.") from None
    return complete


def _files(folder: Path, sizes: Collection[int]) -> list[Path]:
    """Plain files of these lengths, at most three levels deep and `_MOST_FILES` in all."""
    levels = itertools.chain(*(folder.glob("*/" * depth + "*") for depth in range(3)))
    try:
        return [
            file
            for file in itertools.islice(levels, _MOST_FILES)
            if file.is_file() and not file.is_symlink() and file.stat().st_size in sizes
        ]
    except OSError as error:
        reason = f"cannot read {folder}: {error.strerror}"
        raise ModelMissing(reason, remedy="Name a folder that can be read.") from None


def use(name: str, manifests: dict[str, Manifest], installed: Path) -> None:
    """Make new templates with this model: `kycbox model use NAME`. It counts from the next start.

    Templates carry the name of their model; those of the former one stay as they are and are not compared
    with new ones.

    Raises:
        ModelMissing: no such model, or it is not installed.
        ModelCorrupt: a file of it is damaged.
        StartError: it is not a model that makes templates.
    """
    manifest = manifests.get(name)
    if manifest is None:
        reason = f"there is no model {name!r}"
        raise ModelMissing(reason, remedy="`kycbox model list` names those there are.")
    if manifest.job != TEMPLATE_JOB:
        makers = ", ".join(sorted(key for key, held in manifests.items() if held.job == TEMPLATE_JOB))
        reason = f"{name} is for {manifest.job}; it makes no templates"
        raise StartError(reason, remedy=f"Name one of: {makers}.")
    verify(manifest, installed)
    with exclusive(installed):
        fresh = installed / f"{_CHOICE}.new"
        fresh.write_bytes(msgspec.json.encode(Choice(template=name)))
        fresh.replace(installed / _CHOICE)


def template_model(manifests: dict[str, Manifest], installed: Path) -> str:
    """Name of the model that makes templates.

    Raises:
        ModelMissing: the one chosen is no longer there.
        ModelCorrupt: the file of the choice is damaged.
    """
    try:
        name = msgspec.json.decode((installed / _CHOICE).read_bytes(), type=Choice).template
    except FileNotFoundError:
        name = DEFAULT_TEMPLATE
    except (msgspec.DecodeError, UnicodeDecodeError):
        reason = f"{installed / _CHOICE} is damaged"
        raise ModelCorrupt(reason, remedy="Run `kycbox model use NAME`.") from None
    if name not in manifests or manifests[name].job != TEMPLATE_JOB:
        reason = f"the template model in use, {name!r}, is not there"
        raise ModelMissing(reason, remedy="Add it again, or run `kycbox model use NAME` with another.")
    return name


def to_load(
    manifests: dict[str, Manifest], installed: Path, needed: Collection[str] = frozenset()
) -> list[str]:
    """What a box serves with: every model that is needed or installed; of template models the one in use.

    Args:
        manifests: by name.
        installed: the models folder.
        needed: template models that collections were made with: taken where they are installed.
    """
    chosen = template_model(manifests, installed)
    return [
        name
        for name, manifest in manifests.items()
        if name == chosen
        or (
            is_installed(manifest, installed) and name in needed
            if manifest.job == TEMPLATE_JOB
            else _present(manifest, installed)
        )
    ]


def _present(manifest: Manifest, installed: Path) -> bool:
    return not manifest.optional or is_installed(manifest, installed)


def _take(path: Path, to: Path) -> None:
    """Copy one small file of a pack; a pack need not have every one."""
    if not path.exists():
        return
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LONGEST_BESIDE:
        reason = f"{path.name} of the pack is not a plain file of at most 4 MiB"
        raise ModelCorrupt(reason, remedy="Take the pack from where its card says.")
    shutil.copyfile(path, to)


def _put(new: Path, at: Path, old: Path) -> None:
    at.parent.mkdir(exist_ok=True)
    if at.exists():
        at.rename(old)
    new.rename(at)
