"""`kycbox audit`: export the ledger, verify an export."""

import argparse
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from appliance.config import PROJECT, Settings
from appliance.control import call
from appliance.errors import InvalidRequest, LedgerBroken, StorageFull

VERIFIER = PROJECT / "packaging" / "kycbox_audit_verify.py"


def export(settings: Settings, given: argparse.Namespace) -> int:
    """Write the whole ledger; the file appears only when it is complete.

    Raises:
        StorageFull: the file cannot be written.
    """
    out = Path(given.out)
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        try:
            with draft.open("xb") as file:
                told = call(settings, "audit.export", {}, file)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(out)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        reason = f"cannot write {out}: {error.strerror}"
        raise StorageFull(reason, remedy="Name a file in a folder that can be written.") from None
    sys.stdout.write(f"{told['entries']} entries to {out}\nkey {told['key']}\n")
    return 0


def verify(_settings: Settings, given: argparse.Namespace) -> int:
    """Verify an export; the same program that an auditor runs alone.

    Raises:
        LedgerBroken: it does not verify. InvalidRequest: a file cannot be read.
    """
    verifier = _verifier()
    try:
        since = [verifier.note_in(given.since)] if given.since else []
        report = verifier.verify(given.file, None, since)
    except verifier.Broken as error:
        raise LedgerBroken(
            f"{given.file} does not verify: {error}", remedy="Keep the file and the box as they are."
        ) from None
    except OSError as error:
        reason = f"cannot read {error.filename}: {error.strerror}"
        raise InvalidRequest(reason, remedy="Name an export.") from None
    sys.stdout.write(verifier.describe(report, trusted=False))
    return 0


def _verifier() -> ModuleType:
    """Load the one-file verifier, which belongs to no package because it is handed out alone."""
    spec = importlib.util.spec_from_file_location(VERIFIER.stem, VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module
