"""`kycbox technician`: a way back in for whoever has a shell on the box."""

import argparse
import sys

from appliance.config import Settings
from appliance.control import call


def reset(settings: Settings, _given: argparse.Namespace) -> int:
    """Make a new console password and show it, this once."""
    made = call(settings, "technician.reset", {})
    sys.stdout.write(f"new technician password, shown only now: {made['password']}\n")
    return 0
