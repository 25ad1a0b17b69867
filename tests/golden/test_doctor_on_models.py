"""The doctor on the installed models: a whole round, and what it says when they are missing."""

import datetime as dt
from pathlib import Path

from appliance.config import PROJECT, Limits, Server, Settings
from appliance.engine.manifest import load_manifests
from appliance.services import checks, doctor
from appliance.services.checks import Verdict

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def test_models(installed_models: Path, tmp_path: Path) -> None:
    manifests = load_manifests(PROJECT / "models").values()
    found = list(checks.models(manifests, installed_models))
    assert [finding.verdict for finding in found] == [Verdict.OK]
    missing = list(checks.models(manifests, tmp_path))
    needed = [manifest for manifest in manifests if not manifest.optional]
    assert [finding.verdict for finding in missing] == [Verdict.FAIL] * (len(needed) + 1)
    assert all(finding.remedy for finding in missing[:-1])


def test_a_whole_round(installed_models: Path, tmp_path: Path) -> None:
    settings = Settings(
        data=str(tmp_path / "data"),
        models=str(installed_models),
        server=Server(port=0),
        limits=Limits(disk_floor_bytes=1 << 20),
    )
    manifests = load_manifests(PROJECT / "models")
    found = list(doctor.examine(settings, manifests.values(), NOW))
    assert doctor.can_serve(found), [finding for finding in found if finding.verdict == Verdict.FAIL]
    assert {"versions", "processor", "clock", "disk", "models", "decoder", "database", "port"} <= {
        finding.name for finding in found
    }
    settings = Settings(data=str(tmp_path / "data"), models=str(tmp_path / "empty"), server=Server(port=0))
    assert not doctor.can_serve(doctor.examine(settings, manifests.values(), NOW))
