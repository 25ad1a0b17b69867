"""`kycbox capture`: keys that captures are sealed to, and devices that sign them."""

import argparse
import os
import secrets
import sys

from appliance.commands.seal import key
from appliance.commands.table import print_table
from appliance.config import Settings
from appliance.control import call
from appliance.errors import StartError
from appliance.store.captures import signing_public


def keys(settings: Settings, _given: argparse.Namespace) -> int:
    """Show all capture keys."""
    known = call(settings, "capture.keys", {})
    rows = [(one["id"], one["created_at"], one["retired_at"] or "in use", one["public_key"]) for one in known]
    print_table(("id", "made", "retired", "public key"), rows)
    return 0


def rotate(settings: Settings, _given: argparse.Namespace) -> int:
    """Give clients a new key; the old ones go on opening."""
    made = call(settings, "capture.rotate", {})
    sys.stdout.write(f"{made['id']} is what clients are given from now on\n")
    return 0


def retire(settings: Settings, given: argparse.Namespace) -> int:
    """Let an old key open nothing any more."""
    call(settings, "capture.retire", {"id": given.id})
    sys.stdout.write(f"{given.id} is retired\n")
    return 0


def devices(settings: Settings, _given: argparse.Namespace) -> int:
    """Show all devices."""
    known = call(settings, "capture.devices", {})
    rows = [
        (one["name"], one["created_at"], one["revoked_at"] or "in use", one["public_key"]) for one in known
    ]
    print_table(("name", "enrolled", "revoked", "public key"), rows)
    return 0


def enrol(settings: Settings, given: argparse.Namespace) -> int:
    """Believe what a device signs."""
    call(settings, "capture.enrol", {"name": given.name, "public_key": key(given.key).hex()})
    sys.stdout.write(f"{given.name} is enrolled\n")
    return 0


def revoke(settings: Settings, given: argparse.Namespace) -> int:
    """Believe a device no longer."""
    call(settings, "capture.revoke", {"name": given.name})
    sys.stdout.write(f"{given.name} is revoked\n")
    return 0


def keygen(_settings: Settings, given: argparse.Namespace) -> int:
    """Make a signing key for a device: the private half into a new file, the public half onto the screen."""
    private = secrets.token_bytes(32)
    try:
        descriptor = os.open(given.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        reason = f"cannot make {given.file}: {error.strerror}"
        raise StartError(reason, remedy="Name a file that does not exist yet.") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(private.hex() + "\n")
    sys.stdout.write(signing_public(private).hex() + "\n")
    return 0
