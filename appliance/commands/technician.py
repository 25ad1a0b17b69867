"""`kycbox technician`: people who may open the console, and a way back in for who has a shell on the box."""

import argparse
import sys

from appliance.config import Settings
from appliance.control import call


def add(settings: Settings, given: argparse.Namespace) -> int:
    """Let another person into the console; shows the password, this once."""
    made = call(settings, "technician.add", {"name": given.name})
    sys.stdout.write(f"password of {made['name']}, shown only now: {made['password']}\n")
    return 0


def reset(settings: Settings, given: argparse.Namespace) -> int:
    """Make a new console password and show it, this once."""
    made = call(settings, "technician.reset", {"name": given.name})
    sys.stdout.write(f"new technician password, shown only now: {made['password']}\n")
    return 0
