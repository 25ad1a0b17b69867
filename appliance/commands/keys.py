"""`kycbox key`: create, list, revoke. Works while the box runs and while it does not."""

import argparse
import json
import sys

from appliance.commands.table import print_table
from appliance.config import Settings
from appliance.control import call


def create(settings: Settings, given: argparse.Namespace) -> int:
    """Make a key and show its secret, this once."""
    arguments = {
        "api": given.api,
        "name": given.name,
        "plan": given.plan,
        "scopes": given.scope,
        "tenant": given.tenant,
    }
    return _told(call(settings, "key.create", arguments), given)


def rotate(settings: Settings, given: argparse.Namespace) -> int:
    """Give a key another secret and show it, this once."""
    made = call(settings, "key.rotate", {"id": given.id})
    if not given.json:
        sys.stderr.write("The old secret is good for 24 hours more.\n")
    return _told(made, given)


def _told(made: dict[str, str], given: argparse.Namespace) -> int:
    if given.json:
        sys.stdout.write(json.dumps(made) + "\n")
        return 0
    for name, value in made.items():
        sys.stdout.write(f"{name:9} {value}\n")
    sys.stderr.write("Keep the secret now: the box keeps a hash of it only.\n")
    return 0


def show(settings: Settings, given: argparse.Namespace) -> int:
    """Show every key, without secrets."""
    known = call(settings, "key.list", {})
    if given.json:
        sys.stdout.write(json.dumps(known) + "\n")
        return 0
    rows = [
        (
            one["id"],
            one["api"],
            one["tenant"],
            one["plan"],
            " ".join(one["scopes"]) or "all",
            one["created_at"][:10],
            one["used_on"] or "never",
            "revoked" if one["revoked_at"] else "in use",
            one["name"],
        )
        for one in known
    ]
    print_table(("id", "api", "tenant", "plan", "scopes", "made", "last used", "state", "name"), rows)
    return 0


def revoke(settings: Settings, given: argparse.Namespace) -> int:
    """End a key."""
    call(settings, "key.revoke", {"id": given.id})
    sys.stdout.write(f"{given.id} is revoked\n")
    return 0
