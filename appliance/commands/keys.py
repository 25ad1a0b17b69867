"""`kycbox key`: create, list, revoke; in the running box where one runs."""

import argparse
import json
import sys

from appliance.commands.table import print_table
from appliance.config import Settings
from appliance.control import call


def create(settings: Settings, given: argparse.Namespace) -> int:
    """Make a key; the only time that its secret is shown."""
    made = call(
        settings,
        "key.create",
        {"api": given.api, "name": given.name, "plan": given.plan, "scopes": given.scope},
    )
    if given.json:
        sys.stdout.write(f"{json.dumps(made)}\n")
    else:
        sys.stdout.write("".join(f"{name:<9} {value}\n" for name, value in made.items()))
        sys.stderr.write("Keep it now: the box has only a hash of it and cannot show it again.\n")
    return 0


def show(settings: Settings, given: argparse.Namespace) -> int:
    """Show every key, revoked ones too, without secrets."""
    keys = call(settings, "key.list", {})
    if given.json:
        sys.stdout.write(f"{json.dumps(keys)}\n")
        return 0
    print_table(
        ("id", "api", "name", "plan", "scopes", "created", "used", "revoked"),
        [
            (
                key["id"],
                key["api"],
                key["name"],
                key["plan"],
                " ".join(key["scopes"]) or "all",
                key["created_at"][:10],
                key["used_on"] or "never",
                key["revoked_at"][:10],
            )
            for key in keys
        ],
    )
    return 0


def revoke(settings: Settings, given: argparse.Namespace) -> int:
    """End a key: the next call with it is refused."""
    call(settings, "key.revoke", {"id": given.id})
    sys.stdout.write(f"revoked {given.id}\n")
    return 0
