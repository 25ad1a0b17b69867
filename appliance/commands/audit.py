"""`kycbox audit`: export the ledger or the evidence of one decision, verify either."""

import argparse
import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from appliance.config import PROJECT, Settings
from appliance.control import call
from appliance.errors import StartError
from appliance.store.evidence_packets import new_auditor_key
from appliance.store.folder import sync_folder

VERIFIER = PROJECT / "packaging" / "kycbox_audit_verify.py"
"""One file that an auditor may take elsewhere; the command runs the same one."""
OPENER = PROJECT / "packaging" / "kycbox_packet_open.py"
"""Likewise, for whoever has the private key."""


def export(settings: Settings, given: argparse.Namespace) -> int:
    """Write the whole ledger with its proofs; whole or not at all."""
    done = into(given.out, lambda out: call(settings, "audit.export", {}, out))
    sys.stdout.write(f"{done['entries']} entries in {given.out}\nsigned by {done['key']}\n")
    return 0


def into(target: Path, write: Callable[[BinaryIO], Any], mode: int = 0o666) -> Any:
    """Write a file whole or not at all; gives what `write` gave.

    Args:
        target: the file; one that is there gives way.
        write: gets a file to write to.
        mode: of a new file, less what the user's mask takes away.

    Raises:
        StartError: it is a folder or device, or cannot be written.
    """
    if target.exists() and not target.is_file():  # renaming would put the file in the place of a device
        raise StartError(f"{target} is not a file", remedy="Name a file.")
    draft = target.with_name(target.name + ".part")
    try:
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            done = write(out)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        reason = f"cannot write {target}: {error.strerror}"
        raise StartError(reason, remedy="Name a file in a folder that exists and has room.") from None
    finally:
        draft.unlink(missing_ok=True)
    return done


def verify(_settings: Settings, given: argparse.Namespace) -> int:
    """Verify an export as an auditor would; 0 verified, 1 broken."""
    arguments = [str(given.file)]
    for option in ("key", "since"):
        if (value := getattr(given, option)) is not None:
            arguments += [f"--{option}", str(value)]
    return int(_script(VERIFIER).main(arguments))


def packet(settings: Settings, given: argparse.Namespace) -> int:
    """Write the evidence of one session's decisions; whole or not at all."""
    asked = {"session": given.session}
    done = into(given.out, lambda out: call(settings, "audit.packet", asked, out))
    sys.stdout.write(f"{done['packets']} packets in {given.out}\nsigned by {done['key']}\n")
    return 0


def opened(_settings: Settings, given: argparse.Namespace) -> int:
    """Verify the evidence of a session, then print what it says; 0 verified, 1 broken."""
    trusted = ["--key", given.key] if given.key else []
    broken = int(_script(VERIFIER).main([str(given.file), *trusted]))
    return broken or int(_script(OPENER).main([str(given.file), "--private", str(given.private)]))


def keygen(_settings: Settings, given: argparse.Namespace) -> int:
    """Make an auditor's key: the private half into a new file, the public half onto the screen."""
    private, public = new_auditor_key()
    try:
        descriptor = os.open(given.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        reason = f"cannot make {given.file}: {error.strerror}"
        raise StartError(reason, remedy="Name a file that does not exist yet.") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(private + "\n")
    sys.stdout.write(public + "\n")
    return 0


def _script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise StartError(f"{path} is missing", remedy="Take it again from the release.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module
