"""`kycbox doctor`: every check with its finding; exit status 0 only if the box can serve."""

import argparse
import datetime as dt
from collections.abc import Iterator
from itertools import chain

import msgspec
from rich.console import Console
from rich.markup import escape

from appliance.config import PROJECT, Settings
from appliance.control import call
from appliance.domain.screening import ListVersion
from appliance.engine import packs
from appliance.errors import KycboxError
from appliance.services import checks
from appliance.services.checks import Finding, Verdict
from appliance.services.doctor import can_serve, examine

STYLES = {Verdict.OK: "green", Verdict.ADVICE: "cyan", Verdict.NOTICE: "yellow", Verdict.FAIL: "bold red"}


def doctor(settings: Settings, _given: argparse.Namespace) -> int:
    """Check everything and say what to do about what is wrong."""
    manifests = packs.all_manifests(PROJECT / "models", settings.models_folder)
    used = [manifests[name] for name in packs.to_load(manifests, settings.models_folder)]
    console, seen = Console(soft_wrap=True, highlight=False), []
    for finding in chain(examine(settings, used, dt.datetime.now(dt.UTC)), _screening(settings)):
        seen.append(finding)
        style = STYLES[finding.verdict]
        console.print(f"[{style}]{finding.verdict:6}[/] {finding.name}: {escape(finding.says)}")
        if finding.remedy:
            console.print(f"       {escape(finding.remedy)}")
    ready = can_serve(seen)
    console.print("[green]this box can serve[/]" if ready else "[bold red]this box cannot serve[/]")
    return 0 if ready else 1


def _screening(settings: Settings) -> Iterator[Finding]:
    """Sanctions lists, asked of the running box or of its folder; nothing is made where there is neither."""
    if not (settings.data_folder / "kycbox.db").exists():
        return
    try:
        known = call(settings, "screening.list", {}, patience=5)
        keys = call(settings, "key.list", {}, patience=5)
    except KycboxError:
        return  # the database's own finding says why it cannot be asked
    wanted = any(key["api"] == "onboarder" and not key["revoked_at"] for key in keys)
    yield checks.screening(msgspec.convert(known, list[ListVersion]), settings.screening, wanted=wanted)
