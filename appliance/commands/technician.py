"""`kycbox technician`: people who may open the console, and a way back in for who has a shell on the box."""

import argparse
import json
import sys

from appliance.commands.table import print_table
from appliance.config import Settings
from appliance.control import call


def add(settings: Settings, given: argparse.Namespace) -> int:
    """Let another person into the console; shows the password, this once."""
    made = call(settings, "technician.add", {"name": given.name})
    sys.stdout.write(f"password of {made['name']}, shown only now: {made['password']}\n")
    return 0


def show(settings: Settings, given: argparse.Namespace) -> int:
    """Show who may open the console."""
    known = call(settings, "technician.list", {})
    if given.json:
        sys.stdout.write(json.dumps(known) + "\n")
        return 0
    print_table(("name", "password since"), [(one["name"], one["changed_on"]) for one in known])
    return 0


def remove(settings: Settings, given: argparse.Namespace) -> int:
    """Let a person in no more, and end what he or she has open."""
    call(settings, "technician.remove", {"name": given.name})
    sys.stdout.write(f"{given.name} does not get in any more\n")
    return 0


def reset(settings: Settings, given: argparse.Namespace) -> int:
    """Make a new console password and show it, this once."""
    made = call(settings, "technician.reset", {"name": given.name})
    sys.stdout.write(f"new technician password, shown only now: {made['password']}\n")
    return 0
