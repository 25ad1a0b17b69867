"""What an operator sees when the box cannot start: one clear message with its remedy, exit status not 0."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.config import load
from tests import box as boxes


def refused(data: Path, *options: str, environment: dict[str, str] | None = None) -> str:
    """Start a box that must not start; returns what it said."""
    command = [boxes.KYCBOX, "serve", "--data", data, "--port", str(boxes.free_port()), *options]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert lines[0].startswith("kycbox: ")
    assert len(lines) == 2, lines  # what is wrong, and what to do
    return done.stderr


def test_a_wrong_key_in_the_settings_is_named_with_its_line(tmp_path: Path) -> None:
    settings = tmp_path / "kycbox.toml"
    settings.write_text("[server]\nport = 8080\n\n[engine]\nstreems = 2\n")
    said = refused(tmp_path)
    assert f"{settings}, line 5" in said
    assert "streems" in said


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[server]\nport = "http"\n', "server.port"),
        ("[server\n", "not valid TOML"),
        ("[limits]\npixels = 1.5\n", "limits.pixels"),
        ("[limits]\npixels = -5\n", "limits.pixels"),
        ("[limits]\nbody_bytes = 0\n", "limits.body_bytes"),
        ("[limits]\ndecode_seconds = nan\n", "limits.decode_seconds"),
        ("[limits]\ndisk_floor_bytes = -1\n", "limits.disk_floor_bytes"),
        ('[engine]\ndevice = "TPU"\n', "engine.device"),
        ("[engine]\nstreams = 100000\n", "engine.streams"),
        ("[engine]\nqueue = -1\n", "engine.queue"),
        ("[api.deepidv]\ntokens_per_key = -4\n", "api.deepidv.tokens_per_key"),
        ('[server]\npublic_url = "javascript:alert(1)"\n', "server.public_url"),
        ('[server]\nhost = "127.0.0.1\\n"\n', "server.host"),
        ('models = "a\\u0000b"\n', "models"),
        ('log_level = "trace"\n', "log_level"),
    ],
)
def test_wrong_values_are_named(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "kycbox.toml").write_text(text)
    assert word in refused(tmp_path)


@pytest.mark.parametrize(
    ("option", "word"),
    [("--port=99999", "server.port"), ("--host=", "server.host"), ("--data=~nobody?/x", "data")],
)
def test_wrong_options_are_named(tmp_path: Path, option: str, word: str) -> None:
    assert word in refused(tmp_path, option)


def test_the_first_password_is_shown_even_if_the_start_then_fails(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("not a folder")
    command = [
        boxes.KYCBOX,
        "serve",
        "--data",
        tmp_path,
        "--host",
        "0.0.0.0",
        "--port",
        str(boxes.free_port()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "first technician password" in done.stdout


def test_a_settings_file_that_is_not_there(tmp_path: Path) -> None:
    assert "nowhere.toml" in refused(tmp_path, "--config", str(tmp_path / "nowhere.toml"))


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        said = refused(tmp_path / "data", "--port", port)
    assert port in said
    assert "--port" in said
    assert not (tmp_path / "data").exists(), "a box that cannot listen must not make a data folder"


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    assert "--host" in refused(tmp_path, "--host", "192.0.2.1")


def test_models_that_are_not_installed(tmp_path: Path) -> None:
    said = refused(tmp_path / "data", environment={"KYCBOX_MODELS": str(tmp_path / "empty")})
    assert "kycbox model install" in said


@pytest.fixture
def damaged_models(installed_models: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "models"
    shutil.copytree(installed_models, copy, ignore=shutil.ignore_patterns("archives", "blobs"))
    network = next((copy / "face-mesh").glob("*.tflite"))
    content = bytearray(network.read_bytes())
    content[len(content) // 2] ^= 1
    network.write_bytes(content)
    return copy


def test_a_model_with_one_flipped_bit(damaged_models: Path, tmp_path: Path) -> None:
    said = refused(tmp_path / "data", environment={"KYCBOX_MODELS": str(damaged_models)})
    assert "face-mesh" in said
    assert "kycbox model install" in said


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "--data" in refused(tmp_path / "file")


def test_a_data_folder_in_use(tmp_path: Path) -> None:
    with boxes.running(tmp_path / "data"):
        assert "holds the data folder" in refused(tmp_path / "data")


def test_a_disk_below_the_floor(tmp_path: Path) -> None:
    (tmp_path / "kycbox.toml").write_text(f"[limits]\ndisk_floor_bytes = {2**60}\n")
    said = refused(tmp_path)
    assert "disk" in said
    assert "disk_floor_bytes" in said


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", place], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("skipped: this user may not mount a small disk")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    (small_disk / "filling").write_bytes(b"\0" * (3 * 2**20 - 4096))
    said = refused(small_disk / "data")
    assert "disk" in said or "space" in said


def test_a_box_that_was_refused_starts_when_the_cause_is_gone(tmp_path: Path) -> None:
    settings = tmp_path / "data" / "kycbox.toml"
    settings.parent.mkdir()
    settings.write_text("[engine]\nqueue = -1\n")
    refused(tmp_path / "data")
    settings.unlink()
    with boxes.running(tmp_path / "data") as box:
        assert box.first_password()
    assert load(data=str(tmp_path / "data")).engine.queue == 16
