"""`kycbox vault`: what was masked, its keys, legal holds. Works with and without a running box."""

import argparse
import json
import sys

from appliance.commands.audit import into
from appliance.config import Settings
from appliance.control import call


def status(settings: Settings, given: argparse.Namespace) -> int:
    """Show how much there is."""
    told = call(settings, "vault.status", {})
    if given.json:
        sys.stdout.write(json.dumps(told) + "\n")
        return 0
    for retention, count in sorted(told["records"].items()):
        sys.stdout.write(f"{count} records of the class {retention}\n")
    sys.stdout.write(f"{told['held']} under a legal hold, {told['due']} past their time\n")
    sys.stdout.write(
        f"wrapping key {told['key']}, {told['wrapped_by_older_keys']} records left under older\n"
    )
    return 0


def rotate(settings: Settings, _given: argparse.Namespace) -> int:
    """Replace the wrapping key."""
    told = call(settings, "vault.rotate", {})
    sys.stdout.write(f"wrapping key {told['key']} is in use, {told['records']} records were wrapped anew\n")
    return 0


def hold(settings: Settings, given: argparse.Namespace) -> int:
    """Put a legal hold on a record."""
    call(settings, "vault.hold", {"id": given.id, "reference": given.reference})
    sys.stdout.write(f"{given.id} is held: {given.reference}\n")
    return 0


def release(settings: Settings, given: argparse.Namespace) -> int:
    """Lift a legal hold."""
    call(settings, "vault.hold", {"id": given.id, "reference": ""})
    sys.stdout.write(f"{given.id} is held no longer\n")
    return 0


def keep(settings: Settings, given: argparse.Namespace) -> int:
    """Keep a record of the law's class longer."""
    told = call(settings, "vault.keep", {"id": given.id, "until": given.until})
    sys.stdout.write(f"{given.id} is kept until {told['until']}\n")
    return 0


def erase(settings: Settings, given: argparse.Namespace) -> int:
    """Erase a record."""
    call(settings, "vault.erase", {"id": given.id})
    sys.stdout.write(f"{given.id} is erased\n")
    return 0


def certificate(settings: Settings, given: argparse.Namespace) -> int:
    """Write the certificate of an erasure."""
    told = into(given.out, lambda out: call(settings, "vault.certificate", {"id": given.id}, out))
    sys.stdout.write(f"the erasure of {given.id} is proved in {given.out}\nsigned by {told['key']}\n")
    return 0


def believe_clock(settings: Settings, _given: argparse.Namespace) -> int:
    """Take the clock as it is."""
    told = call(settings, "vault.believe_clock", {})
    sys.stdout.write(f"{told['erased']} records past their time were erased\n")
    return 0
