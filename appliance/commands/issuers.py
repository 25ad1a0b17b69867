"""`kycbox issuer`: certificates of authorities that are believed. Works with and without a running box."""

import argparse
import base64
import json
import sys
from pathlib import Path

from appliance.commands.table import print_table
from appliance.config import Settings
from appliance.control import call
from appliance.errors import StartError

LARGEST = 64 * 1024


def add(settings: Settings, given: argparse.Namespace) -> int:
    """Install certificates, and show what is to be compared with what the authority publishes."""
    for data in [_read(path) for path in given.files]:
        made = call(settings, "issuer.add", {"certificate": base64.b64encode(data).decode()})
        sys.stdout.write(f"{_spaced(made['fingerprint'])}\n  {made['name']}\n")
        sys.stdout.write(f"  {made['not_before']} to {made['not_after']}\n")
    sys.stderr.write("Compare each SHA-256 fingerprint with the one that the authority publishes.\n")
    return 0


def show(settings: Settings, given: argparse.Namespace) -> int:
    """Show all installed certificates."""
    known = call(settings, "issuer.list", {})
    if given.json:
        sys.stdout.write(json.dumps(known) + "\n")
        return 0
    rows = [
        (one["fingerprint"][:16], one["issuer"], one["not_before"], one["not_after"], one["name"])
        for one in known
    ]
    print_table(("fingerprint", "scheme", "from", "to", "name"), rows)
    return 0


def remove(settings: Settings, given: argparse.Namespace) -> int:
    """Believe a certificate no longer."""
    gone = call(settings, "issuer.remove", {"fingerprint": given.fingerprint})
    sys.stdout.write(f"{gone['fingerprint'][:16]} is removed\n")
    return 0


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise StartError(f"cannot read {path}: {error.strerror}") from None
    if len(data) > LARGEST:
        raise StartError(f"{path} is too large for a certificate")
    return data


def _spaced(fingerprint: str) -> str:
    return ":".join(fingerprint[at : at + 2] for at in range(0, len(fingerprint), 2)).upper()
