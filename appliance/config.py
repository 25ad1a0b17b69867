"""Settings of the box: one TOML file and a few environment variables, read once, frozen.

Order: defaults below, then the file (`--config`, `KYCBOX_CONFIG`, or `kycbox.toml` in the data folder),
then environment (`KYCBOX_DATA`, `KYCBOX_MODELS`), then the command line. Only the composition root calls
`load`; everything else is handed what it needs.
"""

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from appliance.errors import ConfigInvalid, NotInstalled

PROJECT = Path(__file__).resolve().parent.parent


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the box listens. Plain HTTP is served on loopback only."""

    host: Annotated[str, Meta(pattern=r"^[^\s\x00]+\Z")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080
    public_url: Annotated[str, Meta(pattern=r"^(https?://[^\s\x00?#]+)?\Z")] = ""
    """Absolute base of upload addresses; "" takes scheme and Host of the request."""


class Engine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where and how wide inference runs."""

    device: Annotated[str, Meta(pattern=r"^(AUTO|CPU|(GPU|NPU)(\.\d+)?)\Z")] = "AUTO"
    """CPU, GPU, NPU, or AUTO: the fastest one whose golden vectors pass."""
    streams: Annotated[int, Meta(ge=0, le=256)] = 0
    """Parallel inferences; 0 takes the number of cores, at most 4."""
    queue: Annotated[int, Meta(ge=0, le=100_000)] = 16
    """Requests that may wait for a stream; one more is refused with Retry-After."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one request may cost."""

    pixels: Annotated[int, Meta(ge=10_000, le=200_000_000)] = 40_000_000
    decode_seconds: Annotated[float, Meta(ge=0.1, le=600)] = 10.0
    body_bytes: Annotated[int, Meta(ge=1024, le=2**30)] = 64 * 1024 * 1024
    """A hard cap over all dialects; each dialect's own limit is lower."""
    disk_floor_bytes: Annotated[int, Meta(ge=0)] = 128 * 1024 * 1024
    """Below this much free disk the box refuses work that writes."""


class Captures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sealed captures."""

    max_age_seconds: Annotated[int, Meta(ge=10, le=86_400)] = 300
    """A capture taken longer ago is refused as stale."""
    memory_days: Annotated[int, Meta(ge=1, le=365)] = 30
    """How long keyed hashes of checked captures are kept, to notice one that comes again."""
    skew_seconds: Annotated[int, Meta(ge=0, le=3600)] = 90
    """How far a capturing device's clock may be ahead of the box's."""


class Deepidv(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Switches of the Verify Identity dialect."""

    count_tokens: bool = False
    """Take one token per successful check from the credential; none left answers 402."""
    tokens_per_key: Annotated[int, Meta(ge=0, le=2**31)] = 1000
    """Tokens of a credential when counting is on."""
    refuse_expired: bool = False
    """Whether an expired document makes `verified` false."""


class Idlive(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Switches of the IDLive dialect."""

    open_to: tuple[Annotated[str, Meta(min_length=3, max_length=64)], ...] = ()
    """Networks (CIDR) whose callers need no key; empty: everybody needs one."""
    eyes_closed: bool = False
    """Whether a selfie with closed eyes is answered with EYES_CLOSED."""


DocumentValue = Literal[
    "full_name",
    "first_name",
    "last_name",
    "date_of_birth",
    "sex",
    "nationality",
    "document_number",
    "expiry_date",
    "issue_date",
    "issuing_country",
    "place_of_birth",
    "address",
    "personal_number",
    "father_name",
    "vid",
    "vehicle_classes",
    "blood_group",
    "visa_type",
    "full_name_local",
    "address_local",
    "mrz",
]
DocumentAttack = Literal[
    "SCREEN_REPLAY_ATTACK",
    "PRINTED_COPY_ATTACK",
    "PORTRAIT_SUBSTITUTION_ATTACK",
    "DIGITAL_MANIPULATION_ATTACK",
]
_NOT_LIVE = "The document does not pass the proof of life."


class Apptenticate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Switches of the Apptenticate dialect, and what its pages leave open."""

    fields: dict[Annotated[str, Meta(min_length=1, max_length=64)], DocumentValue] = msgspec.field(
        default_factory=lambda: {
            "document_number": "document_number",
            "names": "first_name",
            "surnames": "last_name",
            "birth_date": "date_of_birth",
            "sex": "sex",
            "nationality": "nationality",
            "issuing_country": "issuing_country",
            "expiration_date": "expiry_date",
            "mrz": "mrz",
        }
    )
    """Keys of `data` and what stands under each."""
    document_library: dict[
        Annotated[str, Meta(min_length=1, max_length=64)],
        Annotated[str, Meta(pattern=r"^(passport|identification_card):[A-Z]{1,3}\Z")],
    ] = msgspec.field(
        default_factory=lambda: {
            state: f"passport:{state}"
            for state in ("PAN", "COL", "CRI", "VEN", "ECU", "PER", "MEX", "USA", "CAN", "ESP", "IND")
        }
    )
    """Codes that `document_id` may have: kind and issuing state."""
    spoof_codes: dict[DocumentAttack, Annotated[int, Meta(ge=1, le=99_999)]] = msgspec.field(
        default_factory=lambda: {
            "SCREEN_REPLAY_ATTACK": 830,
            "PRINTED_COPY_ATTACK": 831,
            "PORTRAIT_SUBSTITUTION_ATTACK": 832,
            "DIGITAL_MANIPULATION_ATTACK": 833,
        }
    )
    """`error_code` of each attack that the proof of life finds; one without a code is not looked for."""
    spoof_errors: dict[DocumentAttack, Annotated[str, Meta(min_length=1, max_length=200)]] = msgspec.field(
        default_factory=lambda: {
            "SCREEN_REPLAY_ATTACK": _NOT_LIVE,
            "PRINTED_COPY_ATTACK": _NOT_LIVE,
            "PORTRAIT_SUBSTITUTION_ATTACK": _NOT_LIVE,
            "DIGITAL_MANIPULATION_ATTACK": _NOT_LIVE,
        }
    )
    """`error` of each."""
    strictness: Literal["SOFT", "REGULAR", "HARD"] = "REGULAR"
    """Of the proof of life; a pipeline without that one takes REGULAR."""
    invalid_as_400: tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...] = ()
    """Accounts, by credential id, that get `valid: false` with status 400 instead of 200."""


