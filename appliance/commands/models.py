"""`kycbox model`: list, install, verify, add, use."""

import argparse

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from appliance.commands.table import print_table
from appliance.config import PROJECT, Settings
from appliance.engine import packs
from appliance.engine.install import install as install_models
from appliance.engine.installed import is_installed
from appliance.engine.installed import verify as verify_model
from appliance.engine.manifest import Manifest, load_manifests
from appliance.errors import ModelCorrupt, ModelMissing


def _own() -> dict[str, Manifest]:
    return load_manifests(PROJECT / "models")


def _all(settings: Settings) -> dict[str, Manifest]:
    """Those of the box and the packs that were added."""
    return packs.all_manifests(PROJECT / "models", settings.models_folder)


def install(settings: Settings, _given: argparse.Namespace) -> int:
    """Fetch, verify and convert what is missing."""
    console = Console(stderr=True)
    columns = (TextColumn("      {task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        tasks = {}

        def progress(archive: str, had: int, total: int) -> None:
            if archive not in tasks:
                tasks[archive] = bars.add_task(archive, total=total)
            bars.update(tasks[archive], completed=had)

        new = install_models(_own().values(), settings.models_folder, progress)
    console.print(
        f"      installed: {', '.join(new)}" if new else "      every model is installed", highlight=False
    )
    return 0


def add(settings: Settings, given: argparse.Namespace) -> int:
    """Take models from a folder; each network must give its golden vector here."""
    if (given.path / "manifest.toml").exists():
        added = [packs.add(given.path, PROJECT / "models", settings.models_folder)]
    else:
        added = packs.add_known(given.path, PROJECT / "models", settings.models_folder)
    for manifest in added:
        Console().print(f"added {manifest.name} {manifest.version}: {manifest.job}", highlight=False)
    Console().print("A running box takes it in at its next start.", highlight=False)
    return 0


def use(settings: Settings, given: argparse.Namespace) -> int:
    """Choose the model that makes templates."""
    packs.use(given.name, _all(settings), settings.models_folder)
    Console().print(f"templates are made by {given.name} from the next start on", highlight=False)
    return 0


def verify(settings: Settings, _given: argparse.Namespace) -> int:
    """Compare every file with its pinned SHA-256; exit status 1 if one differs."""
    console, bad = Console(), 0
    for name, manifest in _all(settings).items():
        try:
            verify_model(manifest, settings.models_folder)
        except (ModelMissing, ModelCorrupt) as error:
            if manifest.optional and isinstance(error, ModelMissing):
                continue
            bad += 1
            console.print(f"{name}: {error.message}. {error.remedy}", highlight=False, markup=False)
        else:
            console.print(f"{name}: right", highlight=False)
    return 1 if bad else 0


def list(settings: Settings, _given: argparse.Namespace) -> int:  # noqa: A001 - the verb's own name
    """Show every model."""
    used = packs.template_model(_all(settings), settings.models_folder)
    rows = [
        (
            name,
            m.version,
            m.job,
            m.licence,
            "yes" if is_installed(m, settings.models_folder) else "no",
            "templates" if name == used else "",
        )
        for name, m in _all(settings).items()
    ]
    print_table(("model", "version", "job", "licence", "installed", "in use for"), rows)
    return 0
