"""`kycbox webhook`: endpoints, allowed targets, dead letters. Works with and without a running box."""

import argparse
import ipaddress
import json
import sys
from typing import Any

from appliance.commands.table import print_table
from appliance.config import Settings
from appliance.control import call
from appliance.domain.webhook_target import parse_allowance, parse_target, refusal


def put(settings: Settings, given: argparse.Namespace) -> int:
    """Set an endpoint and show its secret."""
    arguments = {"api": given.api, "url": given.url, "secret": given.secret, "key": given.key}
    told = _told(call(settings, "webhook.set", arguments), given)
    if given.url and (why := _refusal(given.url, call(settings, "webhook.list", {})["allowed"])):
        sys.stderr.write(f"The box does not call this address yet: {why}. See: kycbox webhook allow\n")
    return told


def rotate(settings: Settings, given: argparse.Namespace) -> int:
    """Give an endpoint a new secret and show it."""
    arguments = {"api": given.api, "key": given.key, "secret": given.secret, "hours": given.hours}
    return _told(call(settings, "webhook.rotate", arguments), given)


def allow(settings: Settings, given: argparse.Namespace) -> int:
    """Let a host or network be called."""
    allowed = call(settings, "webhook.allow", {"entry": given.entry})["allowed"]
    sys.stdout.write(f"{allowed} may be called\n")
    return 0


def disallow(settings: Settings, given: argparse.Namespace) -> int:
    """Let a host or network be called no longer."""
    gone = call(settings, "webhook.disallow", {"entry": given.entry})["disallowed"]
    sys.stdout.write(f"{gone} may not be called any more\n")
    return 0


def show(settings: Settings, given: argparse.Namespace) -> int:
    """Show endpoints, allowed targets, and how many events wait."""
    known = call(settings, "webhook.list", {})
    if given.json:
        sys.stdout.write(json.dumps(known) + "\n")
        return 0
    rows = [
        (
            one["id"],
            one["api"],
            one["tenant"] or "all",
            one["url"] or "of each session",
            one["created_at"][:10],
        )
        for one in known["endpoints"]
    ]
    print_table(("id", "api", "customer", "url", "made"), rows)
    sys.stdout.write(f"allowed: {', '.join(known['allowed']) or 'public addresses over TLS only'}\n")
    sys.stdout.write(f"{known['waiting']} events wait, {known['dead']} dead letters\n")
    return 0


def dead(settings: Settings, given: argparse.Namespace) -> int:
    """Show the events that were given up."""
    letters = call(settings, "webhook.dead", {})
    if given.json:
        sys.stdout.write(json.dumps(letters) + "\n")
        return 0
    rows = [
        (
            one["id"],
            one["type"],
            one["created_at"][:16],
            one["given_up_at"][:16],
            str(one["tries"]),
            one["answer"],
        )
        for one in letters
    ]
    print_table(("id", "event", "made", "given up", "tries", "last answer"), rows)
    return 0


def resend(settings: Settings, given: argparse.Namespace) -> int:
    """Put dead letters back into the queue."""
    count = call(settings, "webhook.resend", {"id": given.id})["resent"]
    sys.stdout.write(f"{count} in the queue again\n")
    return 0


def _refusal(url: str, allowed: list[str]) -> str:
    """Why the address would not be called, as far as that can be told without asking for its name."""
    target, allowances = parse_target(url), [parse_allowance(one) for one in allowed]
    try:
        return refusal(target, str(ipaddress.ip_address(target.host)), allowances)
    except ValueError:
        named = any(one.host == target.host and one.port in (None, target.port) for one in allowances)
        networks = any(one.network is not None for one in allowances)
        unclear = target.scheme == "https" or named or networks
        return "" if unclear else "without TLS only allowed targets are called"


def _told(made: dict[str, Any], given: argparse.Namespace) -> int:
    if given.json:
        sys.stdout.write(json.dumps(made) + "\n")
        return 0
    for name, value in made.items():
        sys.stdout.write(f"{name:9} {value}\n")
    return 0