class Onboarder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Switches of the eKYC-Onboarder dialect."""

    hosts: tuple[Annotated[str, Meta(pattern=r"^[a-z0-9.-]{1,253}\Z")], ...] = ()
    """Host names under which every path is this dialect's."""
    keep_pictures: bool = True
    """Whether document, selfie and best frame are kept, sealed, until the session is decided."""
    kept_days: Annotated[int, Meta(ge=1, le=3650)] = 90
    """An ended session is erased after so many days."""


class Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One section per dialect."""

    deepidv: Deepidv = Deepidv()
    idlive: Idlive = Idlive()
    apptenticate: Apptenticate = Apptenticate()
    onboarder: Onboarder = Onboarder()


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What whoever acts in a role may unmask."""

    purposes: tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...] = ("*",)
    fields: tuple[Annotated[str, Meta(min_length=1, max_length=512)], ...] = ("*",)


class Masking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Masking, unmasking and the vault between them."""

    roles: dict[Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/@-]{0,63}\Z")], Role] = {}
    """Roles that may unmask, and what; empty: every role may unmask everything, and is on record."""
    two_person: bool = False
    """Whether a second key has to approve each unmasking."""
    approval_seconds: Annotated[int, Meta(ge=30, le=86_400)] = 600
    """How long an approval may be used."""
    find_by_value: bool = True
    """Whether keyed hashes of recognised numbers are kept, to find the records of a person."""
    rotate_days: Annotated[int, Meta(ge=1, le=3650)] = 30
    """Age at which the key that wraps the records' keys is replaced and destroyed."""
    shred_hours: Annotated[int, Meta(ge=1, le=8760)] = 24
    """The same age where a record was erased since that key was taken into use."""


class Dpdp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the Digital Personal Data Protection Act asks of callers of the Recspace dialect."""

    enabled: bool = False
    """Whether every call with personal data names a consent and a purpose, and documents are masked."""


class Vcip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Video-based identification in the Recspace dialect."""

    fence: tuple[float, float, float, float] = (6.0, 68.0, 37.6, 97.5)
    """South, west, north, east: degrees between which the customer has to be."""


class Risk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How cases are decided, reviewed and proved."""

    policy: str = ""
    """File of the risk policy; "" takes `risk-policy.toml` in the data folder, else the one of the box."""
    two_person: bool = False
    """Whether an approval by one officer waits for a second one."""
    auditor_key: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")] = ""
    """Public key that evidence packets are sealed to, beside the box's own."""


class Screening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sanctions screening."""

    max_age_days: Annotated[int, Meta(ge=1, le=3650)] = 30
    """Age of a list, from its publication, over which nobody is clear."""
    required: tuple[Literal["ofac", "un", "eu", "uk", "opensanctions"], ...] = ()
    """Lists without which nobody is clear; empty: any one will do."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything an operator may set."""

    server: Server = Server()
    engine: Engine = Engine()
    limits: Limits = Limits()
    captures: Captures = Captures()
    api: Api = Api()
    masking: Masking = Masking()
    screening: Screening = Screening()
    dpdp: Dpdp = Dpdp()
    vcip: Vcip = Vcip()
    risk: Risk = Risk()
    data: str = ""
    models: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def data_folder(self) -> Path:
        """State: database, keys, certificates. Absolute."""
        return _absolute("data", self.data, PROJECT / "data")

    @property
    def models_folder(self) -> Path:
        """Installed model files and compiled blobs. Absolute."""
        return _absolute("models", self.models, PROJECT / ".cache" / "models")


def _absolute(key: str, given: str, default: Path) -> Path:
    try:
        return Path(given or default).expanduser().resolve()
    except (RuntimeError, ValueError, OSError):  # no such user, a NUL, links in a circle
        reason = f"key '{key}': {given!r} is not the path of a folder"
        raise ConfigInvalid(reason, remedy="Name a folder by its whole path.") from None


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
    try:
        return msgspec.convert(tree, Settings, strict=True)
    except msgspec.ValidationError as error:
        raise _located(error, None, "") from None


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
