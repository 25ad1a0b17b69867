"""The unit files, by systemd's own tools where they are installed, and by what the box relies on."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from appliance.config import PROJECT

FOLDER = PROJECT / "systemd"
UNIT = FOLDER / "kycbox.service"
EXPOSURE = 1.5


def service() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text().splitlines():
        if "=" in line and not line.startswith(("#", "[")):
            key, value = line.split("=", 1)
            found.setdefault(key, []).append(value)
    return found


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"skipped: no {name}")
    return path


def test_exposure() -> None:
    done = subprocess.run(
        [tool("systemd-analyze"), "security", "--offline=yes", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    score = re.search(r"exposure level for kycbox.service: ([\d.]+)", done.stdout)
    assert score
    assert float(score[1]) <= EXPOSURE


def test_verifies(tmp_path: Path) -> None:
    """As systemd reads it; the program alone stands in for one that is installed."""
    unit = tmp_path / UNIT.name
    text = UNIT.read_text().replace("/opt/kycbox/.venv/bin/kycbox", "/bin/true")
    unit.write_text(text.replace("Documentation=", "#"))
    done = subprocess.run(
        [tool("systemd-analyze"), "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_user_and_folders(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for name, file in (("systemd-sysusers", "kycbox.sysusers"), ("systemd-tmpfiles", "kycbox.tmpfiles")):
        create = ["--create"] if name == "systemd-tmpfiles" else []
        subprocess.run([tool(name), f"--root={tmp_path}", *create, str(FOLDER / file)], check=True)
    rows = [row.split(":") for row in (tmp_path / "etc/passwd").read_text().splitlines()]
    assert [(row[0], row[6]) for row in rows] == [("kycbox", "/usr/sbin/nologin")]
    assert (tmp_path / "var/lib/kycbox/models").stat().st_mode & 0o777 == 0o700


def test_the_command_it_starts_exists() -> None:
    (command,) = service()["ExecStart"]
    program, verb, option, folder = command.split()
    assert program.endswith("/.venv/bin/kycbox")
    assert (verb, option) == ("serve", "--data")
    assert folder == f"/var/lib/{service()['StateDirectory'][0]}"
    scripts = configparser.ConfigParser(strict=False, interpolation=None)
    scripts.read_string(
        "\n".join(
            re.findall(
                r"^\[project\.scripts\]$|^kycbox = .*$",
                (PROJECT / "pyproject.toml").read_text(),
                re.MULTILINE,
            )
        )
    )
    assert scripts["project.scripts"]["kycbox"] == '"appliance.__main__:main"'


def test_what_the_decoding_processes_need() -> None:
    """They call seccomp and Landlock, set limits, and die alone when they ask for too much."""
    unit = service()
    filters = " ".join(unit["SystemCallFilter"])
    for call in ("seccomp", "landlock_create_ruleset", "landlock_restrict_self", "@system-service"):
        assert call in filters
    assert "~@resources" not in filters
    assert unit["OOMPolicy"] == ["continue"]
    assert unit["KillMode"] == ["mixed"]
    assert "MemoryDenyWriteExecute" not in unit
