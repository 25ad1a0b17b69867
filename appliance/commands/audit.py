"""`kycbox audit`: export the ledger, verify an export."""

import argparse
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from appliance.config import PROJECT, Settings
from appliance.control import call
from appliance.errors import StartError

VERIFIER = PROJECT / "packaging" / "kycbox_audit_verify.py"
"""One file that an auditor may take elsewhere; the command runs the same one."""


def export(settings: Settings, given: argparse.Namespace) -> int:
    """Write the whole ledger with its proofs; whole or not at all."""
    target: Path = given.out
    if target.exists() and not target.is_file():  # renaming would put the file in the place of a device
        raise StartError(f"{target} is not a file", remedy="Name a file.")
    draft = target.with_name(target.name + ".part")
    try:
        with draft.open("wb") as out:
            done = call(settings, "audit.export", {}, out)
        draft.replace(target)
    except OSError as error:
        reason = f"cannot write {target}: {error.strerror}"
        raise StartError(reason, remedy="Name a file in a folder that exists and has room.") from None
    finally:
        draft.unlink(missing_ok=True)
    sys.stdout.write(f"{done['entries']} entries in {target}\nsigned by {done['key']}\n")
    return 0


def verify(_settings: Settings, given: argparse.Namespace) -> int:
    """Verify an export as an auditor would; 0 verified, 1 broken."""
    arguments = [str(given.file)]
    for option in ("key", "since"):
        if (value := getattr(given, option)) is not None:
            arguments += [f"--{option}", str(value)]
    return int(_verifier().main(arguments))


def _verifier() -> ModuleType:
    spec = importlib.util.spec_from_file_location(VERIFIER.stem, VERIFIER)
    if spec is None or spec.loader is None:
        raise StartError(f"{VERIFIER} is missing", remedy="Take it again from the release.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[VERIFIER.stem] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module
