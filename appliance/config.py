"""Settings of the box: one TOML file and a few environment variables, read once, frozen.

Order: defaults below, then the file (`--config`, `KYCBOX_CONFIG`, or `kycbox.toml` in the data folder),
then environment (`KYCBOX_DATA`, `KYCBOX_MODELS`), then the command line. Only the composition root calls
`load`; everything else is handed what it needs.
"""

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from appliance.errors import ConfigInvalid, NotInstalled

PROJECT = Path(__file__).resolve().parent.parent


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the box listens. Plain HTTP is served on loopback only."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    """Absolute base of upload addresses; "" takes scheme and Host of the request."""


class Engine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where and how wide inference runs."""

    device: str = "AUTO"
    """CPU, GPU, NPU, or AUTO: the fastest one whose golden vectors pass."""
    streams: int = 0
    """Parallel inferences; 0 takes the number of cores, at most 4."""
    queue: int = 16
    """Requests that may wait for a stream; one more is refused with Retry-After."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one request may cost."""

    pixels: int = 40_000_000
    decode_seconds: float = 10.0
    body_bytes: int = 64 * 1024 * 1024
    """A hard cap over all dialects; each dialect's own limit is lower."""
    disk_floor_bytes: int = 128 * 1024 * 1024
    """Below this much free disk the box refuses work that writes."""


class Deepidv(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Switches of the Verify Identity dialect."""

    count_tokens: bool = False
    """Take one token per successful check from the credential; none left answers 402."""
    tokens_per_key: int = 1000
    """Tokens of a credential when counting is on."""
    refuse_expired: bool = False
    """Whether an expired document makes `verified` false."""


class Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One section per dialect."""

    deepidv: Deepidv = Deepidv()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything an operator may set."""

    server: Server = Server()
    engine: Engine = Engine()
    limits: Limits = Limits()
    api: Api = Api()
    data: str = ""
    models: str = ""
    log_level: str = "info"

    @property
    def data_folder(self) -> Path:
        """State: database, keys, certificates. Absolute."""
        return Path(self.data or PROJECT / "data").expanduser().resolve()

    @property
    def models_folder(self) -> Path:
        """Installed model files and compiled blobs. Absolute."""
        return Path(self.models or PROJECT / ".cache" / "models").expanduser().resolve()


def debian_file(relative: str, roots: Sequence[Path] = (Path("/"), PROJECT / ".cache" / "debian")) -> Path:
    """Find a file of a Debian package.

    Set-up installs packages for the whole machine where it may, else it unpacks them into `.cache/debian`.

    Args:
        relative: path from the root of the machine, such as `usr/share/fonts/opentype/ocr-b/OCRB.otf`.
        roots: where to look, in order.

    Raises:
        NotInstalled: no root has it.
    """
    for root in roots:
        if (path := root / relative).exists():
            return path
    raise NotInstalled(f"/{relative} is not on this machine", remedy="Run `make setup`.")


def load(file: Path | None = None, **overrides: str | int | None) -> Settings:
    """Read the settings.

    Args:
        file: a settings file that must exist; None looks in `KYCBOX_CONFIG` and the data folder.
        overrides: `data`, `host`, `port` from the command line; None means not given.

    Raises:
        ConfigInvalid: naming file, line and key.
    """
    data = str(overrides.get("data") or os.environ.get("KYCBOX_DATA") or "")
    path = file or _named_by_environment() or _in_data_folder(data)
    tree, text = _read(path) if path else ({}, "")
    try:
        msgspec.convert(tree, Settings, strict=True)  # by itself: an override must not hide a mistake in it
    except msgspec.ValidationError as error:
        raise _located(error, path, text) from None
    if data:
        tree["data"] = data
    if models := os.environ.get("KYCBOX_MODELS"):
        tree["models"] = models
    server = {k: v for k, v in overrides.items() if k in ("host", "port") and v is not None}
    if server:
        tree["server"] = {**_table(tree, "server"), **server}
    settings = msgspec.convert(tree, Settings, strict=True)
    _check(settings, path)
    return settings


def _named_by_environment() -> Path | None:
    named = os.environ.get("KYCBOX_CONFIG")
    return Path(named) if named else None


def _in_data_folder(data: str) -> Path | None:
    path = Settings(data=data).data_folder / "kycbox.toml"
    return path if path.exists() else None


def _read(path: Path) -> tuple[dict[str, object], str]:
    try:
        text = path.read_text("utf-8")
        return tomllib.loads(text), text
    except OSError as error:
        reason = f"cannot read the settings file {path}: {error.strerror}"
        raise ConfigInvalid(reason, remedy="Name a file that exists, or remove KYCBOX_CONFIG.") from None
    except UnicodeDecodeError:
        raise ConfigInvalid(f"{path} is not UTF-8 text", remedy="Save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigInvalid(f"{path} is not valid TOML: {error}", remedy="Correct that line.") from None


def _table(tree: dict[str, object], key: str) -> dict[str, object]:
    found = tree.get(key, {})
    return dict(found) if isinstance(found, dict) else {}


def _located(error: msgspec.ValidationError, path: Path | None, text: str) -> ConfigInvalid:
    """Find the line of the key that msgspec names as `$.section.key`, or of the unknown field it quotes."""
    said = str(error)
    where = said.rsplit("`", 2)[-2].removeprefix("$").lstrip(".") if " - at `$" in said else ""
    unknown = said.split("unknown field `", 1)[1].split("`", 1)[0] if "unknown field `" in said else ""
    key = ".".join(part for part in (where, unknown) if part)
    last = key.rsplit(".", 1)[-1]
    line = next((n for n, row in enumerate(text.splitlines(), 1) if row.strip(" [\t").startswith(last)), 0)
    at = f"{path}, line {line}" if path and line else str(path or "command line or environment")
    reason = said.split(" - at `", 1)[0]
    return ConfigInvalid(
        f"{at}: key '{key}': {reason}", remedy="See docs/settings.md for the keys and their types."
    )


def _check(settings: Settings, path: Path | None) -> None:
    wrong = ""
    if not 0 <= settings.server.port <= 65535:
        wrong = f"key 'server.port': {settings.server.port} is not a port"
    elif settings.engine.streams < 0 or settings.engine.queue < 0:
        wrong = "keys 'engine.streams' and 'engine.queue' cannot be negative"
    elif settings.log_level not in ("debug", "info", "warning", "error"):
        wrong = "key 'log_level': one of debug, info, warning, error"
    if wrong:
        raise ConfigInvalid(f"{path or 'command line or environment'}: {wrong}", remedy="Correct that value.")
